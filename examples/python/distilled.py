"""A small value fitted to a language model: wrong when used alone, right and of use under a walk.

A table by depth and last token is fitted by least squares to what a few dozen rows of the model
say of the mass of p^4 below a prefix. Drawing forward by it is quick and has another law. As the
estimate of the lifted walk it changes what a draw costs, and not what is drawn in the end. On the
tree of the four likeliest tokens of each row, six deep, all laws are summed exactly.

    python examples/python/distilled.py --model build/smollm2 --figure docs/figures/distilled.svg
"""

from __future__ import annotations

import itertools
import pathlib
import typing
from collections.abc import Sequence

import numpy as np
import wend
from exact_laws import Walk, forward_law, suffix_mh_laws, total_variation
from figure import Line, line_plot
from model_tree import PROMPT_TEXT, Tree, arguments, tree_of
from sharpened import distances, evaluations

POWER = 4
PILOT = 20  # forward draws of the model, whose rows the value is fitted to
RIDGE = 1.0
LEAST = 0.05  # of a value, as a share of its depth's mean
VISITS = (1, 2, 3, 4, 5, 6, 8, 12)
STEPS = (1, 4, 16, 32, 64, 128)


class Point(typing.NamedTuple):
    method: str
    count: int  # visits or steps, 0 where there are none
    distance: float
    evaluations: float  # of a run of one draw, in the mean
    error: float


def pilot_rows(tree: Tree) -> set[int]:
    """The interior nodes that the model was asked for while PILOT sequences were drawn."""
    seen: set[int] = set()
    wend.baseline(
        tree.oracle(seen=seen), "low-temperature", PILOT, chains=1, seed=5, threads=1,
        self_test="off",
    )  # fmt: skip
    return seen


def last_symbols(tree: Tree, depth: int) -> np.ndarray:
    """(k^depth) the last symbol of each node of a depth, which is above 0."""
    return tree.leaves[:: tree.branches ** (tree.horizon - depth), depth - 1]


def least_squares(symbols: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Fits values by a constant and a term for each symbol, of ridge RIDGE; what that says at `at`.

    Symbols that were not seen have the constant alone.
    """
    known, place = np.unique(symbols, return_inverse=True)
    rows = np.column_stack([np.ones(len(values)), np.eye(len(known))[place]])
    ridge = np.sqrt(RIDGE) * np.eye(len(known) + 1)[1:]
    fitted, *_ = np.linalg.lstsq(
        np.vstack([rows, ridge]), np.concatenate([values, np.zeros(len(known))]), rcond=None
    )
    terms = dict(zip(known.tolist(), fitted[1:], strict=True))
    return fitted[0] + np.array([terms.get(symbol, 0.0) for symbol in at.tolist()])


def fitted_value(tree: Tree, rows: set[int], power: float) -> np.ndarray:
    """(nodes) ln V, V(u) being about the mass of p^power below u over p(u)^power.

    From the last depth up: a row's mass is the sum of r^power times the values of the children, and
    those of a depth are fitted to the rows that are known there. Masses are fitted, not their
    logarithms: what is hidden by too low an estimate is what costs a walk most.
    """
    log_value = np.zeros(len(tree.log_p))
    for depth in reversed(range(1, tree.horizon)):
        first, last = tree.first(depth), tree.first(depth + 1)
        known = np.array(sorted(node for node in rows if first <= node < last))
        children = tree.branches * known[:, None] + 1 + np.arange(tree.branches)
        ratios = power * (tree.log_p[children] - tree.log_p[known, None])
        masses = np.exp(ratios + log_value[children]).sum(axis=1)
        symbols = last_symbols(tree, depth)
        values = least_squares(symbols[known - first], masses, symbols)
        log_value[first:last] = np.log(np.maximum(values, LEAST * masses.mean()))
    return log_value


def compare(tree: Tree, runs: int) -> tuple[list[Point], int]:
    """All methods on the tree, and the evaluations that the value was fitted to."""
    target = tree.law(POWER)
    rows = pilot_rows(tree)
    value = fitted_value(tree, rows, POWER)
    base = tree.oracle()
    everywhere = np.ones_like(tree.log_p)

    def walked(instance: wend.Instance, visits: int) -> tuple[float, float]:
        return evaluations(
            lambda seed: wend.sample(
                instance, 1, visits=visits, seed=seed, threads=1, self_test="off"
            ),
            runs,
        )

    def simple(method: str, steps: int | None = None) -> tuple[float, float]:
        return evaluations(
            lambda seed: wend.baseline(
                base, method, 1, power=POWER, steps=steps, seed=seed, threads=1, self_test="off"
            ),
            runs,
        )

    points = []
    for name, log_value in (("low temperature", None), ("the value alone", value)):
        law = forward_law(tree, tree.log_weights(POWER, log_value), everywhere)
        # Forward, a draw is a row a level.
        points.append(Point(name, 0, total_variation(law, target), tree.horizon, 0.0))
    found = distances(suffix_mh_laws(tree, POWER), (0, *STEPS), target)[1:]
    for steps, distance in zip(STEPS, found, strict=True):
        points.append(Point("suffix-mh", steps, distance, *simple("suffix-mh", steps)))
    walk = Walk(tree, tree.log_weights(POWER, value), "lifted")
    found = distances(itertools.chain([target], walk.laws()), (0, *VISITS), target)[1:]
    guided = tree.oracle(POWER, log_value=value)
    for visits, distance in zip(VISITS, found, strict=True):
        points.append(Point("lifted by the value", visits, distance, *walked(guided, visits)))
    points.append(Point("lifted without it", 1, 0.0, *walked(tree.oracle(POWER), 1)))
    points.append(Point("memo-rejection", 0, 0.0, *simple("memo-rejection")))
    return points, len(rows)


def print_table(points: Sequence[Point], pilot: int) -> None:
    print("| method | visits or steps | TV to p^4 | evaluations a draw |")
    print("| --- | --- | --- | --- |")
    for point in points:
        distance = "0 (exact)" if point.distance < 1e-9 else f"{point.distance:.4f}"
        print(
            f"| {point.method} | {point.count or ''} | {distance} | "
            f"{point.evaluations:.1f} +- {point.error:.1f} |"
        )
    print(f"\nThe value was fitted to {pilot} rows of the model, which are not counted above.")


def draw_figure(points: Sequence[Point], path: pathlib.Path) -> None:
    most = max(point.evaluations for point in points)
    lines = []
    for method, group in itertools.groupby(points, key=lambda point: point.method):
        kept = [(point.evaluations, point.distance) for point in group]
        exact = kept[0][1] < 1e-9
        if not exact and len(kept) == 1:  # however often the model is asked
            kept.append((most, kept[0][1]))
        lines.append(Line(f"{method}: exact" if exact else method, kept, exact))
    line_plot(
        path,
        lines,
        title=f'p^{POWER} of SmolLM2-135M behind "{PROMPT_TEXT}", top 4, six tokens',
        across="evaluations of the model a draw",
        up="total variation; large dots on the floor are exact",
        least=1e-4,
    )


def main() -> None:
    options = arguments(__doc__)
    points, pilot = compare(tree_of(options.model), runs=200)
    print_table(points, pilot)
    if options.figure:
        draw_figure(points, options.figure)


if __name__ == "__main__":
    main()
