import json
import subprocess

import numpy as np
import pytest
import wend
from conftest import MOST_DEVIATIONS, TableOracle, chi_square, counts_of


@pytest.fixture
def tree():
    table = TableOracle()
    return wend.tree(table.leaf_mass, alphabet=3, horizon=4)


def test_draws_have_the_law(tree):
    law = TableOracle().law
    for algorithm in ("lifted", "jerrum-sinclair", "sequential"):
        run = wend.sample(tree, 20_000, algorithm=algorithm, seed=11)
        assert chi_square(counts_of(run.samples, 3), law) < MOST_DEVIATIONS
        assert np.exp(run.log_mass) == pytest.approx(np.exp(wend.log_mass(tree, run.samples)))


def test_arrays_of_a_run(tree):
    run = wend.sample(tree, 1003, chains=10, seed=1)
    assert run.samples.shape == (1003, 4) and run.samples.dtype == np.uint8 and len(run) == 1003
    assert np.bincount(run.chain).tolist() == [101] * 3 + [100] * 7
    assert (np.diff(run.chain.astype(int)) >= 0).all()
    assert run.log_weight is None and not run.partial
    assert run.counters["samples"].sum() == 1003
    assert run.counters["queries"].sum() == run.report["counters"]["queries"]
    # They share the run's memory, which outlives it.
    samples = run.samples
    assert samples.base is not None
    first = samples[0].tolist()
    del run
    assert samples[0].tolist() == first
    weighted = wend.sample(tree, 100, algorithm="sequential", correct="weight")
    assert weighted.log_weight.shape == (100,)


def test_wider_symbols():
    wide = wend.oracle(lambda batch: np.zeros((batch.size, 300)), alphabet=300, horizon=2)
    assert wend.sample(wide, 20, visits=1).samples.dtype == np.uint16
    run = wend.sample(
        wend.oracle(
            lambda batch: np.zeros((batch.size, 70_000)), alphabet=70_000, horizon=1
        ),
        200,
        visits=1,
    )
    assert run.samples.dtype == np.uint32 and run.samples.max() > 65_535


def test_the_same_on_any_threads(tree):
    runs = [wend.sample(tree, 500, seed=4, threads=threads).samples for threads in (1, 2, 7)]
    assert (runs[0] == runs[1]).all() and (runs[0] == runs[2]).all()
    assert (wend.sample(tree, 500, seed=5).samples != runs[0]).any()


@pytest.mark.parametrize("extension", ["npz", "csv"])
@pytest.mark.parametrize(
    "options", [{"visits": 3}, {"algorithm": "sequential", "correct": "weight"}]
)
def test_what_the_command_writes(command, examples, tmp_path, extension, options):
    theirs, ours = tmp_path / f"theirs.{extension}", tmp_path / f"ours.{extension}"
    report = tmp_path / "report.json"
    instance = examples / "words.json"
    options = {"samples": 999, "chains": 7, "seed": 8, **options}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    subprocess.run(
        [command, "sample", instance, *arguments, f"--output={theirs}", f"--report={report}"],
        check=True,
        capture_output=True,
    )
    run = wend.sample(wend.load(instance), **options)
    run.save(ours)
    assert ours.read_bytes() == theirs.read_bytes()
    told = json.loads(report.read_text())
    assert told.keys() == run.report.keys()
    for key in ("counters", "diagnostics", "guarantee", "instance", "version"):
        assert told[key] == run.report[key]


def test_saving_fails_whole(tree, tmp_path):
    run = wend.sample(tree, 10)
    with pytest.raises(wend.UsageError, match="must end in .npz or .csv"):
        run.save(tmp_path / "draws.txt")
    with pytest.raises(wend.RunError):
        run.save(tmp_path / "nowhere" / "draws.npz")
    with pytest.raises(wend.UsageError, match="report: is the same file"):
        run.save(tmp_path / "draws.csv", report=tmp_path / "draws.csv")
    assert not list(tmp_path.iterdir())
    run.save(tmp_path / "draws.npz", report=tmp_path / "report.json")
    assert (np.load(tmp_path / "draws.npz")["samples"] == run.samples).all()
    assert json.loads((tmp_path / "report.json").read_text()) == run.report


def test_a_budget_ends_a_run():
    table = TableOracle(alphabet=2, horizon=8)
    tree = wend.tree(table.leaf_mass, alphabet=2, horizon=8)
    run = wend.sample(tree, 10_000, chains=50, max_queries=20_000, visits=1, seed=1)
    assert run.partial and 0 < len(run) < 10_000
    assert run.report["budget_spent"] and run.report["counters"]["queries"] <= 20_000
    # Rows of chains that drew different numbers are packed together.
    counts = np.bincount(run.chain, minlength=50)
    assert counts.tolist() == run.counters["samples"].tolist() and counts.sum() == len(run)
    assert np.exp(run.log_mass) == pytest.approx(np.exp(wend.log_mass(tree, run.samples)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": -1}, "samples: -1 is not an integer from 1 to"),
        ({"samples": 10.5}, "samples: 10.5 is not an integer"),
        ({"samples": "many"}, "samples: 'many' is not an integer"),
        ({"seed": 2**64}, "seed: 18446744073709551616 is not an integer"),
        ({"algorithm": "gibbs"}, "algorithm: 'gibbs' is not auto, jerrum-sinclair, lifted"),
        ({"algorithm": 3}, "algorithm: 3 is not a string"),
        ({"visits": "some"}, "visits: 'some' is not proven, measured or an integer"),
        ({"visits": 0}, "visits: 0 is not an integer from 1"),
        ({"delta": 1}, "delta: 1 is not a number between 0 and 1"),
        ({"delta": "x"}, "delta: 'x' is not a number"),
        ({"kappa": 0.5}, "kappa: 0.5 is not a number of at least 1"),
        ({"algorithm": "lifted", "correct": "none"}, "correct: only goes with"),
        ({"algorithm": "lifted", "audit": True}, "audit: only goes with"),
        ({"memo": 1000}, "memo: only goes with"),
        ({"self_test": "off"}, "self_test: only goes with"),
        ({"backend": "tpu"}, "backend: 'tpu' is not auto, cpu or cuda"),
    ],
)
def test_bad_options(tree, options, message):
    with pytest.raises(wend.UsageError, match=message) as caught:
        wend.sample(tree, **options)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("call", [wend.sample, wend.estimate, wend.inspect, wend.throughput])
def test_what_is_no_instance(call):
    with pytest.raises(wend.UsageError, match="instance: must be a wend.Instance .*, not str"):
        call("words.json")


def test_options_that_do_not_exist(tree):
    with pytest.raises(TypeError):
        wend.sample(tree, visit=3)


def test_what_people_see(tree):
    run = wend.sample(tree, 100)
    assert "guarantee" in str(run) and "output" not in str(run)
    assert repr(run) == "<wend.Run: 100 draws of <tree>>"
    page = run._repr_html_()
    assert page.startswith("<table>") and "<svg" in page and "&lt;tree&gt;" in page


def test_pages_of_equal_masses():
    run = wend.sample(wend.tree([[0.1 + 0.2, 0.3], [0.3, 0.3]]), 50)
    assert "<svg" in run._repr_html_()


def test_messages_have_one_line(tree):
    for options in ({"samples": np.zeros((3, 3))}, {"algorithm": "a\nb\udcff"}):
        with pytest.raises(wend.UsageError) as caught:
            wend.sample(tree, **options)
        assert "\n" not in str(caught.value)


def test_arviz(tree):
    pytest.importorskip("arviz_base")
    run = wend.sample(tree, 1003, chains=10, algorithm="sequential", correct="weight")
    data = run.to_arviz()
    x = data["posterior"]["x"]
    assert dict(x.sizes) == {"chain": 10, "draw": 100, "position": 4}
    assert (x.values[3, 5] == run.samples[run.chain == 3][5]).all()
    assert (data["sample_stats"]["lp"].values[9, 0] == run.log_mass[run.chain == 9][0]).all()
    assert "log_weight" in data["sample_stats"]


def test_classes():
    target = wend.class_target(
        horizon=6,
        family={"kind": "product", "count": 30, "seed": 1, "gamma": 0.2, "alphabet": 2},
        truth=3,
        estimate={"kind": "noise", "model": "iid", "kappa": 1.2, "seed": 2},
    )
    run = wend.sample(target, 200, algorithm="class-elimination", version_space="shared")
    assert run.samples.shape == (200, 6) and run.report["class"]["members"] == 30
