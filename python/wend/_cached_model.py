"""Language models that keep the states of prefixes in places of a cache, as the base of a target."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Sequence

import numpy as np

import wend
from wend._law import Law
from wend._places import Places


class CachedModel(abc.ABC):
    """expand() of one of wend's contexts: rows of a law from the logits of a model.

    A place holds, behind the prompt, the prefix that its slot stood at when it was asked last. A
    slot that lost its place is read anew.
    """

    def __init__(self, law: Law, places: int, root_logits: np.ndarray):
        """root_logits: (A) those behind the prompt, which is read once."""
        self.law, self.places, self.alphabet = law, Places(places), len(root_logits)
        self._root = law.row(root_logits)

    @abc.abstractmethod
    def _read(
        self, place: np.ndarray, begin: np.ndarray, depth: np.ndarray, prefix: np.ndarray
    ) -> Iterable[np.ndarray]:
        """Reads symbols begin[i] to depth[i] - 1, at least one, of prefix[i] in place[i].

        What the place holds from begin[i] on is to be forgotten. Returns the logits (A) behind the
        last symbol of each, good until the next call.
        """

    def __call__(self, batch) -> np.ndarray:
        """Rows (n, A) of a batch, in float32."""
        place, begin = self.places.give_all(batch)
        rows = np.empty((len(batch), self.alphabet), dtype=np.float32)
        rows[batch.depth == 0] = self._root
        asked = np.flatnonzero(batch.depth > 0)
        if len(asked) > 0:
            read = self._read(place[asked], begin[asked], batch.depth[asked], batch.prefix[asked])
            for i, logits in zip(asked, read, strict=True):
                rows[i] = self.law.row(logits)
        return rows


def target(
    contexts: Sequence[CachedModel],
    *,
    horizon: int,
    decode: Callable[[Sequence[int]], str] | None,
    **options,
) -> wend.Instance:
    """The target of a model of which there are one or several contexts, all alike.

    decode: makes text of symbols, for run.text(). options: wend.oracle()'s; they go before the
    bounds that are stated here.
    """
    model = contexts[0]
    alphabet, bounds = model.alphabet, model.law.bounds(model.alphabet, horizon)
    stated = {"max_batch": model.places.count, **bounds, **options}
    instance = wend.oracle(contexts, alphabet=alphabet, horizon=horizon, **stated)
    if decode is not None:
        instance.decode = decode
    return instance
