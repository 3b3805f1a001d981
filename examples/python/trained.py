"""Drawing from p^4 of a language model by an estimate that is trained while the run goes on.

Scouts ask the model for rows, best first, and what they were told is backed up; then samplers draw
(docs/adapt.md). On the tree of the four likeliest tokens of each row, eight deep, the law of what
is drawn stands beside the exact one. At sixteen tokens of the 64 likeliest there is no exact law to
compare with: there the mass of the sequences that were met bounds Z from below.

    python examples/python/trained.py --model build/smollm2
"""

from __future__ import annotations

import itertools
import pathlib
import time

import numpy as np
import wend
from exact_laws import suffix_mh_laws, total_variation
from model_tree import PROMPT_TEXT, Tree, arguments, neural, tree_of

POWER = 4
DRAWS = 200_000  # of which each law is made
SEEDS = range(1, 6)  # medians over these, and from the least to the largest
SCOUTS = (60, 120, 240, 480)
STEPS = (64, 128, 192, 256)
WIDE = {"horizon": 16, "top_k": 64}
WIDE_SCOUTS = (200, 400, 800, 1600)
WIDE_STEPS = (1150, 2300, 4600)  # evaluations of Metropolis-Hastings


def law_of(tree: Tree, samples: np.ndarray) -> np.ndarray:
    count = np.bincount(tree.leaf(samples), minlength=tree.branches**tree.horizon)
    return count / len(samples)


def trained(tree: Tree, target: np.ndarray) -> None:
    """The law of the first leaf that a walk visits, after so many evaluations by scouts."""
    instance = tree.oracle(POWER)
    for scouts in SCOUTS:
        distances, evaluations, expansions = [], [], []
        for seed in SEEDS:
            run = wend.sample(
                instance, DRAWS, algorithm="lifted", chains=DRAWS, visits=1, adapt="auto",
                scouts=scouts, seed=seed,
            )  # fmt: skip
            distances.append(total_variation(law_of(tree, run.samples), target))
            evaluations.append(run.report["adaptation"]["scout_evaluations"])
            expansions.append(run.report["counters"]["expansions"] / DRAWS)
        print(
            f"| `lifted`, {scouts} evaluations by scouts | {np.median(distances):.4f} | "
            f"{min(distances):.4f} to {max(distances):.4f} | {np.median(evaluations):.0f} | "
            f"{np.median(expansions):.1f} |"
        )


def metropolis_hastings(tree: Tree, target: np.ndarray) -> None:
    """The exact laws after so many steps, each of which asks for half of the levels in the mean."""
    laws = itertools.islice(suffix_mh_laws(tree, POWER), max(STEPS) + 1)
    for steps, law in enumerate(laws):
        if steps in STEPS:
            nodes = tree.horizon + steps * (tree.horizon + 1) / 2
            distance = total_variation(law, target)
            print(f"| suffix-mh, {steps} steps | {distance:.4f} | | | {nodes:,.0f} |")


def exact_law(tree: Tree) -> None:
    target = tree.law(POWER)
    by_chance = np.random.default_rng(1).multinomial(DRAWS, target) / DRAWS
    print(
        f'p^{POWER} of SmolLM2-135M behind "{PROMPT_TEXT}", the four likeliest tokens, '
        f"{tree.horizon} of them, {DRAWS:,} draws:\n"
    )
    print("| method | TV to p^4 | of five seeds | evaluations before | nodes a draw |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| the exact law itself | {total_variation(by_chance, target):.4f} | | | |")
    trained(tree, target)
    metropolis_hastings(tree, target)


def log_mass_of(run: wend.Run) -> float:
    """ln of the mass of all sequences that were drawn, each counted once."""
    _, first = np.unique(run.samples, axis=0, return_index=True)
    return float(np.logaddexp.reduce(run.log_mass[first]))


def lower_bounds(folder: pathlib.Path) -> None:
    """What is known of Z from below, against the evaluations that it took."""
    sharpened = neural(folder, power=POWER, **WIDE)
    print(
        f"\nThe {WIDE['top_k']} likeliest tokens, {WIDE['horizon']} of them: ln Z of p^{POWER} is "
        "at least\n"
    )
    print("| evaluations | scouts | 64 draws | suffix-mh, every state | seconds |")
    print("| --- | --- | --- | --- | --- |")
    for scouts in WIDE_SCOUTS:
        start = time.monotonic()
        run = wend.sample(
            sharpened, 64, algorithm="lifted", chains=8, visits=1, adapt="auto", scouts=scouts,
            seed=1,
        )  # fmt: skip
        report = run.report["adaptation"]
        print(
            f"| {report['scout_evaluations']:,} | {report['log_mass_known']:.3f} | "
            f"{log_mass_of(run):.3f} at {run.report['oracle']['evaluations']:,} | | "
            f"{time.monotonic() - start:.0f} |"
        )
    base = neural(folder, **WIDE)
    for evaluations in WIDE_STEPS:
        start = time.monotonic()
        run = wend.baseline(
            base, "suffix-mh", 16 * evaluations, chains=8, power=POWER, steps=1, seed=1,
            max_evaluations=evaluations,
        )  # fmt: skip
        print(
            f"| {run.report['oracle']['evaluations']:,} | | | {log_mass_of(run):.3f} | "
            f"{time.monotonic() - start:.0f} |"
        )


def main() -> None:
    options = arguments(__doc__)
    exact_law(tree_of(options.model, horizon=8))
    lower_bounds(options.model)


if __name__ == "__main__":
    main()
