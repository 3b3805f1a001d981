"""Chooses cases and runs them, some at a time, each worker a process of its own."""

import dataclasses
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import traceback

from . import (cases_bad_files, cases_descriptors, cases_disk, cases_inputs, cases_signals,
               cases_targets, cases_terminal)
from .baselines import Baselines
from .case import Place, execute, random_of, remove
from .process import NotApplicable

FAULTS = {}
for module in (cases_signals, cases_disk, cases_descriptors, cases_terminal, cases_inputs,
               cases_targets, cases_bad_files):
    FAULTS.update(module.FAULTS)


@dataclasses.dataclass
class Verdict:
    """What came of a case."""

    id: str
    fault: str
    title: str = ""
    findings: list = dataclasses.field(default_factory=list)
    not_applicable: str = ""


def make_case(seed, name):
    """The case of this name, such as `bad-files-17`."""
    stem, number = name.rsplit("-", 1)
    fault = stem.replace("-", " ")
    _, make = FAULTS[fault]
    return make(random_of(seed, fault, int(number)), name)


def choose(runs):
    """Names of so many cases: each fault has its share of any number of them."""
    total = sum(weight for weight, _ in FAULTS.values())
    names, owed = [], dict.fromkeys(FAULTS, 0.0)
    counts = dict.fromkeys(FAULTS, 0)
    for _ in range(runs):
        for fault, (weight, _) in FAULTS.items():
            owed[fault] += weight / total
        fault = max(owed, key=owed.get)
        owed[fault] -= 1
        names.append(f"{fault.replace(' ', '-')}-{counts[fault]}")
        counts[fault] += 1
    return names


class Worker:
    """Runs cases by name in folders of their own."""

    def __init__(self, command, seed, folder, keep):
        self.command, self.seed, self.folder, self.keep = command, seed, folder, keep
        self.baselines = Baselines(command, os.path.join(folder, "baselines"))

    def run(self, name):
        fault = name.rsplit("-", 1)[0].replace("-", " ")
        verdict = Verdict(name, fault)
        path = os.path.join(self.folder, name)
        try:
            case = make_case(self.seed, name)
            verdict.title = case.title
            os.mkdir(path)
            os.chmod(path, 0o755)
            place = Place(path, self.command, self.baselines)

            def run():
                return execute(case, place)

            findings, ending = case.around(place, run) if case.around else run()
            verdict.findings = list(dict.fromkeys(findings))
            if verdict.findings and self.keep:
                self._keep(case, place, ending, verdict)
        except NotApplicable as reason:
            verdict.not_applicable = str(reason)
        except Exception:  # pylint: disable=broad-except  # a fault of the program itself
            verdict.findings = ["the campaign itself failed: "
                                + " | ".join(traceback.format_exc().strip().splitlines()[-3:])]
        finally:
            remove(path)
        return verdict

    def _keep(self, case, place, ending, verdict):
        """The folder of the case as the run left it, and how it ended."""
        kept = os.path.join(self.keep, case.id)
        remove(kept)
        shutil.copytree(place.path, kept, symlinks=True, copy_function=_copy)
        with open(os.path.join(kept, "case.json"), "w", encoding="utf-8") as stream:
            json.dump({"id": case.id, "title": case.title, "command": place.command,
                       "arguments": case.arguments, "launch": repr(case.launch),
                       "status": ending.status, "seconds": ending.seconds,
                       "out": repr(ending.out[:4000]), "err": repr(ending.err[:4000]),
                       "terminal": repr(ending.terminal[:4000]),
                       "findings": verdict.findings}, stream, indent=1)


def _copy(source, target):
    """Regular files alone: named pipes and devices do not end."""
    if os.path.isfile(source):
        shutil.copy2(source, target)
    return target


def own_copy(command, folder):
    """The command as it is now, whatever is built meanwhile; itself where copies cannot run."""
    copy = shutil.copy(command, os.path.join(folder, "wend"))
    try:
        subprocess.run([copy, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return command
    return copy


WORKER = None  # of this process


def _begin(*arguments):
    global WORKER  # pylint: disable=global-statement
    if multiprocessing.parent_process() is not None:  # the parent ends its workers
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    WORKER = Worker(*arguments)


def _run(name):
    return WORKER.run(name)


def verdicts(names, jobs, *, command, seed, folder, keep):
    """Those of all the cases, as they come."""
    os.makedirs(os.path.join(folder, "baselines"), exist_ok=True)
    os.chmod(folder, 0o755)
    arguments = (own_copy(command, folder), seed, folder, keep)
    if jobs == 1:
        _begin(*arguments)
        yield from map(_run, names)
        return
    # Processes rather than threads: what a child does before it becomes the command is only safe
    # where nothing else runs.
    with multiprocessing.get_context("fork").Pool(jobs, _begin, arguments) as pool:
        yield from pool.imap_unordered(_run, names)
