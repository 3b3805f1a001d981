"""Sequential Monte Carlo with masking as its proposal, on a tree of `model_tree`.

As constrained decoding has it (Lew et al., arXiv 2306.03081; Loula et al., 2504.13139): the N
particles of a run draw their next tokens by masked rows, renormalised; each is weighed by the
probability that the mask kept of its row, and after every token N are drawn anew by weight,
systematically. The draw is one particle of the last, by weight. A run whose particles have all come
into dead ends begins again, as masking does. With N = 1 this is masking; with many particles the
law of the draw comes near the target. It has no closed form, but is a mean over runs.
"""

from __future__ import annotations

import typing

import numpy as np
from model_tree import Tree

BATCHES = 32  # of runs, whose differences tell the sampling error


class Runs(typing.NamedTuple):
    """What some runs of N particles did, of which n came through."""

    asked: list[np.ndarray]  # by depth: (runs, N) nodes that particles stood on; -1 after the end
    through: np.ndarray  # (runs) whether it came through
    last: np.ndarray  # (n, N) nodes of the last level but one
    weights: np.ndarray  # (n, N) of the particles there, which sum to 1
    mass: np.ndarray  # (n) the estimate of the probability that the model meets the constraint


class SequentialMonteCarlo:
    def __init__(self, tree: Tree, open_nodes: np.ndarray, particles: int) -> None:
        """open_nodes: (nodes) 1 where the mask lets particles in, else 0."""
        self._tree, self._particles = tree, particles
        self._interior = tree.first(tree.horizon)
        accepted = open_nodes[self._interior :]
        self._target = tree.law(1, accepted)
        self._accepted_mass = tree.law()[accepted > 0].sum()
        masses = (np.exp(tree.log_p) * open_nodes)[1:].reshape(self._interior, tree.branches)
        rows = masses / np.exp(tree.log_p[: self._interior, None])
        self._kept = rows.sum(axis=1)  # (interior nodes), the probability that the mask keeps
        self._shares = rows / np.where(self._kept > 0, self._kept, 1)[:, None]
        self._upto = self._shares.cumsum(axis=1)
        # The last child that is open takes what is rounded off.
        self._upto[self._upto >= self._upto[:, -1:]] = 2

    def run(self, runs: int, random: np.random.Generator) -> Runs:
        place = np.arange(runs)  # of the runs that go on
        nodes = np.zeros((runs, self._particles), dtype=np.int64)
        mass = np.ones(runs)
        asked = []
        for depth in range(self._tree.horizon):
            if depth > 0:
                nodes = self._drawn_anew(self._children(nodes, random), weights, random)
            asked.append(np.full((runs, self._particles), -1))
            asked[-1][place] = nodes
            kept = self._kept[nodes]
            mass *= kept.mean(axis=1)
            alive = mass > 0
            place, nodes, kept, mass = place[alive], nodes[alive], kept[alive], mass[alive]
            weights = kept / kept.sum(axis=1, keepdims=True)
        through = np.zeros(runs, dtype=bool)
        through[place] = True
        return Runs(asked, through, nodes, weights, mass)

    def _children(self, nodes: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """A child of each node by its masked row; of a dead end, which has no weight, any."""
        uniform = random.random(nodes.shape)
        symbol = (self._upto[nodes] <= uniform[..., None]).sum(axis=-1)
        return self._tree.branches * nodes + 1 + symbol

    def _drawn_anew(
        self, nodes: np.ndarray, weights: np.ndarray, random: np.random.Generator
    ) -> np.ndarray:
        """N of each run by their weights, by one uniform number for all."""
        upto = np.ceil(weights.cumsum(axis=1) * self._particles - random.random((len(nodes), 1)))
        upto[:, -1] = self._particles
        copies = np.diff(upto, axis=1, prepend=0).astype(np.int64)
        return np.repeat(nodes.reshape(-1), copies.reshape(-1)).reshape(nodes.shape)

    def law(self, runs: int, seed: int = 1) -> tuple[np.ndarray, float]:
        """The law of a draw over the leaves by some runs, and its expected TV to the exact one.

        Particles choose their last tokens in the mean. Weighed by its `mass`, a run's law is the
        target in the mean, whatever N; by how much these runs miss it their own law is corrected
        (a control variate), which leaves a rare leaf below 0 now and then.
        """
        random = np.random.default_rng(seed)
        laws, misses = [], []
        for _ in range(BATCHES):
            done = self.run(runs // BATCHES, random)
            balanced = done.weights * (done.mass / self._accepted_mass)[:, None]
            laws.append(self._leaves(done.last, done.weights) / len(done.through))
            misses.append(self._leaves(done.last, balanced) / len(done.through) - self._target)
        laws, misses = np.array(laws), np.array(misses)
        slope = ((laws - laws.mean(axis=0)) * misses).sum() / (misses**2).sum()
        laws -= slope * misses
        laws /= laws.sum(axis=1, keepdims=True)
        errors = laws.std(axis=0, ddof=1) / np.sqrt(BATCHES)
        return laws.mean(axis=0), float(errors.sum() / 2 * np.sqrt(2 / np.pi))

    def _leaves(self, nodes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(leaves) the weights of nodes of the last level but one, handed down to their children."""
        first = self._tree.first(self._tree.horizon - 1)
        sums = np.bincount(
            (nodes - first).reshape(-1), weights.reshape(-1), minlength=self._interior - first
        )
        return (sums[:, None] * self._shares[first:]).reshape(-1)

    def evaluations(self, draws: int, runs: int, seed: int = 1) -> float:
        """Rows of the model for some draws that share a memo, in the mean over `runs` runs."""
        done = self.run(runs, np.random.default_rng(seed))
        drawn_before = np.cumsum(done.through) - done.through
        groups = int(done.through.sum()) // draws
        asked = np.stack(done.asked, axis=1).reshape(runs, -1)
        keys = (drawn_before // draws)[:, None] * self._interior + asked
        whole = (asked >= 0) & (drawn_before < groups * draws)[:, None]
        return len(np.unique(keys[whole])) / groups
