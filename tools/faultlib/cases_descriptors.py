"""Standard streams that are closed, on a full disk, or pipes that nobody reads."""

import itertools
import os

from .case import Case
from .contract import (ending_problems, folder_problems, needs_message, some_outputs, whole)
from .instances import INSTANCE, WORKS
from .process import Launch, NotApplicable

FULL = "/dev/full"
STREAMS = list(itertools.product(["/dev/null", "closed"], ["pipe", "closed", FULL, "gone"],
                                 ["pipe", "closed", FULL, "gone"]))
LOST = ("closed", FULL, "gone")


def need(*streams):
    if FULL in streams and not os.path.exists(FULL):
        raise NotApplicable("no /dev/full")


def describe(streams):
    return ", ".join(f"{name} {'to ' if where[0] == '/' else ''}{where}"
                     for name, where in zip(("stdin", "stdout", "stderr"), streams))


def stdout_statuses(stream, carried, kept=False):
    """What a run that went well ends with, standard output being such; `kept`: what it carries is
    about files that are written."""
    if not carried or stream == "pipe":
        return {0}
    return {4} if stream == FULL and not kept else {0, 4}  # who leaves a pipe has seen enough


def files(rng, name):
    """A run that writes files: they are whole, and hold no message."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng)
    streams = rng.choice(STREAMS[1:])

    def setup(place):
        need(*streams)
        outs.setup(place)

    def check(place, ending):
        problems = ending_problems(ending, stdout_statuses(streams[1], not outs.quiet,
                                                            bool(outs.names)))
        if ending.status == 4 and streams[2] == "pipe" and b"standard output" not in ending.err:
            problems.append(f"the message does not name standard output: {ending.err!r}")
        if ending.status == 0 and ending.err:
            problems.append(f"status 0 with a message: {ending.err!r}")
        return problems + whole(place, work, outs) + folder_problems(place, new=outs.names)

    return Case(name, "descriptors", f"{work.name} {outs.names}"
                + (" --quiet" if outs.quiet else "") + f", {describe(streams)}",
                work.command(*outs.arguments), work.files(), check, Launch(*streams), setup=setup)


def refusals(rng, name):
    """What is wrong keeps its status where the message is lost."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng)
    streams = (rng.choice(["/dev/null", "closed"]), rng.choice(["pipe", *LOST]), rng.choice(LOST))
    broken = dict(work.files())
    arguments, status = rng.choice([
        (work.command("--no-such-option"), 2), (["sample"], 2), (["draw"], 2),
        (work.command("--samples", "0"), 2), (["inspect", "none.json"], 3),
        (["sample", "none.json", *outs.arguments], 3), (work.command(*outs.arguments), 3),
        (["inspect", INSTANCE], 3), (["estimate", INSTANCE], 3)])
    if status == 3:
        broken[INSTANCE] = rng.choice([b"", b"{}", b'{"wend": 1', b"[" * 100000,
                                       work.files()[INSTANCE].replace(b'"wend": 1', b'"wend": 2')])

    def setup(place):
        need(*streams)
        outs.setup(place)

    def check(place, ending):
        return ending_problems(ending, {status}) + folder_problems(place)

    return Case(name, "descriptors", f"{' '.join(arguments[:2])}, refused, {describe(streams)}",
                arguments, broken, check, Launch(*streams), setup=setup)


def printed(rng, name):
    """Commands whose answer is what they print."""
    work = rng.choice(WORKS)
    stream = rng.choice([FULL, FULL, "closed", "gone"])
    arguments = rng.choice([["inspect", INSTANCE], ["inspect", INSTANCE, "--json"], ["--help"],
                            ["--version"], ["sample", "--help"],
                            ["estimate", INSTANCE, "--queries", "50000"],
                            ["estimate", INSTANCE, "--relative-error", "0.3", "--json"],
                            work.command("--output", "-"),
                            work.command("--report", "-", "--quiet")])
    is_data = arguments[0] == "sample" and "-" in arguments
    allowed = {4} if is_data else stdout_statuses(stream, True)

    def check(place, ending):
        # Data that a full disk did not take is kept, and the message says where.
        return (ending_problems(ending, allowed) + needs_message(ending)
                + folder_problems(place, message=ending.err))

    title = f"{arguments[0]} {arguments[-1]} of {work.name}, stdout {stream}"
    return Case(name, "descriptors", title, arguments, work.files(), check, Launch(stdout=stream),
                setup=lambda place: need(stream))


def descriptors(rng, name):
    return rng.choices([files, refusals, printed], [55, 20, 25])[0](rng, name)


FAULTS = {"descriptors": (250, descriptors)}
