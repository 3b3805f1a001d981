"""A terminal that is small, simple, or gone in the middle of a run."""

import re
import signal

from .case import Case
from .contract import ending_problems, folder_problems, partial, some_outputs, whole
from .instances import WORKS, Work, draws
from .process import Launch

BAR = b"%"  # is seen once the running line is
SLOW = [Work(work.build, work.options, draws(400, 6 * int(work.draws[-1])))
        for work in WORKS if "--visits" in work.draws and "class" not in work.name]


def goes_away(rng, name):
    """The terminal is closed while the running line is shown."""
    work = rng.choice(SLOW)
    outs = some_outputs(rng, must=True)
    ignored = rng.random() < 0.5
    to_terminal = rng.random() < 0.5
    endless = not ignored and rng.random() < 0.5
    run = work.longer() if endless else work
    more = rng.randint(0, 200)

    def during(running, place):
        running.read_terminal(lambda seen: BAR in seen and len(seen) > more, 5)
        place.kept["shown"] = BAR in running.seen
        place.kept["alive"] = running.alive()
        running.close_terminal()

    def check(place, ending):
        allowed = {0} if ignored else {130} if endless else {0, 130}
        problems = ending_problems(ending, allowed) + folder_problems(place, new=outs.names)
        if ending.status == 130:
            return problems + partial(place, run, outs, known=bool(outs.form) and not endless)
        return problems + (whole(place, work, outs) if not endless else [])

    launch = Launch(stdin="terminal", stdout="terminal" if to_terminal else "/dev/null",
                    stderr="terminal", ignored=(signal.SIGHUP,) if ignored else ())
    return Case(name, "terminal", f"{work.name} {outs.names}, terminal goes away, SIGHUP "
                + ("ignored" if ignored else "as usual"),
                run.command(*outs.arguments), run.files(), check, launch, setup=outs.setup,
                during=during)


def shows(rng, name):
    """What is shown on a simple or narrow terminal."""
    work = rng.choice(SLOW)
    outs = some_outputs(rng)
    simple = rng.random() < 0.4
    columns = rng.choice([30, 30, 20, 12, 79, 200])

    def check(place, ending):
        problems = ending_problems(ending, {0}) + whole(place, work, outs)
        shown = ending.terminal
        if simple and b"\x1b" in shown:
            problems.append(f"escape bytes on a terminal without: {shown[:100]!r}")
        if outs.quiet and shown:
            problems.append(f"shown in spite of --quiet: {shown[:100]!r}")
        plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown)
        longest = max(re.split(rb"[\r\n]", plain), key=len)
        if len(longest) >= columns:
            problems.append(f"a line of {len(longest)} columns on {columns}: {longest[:100]!r}")
        return problems + folder_problems(place, new=outs.names)

    launch = Launch(stdin="terminal", stdout="/dev/null", stderr="terminal", columns=columns,
                    environment={"TERM": "dumb" if simple else "xterm"})
    return Case(name, "terminal", f"{work.name} {outs.names}, {columns} columns, "
                + ("TERM=dumb" if simple else "TERM=xterm"),
                work.command(*outs.arguments), work.files(), check, launch, setup=outs.setup)


def terminal(rng, name):
    return (goes_away if rng.random() < 0.6 else shows)(rng, name)


FAULTS = {"terminal": (120, terminal)}
