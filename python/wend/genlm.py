"""Potentials of genlm-control as the base of a target, or as a factor of one."""

from __future__ import annotations

import asyncio

import numpy as np
from genlm.control import Potential

import wend
from wend._law import upper_bounds


class _Asker:
    """Rows ln( w(c)/w(u) ) of a potential, over its vocabulary and, last, the end of a sequence.

    Its coroutines run on an event loop of their own, in the thread that asks.
    """

    def __init__(self, potential: Potential, horizon: int, truncate: bool):
        """Raises UsageError for what is no potential, InputError where prefix([]) is 0."""
        self.potential, self.horizon, self.truncate = potential, horizon, truncate
        self.loop = asyncio.new_event_loop()
        if not isinstance(potential, Potential):
            raise wend.UsageError(f"{potential!r} is not a potential of genlm.control")
        self.empty = self.run(potential.prefix([]))
        if self.empty == -np.inf:
            raise wend.InputError("the potential gives the empty prefix no weight")

    def __del__(self):
        if not self.loop.is_running():
            self.loop.close()

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def contexts(self, batch) -> list[list]:
        vocabulary = self.potential.vocab
        return [
            [vocabulary[symbol] for symbol in prefix[:depth]]
            for prefix, depth in zip(batch.prefix.tolist(), batch.depth.tolist())
        ]

    def rows(self, contexts) -> np.ndarray:
        """(n, A) in float64. Where only the end is left, at the last level, the rest is closed."""
        weights = self.run(self.potential.batch_logw_next(contexts)).weights
        if not isinstance(weights, np.ndarray):  # a tensor, of any device
            weights = weights.detach().cpu().numpy()
        rows = np.array(weights, dtype=np.float64)
        if not self.truncate:
            rows[[len(context) == self.horizon - 1 for context in contexts], :-1] = -np.inf
        return rows


def oracle(
    potential: Potential,
    horizon: int,
    *,
    truncate: bool = False,
    upper_bound: bool = False,
    **oracle_options,
) -> wend.Instance:
    """The target that a potential of genlm-control defines, over sequences of at most H symbols.

    Symbols 0..n-1 are potential.vocab in its order (which may vary between processes: genlm makes
    some vocabularies of sets), n is its end of sequence, which counts as one of the H, as in
    genlm's max_tokens; A = n + 1. A sequence x that ends has mass complete(x), and prefixes are
    estimated by prefix(u), which guides genlm's samplers as well. With `truncate` sequences of H
    tokens that have not ended count too, with mass prefix(x). run.log_mass is
    ln complete(x) - prefix([]).

    upper_bound: say True where prefix(u) is nowhere below the sum over its continuations, as a
    language model's is, and its product with constraints: then draws are proven after one visit.
    Rows that float32 made sum to a little more than 1 (1e-5 at most) are scaled down for it. wend
    ends a run whose rows are above that. Further arguments, such as potentials: wend.oracle()'s.

    A batch of prefixes is one call of batch_logw_next(). A language model's rows may depend on the
    batch: self_test="pin" (docs/oracles.md). instance.decode makes text of str or bytes tokens.

    Raises wend.UsageError for what is no potential, and wend.InputError where prefix([]) is 0.
    """
    asker = _Asker(potential, horizon, truncate)

    def expand(batch) -> np.ndarray:
        rows = asker.rows(asker.contexts(batch))
        if upper_bound:
            excess = np.logaddexp.reduce(rows, axis=1)  # -inf below a dead end
            rows -= np.clip(excess, 0, 1e-5)[:, None]
        return rows

    why = "the caller says that prefix weights are upper bounds"
    bounds = upper_bounds(horizon, why) if upper_bound else {}
    alphabet = len(potential.vocab_eos)
    options = {"name": type(potential).__name__, **bounds, **oracle_options}
    instance = wend.oracle(
        expand, alphabet=alphabet, horizon=horizon, end=(alphabet - 1,), **options
    )

    def decode(symbols) -> str:
        tokens = [potential.vocab[symbol] for symbol in symbols]
        if all(isinstance(token, str) for token in tokens):
            return "".join(tokens)
        pieces = [
            bytes([t]) if isinstance(t, int) else getattr(t, "byte_string", t) for t in tokens
        ]
        return b"".join(pieces).decode(errors="replace")

    instance.decode = decode
    return instance


def potential(
    factor: Potential, horizon: int, *, truncate: bool = False, never_rises: bool = False
):
    """A potential of genlm-control as a factor: V(u) = prefix(u)/prefix([]), at leaves complete().

    For a base whose symbols are factor.vocab in its order, then the end of a sequence. never_rises:
    say True for constraints whose weight no token raises; then bounds of the base hold of the
    product.

    Raises wend.UsageError for what is no potential, and wend.InputError where prefix([]) is 0.
    """
    asker = _Asker(factor, horizon, truncate)

    def evaluate(batch) -> tuple[np.ndarray, np.ndarray]:
        contexts = asker.contexts(batch)
        own = np.asarray(asker.run(factor.batch_prefix(contexts)), dtype=np.float64) - asker.empty
        children = np.full((len(contexts), len(factor.vocab_eos)), -np.inf)
        alive = np.flatnonzero(own > -np.inf)  # of others genlm knows no continuations
        if len(alive) > 0:
            rows = asker.rows([contexts[i] for i in alive])
            if never_rises:  # but for rounding
                rows[(rows > 0) & (rows < 1e-6)] = 0
            children[alive] = own[alive, None] + rows
        return children, own

    return wend.potential(evaluate, never_rises=never_rises, name=type(factor).__name__)
