"""The scripts of examples/python on small models, so that they do not rot."""

from __future__ import annotations

import importlib
import itertools
import json
import pathlib
import sys
import xml.etree.ElementTree

import numpy as np
import pytest
import wend
from conftest import ROOT

DRAWS = 40_000


@pytest.fixture(autouse=True)
def _examples(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples/python"), *sys.path])


def module(name):
    return importlib.import_module(name)


@pytest.fixture
def tree():
    """Three levels of three symbols of nine, with uneven rows."""
    random = np.random.default_rng(7)
    branches, horizon, tokens = 3, 3, 9
    sequences, log_p = [[]], [0.0]
    for _ in range(horizon):
        longer, below = [], []
        for sequence, mass in zip(sequences, log_p, strict=True):
            row = random.dirichlet([0.7] * branches)
            for token, p in zip(random.permutation(tokens)[:branches], row, strict=True):
                longer.append([*sequence, int(token)])
                below.append(mass + np.log(p))
        sequences, log_p = longer, below
    order = random.permutation(len(sequences))
    texts = [f"{'abc'[i % 3]}{'xyz'[i // 3]}".encode() for i in range(tokens)]
    return module("model_tree").Tree(np.array(sequences)[order], np.array(log_p)[order], texts)


def deviation(tree, run, law):
    """How far counts of draws are from a law: chi-square less its mean, in its widths."""
    counts = np.bincount(tree.leaf(run.samples), minlength=len(law))
    expected = len(run) * law
    cells = expected > 5
    assert counts[law == 0].sum() == 0
    square = ((counts - expected)[cells] ** 2 / expected[cells]).sum()
    return (square - cells.sum()) / np.sqrt(2 * cells.sum())


def drawn(instance, **options):
    return wend.sample(instance, DRAWS, chains=DRAWS, seed=3, threads=1, **options)


def test_a_tree_answers_as_its_model(tree):
    assert tree.leaf(tree.leaves).tolist() == list(range(27))
    np.testing.assert_allclose(
        wend.log_mass(tree.oracle(2), tree.leaves),
        2 * tree.level(tree.log_p, tree.horizon),
        atol=1e-5,
    )
    run = drawn(tree.oracle())
    assert run.report["guarantee"]["kind"] == "proven"
    assert deviation(tree, run, tree.law()) < 6
    assert run.text()[0] == tree.text(run.samples[0])


@pytest.mark.parametrize("algorithm", ["lifted", "jerrum-sinclair"])
@pytest.mark.parametrize("constrained", [False, True])
def test_walks_draw_by_their_exact_laws(tree, algorithm, constrained):
    laws, masking = module("exact_laws"), module("masking")
    potential = wend.substrings(require=["b"])
    nodes = masking.open_nodes(tree, potential) if constrained else np.ones_like(tree.log_p)
    value = np.random.default_rng(1).normal(-1, 2, size=len(tree.log_p))
    with np.errstate(divide="ignore"):
        weights = tree.log_weights(2, value) + np.log(nodes)
    walk = laws.Walk(tree, weights, algorithm)
    target = tree.law(2, nodes[tree.first(tree.horizon) :])
    np.testing.assert_allclose(walk.next(target), target, atol=1e-12)
    instance = tree.oracle(2, [potential] if constrained else [], log_value=value)
    for visits, law in zip((2, 1), [walk.next(walk.first()), walk.first()], strict=True):
        run = drawn(instance, algorithm=algorithm, visits=visits)
        assert deviation(tree, run, law) < 6
    assert deviation(tree, run, target) > 20  # one visit is not enough


def test_an_exact_value_needs_one_visit_and_a_row_a_level(tree):
    laws = module("exact_laws")
    leaves = 2 * tree.level(tree.log_p, tree.horizon)
    below = [
        np.log(np.exp(leaves).reshape(tree.branches**depth, -1).sum(axis=1))
        for depth in range(tree.horizon + 1)
    ]
    value = np.concatenate(below) - 2 * tree.log_p
    for algorithm in ("lifted", "jerrum-sinclair"):
        walk = laws.Walk(tree, tree.log_weights(2, value), algorithm)
        np.testing.assert_allclose(walk.first(), tree.law(2), atol=1e-12)
    run = wend.sample(tree.oracle(2, log_value=value), 1, visits=1, self_test="off")
    assert run.report["oracle"]["evaluations"] == tree.horizon


def test_metropolis_hastings_draws_by_its_exact_laws(tree):
    laws = module("exact_laws")
    steps = list(itertools.islice(laws.suffix_mh_laws(tree, 2), 400))
    np.testing.assert_allclose(steps[-1], tree.law(2), atol=1e-9)
    run = wend.baseline(
        tree.oracle(), "suffix-mh", DRAWS, power=2, steps=2, chains=DRAWS, seed=3, threads=1
    )
    assert deviation(tree, run, steps[2]) < 6
    assert deviation(tree, run, steps[1]) > 20


def test_masking_draws_by_its_exact_law(tree):
    laws, masking = module("exact_laws"), module("masking")
    potential = wend.regular_expression("[^z]*a.*")
    nodes = masking.open_nodes(tree, potential)
    law = laws.forward_law(tree, tree.log_p, nodes)
    run = wend.baseline(tree.oracle(1, [potential]), "masking", DRAWS, chains=64, seed=3, threads=1)
    assert deviation(tree, run, law) < 6
    target = tree.law(1, nodes[tree.first(tree.horizon) :])
    assert deviation(tree, run, target) > 20


def law_of_two_particles(tree, nodes):
    """The law of sequential Monte Carlo's draw with N = 2, over all that the particles can do."""
    law = np.zeros(tree.branches**tree.horizon)

    def masked_row(node):
        below = tree.branches * node + 1 + np.arange(tree.branches)
        masses = np.exp(tree.log_p[below] - tree.log_p[node]) * nodes[below]
        if masses.sum() == 0:
            return 0.0, {-1: 1.0}  # where a dead end's particle goes is of no matter
        return masses.sum(), dict(zip(below.tolist(), masses / masses.sum(), strict=True))

    def step(pair, probability, depth):
        (kept_x, row_x), (kept_y, row_y) = map(masked_row, pair)
        if kept_x + kept_y == 0:
            return
        share = kept_x / (kept_x + kept_y)
        if depth + 1 == tree.horizon:
            for weight, row in ((share, row_x), (1 - share, row_y)):
                for leaf, p in row.items() if weight > 0 else ():
                    law[leaf - tree.first(tree.horizon)] += probability * weight * p
            return
        for (x, p), (y, q) in itertools.product(row_x.items(), row_y.items()):
            for after, chance in (
                ((x, x), 2 * share - 1),
                ((y, y), 1 - 2 * share),
                ((x, y), 1 - abs(2 * share - 1)),
            ):
                if p * q > 0 and chance > 0:
                    step(after, probability * p * q * chance, depth + 1)

    step((0, 0), 1.0, 0)
    return law / law.sum()


@pytest.mark.parametrize("pattern", ["[^z]*a.*", ".*a[xy]"])
def test_sequential_monte_carlo_draws_by_its_law(tree, pattern):
    laws, masking, smc = module("exact_laws"), module("masking"), module("monte_carlo")
    nodes = masking.open_nodes(tree, wend.regular_expression(pattern))
    target = tree.law(1, nodes[tree.first(tree.horizon) :])
    masked = laws.forward_law(tree, tree.log_p, nodes)
    distances = []
    for particles, exact in ((1, masked), (2, law_of_two_particles(tree, nodes))):
        law, error = smc.SequentialMonteCarlo(tree, nodes, particles).law(2**19)
        assert error < 2e-3
        assert laws.total_variation(law, exact) < 3 * error
        distances.append(laws.total_variation(exact, target))
        assert distances[-1] > 10 * error
    mass = smc.SequentialMonteCarlo(tree, nodes, 2).run(2**16, np.random.default_rng(1)).mass
    accepted = tree.law()[nodes[tree.first(tree.horizon) :] > 0].sum()
    assert abs(mass.sum() / 2**16 - accepted) < 5 * mass.std() / 2**8
    law, _ = smc.SequentialMonteCarlo(tree, nodes, 64).law(2**14)
    assert laws.total_variation(law, target) < distances[1] / 5
    assert distances[1] < distances[0]


def test_one_particle_asks_what_masking_asks(tree):
    masking, smc = module("masking"), module("monte_carlo")
    potential = wend.regular_expression(".*a[xy]")
    nodes = masking.open_nodes(tree, potential)
    one = smc.SequentialMonteCarlo(tree, nodes, 1)
    instance = tree.oracle(1, [potential])
    for draws in (1, 4):
        asked = [
            wend.baseline(
                instance, "masking", draws, chains=1, seed=seed, threads=1, self_test="off"
            ).report["oracle"]["evaluations"]
            for seed in range(800)
        ]
        width = np.std(asked) / np.sqrt(len(asked))
        assert abs(np.mean(asked) - one.evaluations(draws, 40_000)) < 5 * width
    many = smc.SequentialMonteCarlo(tree, nodes, 2000)
    assert one.evaluations(1, 4000) < many.evaluations(1, 20) <= tree.first(tree.horizon)


def well_formed(path):
    return xml.etree.ElementTree.parse(path).getroot().tag.endswith("svg")


def test_sharpened(tree, tmp_path, capsys):
    script = module("sharpened")
    points = script.compare(tree, runs=3)
    by_method = {point.method: point for point in points}  # the last of each
    assert by_method["low temperature"].distance > 0.02
    assert by_method["suffix-mh"].distance < 1e-3
    assert by_method["jerrum-sinclair"].distance < 1e-3
    assert by_method["lifted"].distance < 1e-9
    assert all(point.evaluations >= tree.horizon for point in points)
    script.print_table(points)
    assert len(capsys.readouterr().out.splitlines()) == len(points) + 2
    script.draw_figure(points, tmp_path / "figures/sharpened.svg")
    assert well_formed(tmp_path / "figures/sharpened.svg")


def test_masking(tree, tmp_path, capsys, monkeypatch):
    script = module("masking")
    monkeypatch.setattr(script, "PARTICLES_IN_ALL", 2**20)
    cases = [
        script.compare(tree, name, potential, runs=3)
        for name, potential in {
            "a": wend.substrings(require=["a"]),
            "& no z": wend.substrings(forbid=["z"]),
        }.items()
    ]
    for case in cases:
        methods = {method.name: method for method in case.methods}
        assert methods["masking"].distance > 0.01
        assert methods["masking"].divergence > 0
        assert methods["lifted"].distance == 0
        assert methods["SMC, 64 particles"].distance < methods["masking"].distance / 2
        assert methods["SMC, 64 particles"].first > methods["masking"].first
        assert 0 < case.acceptance < 1
        assert case.overdrawn_masking > case.overdrawn_law
    script.print_table(cases)
    assert "masking draws" in capsys.readouterr().out
    script.draw_figure(cases, tmp_path / "masking.svg")
    assert well_formed(tmp_path / "masking.svg")


def test_distilled(tree, tmp_path, capsys):
    script = module("distilled")
    points, pilot = script.compare(tree, runs=3)
    assert tree.horizon < pilot <= tree.first(tree.horizon)
    by_method = {point.method: point for point in points}
    assert by_method["the value alone"].distance > 1e-3
    assert by_method["lifted by the value"].distance < 1e-3
    assert by_method["lifted without it"].distance == 0
    script.print_table(points, pilot)
    assert f"{pilot} rows" in capsys.readouterr().out
    script.draw_figure(points, tmp_path / "distilled.svg")
    assert well_formed(tmp_path / "distilled.svg")


def test_least_squares_shrinks_towards_the_constant():
    fit = module("distilled").least_squares
    symbols = np.array([4, 4, 4, 7])
    values = np.array([1.0, 1.0, 1.0, 5.0])
    at = np.array([4, 7, 9])
    found = fit(symbols, values, at)
    assert found[0] < found[2] < found[1] < 5
    assert 1 < found[0]


def test_without_ridge_the_value_is_the_mean_mass_by_last_symbol(tree, monkeypatch):
    script = module("distilled")
    monkeypatch.setattr(script, "RIDGE", 1e-9)
    monkeypatch.setattr(script, "LEAST", 1e-9)
    fitted = script.fitted_value(tree, set(range(tree.first(tree.horizon))), 2)
    depth = tree.horizon - 1
    below = np.exp(2 * tree.level(tree.log_p, tree.horizon)).reshape(-1, tree.branches).sum(axis=1)
    masses = below / np.exp(2 * tree.level(tree.log_p, depth))
    symbols = script.last_symbols(tree, depth)
    expected = [masses[symbols == symbol].mean() for symbol in symbols]
    np.testing.assert_allclose(np.exp(tree.level(fitted, depth)), expected, rtol=1e-6)


@pytest.fixture
def letters(monkeypatch):
    """The perceptron of examples/letters.json in a language model's place."""
    keys = json.loads((ROOT / "examples/letters.json").read_text())
    names = module("model_tree")

    def neural(folder, **options):
        return wend.neural(ROOT / "examples" / keys["model"], symbols=keys["symbols"], **options)

    monkeypatch.setattr(names, "neural", neural)
    monkeypatch.setattr(module("sharpened"), "neural", neural)
    return neural


def test_a_model_is_tabulated(letters):
    found = module("model_tree").tabulate(pathlib.Path("unused"), branches=2, horizon=4)
    model = letters(None, horizon=4, top_k=2)
    np.testing.assert_allclose(
        wend.log_mass(model, found.tokens[found.leaves]),
        found.level(found.log_p, 4),
        atol=1e-4,
    )


def test_training_comes_to_the_law(letters, capsys, monkeypatch):
    script = module("trained")
    monkeypatch.setattr(script, "neural", letters)
    monkeypatch.setattr(script, "DRAWS", 20_000)
    monkeypatch.setattr(script, "SCOUTS", (40,))
    monkeypatch.setattr(script, "STEPS", (0, 200))
    tree = module("model_tree").tabulate(pathlib.Path("unused"), branches=3, horizon=4)
    script.exact_law(tree)
    cells = [line.split("|") for line in capsys.readouterr().out.splitlines() if " |" in line][2:]
    chance, trained, begun, mixed = (float(row[2]) for row in cells)
    assert trained < chance + 0.01  # all 40 interior nodes are known
    assert begun > 0.2
    assert mixed < 0.02


def test_known_mass_is_a_lower_bound(letters, capsys, monkeypatch):
    script = module("trained")
    monkeypatch.setattr(script, "neural", letters)
    monkeypatch.setattr(script, "WIDE", {"horizon": 4, "top_k": 3})
    monkeypatch.setattr(script, "WIDE_SCOUTS", (10, 80))
    monkeypatch.setattr(script, "WIDE_STEPS", (200,))
    script.lower_bounds(pathlib.Path("unused"))
    cells = [line.split("|") for line in capsys.readouterr().out.splitlines() if " |" in line][2:]
    tree = module("model_tree").tabulate(pathlib.Path("unused"), branches=3, horizon=4)
    log_z = np.logaddexp.reduce(4 * tree.level(tree.log_p, 4))
    some, all_of_it = (float(row[2]) for row in cells[:2])
    assert some < all_of_it == pytest.approx(log_z, abs=2e-3)
    assert float(cells[0][3].split()[0]) <= log_z + 2e-3
    assert float(cells[2][4]) <= log_z + 2e-3


def test_the_whole_vocabulary(letters, capsys):
    module("sharpened").whole_vocabulary(pathlib.Path("unused"), horizon=3, samples=8, most=5000)
    shown = capsys.readouterr().out
    for name in ("low temperature", "rejection on the memo", "the lifted walk, untrained"):
        assert f"{name}: 8 draws" in shown
    assert "guarantee: proven, TV" in shown


def test_gibbs_knapsacks_are_of_the_size_that_is_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gibbs_knapsack.py", "12"])
    module("gibbs_knapsack").main()
    path = tmp_path / "knapsack.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    run = wend.sample(wend.load(path), 100, adapt="bucket", seed=1)
    assert run.samples.shape == (100, 12)
    taken = run.samples @ np.array(json.loads(path.read_text())["weights"])
    assert (taken <= json.loads(path.read_text())["capacity"]).all()
    monkeypatch.setattr(sys, "argv", ["gibbs_knapsack.py", "1"])
    with pytest.raises(SystemExit):
        module("gibbs_knapsack").main()
