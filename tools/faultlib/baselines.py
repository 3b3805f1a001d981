"""Runs without a fault, to compare with: made once each, and kept in a folder for all workers."""

import dataclasses
import os
import pickle
import tempfile

from . import outputs, process

NAMES = {"npz": "out.npz", "csv": "out.csv"}
REPORT = "report.json"


@dataclasses.dataclass
class Baseline:
    output: bytes
    report: dict
    seconds: float
    rows: dict  # by chain

    @property
    def load_seconds(self):
        return self.report["timings"]["load_seconds"]

    @property
    def bytes_written(self):
        """About as many: the draws wait in other files until they are put in order."""
        return 1.7 * len(self.output) + 2500


class Baselines:
    """Of one command."""

    def __init__(self, command, folder):
        self.command = command
        self.folder = folder
        self.known = {}

    def of(self, work, form, salt=0):
        """The run of `work` with files of this form."""
        key = (work, form, salt)
        if key not in self.known:
            self.known[key] = self._stored(key)
        return self.known[key]

    def _stored(self, key):
        work, form, salt = key
        name = f"{work.name} {work.draws} {form} {salt}".replace("/", "-")
        file = os.path.join(self.folder, name)
        if not os.path.exists(file):
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as stream:
                pickle.dump(self.make(work, form, salt), stream)
            os.rename(stream.name, file)
        with open(file, "rb") as stream:
            return pickle.load(stream)

    def make(self, work, form, salt):
        """The faster of two runs, which must be alike."""
        one, other = self.run(work, form, salt), self.run(work, form, salt)
        if one.output != other.output or outputs.differences(one.report, other.report):
            raise RuntimeError(f"without a fault {work.name} gives now this, now that")
        return min(one, other, key=lambda baseline: baseline.seconds)

    def run(self, work, form, salt):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            for name, content in work.files(salt).items():
                with open(os.path.join(folder, name), "wb") as stream:
                    stream.write(content)
            arguments = work.command("--output", NAMES[form], "--report", REPORT)
            ending = process.Running(self.command, arguments, folder, process.Launch()).finish()
            if ending.status != 0:
                raise RuntimeError(f"without a fault {work.name} ends with {ending.status}: "
                                   f"{ending.err.decode(errors='replace')}")
            with open(os.path.join(folder, NAMES[form]), "rb") as stream:
                output = stream.read()
            with open(os.path.join(folder, REPORT), "rb") as stream:
                report = outputs.read_report(stream.read())
        rows = outputs.rows_of(NAMES[form], output)
        if outputs.count_rows(rows) != work.samples or report["drawn"] != work.samples:
            raise RuntimeError(f"without a fault {work.name} does not draw {work.samples} samples")
        return Baseline(output, report, ending.seconds, rows)
