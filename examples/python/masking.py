"""What masking does to a language model's law, and what the exact ways cost.

Constrained decoding masks the tokens after which the constraint could not be met any more, and
draws on. But a row does not know how likely the constraint is met below each token, so that texts
come out with other probabilities than the model has for them given the constraint. On the tree of
the four likeliest tokens of each row, six deep, both laws are summed exactly. That of sequential
Monte Carlo, which corrects masking by particles, is the mean over many runs.

    python examples/python/masking.py --model build/smollm2 --figure docs/figures/masking.svg
"""

from __future__ import annotations

import itertools
import pathlib
import typing
from collections.abc import Callable, Sequence

import numpy as np
import wend
from exact_laws import Walk, divergence, forward_law, total_variation
from figure import Bar, bar_plot
from model_tree import PROMPT_TEXT, Tree, arguments, tree_of
from monte_carlo import SequentialMonteCarlo

CONSTRAINTS = {
    'without " a"': wend.substrings(forbid=[" a"]),
    "at most 20 bytes": wend.regular_expression(".{0,20}"),
    'with "king"': wend.substrings(require=["king"]),
    "ends with a full stop": wend.regular_expression(".*[.]"),
}
REVERSIBLE_VISITS = 4
PARTICLES = (4, 16, 64, 256)  # of sequential Monte Carlo
PARTICLES_IN_ALL = 2**22  # of the runs that its law is taken from
FLAT = 2.0**-16  # a power that makes all sequences nearly alike; exact in float
NODES = 200_000  # that are come to while looking for those that a constraint leaves open


class Method(typing.NamedTuple):
    name: str
    distance: float  # TV to the model's law given the constraint
    divergence: float | None  # KL(that law || this one), where this one is known exactly
    first: float  # evaluations of a run of one draw, in the mean
    hundred: float  # of a run of 100
    error: float = 0  # of `distance`, by sampling


class Case(typing.NamedTuple):
    name: str
    acceptance: float  # the probability that the model meets the constraint
    methods: list[Method]
    overdrawn: str  # the text that masking draws too often by most
    overdrawn_law: float
    overdrawn_masking: float


def open_nodes(tree: Tree, potential: wend.Potential) -> np.ndarray:
    """(nodes) 1 where a constraint lets masking in, seen by watching it draw, else 0."""
    seen: set[int] = set()
    flat = tree.oracle(FLAT, [potential], seen=seen)
    leaves = np.isfinite(wend.log_mass(flat, tree.leaves))
    seen.clear()
    run = wend.baseline(
        flat, "masking", NODES, chains=64, max_queries=NODES * len(tree.tokens), seed=1,
        threads=1, self_test="off",
    )  # fmt: skip
    if len(np.unique(tree.leaf(run.samples))) != leaves.sum():
        raise RuntimeError("masking has not come everywhere: raise NODES")
    nodes = np.zeros(len(tree.log_p))
    nodes[list(seen)] = 1
    nodes[tree.first(tree.horizon) :] = leaves
    return nodes


def cost(draw: Callable[[int, int], wend.Run], runs: int) -> tuple[float, float]:
    """Mean evaluations of a run of one draw, and of one of 100 draws."""

    def asked(samples: int, seeds: int) -> float:
        reports = [draw(samples, seed).report["oracle"]["evaluations"] for seed in range(seeds)]
        return float(np.mean(reports))

    return asked(1, runs), asked(100, max(runs // 20, 1))


def monte_carlo(tree: Tree, nodes: np.ndarray, target: np.ndarray, particles: int) -> Method:
    """Sequential Monte Carlo by some particles; 100 draws are so many runs that share a memo.

    Of rare texts the law is not known well enough for a KL.
    """
    sampler = SequentialMonteCarlo(tree, nodes, particles)
    law, error = sampler.law(PARTICLES_IN_ALL // particles)
    counted = PARTICLES_IN_ALL // (16 * particles)
    first, hundred = (sampler.evaluations(draws, counted) for draws in (1, 100))
    distance = total_variation(law, target)
    return Method(f"SMC, {particles} particles", distance, None, first, hundred, error)


def compare(tree: Tree, name: str, potential: wend.Potential, runs: int) -> Case:
    """All methods for one constraint; `runs` runs of one draw are counted, a twentieth of 100."""
    nodes = open_nodes(tree, potential)
    accepted = nodes[tree.first(tree.horizon) :]
    target = tree.law(1, accepted)
    masked = forward_law(tree, tree.log_p, nodes)
    with np.errstate(divide="ignore"):
        walk = Walk(tree, tree.log_p + np.log(nodes), "jerrum-sinclair")
    *_, reversible = itertools.islice(walk.laws(), REVERSIBLE_VISITS)
    instance = tree.oracle(1, [potential])

    def simple(method: str) -> Callable[[int, int], wend.Run]:
        return lambda samples, seed: wend.baseline(
            instance, method, samples, chains=1, seed=seed, threads=1, self_test="off"
        )

    def walked(algorithm: str, visits: int) -> Callable[[int, int], wend.Run]:
        return lambda samples, seed: wend.sample(
            instance, samples, algorithm=algorithm, visits=visits, chains=samples, seed=seed,
            threads=1, self_test="off",
        )  # fmt: skip

    methods = []
    for label, law, draw in (
        ("masking", masked, simple("masking")),
        (
            f"jerrum-sinclair, {REVERSIBLE_VISITS} visits",
            reversible,
            walked("jerrum-sinclair", REVERSIBLE_VISITS),
        ),
        ("lifted", target, walked("lifted", 1)),
        ("rejection", target, simple("rejection")),
        ("memo-rejection", target, simple("memo-rejection")),
    ):
        methods.append(
            Method(label, total_variation(law, target), divergence(target, law), *cost(draw, runs))
        )
    methods[1:1] = [monte_carlo(tree, nodes, target, particles) for particles in PARTICLES]
    worst = int(np.argmax(masked - target))
    return Case(
        name,
        float(tree.law()[accepted > 0].sum()),
        methods,
        tree.text(tree.leaves[worst]),
        float(target[worst]),
        float(masked[worst]),
    )


def print_table(cases: Sequence[Case]) -> None:
    print("| constraint (met by) | method | TV | KL, nats | evaluations, 1 draw | 100 draws |")
    print("| --- | --- | --- | --- | --- | --- |")
    for case in cases:
        label = f"{case.name} ({case.acceptance:.2%})"
        for method in case.methods:
            if method.distance < 1e-9:
                distances = "0 | 0"
            elif method.divergence is None:
                distances = f"{method.distance:.4f} +- {method.error:.4f} | -"
            else:
                distances = f"{method.distance:.3f} | {method.divergence:.3f}"
            print(
                f"| {label} | {method.name} | {distances} | {method.first:.1f} | "
                f"{method.hundred:.0f} |"
            )
            label = ""
    print()
    for case in cases:
        print(
            f"{case.name}: masking draws {PROMPT_TEXT + case.overdrawn!r} in "
            f"{case.overdrawn_masking:.1%} of cases, the model given the constraint in "
            f"{case.overdrawn_law:.1%}"
        )


def draw_figure(cases: Sequence[Case], path: pathlib.Path) -> None:
    groups = []
    for case in cases:
        bars = []
        for method in case.methods:
            exact = method.distance < 1e-9
            distance = "exact" if exact else f"TV {method.distance:.3f}"
            bars.append(
                Bar(
                    method.name,
                    method.distance,
                    3 if exact else 1,
                    f"{distance}, {method.first:.0f} evaluations",
                )
            )
        groups.append((f"{case.name} (met by {case.acceptance:.2%})", bars))
    bar_plot(
        path,
        groups,
        title=f'How far from the model given a constraint, behind "{PROMPT_TEXT}"',
        most=0.5,
    )


def main() -> None:
    options = arguments(__doc__)
    tree = tree_of(options.model)
    cases = [compare(tree, name, potential, 100) for name, potential in CONSTRAINTS.items()]
    print_table(cases)
    if options.figure:
        draw_figure(cases, options.figure)


if __name__ == "__main__":
    main()
