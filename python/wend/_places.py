"""Which slot's state is kept where, for the adapters of models with caches."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np


class Places:
    """`count` places for the states of any number of slots.

    With more slots than places, the slot that was asked longest ago gives its place up. A batch of
    at most `count` nodes never takes a place from one of its own that has been given one.
    """

    def __init__(self, count: int):
        self.count = count
        self._of: OrderedDict[int, int] = OrderedDict()  # slot -> place, asked longest ago first
        self._free = list(range(count - 1, -1, -1))

    def give(self, slot: int) -> tuple[int, bool]:
        """The place of a slot, and whether it still has what the slot's last call left there."""
        kept = slot in self._of
        if kept:
            self._of.move_to_end(slot)
        else:
            self._of[slot] = self._free.pop() if self._free else self._of.popitem(last=False)[1]
        return self._of[slot], kept

    def give_all(self, batch) -> tuple[np.ndarray, np.ndarray]:
        """The places (n) of a batch's slots, and (n) where to begin reading each prefix.

        A row comes with the symbol before it, so that this one is read again where nothing is new.
        Raises ValueError for a batch of more nodes than places.
        """
        if len(batch) > self.count:
            raise ValueError(f"a batch of {len(batch)} nodes, but {self.count} places")
        given = np.array([self.give(slot) for slot in batch.slot.tolist()], dtype=np.int64)
        place, kept = given.reshape(-1, 2).T
        return place, np.where(kept, np.minimum(batch.known, np.maximum(batch.depth - 1, 0)), 0)
