"""What Python costs: draws of a tree beside the command's, and calls of an oracle that does nothing.

    PYTHON bench/python_overhead.py [--command build/bin/wend] [--samples 10000000] [--calls 100000]

Prints CPU seconds, medians of five turns, command and package one after the other; and for calls of
256 nodes the microseconds of wall-clock time inside the oracle's calls and of CPU time in all.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import numpy as np
import wend

TURNS = 5
BATCH = 256


def cpu_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def draws(command: pathlib.Path, samples: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        np.save(place / "leaf.npy", np.random.default_rng(1).random(2**16))
        keys = {"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 16, "leaf_mass": "leaf.npy"}
        noise = {"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 1}
        (place / "tree.json").write_text(json.dumps({**keys, "estimate": noise}))
        arguments = ["--visits", "20", "--samples", str(samples), "--quiet"]
        spent: dict[str, list[float]] = {"command": [], "package": [], "save": []}
        for _ in range(TURNS):
            before = cpu_seconds(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [command, "sample", place / "tree.json", *arguments]
                + ["--output", place / "command.npz"],
                check=True,
            )
            spent["command"].append(cpu_seconds(resource.RUSAGE_CHILDREN) - before)
            before = cpu_seconds(resource.RUSAGE_SELF)
            run = wend.sample(wend.load(place / "tree.json"), samples, visits=20)
            spent["package"].append(cpu_seconds(resource.RUSAGE_SELF) - before)
            before = cpu_seconds(resource.RUSAGE_SELF)
            run.save(place / "package.npz")
            spent["save"].append(cpu_seconds(resource.RUSAGE_SELF) - before)
            same = (place / "command.npz").read_bytes() == (place / "package.npz").read_bytes()
            assert same, "the package does not draw what the command draws"
    median = {what: statistics.median(seconds) for what, seconds in spent.items()}
    print(
        f"{samples:,} draws of a tree, CPU s: command, with its .npz, {median['command']:.2f}; "
        f"package {median['package']:.2f}, and {median['save']:.2f} to save the same bytes"
    )


def calls(count: int) -> None:
    rows = np.zeros((BATCH, 2), np.float32) - np.float32(np.log(2))
    target = wend.oracle(lambda batch: rows[: batch.size], alphabet=2, horizon=64, kappa=1)
    options = dict(chains=BATCH, visits=1, memo=0, self_test="off", threads=1)
    before = cpu_seconds(resource.RUSAGE_SELF)
    began = time.perf_counter()
    run = wend.sample(target, 10**6, max_queries=2 * BATCH * count, **options)
    seconds = time.perf_counter() - began
    cpu = cpu_seconds(resource.RUSAGE_SELF) - before
    use = run.report["oracle"]
    print(
        f"{use['batches']:,} calls of {use['evaluations'] / use['batches']:.0f} nodes: "
        f"{use['seconds'] / use['batches'] * 1e6:.1f} us in a call, "
        f"{cpu / use['batches'] * 1e6:.1f} us of CPU with the walk of its chains, "
        f"{seconds / use['batches'] * 1e6:.1f} us of wall clock"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", type=pathlib.Path, default="build/bin/wend")
    parser.add_argument("--samples", type=int, default=10**7)
    parser.add_argument("--calls", type=int, default=10**5)
    options = parser.parse_args()
    draws(options.command.resolve(), options.samples)
    calls(options.calls)


if __name__ == "__main__":
    main()
