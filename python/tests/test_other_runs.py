"""Means, baselines, throughput, progress."""

import sys

import numpy as np
import pytest
import wend
from conftest import MOST_DEVIATIONS, TableOracle, chi_square, counts_of


def test_means_of_a_tree():
    table = TableOracle(alphabet=2, horizon=5, kappa=1)
    tree = wend.tree(table.leaf_mass, alphabet=2, horizon=5)
    found = wend.estimate(tree, of=["marginals", "log-z", "log-mass", "symbols"], seed=2)
    sequences = np.stack(np.unravel_index(np.arange(32), (2,) * 5))
    ones = (sequences * table.law).sum(axis=1)
    assert found.marginals.shape == (5, 2, 4) and found.symbols.shape == (2, 4)
    mean, error, low, high = np.moveaxis(found.marginals, -1, 0)
    # Of 10 standard errors none; of 95% intervals most.
    assert (np.abs(mean[:, 1] - ones) < 6 * error[:, 1]).all()
    assert ((low <= mean) & (mean <= high)).all()
    assert found.log_z.low - 1e-9 <= np.log(table.leaf_mass.sum()) <= found.log_z.high + 1e-9
    assert found.length is None and not found.partial
    assert found.report["log_z"]["mean"] == found.log_z.mean
    assert "ln Z" in str(found) and "<pre>" in found._repr_html_()
    alone = wend.estimate(tree, of="log-z", queries=5000)
    assert alone.marginals is None and alone.report["queries"] >= 5000


def test_bad_means():
    tree = wend.tree([1, 2])
    for options, message in [
        ({"of": "colour"}, "of: 'colour' is not marginals"),
        ({"relative_error": 0}, "relative_error: 0 is not a number above 0"),
        ({"memo": 5}, "memo: only goes with"),
    ]:
        with pytest.raises(wend.UsageError, match=message):
            wend.estimate(tree, **options)

    def raising(batch):
        raise KeyError("gone")

    with pytest.raises(wend.RunError) as caught:
        wend.estimate(wend.oracle(raising, alphabet=2, horizon=3))
    assert isinstance(caught.value.__cause__, KeyError)


def normalised(table):
    def expand(batch):
        children, _ = table.masses(batch)
        return np.log(children / children.sum(axis=1, keepdims=True))

    return expand


def test_baselines():
    table = TableOracle(kappa=1)
    target = wend.oracle(
        normalised(table), alphabet=3, horizon=4, kappa=1, ratio_bound=[1] * 4,
        potentials=[wend.substrings(forbid=[[0, 0]])],
    )
    sequences = np.stack(np.unravel_index(np.arange(81), (3,) * 4))
    masses = table.leaf_mass * [(0, 0) not in zip(x, x[1:]) for x in sequences.T]
    for method in ("rejection", "memo-rejection"):
        run = wend.baseline(target, method, 20_000, seed=1)
        assert run.report["law"] == "exact"
        assert chi_square(counts_of(run.samples, 3), masses / masses.sum()) < MOST_DEVIATIONS
    masked = wend.baseline(target, "masking", 20_000, seed=1)
    assert chi_square(counts_of(masked.samples, 3), masses / masses.sum()) > 2 * MOST_DEVIATIONS
    compared = wend.compare(target, max_evaluations=300, best_of=4, steps=2, proposal="base")
    assert {"rejection", "lifted"} <= {one["method"] for one in compared}
    for options, message in [
        ({"method": "luck"}, "method: 'luck' is not rejection"),
        ({"method": "rejection", "steps": 3}, "steps: only goes with"),
        ({"method": "rejection", "best_of": 3}, "best_of: only goes with"),
        ({"method": "rejection", "power": 0}, "power: 0 is not a number above 0"),
    ]:
        with pytest.raises(wend.UsageError, match=message):
            wend.baseline(target, **options)


def test_throughput(tmp_path):
    calls = [0]

    def expand(batch):
        calls[0] += 1
        return np.zeros((batch.size, 2))

    rates = wend.throughput(
        wend.oracle(expand, alphabet=2, horizon=5), seconds=0.02, batch=[1, 8], chains=[4]
    )
    assert calls[0] > 2
    assert [row["batch"] for row in rates.report["calls"]] == [1, 8]
    assert "evaluations" in str(rates)
    rates.save_plot(tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").read_text().rstrip().endswith("</svg>")


class Terminal:
    """What a progress line is written to."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True


@pytest.mark.parametrize("bar", ["line", "tqdm"])
def test_progress(monkeypatch, bar):
    import time

    from wend import progress

    if bar == "tqdm":
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setattr(progress.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(progress, "WAIT", 0)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    def slow(batch):
        time.sleep(0.01)
        return np.zeros((batch.size, 2))

    target = wend.oracle(slow, alphabet=2, horizon=4)
    options = dict(samples=100, chains=2, memo=0, visits=1, self_test="off")
    wend.sample(target, **options)
    assert terminal.text
    shown, terminal.text = terminal.text, ""
    wend.sample(target, progress=False, **options)
    assert "100" in shown and not terminal.text


def test_an_exception_of_the_progress_bar_ends_the_run(monkeypatch):
    from wend import progress

    class Failing(progress.Progress):
        def tick(self, done, of, text):
            raise OSError("no terminal")

    monkeypatch.setattr(progress.Progress, "of", staticmethod(lambda asked: Failing()))

    def slow(batch):
        import time

        time.sleep(0.01)
        return np.zeros((batch.size, 2))

    with pytest.raises(OSError, match="no terminal"):
        wend.sample(wend.oracle(slow, alphabet=2, horizon=4, kappa=1), 10**6, memo=0, visits=1)
