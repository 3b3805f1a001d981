"""A bar while a run lasts: tqdm's where it is installed, else a line on a terminal."""

from __future__ import annotations

import importlib.util
import sys
import time
import types
import typing
import warnings

WAIT = 0.5  # seconds before anything is shown: most runs are over by then


class Progress:
    """Shows nothing; what is shown is a matter for subclasses."""

    tick: typing.Callable[[int, int, str], None] | None = None

    @staticmethod
    def of(asked: bool | None) -> Progress:
        """By default there is a bar on a terminal and in a notebook, none elsewhere."""
        if asked is False or (asked is None and not _in_notebook() and not _on_terminal()):
            return Progress()
        if importlib.util.find_spec("tqdm") is not None:
            return _Bar()
        return _Line()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes away what is shown."""


class _Bar(Progress):
    def __init__(self) -> None:
        with warnings.catch_warnings():  # that a notebook's bar needs ipywidgets
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
        self._tqdm = tqdm
        self._bar: typing.Any = None
        self._begin = time.monotonic()
        self.tick = self._tick

    def _tick(self, done: int, of: int, text: str) -> None:
        if self._bar is None:
            if time.monotonic() - self._begin < WAIT:
                return
            self._bar = self._tqdm(total=of or None, unit=" draws", unit_scale=True, leave=False)
        self._bar.total = of or None
        self._bar.n = done
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Line(Progress):
    def __init__(self) -> None:
        self._shown = 0
        self._begin = time.monotonic()
        self.tick = self._tick

    def _tick(self, done: int, of: int, text: str) -> None:
        if time.monotonic() - self._begin < WAIT:
            return
        line = text or (f"{done:,} of {of:,} draws" if of else "")
        line = line[:79]
        sys.stderr.write("\r" + line.ljust(self._shown))
        sys.stderr.flush()
        self._shown = len(line)

    def close(self) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and "IPKernelApp" in getattr(shell.get_ipython(), "config", {})


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
