"""A language model's likeliest continuations as a tree that is small enough to list.

`tabulate` asks a model for every sequence of H tokens that keeps to the k likeliest of each row;
what it answered becomes a `Tree`. Its laws can be summed exactly, and its `oracle` answers as the
model would, at once, while wend counts what the model would have been asked.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import typing
from collections.abc import Sequence

import numpy as np
import wend

# As SmolLM2's tokenizer has it.
PROMPT = (6403, 1980, 253, 655)
PROMPT_TEXT = "Once upon a time"
CHUNK = 256  # prefixes whose rows are in memory together


class Tree:
    """The sequences of H symbols that a model's rows of k symbols leave.

    Nodes are numbered breadth first: the children of node i are k i + 1 to k i + k.

    Attributes:
        branches, horizon: k and H.
        leaves: (k^H, H) symbols of each sequence, in the order of the nodes.
        tokens: (A) what the model calls each symbol; A is the number of tokens that occur.
        symbol_bytes: (A) the bytes that symbols stand for.
        log_p: (nodes) ln of the model's probability of each prefix.
    """

    def __init__(
        self, sequences: np.ndarray, log_p: np.ndarray, token_bytes: Sequence[bytes]
    ) -> None:
        """Of all k^H sequences of tokens, in any order, and ln p of each."""
        order = np.lexsort(sequences.T[::-1])
        self.tokens, leaves = np.unique(sequences[order], return_inverse=True)
        self.leaves = leaves.reshape(sequences.shape)
        self.horizon = sequences.shape[1]
        self.branches = round(len(sequences) ** (1 / self.horizon))
        if self.branches**self.horizon != len(sequences):
            raise ValueError(f"{len(sequences)} sequences are not all those of a tree")
        self.symbol_bytes = [token_bytes[token] for token in self.tokens]
        mass = np.exp(log_p[order])
        levels = [
            mass.reshape(self.branches**depth, -1).sum(axis=1) for depth in range(self.horizon + 1)
        ]
        self.log_p = np.log(np.concatenate(levels) / mass.sum())
        self._child = self._children()

    def _children(self) -> np.ndarray:
        """(interior nodes, A): the child by each symbol, or 0 where there is none."""
        child = np.zeros((self.first(self.horizon), len(self.tokens)), dtype=np.int64)
        for depth in range(self.horizon):
            below = self.branches ** (self.horizon - depth - 1)
            symbols = self.leaves[::below, depth]
            nodes = self.first(depth + 1) + np.arange(len(symbols))
            child[(nodes - 1) // self.branches, symbols] = nodes
        return child

    def first(self, depth: int) -> int:
        """The first node of a depth, which is also the number of nodes above it."""
        return (self.branches**depth - 1) // (self.branches - 1)

    def level(self, values: np.ndarray, depth: int) -> np.ndarray:
        """What an array over nodes has for those of a depth."""
        return values[self.first(depth) : self.first(depth + 1)]

    def node(self, prefix: np.ndarray, depth: np.ndarray | int) -> np.ndarray:
        """(n) the nodes of (n, at least depth) symbols."""
        node = np.zeros(len(prefix), dtype=np.int64)
        for place in range(prefix.shape[1]):
            on = np.broadcast_to(place < np.asarray(depth), node.shape)
            node[on] = self._child[node[on], prefix[on, place]]
        return node

    def leaf(self, sequences: np.ndarray) -> np.ndarray:
        """(n) the places of (n, H) symbols in `leaves`."""
        return self.node(sequences.astype(np.int64), self.horizon) - self.first(self.horizon)

    def text(self, symbols: np.ndarray) -> str:
        return b"".join(self.symbol_bytes[c] for c in symbols).decode("utf-8", "replace")

    def law(self, power: float = 1, accepted: np.ndarray | None = None) -> np.ndarray:
        """(k^H) p^power of the leaves, of the accepted ones alone, normalised."""
        mass = np.exp(power * self.level(self.log_p, self.horizon))
        if accepted is not None:
            mass = mass * accepted
        return mass / mass.sum()

    def log_weights(self, power: float = 1, log_value: np.ndarray | None = None) -> np.ndarray:
        """(nodes) ln of the estimates p(u)^power V(u); V counts at interior nodes alone."""
        weights = power * self.log_p
        if log_value is not None:
            interior = self.first(self.horizon)
            weights[:interior] += log_value[:interior]
        return weights

    def oracle(
        self,
        power: float = 1,
        potentials: Sequence[wend.Potential] = (),
        log_value: np.ndarray | None = None,
        seen: set[int] | None = None,
    ) -> wend.Instance:
        """What answers as the model would: rows of ln w(child)/w(node), w as of `log_weights`.

        Without values it states what wend states of a neural model: no row sums to more than 1.

        Args:
            power, log_value: of `log_weights`.
            potentials: constraints beside it.
            seen: gets the nodes that were asked for.
        """
        weights = self.log_weights(power, log_value)
        rows = np.full(self._child.shape, -np.inf, dtype=np.float32)
        parents, symbols = np.nonzero(self._child)
        rows[parents, symbols] = weights[self._child[parents, symbols]] - weights[parents]

        def expand(batch: wend.Batch) -> np.ndarray:
            nodes = self.node(batch.prefix.astype(np.int64), batch.depth)
            if seen is not None:
                seen.update(nodes.tolist())
            return rows[nodes]

        bounded = power >= 1 and log_value is None
        return wend.oracle(
            expand,
            alphabet=len(self.tokens),
            horizon=self.horizon,
            potentials=potentials,
            name="tabulated model",
            symbol_bytes=self.symbol_bytes,
            ratio_bound=[1.0] * self.horizon if bounded else None,
            kappa_by_depth=[1.0] * self.horizon if bounded else None,
            kappa_why="no row sums to more than 1" if bounded else "",
        )


def neural(folder: pathlib.Path, **keys: typing.Any) -> wend.Instance:
    """The language model in a folder that tools/gguf_to_folder.py made, behind the prompt."""
    return wend.neural(folder, prompt=PROMPT, symbols=folder / "tokens.json", **keys)


def tabulate(folder: pathlib.Path, *, branches: int = 4, horizon: int = 6) -> Tree:
    """The model's tree, level by level: (k^H - 1)/(k - 1) evaluations."""
    model = neural(folder, horizon=horizon, top_k=branches)
    sequences = np.zeros((1, 0), dtype=np.int64)
    log_p = np.zeros(1)
    for _ in range(horizon):
        grown, below = [], []
        for first in range(0, len(sequences), CHUNK):
            prefixes = sequences[first : first + CHUNK]
            rows = wend.rows(model, prefixes)
            parents, symbols = np.nonzero(rows > -np.inf)
            grown.append(np.column_stack((prefixes[parents], symbols)))
            below.append(log_p[first + parents] + rows[parents, symbols])
        sequences, log_p = np.concatenate(grown), np.concatenate(below)
    return Tree(sequences, log_p, model.symbol_bytes)


def tree_of(folder: pathlib.Path, *, branches: int = 4, horizon: int = 6) -> Tree:
    """The model's tree, from a file beside the model after the first time."""
    kept = folder / f"tree-{branches}-{horizon}-{'-'.join(map(str, PROMPT))}.npz"
    if kept.exists():
        with np.load(kept) as arrays:
            texts = json.loads((folder / "tokens.json").read_text())
            token_bytes = [bytes.fromhex(text or "") for text in texts]
            return Tree(arrays["sequences"], arrays["log_p"], token_bytes)
    tree = tabulate(folder, branches=branches, horizon=horizon)
    np.savez(kept, sequences=tree.tokens[tree.leaves], log_p=tree.level(tree.log_p, tree.horizon))
    return tree


def arguments(description: str | None) -> argparse.Namespace:
    """--model FOLDER and --figure FILE.svg, which the scripts take."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model",
        type=pathlib.Path,
        default=pathlib.Path("build/smollm2"),
        help="a folder that tools/gguf_to_folder.py made; default: %(default)s",
    )
    parser.add_argument("--figure", type=pathlib.Path, help="an .svg file to write")
    return parser.parse_args()
