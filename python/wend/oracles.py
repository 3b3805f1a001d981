"""Targets whose masses functions of your own estimate, and factors beside them."""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from wend import _wend
from wend._wend import Batch, Instance, Potential
from wend.errors import UsageError
from wend.instances import patterns

Rows = typing.Any  # an array of any library with DLPack or the buffer protocol


def oracle(
    expand: Callable[[Batch], Rows] | Sequence[Callable[[Batch], Rows]],
    *,
    alphabet: int,
    horizon: int,
    end: Sequence[int] = (),
    potentials: Sequence[Potential] = (),
    rows: typing.Literal["log_ratio", "mass"] = "log_ratio",
    name: str = "oracle",
    kappa: float | None = None,
    kappa_by_depth: Sequence[float] | None = None,
    kappa_why: str = "",
    ratio_bound: Sequence[float] | None = None,
    max_batch: int = 0,
    most_slots: int = 0,
    buckets: int = 0,
    bucket_why: str = "",
    bucket_features: npt.ArrayLike | None = None,
    symbol_names: Sequence[str] | None = None,
    symbol_bytes: Sequence[bytes | str] | None = None,
    device: str | None = None,
) -> Instance:
    """A target whose masses `expand` estimates: a model, a counter, a program of your own.

        >>> import numpy as np
        >>> def expand(batch):  # coins that come up 1 twice in three times
        ...     return np.tile(np.log([1 / 3, 2 / 3]), (batch.size, 1))
        >>> coins = wend.oracle(expand, alphabet=2, horizon=10, ratio_bound=[1] * 10)
        >>> wend.sample(coins, samples=100, seed=1).samples.shape
        (100, 10)

    Args:
        expand: called with a `Batch` of n prefixes, returns (n, A) floats: ln(w(child) / w(node)),
            -inf for a child without mass. At the last level, and for `end` symbols, the child is a
            leaf and its w is its exact mass. Any array in the CPU's memory will do, with DLPack
            (NumPy, PyTorch, JAX, CuPy's on the host) or the buffer protocol. It must depend on the
            prefix alone. A list of functions is one for each context: they are called at the same
            time, from different threads, each for its own share of the slots. Calls come from
            threads of wend's own, with the GIL.
        alphabet: A, 2 to 262,144.
        horizon: H, 1 to 65,535.
        end: symbols after which a sequence is complete.
        potentials: factors of the target beside `expand`'s, which must then give log ratios.
        rows: "mass" for an `expand` that returns the masses (n, A) and the nodes' own (n,), in
            float64, on any scale of each row's own.
        name: for messages and reports.
        kappa: the accuracy, where it is known: mass/kappa <= w <= kappa mass at every node.
        kappa_by_depth: the largest mass/w at depths 1..H, the last one 1.
        kappa_why: where these come from, one clause.
        ratio_bound: the largest ratio of the children's sum to w at depths 0..H-1. Rows of shares
            that sum to at most 1, as a language model's, have 1 everywhere: say so, and a visit of
            the lifted walk is a draw, proven. ``algorithm="sequential"`` is exact with any bound.
        max_batch: nodes of a call, at most; 0: what fits 64 MiB of rows, else 512 at most.
        most_slots: chains that `expand` can keep apart; 0: any number.
        buckets: kinds of node that training may tell apart (``sample(adapt=..)``), at most 262,144:
            `expand` then returns (rows, bucket, own_bucket), integers of (n, A) and (n,) below
            `buckets`, functions of the prefix: what the children are, and the nodes themselves.
        bucket_why: what they are, for reports: "automaton state".
        bucket_features: 1 to 64 numbers for each bucket that say which are alike, (buckets, F), or
            without `buckets` for each symbol, (A, F): training then also fits ln V as a linear
            function of them at each depth.
        symbol_names: A names for people.
        symbol_bytes: the A byte strings that symbols stand for, for potentials over text.
        device: "cuda" for an `expand` on a GPU, which gets a `DeviceBatch` of arrays in its memory
            and returns an (n, A) array of float32 there, in C order, both by DLPack. The chains
            walk on the GPU, too, but with potentials.

    Raises:
        UsageError: what does not fit together.
    """
    functions = [expand] if callable(expand) else _listed("expand", expand)
    options = dict(
        alphabet=alphabet,
        horizon=horizon,
        end=_listed("end", end),
        rows=rows,
        name=name,
        kappa=kappa,
        kappa_by_depth=kappa_by_depth,
        kappa_why=kappa_why,
        ratio_bound=ratio_bound,
        max_batch=max_batch,
        most_slots=most_slots,
        buckets=buckets,
        bucket_why=bucket_why,
        bucket_features=_table(
            "bucket_features",
            bucket_features,
            buckets or alphabet,
            "bucket" if buckets else "symbol",
        ),
        symbol_names=None if symbol_names is None else list(symbol_names),
        symbol_bytes=symbol_bytes,
    )
    return _wend.oracle(functions, _listed("potentials", potentials), options, device or "")


def _table(
    name: str, rows: npt.ArrayLike | None, count: int, what: str
) -> list[float] | None:
    """`count` rows of as many numbers each, one after the other."""
    if rows is None:
        return None
    try:
        table = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name}: must be rows of as many numbers each") from None
    if table.ndim != 2 or len(table) != count or not 1 <= table.shape[1] <= 64:
        raise UsageError(f"{name}: must be {count} rows, one a {what}, of 1 to 64 numbers each")
    if not np.isfinite(table).all():
        raise UsageError(f"{name}: must be finite numbers")
    return table.ravel().tolist()


def _listed(name: str, values: typing.Any) -> list[typing.Any]:
    try:
        return list(values)
    except TypeError:
        raise UsageError(f"{name}: must be a list, not {values!r}") from None


def potential(
    evaluate: Callable[[Batch], tuple[Rows, Rows]],
    *,
    never_rises: bool = False,
    name: str = "potential",
) -> Potential:
    """A factor that a function of your own gives: V of nodes, and of leaves the exact factor.

    Args:
        evaluate: called with a `Batch` of n prefixes, returns (n, A) and (n,) floats: ln V of the
            children and of the nodes themselves; -inf is 0. V is of a whole prefix, not of its last
            symbol: 1 at the root, 0 only where all factors below are, and the same number whether a
            node is told of as a child or as itself.
        never_rises: V(child) <= V(node) everywhere, as of constraints.
        name: for messages and reports.
    """
    return _wend.potential(evaluate, never_rises, name)


def substrings(
    *, forbid: Iterable[typing.Any] = (), require: Iterable[typing.Any] = ()
) -> Potential:
    """The constraint that a sequence has none of `forbid` and all of `require`, anywhere in it.

    Args:
        forbid, require: strings or bytes where the oracle has `symbol_bytes`, else sequences of
            symbols. At most 16 different ones can be required.
    """
    return _wend.substrings(patterns("forbid", forbid), patterns("require", require))


def regular_expression(pattern: str) -> Potential:
    """The constraint that the bytes of a whole sequence match a POSIX extended expression."""
    return _wend.regular_expression(pattern)


def length(least: int, most: int) -> Potential:
    """The constraint that a sequence has `least` to `most` symbols before its end symbol."""
    for name, value in (("least", least), ("most", most)):
        if not 0 <= operator.index(value) < 1 << 32:
            raise UsageError(f"{name}: {value} is not an integer from 0 to 4294967295")
    return _wend.length(least, most)
