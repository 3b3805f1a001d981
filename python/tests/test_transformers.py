"""Tiny random models of transformers as the base of a target."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import wend  # noqa: E402
import wend.transformers  # noqa: E402
from slot_walk import slot_walk  # noqa: E402
from wend._law import Law  # noqa: E402

PROMPT = [1, 2, 3]
torch.set_num_threads(1)
DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])


def tiny(kind, vocabulary, device="cpu"):
    torch.manual_seed(3)
    if kind == "llama":
        config = transformers.LlamaConfig(
            vocab_size=vocabulary, hidden_size=64, intermediate_size=96, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, initializer_range=0.3,
            bos_token_id=None, eos_token_id=None, pad_token_id=None,
        )  # fmt: skip
        return transformers.LlamaForCausalLM(config).to(device)
    config = transformers.GPT2Config(
        vocab_size=vocabulary, n_embd=48, n_layer=2, n_head=3, n_positions=32,
        initializer_range=0.3, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config).to(device)


def whole(model, prefix):
    """The row of a prefix, by one pass over all of it."""
    tokens = torch.tensor([PROMPT + list(prefix)], device=model.device)
    with torch.inference_mode():
        return Law().row(model.eval()(tokens).logits[0, -1].cpu().numpy())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize(("slots", "places"), [(6, 6), (13, 5)])
def test_rows_are_those_of_whole_passes_and_of_the_prefix_alone(kind, device, slots, places):
    model = tiny(kind, 97, device)
    expand = wend.transformers._Model(model, PROMPT, 8, places, Law())
    seen = {}
    for prefix, row in slot_walk(
        expand, slots=slots, most_batch=places, symbols=[5, 60, 96], horizon=8, calls=60
    ):
        assert np.array_equal(seen.setdefault(prefix, row), row), prefix
    assert len(seen) > 40
    for prefix, row in seen.items():
        assert np.abs(row - whole(model, prefix)).max() < 3e-4, prefix


@pytest.mark.parametrize("device", DEVICES)
def test_draws_have_the_models_law(device):
    model = tiny("llama", 7, device)
    instance = wend.transformers.oracle(
        model, prompt=PROMPT, horizon=3, end=[0], places=8, contexts=2
    )
    run = wend.sample(instance, 8000, seed=2)
    assert run.report["guarantee"]["kind"] == "proven"
    law = {}
    for x in itertools.product(range(7), repeat=3):
        cut = x.index(0) + 1 if 0 in x else 3
        rows = [whole(model, x[:h]) for h in range(cut)] if x[:cut] not in law else []
        if rows:
            law[x[:cut]] = sum(float(row[c]) for row, c in zip(rows, x))
    assert np.exp(list(law.values())).sum() == pytest.approx(1, abs=1e-4)
    drawn = {}
    for x in run.samples.tolist():
        x = tuple(x[: x.index(0) + 1] if 0 in x else x)
        drawn[x] = drawn.get(x, 0) + 1
    distance = sum(abs(np.exp(law[x]) - drawn.get(x, 0) / 8000) for x in law) / 2
    assert distance < 0.06  # 127 sequences: 0.035 by chance
    for x, log_mass in zip(run.samples[:50].tolist(), run.log_mass):
        x = tuple(x[: x.index(0) + 1] if 0 in x else x)
        assert log_mass == pytest.approx(law[x], abs=1e-3)


def test_more_chains_than_places_draw_the_same():
    model = tiny("llama", 97)
    draws = [
        wend.sample(
            wend.transformers.oracle(model, prompt=PROMPT, horizon=6, end=(), places=places),
            200, seed=4, chains=24,
        ).samples
        for places in (24, 5)
    ]  # fmt: skip
    assert np.array_equal(*draws)


def test_a_model_with_a_sliding_window_is_refused():
    config = transformers.MistralConfig(
        vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, sliding_window=4,
    )  # fmt: skip
    model = transformers.MistralForCausalLM(config)
    with pytest.raises(wend.UsageError, match="plain cache"):
        wend.transformers.oracle(model, prompt=PROMPT, horizon=4)


def test_refusals():
    model = tiny("llama", 97)
    for wrong in [{"prompt": []}, {"prompt": "text"}, {"prompt": [97]}, {"horizon": 0}]:
        with pytest.raises(wend.UsageError):
            wend.transformers.oracle(model, **{"prompt": PROMPT, "horizon": 4, **wrong})
