import json
import os
import subprocess
import sys

import numpy as np
import pytest
import wend


def test_tree_from_nested_lists():
    tree = wend.tree([[1, 2], [3, 4]])
    assert (tree.kind, tree.alphabet, tree.horizon, tree.kappa) == ("tree", 2, 2, 1)
    assert np.exp(wend.log_mass(tree, [[0, 0], [0, 1], [1, 0], [1, 1]])) == pytest.approx(
        [1, 2, 3, 4]
    )
    assert np.exp(wend.log_mass(tree, [1, 0])) == pytest.approx(3)


def test_flat_tree_and_shapes():
    masses = np.arange(1, 28.0)
    flat = wend.tree(masses, alphabet=3, horizon=3)
    assert flat.digest == wend.tree(masses.reshape(3, 3, 3)).digest
    # In any order of memory, and of any type of numbers.
    turned = np.asfortranarray(masses.reshape(3, 3, 3))
    assert flat.digest == wend.tree(turned).digest
    integers = wend.tree(masses.astype(np.int16).reshape(3, 3, 3))
    assert wend.sample(integers, 50, seed=3).samples.tolist() == (
        wend.sample(flat, 50, seed=3).samples.tolist()
    )
    with pytest.raises(wend.InputError, match=r"<tree>: leaf_mass: has 27 values; 2\^3 = 8 are"):
        wend.tree(masses, alphabet=2, horizon=3)
    with pytest.raises(wend.InputError, match="all dimensions must be alike"):
        wend.tree(np.ones((2, 3)))


def test_instances_do_not_share_the_arrays_that_they_are_made_of():
    masses = np.array([1.0, 2.0])
    tree = wend.tree(masses)
    masses[:] = 7
    assert np.exp(wend.log_mass(tree, [[0], [1]])) == pytest.approx([1, 2])


def test_estimates_in_memory():
    nodes = [10, 3, 7, 1, 2, 3, 4]
    tree = wend.tree([[1, 2], [3, 4]], estimate={"kind": "file", "path": np.array(nodes, float)})
    assert tree.kappa == pytest.approx(1)
    noisy = wend.tree(
        [[1, 2], [3, 4]], estimate={"kind": "noise", "model": "iid", "kappa": 2, "seed": 1}
    )
    assert noisy.kappa == 2
    with pytest.raises(wend.InputError, match="estimate.path: has 3 values; all nodes"):
        wend.tree([[1, 2], [3, 4]], estimate={"kind": "file", "path": np.ones(3)})


def test_the_same_as_a_file(tmp_path):
    keys = {
        "wend": 1,
        "kind": "knapsack",
        "weights": [3, 5, 7],
        "capacity": 9,
        "values": [1.0, 2.0, 3.0],
        "temperature": 2.0,
        "estimate": {"kind": "exact"},
    }
    path = tmp_path / "knapsack.json"
    path.write_text(json.dumps(keys))
    from_file = wend.load(path)
    made = wend.knapsack([3, 5, 7], 9, values=[1, 2, 3], temperature=2)
    sequences = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    assert wend.log_mass(made, sequences).tolist() == wend.log_mass(from_file, sequences).tolist()
    assert from_file.path == str(path) and made.path == "<knapsack>"


def test_ngrams(examples, tmp_path):
    corpus = tmp_path / "words.txt"
    corpus.write_text("abba\nbaab\nab\n")
    words = wend.ngram(corpus=corpus, order=2, horizon=6, require=["ab"])
    assert words.symbols == ["<end>", "a", "b"] and words.end == (0,)
    run = wend.sample(words, 40, seed=2)
    assert all("ab" in text for text in run.text())
    assert {len(text) for text in run.text()} == set(run.lengths().tolist())

    weights = np.array([[0.1, 0.9], [0.5, 0.5]])
    np.save(tmp_path / "weights.npy", weights)
    in_memory = wend.ngram(transition=weights, order=2, horizon=7, forbid=[[0, 0, 0]])
    in_file = wend.ngram(
        transition=str(tmp_path / "weights.npy"), order=2, horizon=7, forbid=[[0, 0, 0]]
    )
    draws = [wend.sample(instance, 100, seed=5).samples for instance in (in_memory, in_file)]
    assert (draws[0] == draws[1]).all()


def test_documents_and_folders(tmp_path):
    (tmp_path / "words.txt").write_text("ab\n")
    keys = {"kind": "ngram", "corpus": "words.txt", "order": 1, "horizon": 3,
            "estimate": {"kind": "exact"}}
    assert wend.document(keys, folder=tmp_path).horizon == 3
    with pytest.raises(wend.InputError, match="<ngram>: corpus: words.txt: no such file"):
        wend.document(keys)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"kind": "hat"}, '<hat>: kind: "hat" is not one of'),
        ({"kind": "tree", "alphabet": 2}, "<tree>: horizon: missing"),
        ({"kind": "knapsack", "weights": [1.5]}, r"<knapsack>: weights\[0\]: must be an integer"),
        ({"kind": "tree", "alphabet": float("nan")}, "<tree>: Out of range float"),
        ({"kind": "tree", "alphabet": {1, 2}}, "<tree>: Object of type set"),
    ],
)
def test_refusals(keys, message):
    with pytest.raises(wend.InputError, match=message):
        wend.document(keys)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: wend.tree([[1, 2], [3]]), "<tree>: leaf_mass: "),
        (lambda: wend.tree(np.ones(2, bool)), "<tree>: leaf_mass: must be numbers, not bool"),
        (lambda: wend.tree(np.ones(2, np.float16)), "<tree>: leaf_mass: must be float32, float64"),
        (lambda: wend.tree(["a", "b"]), "<tree>: leaf_mass: must be numbers, not <U1"),
        (lambda: wend.knapsack([1, 2], 2.5), "<knapsack>: capacity: must be an integer"),
        (lambda: wend.knapsack([1, 2], float("inf")), "<knapsack>: Out of range float"),
        (lambda: wend.load("x.json\0y"), "a path has no NUL characters"),
        (lambda: wend.document({"kind": "a\nb"}), "is not one of"),
    ],
)
def test_what_cannot_be_made(make, message):
    with pytest.raises(wend.InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_names_are_no_paths(tmp_path):
    with pytest.raises(wend.UsageError, match="name: '../x' has a slash"):
        wend.document({"kind": "tree"}, folder=tmp_path, name="../x")


def test_arrays_of_other_byte_orders_and_in_members():
    little = np.array([1.0, 2.0, 3.0, 4.0])
    assert wend.tree(little.reshape(2, 2).astype(">f8")).digest == (
        wend.tree(little.reshape(2, 2)).digest
    )
    members = [
        {"kind": "ngram", "transition": rows, "order": 1, "horizon": 4,
         "estimate": {"kind": "exact"}}
        for rows in (np.array([[0.2, 0.8]]), [[0.6, 0.4]])
    ]
    exact = {"kind": "exact"}
    target = wend.class_target(members=members, truth=1, kappa=1, estimate=exact)
    run = wend.sample(target, 50, algorithm="class-elimination", engine="auto", seed=1)
    assert run.samples.shape == (50, 4)


def test_missing_files_and_log_masses_of_nonsense(tmp_path):
    with pytest.raises(wend.InputError, match="nowhere.json: cannot read: no such file"):
        wend.load(tmp_path / "nowhere.json")
    tree = wend.tree([[1, 2], [3, 4]])
    for symbols, message in [
        ([[0, 2]], "symbols: 2 is not below"),
        ([[0, 1, 0]], r"symbols: must be \(n, 2\), not \(n, 3\)"),
        ([[0, -1]], "symbols: must be integers"),
        ([[0.5, 1]], "symbols: must be integers"),
        ([[2**32, 1]], "symbols: 4294967296 is not below"),
        ([[[0, 1]]], "symbols: must have one dimension or two, not 3"),
        ([[0, 1], [0]], "symbols: "),
    ]:
        with pytest.raises(wend.UsageError, match=message):
            wend.log_mass(tree, symbols)


def test_rows():
    weights = np.log([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]).astype(np.float32)

    def expand(batch):
        last = np.where(batch.depth == 0, 0, batch.symbol)
        return weights[last % 2]

    model = wend.oracle(expand, alphabet=3, horizon=4, end=[2], max_batch=5)
    prefixes = [[0, 0], [0, 1], [1, 0], [1, 1], [0, 0], [1, 1]]
    found = wend.rows(model, prefixes)
    assert found.dtype == np.float32
    assert (found == weights[[prefix[-1] for prefix in prefixes]]).all()
    assert (wend.rows(model, []) == weights[0]).all()
    assert (wend.rows(model, np.zeros((3, 0), dtype=int)) == weights[0]).all()
    path = [0, 1, 1, 0]
    along = sum(wend.rows(model, path[:h])[path[h]] for h in range(4))
    assert along == pytest.approx(wend.log_mass(model, path))
    for wrong, message in [
        ([0, 1, 1, 0], "prefixes: must be shorter than the horizon, 4, not of 4 symbols"),
        ([[0, 2, 0]], "prefixes: number 0 goes on behind end symbol 2"),
        ([3], "prefixes: 3 is not below"),
    ]:
        with pytest.raises(wend.UsageError, match=message):
            wend.rows(model, wrong)
    assert wend.rows(model, [0, 1]).shape == (3,)  # it is free again


def test_rows_of_tables():
    tree = wend.tree([[1, 2], [3, 5]])
    assert np.exp(np.diff(wend.rows(tree, []))) == pytest.approx([8 / 3])
    assert np.exp(wend.rows(tree, [[0], [1]])) == pytest.approx(
        np.array([[1 / 3, 2 / 3], [3 / 8, 5 / 8]])
    )


def test_inspection():
    facts = wend.inspect(wend.knapsack([3, 4, 5], 8))
    assert facts["instance"]["kind"] == "knapsack"
    assert {plan["algorithm"] for plan in facts["plans"]} == {
        "jerrum-sinclair",
        "lifted",
        "sequential",
    }
    assert "kappa" in str(facts) and "<pre>" in facts._repr_html_()


def test_importing_takes_numpy_alone():
    script = (
        "import sys, wend; "
        "print([m for m in ('torch', 'jax', 'llama_cpp', 'tqdm', 'arviz_base') "
        "if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    assert result.stdout.strip() == "[]"
