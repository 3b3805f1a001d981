"""A case: one run of the command under one fault, and the folder that it runs in."""

import dataclasses
import os
import pathlib
import random
import shutil
import stat

from . import process

NOTHING = (lambda *_: None)
LONG_AGO = 1_600_000_000


@dataclasses.dataclass
class Case:
    """The files of `files` are written to a folder, `setup(place)` does the rest; then the command
    runs there with `arguments`. `during(running, place)` does what happens meanwhile, and
    `check(place, ending)` returns what is wrong, a line each."""

    id: str
    fault: str
    title: str
    arguments: list
    files: dict
    check: object
    launch: process.Launch = dataclasses.field(default_factory=process.Launch)
    setup: object = NOTHING
    during: object = NOTHING
    known: tuple = ()  # (work, form) whose run without a fault `during` needs
    around: object = None  # around(place, run): run() in a place of its own


@dataclasses.dataclass
class Seen:
    """What was in a folder, by name."""

    bytes: dict
    modes: dict


class Place:
    """The folder of a case."""

    def __init__(self, path, command, baselines):
        self.path = str(path)
        self.command = command
        self.baselines = baselines
        self.before = None
        self.kept = {}  # what setup and during leave for the check

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content, mode=0o644):
        with open(self / name, "wb") as stream:
            stream.write(content)
        os.chmod(self / name, mode)

    def read(self, name):
        """The bytes of a file, or None without one."""
        try:
            return pathlib.Path(self / name).read_bytes()
        except FileNotFoundError:
            return None

    def give_to_nobody(self):
        """The folder and all in it, if we are root."""
        if os.getuid() == 0:
            for folder, folders, files in os.walk(self.path):
                for name in [folder, *(os.path.join(folder, n) for n in folders + files)]:
                    os.chown(name, process.NOBODY, process.NOBODY, follow_symlinks=False)

    def look(self):
        """All regular files in it and in its folders, links and other things as their kind."""
        found, modes = {}, {}
        for folder, folders, files in os.walk(os.fsencode(self.path)):
            for name in folders + files:
                path = os.path.join(folder, name)
                relative = os.fsdecode(os.path.relpath(path, os.fsencode(self.path)))
                mode = os.lstat(path).st_mode
                modes[relative] = stat.filemode(mode)
                if stat.S_ISREG(mode):
                    found[relative] = pathlib.Path(os.fsdecode(path)).read_bytes()
                elif stat.S_ISLNK(mode):
                    found[relative] = b"link to " + os.readlink(path)
                else:
                    found[relative] = b"no regular file"
        return Seen(found, modes)


def random_of(seed, fault, number):
    """The random numbers of one case: the same whatever other cases run."""
    return random.Random(f"{seed}/{fault}/{number}")


def execute(case, place):
    """Runs a case in its empty folder: (findings, how it ended)."""
    for name, content in case.files.items():
        place.write(name, content)
        os.utime(place / name, (LONG_AGO, LONG_AGO))  # clocks of files can be slow
    if case.known:
        place.baselines.of(*case.known)
    case.setup(place)
    place.before = place.look()
    running = process.Running(place.command, case.arguments, place.path, case.launch)
    try:
        case.during(running, place)
    finally:
        ending = running.finish()
    return case.check(place, ending), ending


def remove(path):
    """A folder, whatever its modes."""
    for folder, folders, _ in os.walk(path):
        for name in folders:
            if not os.path.islink(os.path.join(folder, name)):
                os.chmod(os.path.join(folder, name), 0o755)
    shutil.rmtree(path, ignore_errors=True)
