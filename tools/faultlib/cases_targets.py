"""Outputs that are streams, devices and pipes, and folders that cannot be written."""

import dataclasses
import os
import stat
import threading

from . import namespaces, outputs
from .case import Case
from .contract import (OLD, Broken, Outputs, ending_problems, finished_problems, folder_problems,
                       needs_message, whole)
from .instances import WORKS
from .process import Launch, NotApplicable


def report_problems(place, work, data):
    """`data` is the report of the run, and nothing else."""
    try:
        keys = outputs.differences(outputs.read_report(data),
                                   place.baselines.of(work, "npz").report)
    except Broken as wrong:
        return [f"{wrong}: {data[:100]!r}"]
    return [f"the report differs in {', '.join(keys)}"] if keys else []


def without_summary(ending, quiet):
    """Where standard output has the data, standard error has the summary."""
    if not quiet and ending.err.startswith(b"instance "):
        return dataclasses.replace(ending, err=b"")
    return ending


# --- streams ----------------------------------------------------------------------------------


def printed_report(rng, name):
    """The report goes where standard output goes: a pipe, or behind what stands in a file."""
    work = rng.choice(WORKS)
    target = rng.choice(["-", "/dev/stdout", "/proc/self/fd/1"])
    quiet = rng.random() < 0.7
    to_file = rng.random() < 0.5
    output = rng.random() < 0.5
    outs = Outputs("npz" if output else "", False, False, quiet)

    def setup(place):
        place.write("out.txt", OLD)
        if to_file:
            case.launch = Launch(stdout=place / "out.txt")

    def check(place, ending):
        problems = ending_problems(without_summary(ending, quiet), {0})
        data = ending.out
        if to_file:
            data = place.read("out.txt") or b""
            if not data.startswith(OLD):
                return problems + [f"what stood in the file is gone: {data[:100]!r}"]
            data = data[len(OLD):]
        problems += report_problems(place, work, data)
        return (problems + whole(place, work, outs)
                + folder_problems(place, new=[*outs.names, "out.txt"]))

    case = Case(name, "special targets", f"{work.name}, --report {target} to a "
                + ("file" if to_file else "pipe") + (" --quiet" if quiet else ""),
                work.command(*outs.arguments, "--report", target), work.files(), check, setup=setup)
    return case


def printed_csv(rng, name):
    """--output - prints the samples as .csv and nothing else."""
    work = rng.choice(WORKS)
    report = rng.random() < 0.5
    quiet = rng.random() < 0.5
    twice = rng.random() < 0.15
    outs = Outputs("", report, rng.random() < 0.5, quiet)
    more = ["--report", rng.choice(["-", "/dev/stdout"])] if twice else outs.arguments
    if twice:
        outs = Outputs()

    def check(place, ending):
        if twice:
            return (ending_problems(ending, {2}) + needs_message(ending) + folder_problems(place))
        problems = ending_problems(without_summary(ending, quiet), {0})
        if ending.out != place.baselines.of(work, "csv").output:
            problems.append(f"what is printed is not the .csv: {ending.out[:80]!r}")
        return problems + whole(place, work, outs) + folder_problems(place, new=outs.names)

    return Case(name, "special targets", f"{work.name}, --output - {' '.join(more)}",
                work.command("--output", "-", *more), work.files(), check, setup=outs.setup)


def descriptor(rng, name):
    """--report /dev/fd/N, a file that we have opened to append to."""
    work = rng.choice(WORKS)
    quiet = rng.random() < 0.5

    def setup(place):
        place.write("log.txt", OLD)
        place.kept["fd"] = os.open(place / "log.txt", os.O_WRONLY | os.O_APPEND)
        case.launch = Launch(passed=(place.kept["fd"],))
        case.arguments = work.command("--report", f"/dev/fd/{place.kept['fd']}",
                                      *(["--quiet"] if quiet else []))

    def during(_running, place):
        os.close(place.kept["fd"])

    def check(place, ending):
        problems = ending_problems(ending, {0}) + folder_problems(place, new=["log.txt"])
        data = place.read("log.txt") or b""
        if not data.startswith(OLD):
            return problems + [f"what stood in the file is gone: {data[:100]!r}"]
        return problems + report_problems(place, work, data[len(OLD):])

    case = Case(name, "special targets", f"{work.name}, --report /dev/fd/N", [], work.files(),
                check, setup=setup, during=during)
    return case


def device(rng, name):
    """A null device of our own, since a command that replaces it would do much harm."""
    work = rng.choice(WORKS)
    form = rng.choice(["", "csv", "npz"])
    outs = Outputs(form, quiet=rng.random() < 0.5)
    real = os.getuid() != 0

    def setup(place):
        if not real:
            try:
                os.mknod(place / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
                os.close(os.open(place / "null", os.O_WRONLY))
            except OSError as wrong:
                raise NotApplicable(f"we are root, and cannot make a null device: {wrong}") \
                    from wrong

    def check(place, ending):
        return (ending_problems(ending, {0}) + whole(place, work, outs)
                + folder_problems(place, new=outs.names))

    return Case(name, "special targets", f"{work.name}, --report to the null device",
                work.command(*outs.arguments, "--report", "/dev/null" if real else "./null"),
                work.files(), check, setup=setup)


def fifo(rng, name):
    """A named pipe that somebody reads."""
    work = rng.choice(WORKS)
    form = rng.choice(["report", "report", "csv"])
    target = "pipe.csv" if form == "csv" else "pipe"
    late = rng.uniform(0, 0.1) if rng.random() < 0.3 else 0

    def read(place):
        """Until the last writer has closed it; whoever opens it first waits for the other."""
        with open(place / target, "rb") as stream:
            place.kept["data"] = stream.read()

    def setup(place):
        os.mkfifo(place / target)

    def during(running, place):
        running.wait_until(late)
        reader = threading.Thread(target=read, args=[place], daemon=True)
        reader.start()
        running.wait_until(15)
        if reader.is_alive():  # never opened by the command: let the reader go
            os.close(os.open(place / target, os.O_RDWR | os.O_NONBLOCK))
            reader.join(5)

    def check(place, ending):
        allowed = {0, 4} if form == "csv" else {0}  # samples may need a file to be sorted in
        problems = ending_problems(ending, allowed) + folder_problems(place)
        data = place.kept.get("data", b"")
        if form == "report":
            return problems + report_problems(place, work, data)
        if ending.status == 0 and data != place.baselines.of(work, "csv").output:
            problems.append(f"what went through the pipe is not the .csv: {len(data)} bytes")
        return problems

    option = "--output" if form == "csv" else "--report"
    return Case(name, "special targets", f"{work.name}, {option} to a named pipe",
                work.command("--quiet", option, target), work.files(), check, setup=setup,
                during=during)


# --- folders and files that cannot be written ----------------------------------------------------


def failing_target(place, name, kind):
    """Makes the folder "to" and what stands in the way of `name` in it."""
    os.mkdir(place / "to")
    if kind == "folder that is missing":
        os.rmdir(place / "to")
    elif kind == "folder that is a file":
        os.rmdir(place / "to")
        place.write("to", OLD)
    elif kind == "folder in its place":
        os.mkdir(place / name)
    elif kind in PLAIN_USER:
        namespaces.need_plain_user(place.command, place.path)
        if kind == "sticky folder with another's file" and os.getuid() != 0:
            raise NotApplicable("only root can make another's file")
        if kind != "folder that is read-only":
            place.write(name, OLD, 0o444 if kind == "file that is read-only" else 0o666)
        place.give_to_nobody()
        if kind == "folder that is read-only":
            os.chmod(place / "to", 0o555)
        if kind == "sticky folder with another's file":
            os.chown(place / name, 0, 0)
            os.chown(place / "to", 0, 0)
            os.chmod(place / "to", 0o1777)


KINDS = ["folder that is missing", "folder that is a file", "folder in its place",
         "folder without a file name", "name that is too long"]
PLAIN_USER = ["folder that is read-only", "file that is read-only",
              "sticky folder with another's file"]


def unwritable(rng, name):
    work = rng.choice(WORKS)
    kind = rng.choice(KINDS + 2 * PLAIN_USER)
    option, file = rng.choice([("--output", "out.npz"), ("--output", "out.csv"),
                               ("--report", "report.json")])
    target = f"to/{file}"
    if kind == "folder without a file name":
        target = "to/"
    if kind == "name that is too long":
        target = f"to/{'n' * 260}{file}"
    other = rng.choice([[], ["--output", "fine.npz"] if option == "--report"
                        else ["--report", "fine.json"]])

    def check(place, ending):
        # An option that names a folder can be refused as such.
        allowed = {2, 4} if kind in ("folder without a file name", "folder in its place") else {4}
        if kind.startswith("sticky"):
            allowed = {0, 4}
        problems = ending_problems(ending, allowed) + needs_message(ending)
        if ending.status == 0:
            now = place.read(target)
            form = file[-3:] if option == "--output" else "npz"
            if option == "--report":
                problems += report_problems(place, work, now or b"")
            elif now != place.baselines.of(work, form).output:
                problems.append(f"status 0, but {target} is not that of the run without the fault")
            return problems + folder_problems(place, new=[target, *other[1:]])
        # Before the run if at all possible; where the last step fails, the message says more.
        outs = Outputs(file[-3:] if option == "--output" else "npz", True)
        return (problems + folder_problems(place, message=ending.err)
                + finished_problems(place, work, outs, ending))

    return Case(name, "special targets", f"{work.name}, {option} to a {kind}",
                work.command(*other, option, target), work.files(), check,
                Launch(nobody=kind in PLAIN_USER),
                setup=lambda place: failing_target(place, target, kind))


def kept_mode(rng, name):
    """A file that only its owner may read stays so; a link stays a link."""
    work = rng.choice(WORKS)
    outs = Outputs(rng.choice(["npz", "csv"]), True, True)
    link = rng.random() < 0.4
    mode = rng.choice([0o600, 0o640, 0o666, 0o604])

    def setup(place):
        if link:
            os.mkdir(place / "far")
        for file in outs.names:
            place.write(os.path.join("far", file) if link else file, OLD, mode)
            if link:
                os.symlink(os.path.join("far", file), place / file)

    def check(place, ending):
        ends = [os.path.join("far", file) if link else file for file in outs.names]
        problems = ending_problems(ending, {0}) + whole(place, work, outs)
        for file in ends:
            now = stat.S_IMODE(os.stat(place / file).st_mode)
            if now != mode:
                problems.append(f"{file} had mode {mode:o}, now {now:o}")
        return problems + folder_problems(place, new=ends)

    return Case(name, "special targets", f"{work.name}, files of mode {mode:o}"
                + (" behind links" if link else ""),
                work.command(*outs.arguments), work.files(), check, setup=setup)


def targets(rng, name):
    return rng.choices([printed_report, printed_csv, descriptor, device, fifo, unwritable,
                        kept_mode], [18, 12, 10, 7, 10, 30, 13])[0](rng, name)


FAULTS = {"special targets": (220, targets)}
