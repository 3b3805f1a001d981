"""A function that JAX compiles as an oracle."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence

import jax
import numpy as np

import wend


def oracle(
    fn: Callable,
    alphabet: int,
    horizon: int,
    *,
    buckets: int | Sequence[int] = 32,
    rows: str = "log_ratio",
    jit: bool = True,
    **oracle_options,
) -> wend.Instance:
    """The target whose rows fn(prefix, depth) gives, for batches of fixed shapes.

    prefix: int32 (B, H - 1), at least one column, with zeros behind depth[i] symbols; depth: int32
    (B,), 0 to H - 1. fn returns ln( w(c)/w(u) ), (B, A), in any float type;
    with rows="mass" (masses (B, A), own masses (B,)). It is compiled by jax.jit, unless it
    is already (jit=False), once for each bucket that comes up.

    buckets: batch sizes B, one or several; a call gets the smallest that holds its nodes, filled up
    with roots. With one bucket every call has the same shape, and XLA's rows do not depend on the
    company. With several, calls of few nodes cost less, but sums may be ordered in another way in
    each: wend.sample() tests whether rows agree (`self_test`, docs/oracles.md). The largest is
    max_batch. Further arguments are wend.oracle()'s, such as potentials.

    On the CPU the rows are handed over by DLPack, uncopied; from an accelerator they are copied
    once. Raises wend.UsageError for buckets below 1; what fn raises ends the run.
    """
    sizes = sorted({buckets} if isinstance(buckets, int) else set(buckets))
    if not sizes or sizes[0] < 1:
        raise wend.UsageError("buckets must be batch sizes of at least 1")
    compiled = jax.jit(fn) if jit else fn
    columns = max(horizon - 1, 1)

    def host(result: jax.Array, n: int):
        if result.dtype == jax.numpy.bfloat16:  # unknown to NumPy
            result = result.astype(jax.numpy.float32)
        on_cpu = all(device.platform == "cpu" for device in result.devices())
        return (np.from_dlpack(result) if on_cpu else np.asarray(result))[:n]

    def expand(batch):
        n = len(batch)
        size = sizes[bisect.bisect_left(sizes, n)]
        prefix = np.zeros((size, columns), dtype=np.int32)
        depth = np.zeros(size, dtype=np.int32)
        given = batch.prefix
        prefix[:n, : given.shape[1]] = given
        depth[:n] = batch.depth
        answer = compiled(prefix, depth)
        if rows == "mass":
            return host(answer[0], n), host(answer[1], n)
        return host(answer, n)

    options = {"name": getattr(fn, "__name__", "jax"), "max_batch": sizes[-1], **oracle_options}
    return wend.oracle(expand, alphabet=alphabet, horizon=horizon, rows=rows, **options)
