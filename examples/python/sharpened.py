"""Drawing from p^2 of a language model: what low temperature, Metropolis-Hastings and walks do.

p^2 of whole sequences prefers what the model finds likely as a whole. Low temperature sharpens one
row after the other, which is another law. On the tree of the four likeliest tokens of each row, six
deep, every law is summed exactly; evaluations are means of runs of one draw each, none of which
knows what another one was told. Then the whole vocabulary.

    python examples/python/sharpened.py --model build/smollm2 --figure docs/figures/sharpened.svg
"""

from __future__ import annotations

import itertools
import pathlib
import time
import typing
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import wend
from exact_laws import Walk, forward_law, suffix_mh_laws, total_variation
from figure import Line, line_plot
from model_tree import PROMPT_TEXT, Tree, arguments, neural, tree_of

POWER = 2
VISITS = (1, 2, 3, 4, 6, 8, 12, 16)
STEPS = (1, 2, 4, 8, 16, 24, 32, 48)
LEVEL = -0.7  # of the value: ln of what p^2 loses a level, a guess


class Point(typing.NamedTuple):
    """A method at one number of visits or steps (0: it has none)."""

    method: str
    count: int
    distance: float
    evaluations: float
    error: float  # of the evaluations, a standard error


def evaluations(run: Callable[[int], wend.Run], runs: int) -> tuple[float, float]:
    """The mean evaluations of runs with seeds 0, 1, .., and its standard error."""
    asked = [run(seed).report["oracle"]["evaluations"] for seed in range(runs)]
    return float(np.mean(asked)), float(np.std(asked) / np.sqrt(runs))


def distances(laws: Iterator[np.ndarray], counts: Sequence[int], target: np.ndarray) -> list[float]:
    """The distances of some of the laws, the first of which has number `counts[0]`."""
    wanted = set(counts)
    numbered = zip(range(counts[-1] + 1), laws, strict=False)
    return [total_variation(law, target) for i, law in numbered if i in wanted]


def level_value(tree: Tree) -> np.ndarray:
    """ln V(u) = LEVEL (H - depth): one number, so that no estimate bounds a mass any more."""
    sizes = [tree.branches**depth for depth in range(tree.horizon + 1)]
    return np.repeat(LEVEL * (tree.horizon - np.arange(tree.horizon + 1)), sizes)


def compare(tree: Tree, runs: int) -> list[Point]:
    """All methods on the tree; `runs` runs of each are counted."""
    target = tree.law(POWER)
    base = tree.oracle()
    points = []

    def drawn(method: str, steps: int | None = None) -> tuple[float, float]:
        return evaluations(
            lambda seed: wend.baseline(
                base, method, 1, power=POWER, steps=steps, seed=seed, threads=1, self_test="off"
            ),
            runs,
        )

    def walked(instance: wend.Instance, algorithm: str, visits: int) -> tuple[float, float]:
        return evaluations(
            lambda seed: wend.sample(
                instance, 1, algorithm=algorithm, visits=visits, seed=seed, threads=1,
                self_test="off",
            ),
            runs,
        )  # fmt: skip

    low = forward_law(tree, tree.log_weights(POWER), np.ones_like(tree.log_p))
    points.append(
        Point("low temperature", 0, total_variation(low, target), *drawn("low-temperature"))
    )
    found = distances(suffix_mh_laws(tree, POWER), (0, *STEPS), target)[1:]
    for steps, distance in zip(STEPS, found, strict=True):
        points.append(Point("suffix-mh", steps, distance, *drawn("suffix-mh", steps)))
    for name, algorithm, value in (
        ("jerrum-sinclair", "jerrum-sinclair", None),
        ("lifted, one number as value", "lifted", level_value(tree)),
        ("lifted", "lifted", None),
    ):
        instance = tree.oracle(POWER, log_value=value)
        walk = Walk(tree, tree.log_weights(POWER, value), algorithm)
        counts = (1,) if name == "lifted" else VISITS
        found = distances(itertools.chain([target], walk.laws()), (0, *counts), target)[1:]
        for visits, distance in zip(counts, found, strict=True):
            points.append(Point(name, visits, distance, *walked(instance, algorithm, visits)))
    for method in ("rejection", "memo-rejection"):
        points.append(Point(method, 0, 0.0, *drawn(method)))
    return points


def print_table(points: Sequence[Point]) -> None:
    print("| method | visits or steps | TV to p^2 | evaluations a draw |")
    print("| --- | --- | --- | --- |")
    for point in points:
        distance = "0 (exact)" if point.distance < 1e-9 else f"{point.distance:.4f}"
        print(
            f"| {point.method} | {point.count or ''} | {distance} | "
            f"{point.evaluations:.1f} +- {point.error:.1f} |"
        )


def draw_figure(points: Sequence[Point], path: pathlib.Path) -> None:
    lines = []
    for method, group in itertools.groupby(points, key=lambda point: point.method):
        kept = [(point.evaluations, point.distance) for point in group]
        exact = kept[0][1] < 1e-9
        lines.append(Line(f"{method}: exact" if exact else method, kept, exact))
    most = max(x for line in lines for x, _ in line.points)
    low = lines[0]
    lines[0] = Line(low.label, [low.points[0], (most, low.points[0][1])])
    line_plot(
        path,
        lines,
        title=f'p^{POWER} of SmolLM2-135M behind "{PROMPT_TEXT}", top 4, six tokens',
        across="evaluations of the model a draw",
        up="total variation; large dots on the floor are exact",
        least=1e-4,
    )


def print_texts(run: wend.Run) -> None:
    """The most frequent texts and how often they came."""
    texts, counts = np.unique(run.text(), return_counts=True)
    for i in np.argsort(-counts, kind="stable")[:4]:
        print(f"  {counts[i]:3} x {PROMPT_TEXT}{texts[i]!s}".replace("\n", "\\n"))


def whole_vocabulary(folder: pathlib.Path, horizon: int, samples: int, most: int) -> None:
    """Exact draws of p^POWER over all tokens, by rejection on the memo; what other ways do there.

    Args:
        most: evaluations of rejection, and 32 times as many nodes that the walk may come to.
    """
    model = neural(folder, horizon=horizon, power=POWER)
    alphabet = model.alphabet

    def show(name: str, draw: Callable[[], wend.Run]) -> None:
        start = time.monotonic()
        run = draw()
        seconds = time.monotonic() - start
        guarantee = run.report["guarantee"]
        known = "" if guarantee["tv"] is None else f", TV {guarantee['tv']:.2g}"
        counters = run.report["counters"]
        tried = counters["proposals"] and f" of {counters['proposals']:,} proposals"
        print(
            f"{name}: {len(run)} draws{tried or ''} in "
            f"{run.report['oracle']['evaluations']:,} evaluations, {seconds:.0f} s; "
            f"guarantee: {guarantee['kind']}{known}"
        )
        print_texts(run)

    print(f"\nWhole vocabulary of {alphabet:,} tokens, {horizon} of them, p^{POWER}:")
    show("low temperature", lambda: wend.baseline(model, "low-temperature", samples, seed=1))
    show(
        "rejection on the memo",
        lambda: wend.baseline(
            model, "memo-rejection", samples, chains=samples, seed=1, max_evaluations=most
        ),
    )
    show(
        "the lifted walk, untrained",
        lambda: wend.sample(
            model, samples, chains=samples, seed=1, max_queries=32 * most * alphabet
        ),
    )


def main() -> None:
    options = arguments(__doc__)
    points = compare(tree_of(options.model), runs=200)
    print_table(points)
    if options.figure:
        draw_figure(points, options.figure)
    whole_vocabulary(options.model, horizon=12, samples=16, most=4000)


if __name__ == "__main__":
    main()
