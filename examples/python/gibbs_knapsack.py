"""Prints a knapsack with Gibbs weights and a coarse counter: python gibbs_knapsack.py ITEMS > x.json

ITEMS weights up to a million and values below 1, by a fixed seed; the capacity is a quarter of all
weights. A choice of items counts exp(value / 0.5), and the counter of the choices is rounded until
it may be off by a factor of 1,000. The tables of docs/adapt.md are of these.
"""

import json
import random
import sys


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1].isdigit() or int(sys.argv[1]) < 2:
        sys.exit(f"usage: {sys.argv[0]} ITEMS")
    items = int(sys.argv[1])
    source = random.Random(items)
    weights = [source.randrange(1, 1_000_001) for _ in range(items)]
    json.dump(
        {
            "wend": 1,
            "kind": "knapsack",
            "weights": weights,
            "capacity": sum(weights) // 4,
            "values": [source.random() for _ in range(items)],
            "temperature": 0.5,
            "estimate": {"kind": "rounded", "kappa": 1000},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
