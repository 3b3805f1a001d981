"""Small instances of every kind, and the runs on them that take a fraction of a second."""

import dataclasses
import functools
import json
import random
import struct

INSTANCE = "instance.json"  # the name that every instance file has
FORMATS = {"f8": "d", "f4": "f", "i4": "i", "u1": "B"}


def npy(values, shape, kind="f8"):
    """The bytes of an .npy file."""
    header = f"{{'descr': '{'|' if kind[1] == '1' else '<'}{kind}', 'fortran_order': False, " \
             f"'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
            + struct.pack(f"<{len(values)}{FORMATS[kind]}", *values))


def noise(kappa, model="iid"):
    return {"kind": "noise", "model": model, "kappa": kappa, "seed": 7}


EXACT = {"kind": "exact"}


def masses(count, salt):
    return [1 + (7 * i + salt) % 13 for i in range(count)]


def words(count, salt):
    """A corpus of words over five letters."""
    rng = random.Random(salt)
    return "".join("".join(rng.choice("abcde") for _ in range(rng.randint(2, 7))) + "\n"
                   for _ in range(count)).encode()


def tree(alphabet, horizon, leaf_mass, estimate):
    return {"wend": 1, "kind": "tree", "alphabet": alphabet, "horizon": horizon,
            "leaf_mass": leaf_mass, "estimate": estimate}


def estimates(alphabet, horizon, leaves, salt):
    """The masses of all nodes of a tree, breadth-first, those within it off by up to 1.3."""
    rng = random.Random(salt)
    levels = [leaves]
    for _ in range(horizon):
        below = levels[0]
        levels.insert(0, [sum(below[i:i + alphabet]) for i in range(0, len(below), alphabet)])
    inner = [mass * 1.3 ** rng.uniform(-1, 1) for level in levels[:-1] for mass in level]
    return inner + leaves


# --- instances: files by name, of which INSTANCE names the others; `salt` changes the target ------


def tree_exact(salt):
    return {INSTANCE: tree(2, 8, masses(2 ** 8, salt), EXACT)}


def tree_noise(salt):
    return {INSTANCE: tree(3, 6, "mass.npy", noise(1.5)),
            "mass.npy": npy(masses(3 ** 6, salt), [3 ** 6], ["f8", "f4", "i4", "u1"][salt % 4])}


def tree_file(salt):
    leaves = masses(2 ** 9, salt)
    nodes = estimates(2, 9, leaves, salt)
    return {INSTANCE: tree(2, 9, "mass.npy", {"kind": "file", "path": "w.npy"}),
            "mass.npy": npy(leaves, [2 ** 9]), "w.npy": npy(nodes, [len(nodes)])}


def tree_large(salt):
    """Takes its time to compile, as knapsack_large and tree_inline do to load."""
    leaves = masses(2 ** 20, salt)
    return {INSTANCE: tree(2, 20, "mass.npy", noise(1.2, "sign")),
            "mass.npy": npy(leaves, [2 ** 20], "u1")}


def tree_inline(salt):
    return {INSTANCE: tree(2, 19, masses(2 ** 19, salt), noise(1.2))}


def weights(count, low, high, salt):
    rng = random.Random(salt)
    return [rng.randint(low, high) for _ in range(count)]


def knapsack_exact(salt):
    return {INSTANCE: {"wend": 1, "kind": "knapsack", "weights": weights(40, 5, 60, salt),
                       "capacity": 500, "values": [1 + i % 5 / 2 for i in range(40)],
                       "temperature": 2.5, "estimate": EXACT}}


def knapsack_noise(salt):
    return {INSTANCE: {"wend": 1, "kind": "knapsack", "weights": weights(24, 5, 60, salt),
                       "capacity": 300, "estimate": noise(1.3)}}


def knapsack_rounded(salt):
    return {INSTANCE: {"wend": 1, "kind": "knapsack",
                       "weights": weights(40, 10 ** 6, 10 ** 9, salt), "capacity": 6 * 10 ** 9,
                       "estimate": {"kind": "rounded", "kappa": 8}}}


def knapsack_large(salt):
    return {INSTANCE: {"wend": 1, "kind": "knapsack", "weights": weights(400, 100, 2000, salt),
                       "capacity": 50000, "estimate": {"kind": "rounded", "kappa": 16}}}


def ngram_corpus(salt):
    return {INSTANCE: {"wend": 1, "kind": "ngram", "corpus": "words.csv", "order": 3, "horizon": 8,
                       "smoothing": 0.1, "forbid": ["ab", "cc"], "require": ["de"],
                       "estimate": {"kind": "lookahead", "depth": 2}},
            "words.csv": words(400, salt)}


def ngram_large(salt):
    return {INSTANCE: {"wend": 1, "kind": "ngram", "corpus": "words.csv", "order": 3, "horizon": 8,
                       "estimate": EXACT},
            "words.csv": words(100000, salt)}


def ngram_exact(salt):
    return {INSTANCE: {"wend": 1, "kind": "ngram", "corpus": "words.csv", "order": 2, "horizon": 12,
                       "forbid": ["aa"], "estimate": EXACT},
            "words.csv": words(400, salt)}


def ngram_transition(salt):
    rows = [1 + (5 * i + salt) % 7 for i in range(64)]
    return {INSTANCE: {"wend": 1, "kind": "ngram", "transition": "rows.npy", "order": 3,
                       "horizon": 16, "forbid": [[0, 0], [2, 1, 2]], "estimate": noise(1.1)},
            "rows.npy": npy(rows, [16, 4])}


def class_product(salt):
    return {INSTANCE: {"wend": 1, "kind": "class", "horizon": 24, "truth": 17,
                       "family": {"kind": "product", "count": 512, "seed": 5 + salt, "gamma": 0.3},
                       "estimate": noise(1.2)}}


def class_corpora(salt):
    return {INSTANCE: {"wend": 1, "kind": "class", "horizon": 8, "truth": salt % 3,
                       "family": {"kind": "corpora", "corpora": ["a.csv", "b.csv", "c.csv"],
                                  "order": 2, "smoothing": 0.5},
                       "estimate": EXACT},
            **{f"{name}.csv": words(100, f"{name}{salt}") for name in "abc"}}


def class_list(salt):
    def member(other):
        return tree(2, 6, masses(64, other), EXACT)
    return {INSTANCE: {"wend": 1, "kind": "class", "oracle": "oracle.json",
                       "members": ["one.json", "two.json", member(3 + salt)]},
            "oracle.json": tree(2, 6, masses(64, 1 + salt), noise(1.1)),
            "one.json": tree(2, 6, "one.npy", EXACT), "one.npy": npy(masses(64, 1 + salt), [64]),
            "two.json": member(2 + salt)}


@functools.lru_cache(maxsize=None)
def files_of(build, salt=0):
    """The instance's files by name, as bytes."""
    return {name: content if isinstance(content, bytes) else json.dumps(content).encode()
            for name, content in build(salt).items()}


@dataclasses.dataclass(frozen=True)
class Work:
    """A run that takes a fraction of a second without faults: an instance and options."""

    build: object  # of the functions above
    options: tuple  # the algorithm's
    draws: tuple  # options that say how much to draw

    @property
    def name(self):
        return "/".join([self.build.__name__, *(o for o in self.options if o[:2] != "--")])

    @property
    def samples(self):
        return int(self.draws[self.draws.index("--samples") + 1])

    def files(self, salt=0):
        return files_of(self.build, salt)

    def command(self, *more):
        return ["sample", INSTANCE, "--backend", "cpu", "--threads", "2", "--seed", "1",
                *self.options, *self.draws, *more]

    def longer(self):
        """The same, but it would take minutes."""
        sizes = [str(int(word) * 1000) if word.isdigit() and int(word) >= 100 else word
                 for word in self.draws]
        return dataclasses.replace(self, draws=tuple(sizes))


def walk(name):
    return ("--algorithm", name)


def sequential(rule):
    return ("--algorithm", "sequential", "--correct", rule)


def elimination(space):
    return ("--algorithm", "class-elimination", "--version-space", space)


def draws(samples, visits=None):
    return ("--samples", str(samples), *(["--visits", str(visits)] if visits else []))


WALKS = [walk("lifted"), walk("jerrum-sinclair")]
FORWARD = [sequential(rule) for rule in ("reject", "weight", "none")]


def works():
    found = []
    for build, visits, samples in [
            (tree_exact, 2000, 20000), (tree_noise, 2000, 20000), (tree_file, 2000, 20000),
            (knapsack_exact, 400, 10000), (knapsack_noise, 600, 10000),
            (knapsack_rounded, 300, 5000), (ngram_corpus, 1000, 10000), (ngram_exact, 1000, 10000),
            (ngram_transition, 1000, 10000)]:
        found += [Work(build, options, draws(400, visits)) for options in WALKS]
        found += [Work(build, options, draws(samples)) for options in FORWARD]
    for build in (class_product, class_corpora, class_list):
        found += [Work(build, options, draws(200, 100)) for options in WALKS]
        found += [Work(build, elimination("shared"), draws(10000)),
                  Work(build, elimination("independent"), draws(2000))]
        # The oracle's total is not a member's: its list has no truth to draw from in this way.
        found += [Work(build, options, draws(5000)) for options in FORWARD[1:]]
    return found


WORKS = works()
SLOW_LOADS = [Work(tree_inline, walk("lifted"), draws(50, 1)),
              Work(knapsack_large, walk("lifted"), draws(5, 1))]
LARGE_CORPUS = Work(ngram_large, sequential("reject"), draws(100))
SLOW_COMPILES = [Work(tree_large, walk("lifted"), draws(50, 1))]
