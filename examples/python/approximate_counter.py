"""Uniform solutions of a formula, with ApproxMC (PyPI's pyapproxmc) as the counter of each prefix.

    python approximate_counter.py [FILE.cnf [DRAWS]]

ApproxMC is within a factor of 1 + epsilon of the number of solutions with probability 1 - delta, so
that kappa is 1 + epsilon, with the confidence that a union bound over its random counts leaves.
"""

import sys
from pathlib import Path

import numpy as np
import pyapproxmc
import wend

EPSILON, DELTA = 3.0, 1e-5  # a coarse count, which forward sampling takes at its word


def read_dimacs(path):
    """Number of variables, and clauses as lists of literals."""
    lines = [line for line in Path(path).read_text().splitlines() if not line.startswith("c")]
    header = next(line for line in lines if line.startswith("p")).split()
    clauses, clause = [], []
    for word in " ".join(line for line in lines if not line.startswith("p")).split():
        if word == "0":
            clauses.append(clause)
            clause = []
        else:
            clause.append(int(word))
    return int(header[2]), clauses


class Counter:
    """Counts below assignments of the first variables, each asked of ApproxMC once.

    pyapproxmc 4.4.0 forgets a factor of 2 for every variable that its simplifier finds free: wend
    ended the run, since the children's counts were twice the node's. A clause "v or a helper" for
    each variable v keeps v in the formula; helpers are not counted.
    """

    def __init__(self, variables, clauses):
        self.variables = variables
        self.clauses = clauses + [[v, variables + v] for v in range(1, variables + 1)]
        self.counts, self.random = {}, 0

    def count(self, prefix):
        """Solutions that begin with `prefix`, a tuple of 0 and 1; exact for a whole assignment."""
        if prefix not in self.counts:
            units = [[i + 1 if bit else -i - 1] for i, bit in enumerate(prefix)]
            counter = pyapproxmc.Counter(seed=1, epsilon=EPSILON, delta=DELTA)
            counter.add_clauses(self.clauses + units)
            cells, hashes = counter.count(list(range(1, self.variables + 1)))
            self.random += hashes > 0  # without a hash ApproxMC has listed them all
            self.counts[prefix] = float(cells * 2**hashes)
        return self.counts[prefix]

    def __call__(self, batch):
        prefixes = [tuple(p[:d]) for p, d in zip(batch.prefix.tolist(), batch.depth.tolist())]
        children = np.array([[self.count((*p, bit)) for bit in (0, 1)] for p in prefixes])
        return children, np.array([self.count(p) for p in prefixes])


def all_solutions(variables, clauses):
    """Codes of all solutions, the first variable being the highest bit; up to 24 variables."""
    codes = np.arange(2**variables)
    bits = [(codes >> (variables - 1 - i) & 1).astype(bool) for i in range(variables)]
    satisfied = np.ones(len(codes), bool)
    for clause in clauses:
        satisfied &= np.any([bits[abs(x) - 1] == (x > 0) for x in clause], axis=0)
    return codes[satisfied]


path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "cnf" / "small.cnf"
draws = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
variables, clauses = read_dimacs(path)
counter = Counter(variables, clauses)
instance = wend.oracle(
    counter, alphabet=2, horizon=variables, rows="mass", kappa=1 + EPSILON, kappa_why="ApproxMC",
    name="ApproxMC",
)  # fmt: skip
print(
    f"{variables} variables, {len(clauses)} clauses: {counter.count(()):.0f} solutions by ApproxMC"
)
for correct, options in {
    "lifted walk": {},
    "forward by the counts alone (biased)": {"algorithm": "sequential", "correct": "none"},
}.items():
    run = wend.sample(instance, draws, seed=1, **options)
    codes = run.samples.astype(np.int64) @ (1 << np.arange(variables - 1, -1, -1))
    print(f"{correct}: {len(codes)} draws, {len(np.unique(codes))} different")
    if variables <= 24:
        solutions = all_solutions(variables, clauses)
        assert np.isin(codes, solutions).all()
        seen = np.array([np.count_nonzero(codes == code) for code in solutions])
        excess = ((seen - draws / len(solutions)) ** 2).sum() / (draws / len(solutions))
        free = len(solutions) - 1
        deviations = (excess - free) / np.sqrt(2 * free)
        print(f"  {len(solutions)} solutions listed; chi-square off by {deviations:.1f} deviations")
if variables <= 24:
    for prefix, count in counter.counts.items():
        code = int("".join(map(str, prefix)) or "0", 2)
        exact = np.count_nonzero(solutions >> (variables - len(prefix)) == code)
        assert exact / (1 + EPSILON) <= count <= exact * (1 + EPSILON), (prefix, count, exact)
    print(f"each of the {len(counter.counts)} counts is within {1 + EPSILON} of the exact one")
print(
    f"{len(counter.counts)} counts, {counter.random} of them random: kappa = {1 + EPSILON} holds "
    f"with confidence 1 - {counter.random * DELTA:.1g}"
)
