"""Laws on a tree of `model_tree`, summed exactly: no draws, so no sampling error.

Distributions are over the leaves, arrays of k^H elements.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from model_tree import Tree


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.abs(p - q).sum() / 2)


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    """KL(p || q) in nats."""
    on = p > 0
    if (q[on] == 0).any():
        return float("inf")
    return float((p[on] * np.log(p[on] / q[on])).sum())


def forward_law(tree: Tree, log_weights: np.ndarray, open_nodes: np.ndarray) -> np.ndarray:
    """Forward by rows w(c)/S over the open children; what runs into a dead end begins again.

    Args:
        log_weights: (nodes) ln w.
        open_nodes: (nodes) which may be entered.
    """
    law = np.ones(1)
    for depth in range(tree.horizon):
        weights = np.exp(tree.level(log_weights, depth + 1)) * tree.level(open_nodes, depth + 1)
        rows = weights.reshape(-1, tree.branches)
        total = rows.sum(axis=1, keepdims=True)
        rows = np.divide(rows, total, out=np.zeros_like(rows), where=total > 0)
        law = (law[:, None] * rows).reshape(-1)
    return law / law.sum()


class Walk:
    """The leaf visits of a walk as a Markov chain on the leaves.

    With e(u) the probability of leaving u upwards before a leaf below it is visited, once in state
    u (for "lifted": about to choose a child), one pass up the tree and one down take a law from one
    visit to the next. Estimates of 0 are never entered; from dead ends there is but the way back.
    """

    def __init__(self, tree: Tree, log_weights: np.ndarray, algorithm: str) -> None:
        self._tree = tree
        self._share: list[np.ndarray] = []  # of depth h: from state u to state child, (k^(h+1))
        self._climb: list[np.ndarray] = []  # from a child below, out of u upwards
        self._enter: list[np.ndarray] = []  # from a child below, to state u for good
        escape = np.zeros(tree.branches**tree.horizon)
        down_below = np.ones_like(escape)
        for depth in reversed(range(tree.horizon)):
            own = np.exp(tree.level(log_weights, depth))
            children = np.exp(tree.level(log_weights, depth + 1)).reshape(-1, tree.branches)
            total = children.sum(axis=1)
            choice = children / np.where(total > 0, total, 1)[:, None]
            if algorithm == "lifted":
                up = np.minimum(1, own / np.where(total > 0, total, 1))
                down = np.minimum(1, total / np.where(own > 0, own, 1))
            else:
                up = own / np.where(own + total > 0, own + total, 1)
                down = np.ones_like(own)
            if depth == 0:
                up, down = np.zeros(1), np.ones(1)
            elif algorithm == "lifted":
                up = np.where(total > 0, up, 1)  # a dead end, and what is never entered
            else:
                up = np.where(own + total > 0, up, 1)
            escape = escape.reshape(-1, tree.branches)
            down_below = down_below.reshape(-1, tree.branches)
            back = (choice * (1 - down_below + down_below * escape)).sum(axis=1)
            if algorithm == "lifted":  # state u chooses a child; back from there it may turn
                again = 1 - back * (1 - up)
                leave = back * up / again
                self._climb.append(up + (1 - up) * leave)
                self._enter.append(1 - up)
                share = choice * down_below / again[:, None]
            else:  # state u chooses between its parent and its children
                again = 1 - (1 - up) * back
                leave = up / again
                self._climb.append(leave)
                self._enter.append(np.ones_like(own))
                share = choice * ((1 - up) / again)[:, None]
            self._share.append(share.reshape(-1))
            escape, down_below = leave, down
        for levels in (self._share, self._climb, self._enter):
            levels.reverse()

    def first(self) -> np.ndarray:
        """The law of the first leaf visited from the root."""
        return self._down([np.zeros_like(climb) for climb in self._climb], np.ones(1))

    def next(self, law: np.ndarray) -> np.ndarray:
        """The law of the visit after one of law `law`."""
        entered: list[np.ndarray] = []
        arriving = law
        for climb, enter in zip(reversed(self._climb), reversed(self._enter), strict=True):
            arriving = arriving.reshape(-1, self._tree.branches).sum(axis=1)
            entered.append(arriving * enter)
            arriving = arriving * climb
        return self._down(entered[::-1], np.zeros(1))

    def _down(self, entered: list[np.ndarray], root: np.ndarray) -> np.ndarray:
        law = root
        for share, extra in zip(self._share, entered, strict=True):
            law = np.repeat(law + extra, self._tree.branches) * share
        return law

    def laws(self) -> Iterator[np.ndarray]:
        """The laws of the first visit, the second, .."""
        law = self.first()
        while True:
            yield law
            law = self.next(law)


def suffix_mh_laws(tree: Tree, power: float) -> Iterator[np.ndarray]:
    """The laws of suffix-resampling Metropolis-Hastings for p^power, after 0 steps, 1, ..

    It begins with a draw of p. A cut is uniform over the H places, the suffix from p, and what is
    proposed is kept with probability min(1, (p(new)/p(old))^(power - 1)). In the order of p one sum
    is of the sequences that always go there, another of those that do so with the ratio: no matrix.
    """
    p = tree.law()
    cuts = []
    for cut in range(tree.horizon):
        blocks = p.reshape(tree.branches**cut, -1)  # that share the symbols before the cut
        order = np.argsort(blocks, axis=1)
        ascending = np.take_along_axis(blocks, order, axis=1)
        share = ascending / ascending.sum(axis=1, keepdims=True)
        weight = ascending ** (power - 1)
        leave = np.cumsum(share * weight, axis=1) / weight + _above(share)
        cuts.append((order, share, weight, leave))
    law = p
    while True:
        yield law
        after = np.zeros_like(law)
        for order, share, weight, leave in cuts:
            here = np.take_along_axis(law.reshape(order.shape), order, axis=1)
            arrive = share * (np.cumsum(here, axis=1) + weight * _above(here / weight))
            moved = np.empty_like(here)
            np.put_along_axis(moved, order, arrive + here * (1 - leave), axis=1)
            after += moved.reshape(-1)
        law = after / tree.horizon


def _above(values: np.ndarray) -> np.ndarray:
    """Sums of what stands behind each in its row."""
    sums = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    return sums - values
