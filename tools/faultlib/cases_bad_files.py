"""Files with bytes that nobody meant, and names that could fool a terminal."""

import os

from .case import Case
from .contract import Outputs, ending_problems, folder_problems, needs_message, whole
from .instances import INSTANCE, WORKS

BUDGET = "20000"  # queries, so that an instance that became large ends soon
INSERTED = [b"\0", b"\x1b[31m", b"\n", b"\r", b"\x7f", b"\xff", b"\xc2\x9b", b"\"", b"{", b"}",
            b"-", b"9", b"e999", b"\\u0000", b"\xef\xbb\xbf", b"\n\n\n", b"\x1b]0;title\x07", b",",
            b"[" * 70]
NAME_PARTS = ["\n", "\x1b[2J", "\r", "\t", "\x7f", "\udcff", "\x9b", " ", "'", "\"", "\\", "{}",
              "%s%n", "\u2028", "ü", "\x01", "\x1b]0;x\x07", "-"]


def flipped(rng, data):
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def shortened(rng, data):
    return data[:rng.choice([0, 1, rng.randrange(len(data)), len(data) - 1])]


def inserted(rng, data):
    for _ in range(rng.choice([1, 1, 3])):
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.choice(INSERTED) + data[place:]
    return data


def doubled(rng, data):
    place = rng.randrange(len(data))
    return data[:place] + data[rng.randrange(place + 1):]


def overwritten(rng, data):
    place = rng.randrange(len(data))
    more = bytes(rng.randrange(256) for _ in range(rng.randint(1, 16)))
    return data[:place] + more + data[place + len(more):]


def answers(rng, work, name):
    """What reads the instance: (arguments, files that it writes)."""
    limited = [*work.options, "--samples", "60", "--chains", "4", "--backend", "cpu",
               "--max-queries", BUDGET]
    return rng.choice([
        (["inspect", name], Outputs()), (["inspect", name, "--json"], Outputs()),
        (["sample", name, *limited], Outputs()),
        (["sample", name, *limited, "--output", "out.npz", "--report", "report.json"],
         Outputs("npz", True)),
        (["sample", name, *limited, "--output", "out.csv"], Outputs("csv")),
        (["estimate", name, "--queries", BUDGET, *(["--json"] if rng.random() < 0.5 else [])],
         Outputs())])


def damaged(rng, name):
    work = rng.choice(WORKS)
    file = rng.choice([INSTANCE, *sorted(work.files())])
    change = rng.choice([flipped, flipped, shortened, inserted, inserted, doubled, overwritten])
    files = {**work.files(), file: change(rng, work.files()[file])}
    arguments, outs = answers(rng, work, INSTANCE)

    def check(place, ending):
        # A number that was changed can make a run that an option no longer fits, or a large one.
        problems = ending_problems(ending, {0, 2, 3, 4, 5}) + needs_message(ending)
        if ending.status in (0, 5):
            missing = [file for file in outs.names if place.read(file) is None]
            return problems + [f"{file} is missing" for file in missing] \
                + folder_problems(place, new=outs.names)
        return problems + folder_problems(place)

    return Case(name, "bad files", f"{work.name}, {file} {change.__name__}, {arguments[0]}",
                arguments, files, check)


def odd_name(rng):
    parts = rng.sample(NAME_PARTS, rng.randint(1, 3))
    return "a" + "b".join(parts) + ("n" * 150 if rng.random() < 0.1 else "")


def odd_names(rng, name):
    """Files with such names, which are there, or not, or are damaged."""
    work = rng.choice(WORKS)
    instance = odd_name(rng) + ".json"
    outs = Outputs(rng.choice(["npz", "csv"]), True)
    state = rng.choice(["good", "good", "missing", "damaged", "output fails"])
    files = {instance if file == INSTANCE else file: content
             for file, content in work.files().items() if file != INSTANCE or state != "missing"}
    if state == "damaged":
        files[instance] = inserted(rng, files[instance])
    odd_output = rng.random() < 0.5
    output = odd_name(rng) + "." + outs.form if odd_output else outs.output
    folder = "no/" if state == "output fails" else ""
    arguments = [instance if word == INSTANCE else word for word in work.command(
        "--output", folder + output, "--report", "report.json",
        *(["--max-queries", BUDGET] if state == "damaged" else []))]

    def check(place, ending):
        allowed = {"good": {0}, "missing": {3}, "damaged": {0, 2, 3, 4, 5},
                   "output fails": {4}}[state]
        problems = ending_problems(ending, allowed) + needs_message(ending)
        if ending.status not in (0, 5):
            return problems + folder_problems(place)
        problems += folder_problems(place, new=[output, "report.json"])
        if state == "good":
            problems += [p for p in whole(place, work, outs, required=False)
                         if not p.startswith("the report differs")]
            if place.read(output) != place.baselines.of(work, outs.form).output:
                problems.append("the output is not that of the run without the fault")
        return problems

    return Case(name, "bad files", f"{work.name}, {instance!r} ({state}), --output {output!r}",
                arguments, files, check)


def odd_references(rng, name):
    """An instance that names a file with such a name, which is not there; odd options."""
    work = rng.choice([work for work in WORKS if len(work.files()) > 1])
    file = rng.choice(sorted(set(work.files()) - {INSTANCE}))
    odd = odd_name(rng).encode(errors="surrogateescape")
    encoded = b"".join(b"\\u%04x" % byte if byte < 0x20 or byte in b"\"\\" else bytes([byte])
                       for byte in odd)
    files = {n: content.replace(b'"%s"' % file.encode(), b'"%s"' % encoded)
             for n, content in work.files().items()}
    option = rng.random() < 0.3
    arguments, status = work.command(), {3}
    if option:
        arguments, status = work.command(os.fsdecode(odd) if odd[:1] == b"-" else
                                         "--" + os.fsdecode(odd)), {2}

    def check(place, ending):
        return ending_problems(ending, status) + needs_message(ending) + folder_problems(place)

    return Case(name, "bad files", f"{work.name}, an {'option' if option else 'input'} {odd!r}",
                arguments, files, check)


def bad_files(rng, name):
    return rng.choices([damaged, odd_names, odd_references], [65, 25, 10])[0](rng, name)


FAULTS = {"bad files": (300, bad_files)}
