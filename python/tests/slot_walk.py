"""Calls of an expand function as wend makes them: chains that go down and up, in turns."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Batch:
    """What expand() gets, with the attributes of wend's own batches."""

    slot: np.ndarray
    depth: np.ndarray
    known: np.ndarray
    prefix: np.ndarray

    def __len__(self):
        return len(self.slot)


def batch_of(slots, prefixes, known):
    prefix = np.zeros((len(slots), max(map(len, prefixes))), np.int64)
    for row, symbols in zip(prefix, prefixes):
        row[: len(symbols)] = symbols
    depth = np.array([len(symbols) for symbols in prefixes], np.int64)
    return Batch(np.array(slots, np.int64), depth, np.array(known, np.int64), prefix)


def slot_walk(expand, *, slots, most_batch, symbols, horizon, calls, seed=1):
    """Yields (prefix, row) of all nodes of `calls` random batches of `slots` chains.

    Chains go down by one or two symbols, turn back to a random ancestor now and then, and stand
    still: so `known` is anything from 0 to the depth.
    """
    rng = np.random.default_rng(seed)
    at, asked = [[] for _ in range(slots)], [[] for _ in range(slots)]
    for _ in range(calls):
        chosen = rng.permutation(slots)[: rng.integers(1, most_batch + 1)].tolist()
        known = []
        for slot in chosen:
            here = at[slot]
            if rng.random() < 0.35:
                here = here[: rng.integers(0, len(here) + 1)]
            else:
                more = rng.choice(symbols, rng.integers(1, 3)).tolist()
                here = (here + more)[: horizon - 1]
            at[slot] = here
            same = [a == b for a, b in zip(here, asked[slot])]
            known.append(same.index(False) if False in same else len(same))
            asked[slot] = here
        rows = expand(batch_of(chosen, [at[slot] for slot in chosen], known))
        for slot, row in zip(chosen, np.asarray(rows)):
            yield tuple(at[slot]), row.copy()


def total_variation(p, q):
    return np.abs(np.exp(np.float64(p)) - np.exp(np.float64(q))).sum() / 2
