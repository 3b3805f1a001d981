"""Which slot's state is kept where, for the adapters of models with caches."""

from __future__ import annotations

from collections import OrderedDict


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

    def check(self, nodes: int) -> None:
        """Raises ValueError for a batch of more nodes than places."""
        if nodes > self.count:
            raise ValueError(f"a batch of {nodes} nodes, but {self.count} places")


def first_to_feed(depth: int, known: int, kept: bool) -> int:
    """Where to begin reading a prefix: a row comes with the symbol before it, so that one is read
    again where nothing is new."""
    return max(0, min(known, depth - 1)) if kept else 0
