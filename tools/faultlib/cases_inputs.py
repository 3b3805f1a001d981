"""Inputs that change while the command runs, and inputs that it is told to write over."""

import os

from . import outputs, process
from .baselines import REPORT
from .case import Case
from .contract import (Broken, ending_problems, folder_problems, needs_message, some_outputs, whole)
from .instances import LARGE_CORPUS, SLOW_COMPILES, SLOW_LOADS, WORKS

# --- changed ----------------------------------------------------------------------------------


def overwritten(path, _old, new, _share):
    with open(path, "r+b") as stream:
        stream.write(new)
        stream.truncate(len(new))
    return [new]


def replaced(path, _old, new, _share):
    with open(path + ".new", "wb") as stream:
        stream.write(new)
    os.rename(path + ".new", path)
    return [new]


def cut(path, old, _new, share):
    size = int(share * len(old))
    os.truncate(path, size)
    return [old[:size]]


def grown(path, old, new, _share):
    with open(path, "ab") as stream:
        stream.write(new)
    return [old + new]


def saved(path, _old, new, share):
    """As an editor does: emptied, then written in two parts."""
    size = int(share * len(new))
    with open(path, "wb", buffering=0) as stream:
        stream.write(new[:size])
        stream.write(new[size:])
    return [b"", new[:size], new]


def touched(path, old, _new, _share):
    """The same content again: nothing has changed."""
    with open(path, "r+b") as stream:
        stream.write(old)
    return [old]


def removed(path, _old, _new, _share):
    os.unlink(path)
    return []


CHANGES = [overwritten, overwritten, replaced, cut, cut, grown, saved, touched, removed]


def fresh_run_agrees(place, work, outs, files, ended):
    """Whether a run on these contents, all at rest, ends so, and gives what the case has given."""
    folder = place / "fresh"
    os.mkdir(folder)
    for name, content in files.items():
        place.write(os.path.join("fresh", name), content)
    ending = process.Running(place.command, work.command(*outs.arguments), folder,
                             process.Launch()).finish()
    agrees = (ending.status, ending.err) == (ended.status, ended.err)
    if agrees and outs.form and ending.status == 0:
        agrees = place.read(outs.output) == place.read(os.path.join("fresh", outs.output))
    if agrees and outs.report and ending.status == 0:
        agrees = not outputs.differences(outputs.read_report(place.read(REPORT)),
                                         outputs.read_report(place.read(f"fresh/{REPORT}")))
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    return agrees


def changed(rng, name):
    # Rather those that read much, or many files.
    work = rng.choice([LARGE_CORPUS, *SLOW_COMPILES, SLOW_LOADS[0]]) if rng.random() < 0.4 else \
        rng.choice([work for work in WORKS if rng.random() < len(work.files()) / 4] or WORKS)
    outs = some_outputs(rng, must=True)
    file = rng.choice(sorted(work.files()))
    change = rng.choice(CHANGES)
    old, new = work.files()[file], work.files(rng.choice([4, 4, 5, 6]))[file]
    share = rng.choice([0, rng.random(), rng.random()])
    early, moment = rng.random() < 0.8, rng.random()

    def during(running, place):
        if early:  # each file is read twice, and the system reads the command
            size = sum(map(len, work.files().values()))
            running.wait_for_bytes("rchar", moment * (2.1 * size + 8000))
        else:
            running.wait_until(moment * place.baselines.of(work, outs.form or "npz").seconds)
        place.kept["states"] = change(place / file, old, new, share)

    def check(place, ending):
        problems = ending_problems(ending, {0, 3, 4}) + needs_message(ending)
        if ending.status == 0:
            problems += folder_problems(place, new=[file, *outs.names])
            found = whole(place, work, outs)
        else:
            problems += folder_problems(place, new=[file], message=ending.err)
            named = ending.status == 3 or os.fsencode(file) in ending.err
            found = [] if named else [f"the message does not name {file}: {ending.err!r}"]
        try:
            if found and not any(fresh_run_agrees(place, work, outs, {**work.files(), file: state},
                                                  ending) for state in place.kept["states"]):
                problems.append("the result is of neither the old nor the new content: "
                                + "; ".join(found))
        except Broken as wrong:
            problems.append(str(wrong))
        return problems

    return Case(name, "changed inputs", f"{work.name} {outs.names}, {file} {change.__name__}"
                + (f" {share:.2f}" if change in (cut, saved) else "")
                + f" at {moment:.2f} of the {'reading' if early else 'run'}",
                work.command(*outs.arguments), work.files(), check, setup=outs.setup, during=during,
                known=(work, outs.form or "npz"))


# --- to be written over ------------------------------------------------------------------------


def protected(rng, name):
    work = rng.choice(WORKS)
    file = rng.choice(sorted(work.files()))
    ending_of = rng.choice([".csv", ".npz"])
    spelling = rng.choice(["plain", "dot", "up", "absolute", "folder link", "symbolic link",
                           "link to link", "hard link"])
    link = "link" + ending_of
    paths = {"plain": file, "dot": f"./{file}", "up": f"sub/../{file}", "absolute": None,
             "folder link": f"here/{file}"}
    path = paths.get(spelling, link)
    option = "--report"
    if (path or file).endswith((".csv", ".npz")) and rng.random() < 0.7:
        option = "--output"
    other = rng.choice([[], [], ["--quiet"], ["--report", "other.json"] if option == "--output"
                        else ["--output", "other.npz"]])

    def setup(place):
        os.mkdir(place / "sub")
        os.symlink(".", place / "here")
        if spelling == "symbolic link":
            os.symlink(file, place / link)
        elif spelling == "link to link":
            os.symlink(file, place / "first")
            os.symlink("first", place / link)
        elif spelling == "hard link":
            os.link(place / file, place / link)
        if path is None:
            case.arguments = work.command(option, place / file, *other)

    def check(place, ending):
        return (ending_problems(ending, {2}) + needs_message(ending) + folder_problems(place))

    case = Case(name, "protected inputs", f"{work.name}, {option} names {file} ({spelling})",
                work.command(option, path or file, *other), work.files(), check, setup=setup)
    return case


def one_file_twice(rng, name):
    """--output and --report name one file, or two names of it."""
    work = rng.choice(WORKS)
    output, report, link = rng.choice([
        ("x.csv", "x.csv", None), ("x.npz", "./x.npz", None), ("x.csv", "here/x.csv", None),
        ("x.csv", "link.json", os.symlink), ("there.csv", "link.json", os.link)])

    def setup(place):
        os.symlink(".", place / "here")
        place.write("there.csv", b"there")
        if link is os.link:
            os.link(place / "there.csv", place / report)
        elif link:
            os.symlink(output, place / report)

    def check(place, ending):
        return (ending_problems(ending, {2}) + needs_message(ending) + folder_problems(place))

    return Case(name, "protected inputs", f"{work.name}, --output {output} --report {report}",
                work.command("--output", output, "--report", report), work.files(), check,
                setup=setup)


def named_inputs(rng, name):
    return (one_file_twice if rng.random() < 0.15 else protected)(rng, name)


FAULTS = {"changed inputs": (300, changed), "protected inputs": (170, named_inputs)}
