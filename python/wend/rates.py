"""How many evaluations a second an oracle gives."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import typing
from collections.abc import Sequence

from wend import _wend
from wend._wend import Instance
from wend.calls import called


class Rates:
    """What `wend.throughput` measured.

    Attributes:
        report: what ``wend throughput --json`` writes, as a dictionary.
        svg: a plot of evaluations a second, as the text of an SVG file.
        partial: whether it was stopped early.
    """

    def __init__(self, found: typing.Any) -> None:
        self._found = found
        self.partial: bool = found.partial

    @functools.cached_property
    def report(self) -> dict[str, typing.Any]:
        return json.loads(self._found.report())

    @functools.cached_property
    def svg(self) -> str:
        return self._found.plot()

    def save_plot(self, path: str | os.PathLike[str]) -> None:
        """Writes `svg` to a file."""
        pathlib.Path(path).write_text(self.svg, encoding="utf-8")

    def __str__(self) -> str:
        return self._found.summary()

    def _repr_html_(self) -> str:
        return self.svg


def throughput(
    instance: Instance,
    *,
    algorithm: str = "lifted",
    seconds: float = 0.5,
    batch: Sequence[int] | None = None,
    chains: Sequence[int] | None = None,
    seed: int = 0,
    backend: str = "auto",
    threads: int = 0,
    memo: int | None = None,
    max_batch: int | None = None,
    progress: bool | None = None,
) -> Rates:
    """Measures an oracle alone and under chains, and where the time goes.

    Args:
        algorithm: whose chains run.
        seconds: of each row of the tables, above 0, 3600 at most.
        batch: nodes of a call of the oracle alone; 1, 2, 4, .. by default.
        chains: of a run; 1, 16, 64, .. by default.
        seed, backend, threads, memo, max_batch, progress: as of `wend.sample`.
    """
    options = dict(
        algorithm=algorithm,
        seconds=seconds,
        batch=batch,
        chains=chains,
        seed=seed,
        backend=backend,
        threads=threads,
        memo=memo,
        max_batch=max_batch,
    )
    return called(_wend.throughput, Rates, instance, options, progress)
