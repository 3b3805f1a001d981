"""What a run would take, by every algorithm, before it is made."""

from __future__ import annotations

import functools
import json
import typing

from wend import _wend
from wend._wend import Instance
from wend.calls import called


class Plan:
    """What `wend.plan` found; ``str()`` is the table for people.

    Attributes:
        report: what ``wend plan --json`` writes, as a dictionary.
        candidates: of each algorithm what is known of it, ``report["candidates"]``.
        recommended: the name of the algorithm to run.
        why: the reason, in one line.
        partial: whether it was stopped early.
    """

    def __init__(self, found: typing.Any) -> None:
        self._found = found
        self.partial: bool = found.partial

    @functools.cached_property
    def report(self) -> dict[str, typing.Any]:
        return json.loads(self._found.report())

    @property
    def candidates(self) -> list[dict[str, typing.Any]]:
        return self.report["candidates"]

    @property
    def recommended(self) -> str:
        return self.report["recommended"]

    @property
    def why(self) -> str:
        return self.report["why"]

    def __str__(self) -> str:
        return self._found.summary()


def plan(
    instance: Instance,
    samples: int = 1000,
    *,
    budget: int | None = None,
    chains: int | None = None,
    visits: str | int | None = None,
    thin: int | None = None,
    kappa: float | None = None,
    delta: float = 0.01,
    max_queries: int | None = None,
    seed: int = 0,
    backend: str = "auto",
    engine: str | None = None,
    threads: int = 0,
    memo: int | None = None,
    max_batch: int | None = None,
    self_test: str | None = None,
    progress: bool | None = None,
) -> Plan:
    """What `wend.sample` with these options would take, by every algorithm that fits.

        >>> wend.plan(wend.knapsack([3, 4, 5], 8), samples=100).recommended
        'sequential'

    Args:
        instance: see `wend.load`, `wend.tree`, `wend.oracle`, ..
        budget: queries of all pilots, at most; by default a tenth of what the run would take.
        samples, chains, visits, ..: as of `wend.sample`.
    """
    options = dict(
        samples=samples,
        budget=budget,
        chains=chains,
        visits=visits,
        thin=thin,
        kappa=kappa,
        delta=delta,
        max_queries=max_queries,
        seed=seed,
        backend=backend,
        engine=engine,
        threads=threads,
        memo=memo,
        max_batch=max_batch,
        self_test=self_test,
    )
    return called(_wend.plan, Plan, instance, options, progress)
