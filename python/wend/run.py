"""Draws: by wend's algorithms, and by the simpler methods that they are compared with."""

from __future__ import annotations

import functools
import html
import json
import os
import pathlib
import typing
from collections.abc import Callable

import numpy as np

from wend import _wend
from wend._wend import Instance
from wend.calls import called
from wend.errors import RunError, UsageError
from wend.plot import histogram


class Run:
    """Draws of a target, and what is known of them.

    Attributes:
        instance: what was drawn from.
        samples: (N, H) symbols, in the smallest unsigned type; rows are ordered by chain and draw.
            Behind an end symbol stands that symbol again. Shares the run's memory, as do the other arrays.
        log_mass: (N,) ln g of each draw.
        log_weight: (N,) importance weights' logarithms with ``correct="weight"``, else None.
        chain: (N,) the chain of each draw.
        counters: of each chain, by name: "steps", "queries", "samples", ..
        partial: whether it ended early.
        report: the command's report, as a dictionary (docs/command.md): options as resolved,
            counters, diagnostics, timings, ``report["guarantee"]``.
    """

    def __init__(self, instance: Instance, draws: typing.Any) -> None:
        self.instance = instance
        self._draws = draws
        self.samples: np.ndarray = draws.samples
        self.log_mass: np.ndarray = draws.log_mass
        self.log_weight: np.ndarray | None = draws.log_weight
        self.partial: bool = draws.partial

    @functools.cached_property
    def chain(self) -> np.ndarray:
        return self._draws.chain()

    @functools.cached_property
    def counters(self) -> dict[str, np.ndarray]:
        return self._draws.counters()

    @functools.cached_property
    def report(self) -> dict[str, typing.Any]:
        return json.loads(self._draws.report())

    def __len__(self) -> int:
        return len(self.samples)

    def __str__(self) -> str:
        summary: str = self._draws.summary()
        return "".join(
            line for line in summary.splitlines(keepends=True) if not line.startswith("output ")
        ).rstrip("\n")

    def __repr__(self) -> str:
        partial = ", partial" if self.partial else ""
        return f"<wend.Run: {len(self):,} draws of {self.instance.path or 'an oracle'}{partial}>"

    def _repr_html_(self) -> str:
        lines = (line.split(None, 1) for line in str(self).splitlines() if line.strip())
        rows = "".join(
            "<tr>"
            + "".join(f"<td style='text-align:left'>{html.escape(part)}</td>" for part in line)
            + "</tr>"
            for line in lines
        )
        return f"<table>{rows}</table>{histogram(self.log_mass, 'ln g of the draws')}"

    def save(
        self, path: str | os.PathLike[str], report: str | os.PathLike[str] | None = None
    ) -> None:
        """Writes the draws as the command does: whole or not at all.

        Args:
            path: ends in .npz or .csv.
            report: a JSON file for `report`.

        Raises:
            UsageError: another extension. RunError: what cannot be written.
        """
        encoded = os.fsencode(path)
        if b"\0" in encoded:
            raise UsageError(f"path: {path!r} has a NUL character")
        if report is not None and os.fsencode(report) == encoded:
            raise UsageError("report: is the same file as the draws'")
        self._draws.save(encoded)
        if report is not None:
            try:
                pathlib.Path(report).write_text(self._draws.report(), encoding="utf-8")
            except OSError as error:
                raise RunError(f"{error}; the draws are in {path}") from error

    def lengths(self) -> np.ndarray:
        """(N,) symbols before the first end symbol; H where there is none."""
        ends = np.isin(self.samples, np.asarray(self.instance.end, dtype=self.samples.dtype))
        horizon = self.samples.shape[1]
        return np.where(ends.any(axis=1), ends.argmax(axis=1), horizon)

    def text(self, decode: Callable[[np.ndarray], str] | None = None) -> list[str]:
        """The draws as texts, each up to its end symbol.

        Args:
            decode: makes a string of an array of symbols; by default what the instance brings
                (`wend.llama_cpp` and `wend.transformers` bring their tokenizer), the bytes that
                its symbols stand for, or their names.

        Raises:
            UsageError: there is no such thing.
        """
        decode = decode or getattr(self.instance, "decode", None) or _decoder(self.instance)
        return [
            decode(row[:length]) for row, length in zip(self.samples, self.lengths(), strict=True)
        ]

    def to_arviz(self) -> typing.Any:
        """An ArviZ DataTree with groups posterior and sample_stats, of dimensions chain and draw.

        Chains that have a draw more than others lose it. Needs arviz-base (``wend[arviz]``).
        """
        from arviz_base import from_dict

        counts = np.bincount(self.chain, minlength=1)
        draws = int(counts.min())
        if draws == 0:
            raise UsageError("a chain has no draws")
        first = np.concatenate(([0], np.cumsum(counts)[:-1]))
        rows = first[:, None] + np.arange(draws)
        stats = {"lp": self.log_mass[rows]}
        if self.log_weight is not None:
            stats["log_weight"] = self.log_weight[rows]
        return from_dict(
            {"posterior": {"x": self.samples[rows]}, "sample_stats": stats},
            dims={"x": ["position"]},
        )


def _decoder(instance: Instance) -> Callable[[np.ndarray], str]:
    symbol_bytes = instance.symbol_bytes
    if symbol_bytes:
        return lambda row: b"".join(symbol_bytes[c] for c in row).decode("utf-8", "replace")
    names = instance.symbols
    if names:
        return lambda row: "".join(names[c] for c in row)
    raise UsageError("decode: this instance does not say what its symbols stand for")


def sample(
    instance: Instance,
    samples: int = 1000,
    *,
    algorithm: str = "auto",
    chains: int | None = None,
    visits: str | int | None = None,
    thin: int | None = None,
    correct: str | None = None,
    kappa: float | None = None,
    delta: float = 0.01,
    max_queries: int | None = None,
    version_space: str | None = None,
    replicates: bool = False,
    audit: bool = False,
    seed: int = 0,
    backend: str = "auto",
    engine: str | None = None,
    threads: int = 0,
    memo: int | None = None,
    max_batch: int | None = None,
    self_test: str | None = None,
    adapt: str = "none",
    adapt_floor: float | None = None,
    scouts: int | None = None,
    progress: bool | None = None,
) -> Run:
    """Draws samples of a target: ``wend sample`` with the same options.

    The same instance, options and seed give the same draws, on any backend and number of threads.
    An interrupt (Ctrl-C) ends the run early and keeps what was drawn; a second one also breaks a
    call of your own oracle.

        >>> run = wend.sample(wend.knapsack([3, 4, 5], 8), samples=100, seed=7)
        >>> run.report["guarantee"]["kind"]
        'proven'

    Args:
        instance: see `wend.load`, `wend.tree`, `wend.oracle`, ..
        samples: N, over all chains.
        algorithm: "auto" (what pilots find cheapest: ``report["choice"]`` says why),
            "lifted", "jerrum-sinclair", "sequential" or "class-elimination".
        chains: independent chains; by default samples/16, from 1 to 65,536.
        visits: leaf visits before a walk's first sample: "proven" (the default), "measured" or a
            number K.
        thin: leaf visits from one sample to the next; by default as `visits`.
        correct: of "sequential": "reject" (the default), "weight" or "none"; of a class whose oracle
            is another instance "walk": its members left are the estimate of a lifted walk.
        kappa: the estimates' accuracy, in place of the instance's.
        delta: the total variation distance accepted, between 0 and 1.
        max_queries: the run ends when so many queries were asked.
        version_space, replicates, audit: of "class-elimination" alone (docs/command.md).
        seed: 0 to 2^64 - 1.
        backend: "auto", "cpu" or "cuda".
        engine: "auto", "fused" (tables) or "lockstep" (asked in batches).
        threads: of the CPU; 0: one a core.
        memo: bytes of rows that all chains share, of an oracle that is asked; 0: none.
        max_batch: nodes of a call of the oracle, at most.
        self_test: what becomes of an oracle whose answers depend on more than the prefix: "refuse"
            (the default), "pin" (each prefix keeps its first answer for the run) or "off".
        adapt: "auto", "depth", "bucket" or "features" for a walk whose estimate scouts train before it draws;
            "none" leaves it as it is (docs/adapt.md).
        adapt_floor: a trained estimate is at least this share of the untrained one.
        scouts: nodes that scouts ask for, at most; by default as many as pay.
        progress: whether to show a bar; by default on a terminal and in a notebook.

    Returns:
        The draws; `Run.partial` says whether the run ended early (an interrupt, max_queries).

    Raises:
        UsageError: options that do not fit each other or the instance.
        InputError: tables that do not fit the memory.
        RunError: the oracle failed (`RunError.run` has what was drawn before), or a counter law.
    """
    options = dict(
        samples=samples,
        algorithm=algorithm,
        chains=chains,
        visits=visits,
        thin=thin,
        correct=correct,
        kappa=kappa,
        delta=delta,
        max_queries=max_queries,
        version_space=version_space,
        replicates=replicates,
        audit=audit,
        seed=seed,
        backend=backend,
        engine=engine,
        threads=threads,
        memo=memo,
        max_batch=max_batch,
        self_test=self_test,
        adapt=adapt,
        adapt_floor=adapt_floor,
        scouts=scouts,
    )
    return called(_wend.sample, functools.partial(Run, instance), instance, options, progress)


def baseline(
    instance: Instance,
    method: str,
    samples: int = 1000,
    *,
    power: float = 1,
    best_of: int | None = None,
    steps: int | None = None,
    proposal: str | None = None,
    chains: int | None = None,
    max_queries: int | None = None,
    max_evaluations: int | None = None,
    seed: int = 0,
    threads: int = 0,
    memo: int | None = None,
    max_batch: int | None = None,
    self_test: str | None = None,
    progress: bool | None = None,
) -> Run:
    """Draws by a simpler method, to compare with (docs/baselines.md): ``wend baseline``.

    Args:
        method: "rejection", "memo-rejection", "best-of", "masking", "low-temperature" or
            "suffix-mh".
        samples: N, over all chains.
        power: the target is the base to this power, times the factors.
        best_of: draws that "best-of" chooses from; 16 by default.
        steps, proposal: of "suffix-mh": steps between kept draws (16), and "base" (the default) or
            "low-temperature".
        max_evaluations: rows of the base after which the run ends.
        self_test: of the base, "refuse" (the default) or "off".
        chains, max_queries, seed, threads, memo, max_batch, progress: as of `sample`.

    Returns:
        The draws; ``run.report["law"]`` says what is known of their law.
    """
    options = dict(
        method=method,
        samples=samples,
        power=power,
        best_of=best_of,
        steps=steps,
        proposal=proposal,
        chains=chains,
        max_queries=max_queries,
        max_evaluations=max_evaluations,
        seed=seed,
        threads=threads,
        memo=memo,
        max_batch=max_batch,
        self_test=self_test,
    )
    return called(_wend.baseline, functools.partial(Run, instance), instance, options, progress)


def compare(
    instance: Instance,
    *,
    power: float = 1,
    best_of: int | None = None,
    steps: int | None = None,
    proposal: str | None = None,
    chains: int | None = None,
    max_evaluations: int | None = None,
    seed: int = 0,
    threads: int = 0,
    memo: int | None = None,
    max_batch: int | None = None,
    self_test: str | None = None,
    progress: bool | None = None,
) -> list[dict[str, typing.Any]]:
    """Runs all methods that fit, and wend's own, on one budget of evaluations each.

    Args:
        max_evaluations: of each method; 2,000 by default.
        power, best_of, steps, proposal: as of `baseline`.

    Returns:
        A dictionary a method: "method", "law" (None if skipped), "skipped" (why, or None), "drawn", "evaluations",
        "effective_samples", "mean_log_mass", "mean_log_mass_error".
    """
    options = dict(
        power=power,
        best_of=best_of,
        steps=steps,
        proposal=proposal,
        chains=chains,
        max_evaluations=max_evaluations,
        seed=seed,
        threads=threads,
        memo=memo,
        max_batch=max_batch,
        self_test=self_test,
    )
    return called(_wend.compare, list, instance, options, progress)
