"""A disk that is full, or files that may not grow."""

import os
import resource

from . import namespaces
from .baselines import REPORT
from .case import Case
from .contract import (FAILED, OLD, ending_problems, finished_problems, folder_problems,
                       loader_failed, needs_message, partial, some_outputs, whole)
from .instances import WORKS
from .process import Launch, NotApplicable


def limited(rng, name):
    """RLIMIT_FSIZE; SIGXFSZ has its default, which ends a process."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng, must=True)
    share = rng.choice([0, rng.uniform(0, 0.1), rng.uniform(0, 1.2), rng.uniform(0.9, 2.5)])
    kept = {}

    def setup(place):
        outs.setup(place)
        size = len(place.baselines.of(work, outs.form).output) if outs.form else 2500
        limit = int(share * size)
        case.launch = Launch(limits=((resource.RLIMIT_FSIZE, limit, limit),))
        kept.update(size=size, limit=limit)

    def check(place, ending):
        enough = not outs.form or kept["limit"] >= kept["size"]
        problems = ending_problems(ending, {0, 4} if enough else {4}) + needs_message(ending)
        if ending.status == 0:
            return problems + whole(place, work, outs) + folder_problems(place, new=outs.names)
        if ending.status == 4 and b"File too large" not in ending.err:
            problems.append(f"the message does not say `File too large`: {ending.err!r}")
        return (problems + folder_problems(place, message=ending.err)
                + finished_problems(place, work, outs, ending))

    case = Case(name, "disk", f"{work.name} {outs.names}, files of at most {share:.2f} of its size",
                work.command(*outs.arguments), work.files(), check, setup=setup)
    return case


def small_disk(rng, name):
    """A file system of its own that is too small, or just large enough."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng, must=True)
    share = rng.uniform(0, 3)
    inodes = rng.choice([0, 0, 0, 2, 3, 4])
    there = [os.path.join("disk", file) for file in outs.names]

    def around(place, run):
        size = len(place.baselines.of(work, outs.form or "npz").output)
        pages = max(1, int(share * size) // 4096)
        options = f"size={pages * 4096}" + (f",nr_inodes={inodes + 2 * outs.old}" if inodes else "")

        def inside():
            os.mkdir(place / "disk")
            namespaces.mount_small(place / "disk", options)
            return run()

        return namespaces.in_child(inside)

    def setup(place):
        for file in there if outs.old else []:
            try:
                place.write(file, OLD)
            except OSError:
                os.unlink(place / file)  # not even that has room

    def check(place, ending):
        problems = ending_problems(ending, {0, 4}) + needs_message(ending)
        if ending.status != 0:
            return (problems + folder_problems(place, message=ending.err)
                    + finished_problems(place, work, outs, ending))
        baseline = place.baselines.of(work, outs.form or "npz")
        if outs.form and place.read(there[0]) != baseline.output:
            problems.append(f"status 0, but {there[0]} is not that of the run without the fault")
        return problems + folder_problems(place, new=there)

    paths = {outs.output: "disk/" + (outs.output or ""), REPORT: "disk/" + REPORT}
    arguments = [paths.get(word, word) for word in outs.arguments]
    return Case(name, "disk", f"{work.name} {outs.names}, on a disk of {share:.2f} of its size"
                + (f" with {inodes} files" if inodes else ""),
                work.command(*arguments), work.files(), check, setup=setup, around=around)


def disk(rng, name):
    return (limited if rng.random() < 0.65 else small_disk)(rng, name)


# --- limits -----------------------------------------------------------------------------------


def limit_case(rng, name):
    work = rng.choice(WORKS)
    outs = some_outputs(rng)
    what = rng.choices(["memory", "descriptors", "threads"], [60, 20, 20])[0]
    nobody = what == "threads"
    if what == "memory":
        number = int(2 ** rng.uniform(24.9, 30))
        limit = (resource.RLIMIT_AS, number, number)
    elif what == "descriptors":
        number = rng.randint(3, 10)
        limit = (resource.RLIMIT_NOFILE, number, number)
    else:
        number = rng.randint(1, 4)
        limit = (resource.RLIMIT_NPROC, number, number)

    def setup(place):
        outs.setup(place)
        if nobody:
            namespaces.need_plain_user(place.command, place.path)
            place.give_to_nobody()

    def check(place, ending):
        if loader_failed(ending):
            raise NotApplicable("the system cannot load the command under so low a limit")
        problems = ending_problems(ending, {0} | FAILED) + needs_message(ending)
        if ending.status == 0:
            return problems + whole(place, work, outs) + folder_problems(place, new=outs.names)
        return (problems + folder_problems(place, message=ending.err)
                + finished_problems(place, work, outs, ending))

    return Case(name, "limits", f"{work.name} {outs.names}, {what} limited to {number:,}",
                work.command(*outs.arguments), work.files(), check,
                Launch(limits=(limit,), nobody=nobody), setup=setup)


def cpu_time(rng, name):
    """A second of CPU; then the system sends SIGXCPU, and SIGKILL much later."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng, must=True)
    long = work.longer()

    def check(place, ending):
        problems = ending_problems(ending, {0, 130}) + folder_problems(place, new=outs.names)
        if not outs.written(place):
            problems.append("a second's draws were not written")
        if ending.status == 0:  # a second was enough
            return problems
        return problems + partial(place, long, outs, known=False)

    limits = ((resource.RLIMIT_CPU, 1, 10),)
    return Case(name, "limits", f"{work.name} {outs.names}, one second of CPU (SIGXCPU)",
                long.command(*outs.arguments), long.files(), check, Launch(limits=limits),
                setup=outs.setup)


def limits(rng, name):
    return (cpu_time if rng.random() < 0.08 else limit_case)(rng, name)


FAULTS = {"disk": (250, disk), "limits": (250, limits)}
