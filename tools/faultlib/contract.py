"""What must hold of every run, whatever the fault."""

import dataclasses
import os
import signal

from . import outputs
from .baselines import NAMES, REPORT
from .outputs import Broken

OLD = b"what stood here before\n" * 7
LONGEST_MESSAGE = 6000
FAILED = frozenset({3, 4})


def nameless_files(folder):
    """Whether files can be made there without a name (O_TMPFILE)."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600))
    except OSError:
        return False
    return True


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def message_problems(err):
    """Standard error: nothing, or one line."""
    problems = []
    if not err:
        return problems
    if not err.startswith(b"wend: "):
        problems.append(f"the message does not begin with `wend: `: {err[:120]!r}")
    if not err.endswith(b"\n"):
        problems.append(f"the message does not end its line: {err[-60:]!r}")
    if err.count(b"\n") > 1:
        problems.append(f"{err.count(10)} lines on standard error: {err[:200]!r}")
    if any(byte < 0x20 or byte == 0x7F for byte in err.rstrip(b"\n")):
        problems.append(f"control bytes on standard error: {err[:200]!r}")
    if len(err) >= LONGEST_MESSAGE:
        problems.append(f"the message has {len(err)} bytes")
    if b"terminate called" in err:
        problems.append("the C++ library ended the command")
    return problems


def loader_failed(ending):
    """The system could not even load the command."""
    return ending.status == 127 and b"error while loading shared libraries" in ending.err


def ending_problems(ending, allowed):
    """How it ended: in time, by itself, with one of these statuses, and a message if it failed."""
    if ending.hung:
        return ["did not end in time"]
    problems = message_problems(ending.err)
    if ending.status not in allowed:
        how = (f"was ended by {signal_name(-ending.status)}" if ending.status < 0 else
               f"ended with status {ending.status}")
        message = ending.err.decode(errors="replace").strip()[:200]
        problems.append(f"{how}, not {' or '.join(map(str, sorted(allowed)))}"
                        + (f" ({message})" if message else ""))
    return problems


def needs_message(ending):
    if ending.status in (2, 3, 4) and not ending.err:
        return [f"status {ending.status} without a message"]
    return []


def folder_problems(place, *, new=(), message=b""):
    """All that was there is as it was, and nothing is new but what `new` names. A finished file
    under another name is right where the message says so."""
    now = place.look()
    problems = []
    for name, content in place.before.bytes.items():
        if name in new:
            continue
        if name not in now.bytes:
            problems.append(f"{name!r} is gone")
        elif now.bytes[name] != content:
            problems.append(f"{name!r} was changed")
        elif now.modes[name] != place.before.modes[name]:
            problems.append(f"{name!r} has mode {now.modes[name]}")
    for name in now.bytes:
        if name in place.before.bytes or name in new:
            continue
        if os.fsencode(os.path.basename(name)) not in message:
            problems.append(f"{name!r} was left behind")
    return problems


def finished_problems(place, work, outs, ending):
    """A file that the message of a failed run names as finished is so."""
    baseline = place.baselines.of(work, outs.form or "npz")
    problems = []
    for name, content in place.look().bytes.items():
        base = os.path.basename(name)
        if name in place.before.bytes or os.fsencode(base) not in ending.err:
            continue
        try:
            if content != baseline.output and outputs.differences(outputs.read_report(content),
                                                                  baseline.report):
                problems.append(f"{name!r} is not the finished file")
        except Broken:
            problems.append(f"{name!r} was left behind and is not whole")
    return problems


@dataclasses.dataclass(frozen=True)
class Outputs:
    """The files that a run writes."""

    form: str = ""  # npz, csv or none
    report: bool = False
    old: bool = False  # there are such files already
    quiet: bool = False

    @property
    def output(self):
        return NAMES.get(self.form)

    @property
    def names(self):
        return [*([self.output] if self.form else []), *([REPORT] if self.report else [])]

    @property
    def arguments(self):
        return [*(["--output", self.output] if self.form else []),
                *(["--report", REPORT] if self.report else []),
                *(["--quiet"] if self.quiet else [])]

    def setup(self, place):
        for name in self.names if self.old else []:
            place.write(name, OLD)

    def written(self, place):
        """Those that are not as they were, with their bytes."""
        contents = {name: place.read(name) for name in self.names}
        return {name: content for name, content in contents.items()
                if content is not None and not (self.old and content == OLD)}


def lost_problems(place, outs):
    return [f"the {name} that was there is gone"
            for name in outs.names if outs.old and place.read(name) is None]


def some_outputs(rng, must=False):
    """Files to write; at least one if `must`."""
    form, report = rng.choice([("npz", True), ("npz", False), ("csv", True), ("csv", False),
                               ("", True), *([] if must else [("", False)])])
    return Outputs(form, report, rng.random() < 0.4, rng.random() < 0.3)


def whole(place, work, outs, salt=0, required=True):
    """Each file is that of the run without a fault, to the byte; there is one if `required`."""
    baseline = place.baselines.of(work, outs.form or "npz", salt)
    written = outs.written(place)
    problems = lost_problems(place, outs)
    problems += [f"{name} is missing" for name in outs.names if required and name not in written]
    if outs.output in written and written[outs.output] != baseline.output:
        problems.append(f"{outs.output} is not that of the run without the fault "
                        f"({len(written[outs.output])} bytes, {len(baseline.output)} expected)")
    if REPORT in written:
        try:
            keys = outputs.differences(outputs.read_report(written[REPORT]), baseline.report)
            if keys:
                problems.append(f"the report differs in {', '.join(keys)}")
        except Broken as wrong:
            problems.append(str(wrong))
    return problems


def partial(place, work, outs, known=True):
    """The files of an interrupted run: none, or whole ones with the first draws of each chain."""
    written = outs.written(place)
    if not written:
        return lost_problems(place, outs)
    problems = lost_problems(place, outs)
    problems += [f"{name} is missing, others are there"
                for name in outs.names if name not in written]
    rows = None
    try:
        if outs.output in written:
            by_chain = outputs.rows_of(outs.output, written[outs.output])
            rows = outputs.count_rows(by_chain)
            if rows > work.samples:
                problems.append(f"{rows} rows, {work.samples} were asked for")
            if known:
                all_rows = place.baselines.of(work, outs.form).rows
                problems += [f"chain {chain} has other draws than without the signal"
                             for chain, drawn in by_chain.items()
                             if drawn != all_rows.get(chain, [])[:len(drawn)]][:1]
        if REPORT in written:
            report = outputs.read_report(written[REPORT])
            if report["partial"] is not True:
                problems.append("the report does not say `partial`")
            if rows is not None and report["drawn"] != rows:
                problems.append(f"the report says {report['drawn']} drawn, there are {rows} rows")
    except Broken as wrong:
        problems.append(str(wrong))
    return problems
