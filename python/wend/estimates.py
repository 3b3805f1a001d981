"""Means over a target, with honest errors."""

from __future__ import annotations

import functools
import html
import json
import typing
from collections.abc import Sequence

import numpy as np

from wend import _wend
from wend._wend import Instance
from wend.calls import called


class Mean(typing.NamedTuple):
    """An estimate; the true value lies between `low` and `high` with a probability near 95%."""

    mean: float
    standard_error: float
    low: float
    high: float


class Estimates:
    """What `wend.estimate` found.

    Attributes:
        marginals: (H, A, 4) array, or None: mean, standard error, low and high end of the
            probability of each symbol at each position.
        symbols: (A, 4), or None: the same of how often each symbol occurs in a sequence.
        log_mass, log_z, length: a `Mean` each, or None where it was not asked for.
        partial: whether it was stopped early.
        report: what ``wend estimate --json`` prints, as a dictionary.
    """

    def __init__(self, found: typing.Any) -> None:
        self._found = found
        self.marginals: np.ndarray | None = found.marginals()
        self.symbols: np.ndarray | None = found.symbols()
        self.log_mass = _mean(found.log_mass)
        self.log_z = _mean(found.log_z)
        self.length = _mean(found.length)
        self.partial: bool = found.partial

    @functools.cached_property
    def report(self) -> dict[str, typing.Any]:
        return json.loads(self._found.report())

    def __str__(self) -> str:
        return self._found.summary()

    def __repr__(self) -> str:
        return f"<wend.Estimates: ln Z {self.log_z}{', partial' if self.partial else ''}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _mean(values: tuple[float, float, float, float] | None) -> Mean | None:
    return None if values is None else Mean(*values)


def estimate(
    instance: Instance,
    *,
    of: str | Sequence[str] = ("marginals", "log-mass", "log-z"),
    algorithm: str = "lifted",
    relative_error: float | None = None,
    queries: int | None = None,
    chains: int = 64,
    kappa: float | None = None,
    delta: float | None = None,
    seed: int = 0,
    threads: int = 0,
    memo: int | None = None,
    max_batch: int | None = None,
    self_test: str | None = None,
    progress: bool | None = None,
) -> Estimates:
    """Means over the target from the tours of a walk: there is no K to choose.

    Args:
        of: one or several of "marginals", "log-mass", "log-z", "length" (of a corpus's words) and
            "symbols".
        algorithm: "lifted", "jerrum-sinclair", "sequential" or "class-elimination".
        relative_error: go on until all standard errors are as small; 0.01 by default.
        queries: go on until so many queries were asked, instead.
        chains: independent chains.
        kappa, delta: of class-elimination alone.
        seed, threads, memo, max_batch, self_test, progress: as of `wend.sample`.

    Raises:
        UsageError, InputError: options that do not fit, memory.
        RunError: the oracle failed before anything could be said.
    """
    if isinstance(of, str):
        of = [of]
    options = dict(
        of=[name.replace("_", "-") if isinstance(name, str) else name for name in of],
        algorithm=algorithm,
        relative_error=relative_error,
        queries=queries,
        chains=chains,
        kappa=kappa,
        delta=delta,
        seed=seed,
        threads=threads,
        memo=memo,
        max_batch=max_batch,
        self_test=self_test,
    )
    return called(_wend.estimate, Estimates, instance, options, progress)
