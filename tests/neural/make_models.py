#!/usr/bin/env python3
"""Writes tests/neural/models/: tiny random networks of each architecture, and what they answer.

Expected log-probabilities come from a forward pass in float64 that shares nothing with wend's: whole
sequences, no cache, NumPy alone. `python3 make_models.py` (NumPy 1.24 or later) writes the same
bytes every time.

`python3 make_models.py FOLDER SIZE ALPHABET` writes one GRU of that size there instead, of one layer
with random weights, as large as measurements want it.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "models"


def bfloat16(array):
    """Rounded to the nearest bfloat16, as float64, and its bytes."""
    bits = array.astype("<f4").view("<u4")
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
    return (rounded.astype("<u4") << 16).view("<f4").astype(float), rounded.tobytes()


def stored(array, kind):
    """(dtype, bytes, what they mean in float64)."""
    if kind == "BF16":
        value, data = bfloat16(array)
        return kind, data, value
    numbers = array.astype("<f2" if kind == "F16" else "<f4")
    return kind, numbers.tobytes(), numbers.astype(float)


class Weights:
    """Tensors as they are stored, by name."""

    def __init__(self, seed, kind="F32"):
        self.random = np.random.default_rng(seed)
        self.kind = kind
        self.files = {}  # name: (dtype, shape, bytes)
        self.values = {}

    def add(self, name, *shape, scale=None, centre=0.0):
        scale = scale if scale is not None else 1.5 / np.sqrt(shape[-1])
        array = centre + scale * self.random.standard_normal(shape)
        kind, data, value = stored(array, self.kind)
        self.files[name] = (kind, list(shape), data)
        self.values[name] = value.reshape(shape)

    def __getitem__(self, name):
        return self.values[name]

    def write(self, path, names=None):
        header, data = {"__metadata__": {"format": "pt"}}, b""
        for name in names or self.files:
            kind, shape, part = self.files[name]
            header[name] = {
                "dtype": kind,
                "shape": shape,
                "data_offsets": [len(data), len(data) + len(part)],
            }
            data += part
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def log_softmax(logits):
    top = logits.max()
    return logits - top - np.log(np.exp(logits - top).sum())


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# --- networks: symbols -> logits after the last one ---------------------------------------------


def mlp(w, config, symbols):
    window = config["window"]
    x = np.zeros((window, config["embedding_size"]))
    for i, symbol in enumerate(symbols[-window:][::-1]):
        x[window - 1 - i] = w["embedding.weight"][symbol]
    x = x.reshape(-1)
    activation = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh, "silu": lambda v: v * sigmoid(v)}
    for i in range(len(config["hidden_sizes"])):
        x = w[f"layers.{i}.weight"] @ x + w[f"layers.{i}.bias"]
        x = activation[config["activation"]](x)
    return w["head.weight"] @ x + w["head.bias"]


def recurrent(w, config, symbols):
    lstm = config["model_type"] == "lstm"
    n = config["hidden_size"]
    names = ["encoder", "decoder"] if "encoder.weight" in w.values else ["embedding", "head"]
    head = names[0] if config.get("tie_word_embeddings") else names[1]
    h = [np.zeros(n) for _ in range(config["num_layers"])]
    c = [np.zeros(n) for _ in range(config["num_layers"])]
    for symbol in symbols:
        x = w[names[0] + ".weight"][symbol]
        for i in range(config["num_layers"]):
            a = w[f"rnn.weight_ih_l{i}"] @ x
            b = w[f"rnn.weight_hh_l{i}"] @ h[i]
            if config.get("bias", True):
                a, b = a + w[f"rnn.bias_ih_l{i}"], b + w[f"rnn.bias_hh_l{i}"]
            if lstm:
                g = a + b
                c[i] = sigmoid(g[n : 2 * n]) * c[i] + sigmoid(g[:n]) * np.tanh(g[2 * n : 3 * n])
                h[i] = sigmoid(g[3 * n :]) * np.tanh(c[i])
            else:
                r, z = sigmoid(a[:n] + b[:n]), sigmoid(a[n : 2 * n] + b[n : 2 * n])
                h[i] = (1 - z) * np.tanh(a[2 * n :] + r * b[2 * n :]) + z * h[i]
            x = h[i]
    logits = w[head + ".weight"] @ x
    bias = names[1] + ".bias"
    return logits + w[bias] if bias in w.values else logits


def frequencies(config, size):
    theta = config.get("rope_theta", 10000.0)
    frequency = theta ** (-np.arange(0, size, 2) / size)
    scaling = config.get("rope_scaling")
    if not scaling:
        return frequency
    if scaling["rope_type"] == "linear":
        return frequency / scaling["factor"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    old = scaling["original_max_position_embeddings"]
    result = []
    for f in frequency:
        length = 2 * np.pi / f
        if length < old / high:
            result.append(f)
        elif length > old / low:
            result.append(f / scaling["factor"])
        else:
            smooth = (old / length - low) / (high - low)
            result.append((1 - smooth) * f / scaling["factor"] + smooth * f)
    return np.array(result)


def rotate(x, frequency):
    """x: positions x heads x size."""
    angles = np.arange(len(x))[:, None] * frequency
    cos = np.cos(np.concatenate([angles, angles], -1))[:, None]
    sin = np.sin(np.concatenate([angles, angles], -1))[:, None]
    first, second = np.split(x, 2, -1)
    return x * cos + np.concatenate([-second, first], -1) * sin


def llama(w, config, symbols):
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    size = config.get("head_dim") or config["hidden_size"] // heads

    def norm(x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + config["rms_norm_eps"]) * w[name]

    def linear(x, name):
        y = x @ w[name + ".weight"].T
        return y + w[name + ".bias"] if name + ".bias" in w.values else y

    x = w["model.embed_tokens.weight"][symbols]
    n = len(symbols)
    frequency = frequencies(config, size)
    for i in range(config["num_hidden_layers"]):
        p = f"model.layers.{i}."
        a = norm(x, p + "input_layernorm.weight")
        q = rotate(linear(a, p + "self_attn.q_proj").reshape(n, heads, size), frequency)
        k = rotate(linear(a, p + "self_attn.k_proj").reshape(n, kv_heads, size), frequency)
        v = linear(a, p + "self_attn.v_proj").reshape(n, kv_heads, size)
        k, v = (np.repeat(t, heads // kv_heads, 1) for t in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(size)
        scores = np.where(np.tril(np.ones((n, n), bool)), scores, -np.inf)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        a = np.einsum("hqk,khd->qhd", scores, v).reshape(n, heads * size)
        x = x + linear(a, p + "self_attn.o_proj")
        a = norm(x, p + "post_attention_layernorm.weight")
        gate = linear(a, p + "mlp.gate_proj")
        x = x + linear(gate * sigmoid(gate) * linear(a, p + "mlp.up_proj"), p + "mlp.down_proj")
    x = norm(x, "model.norm.weight")[-1]
    tied = config.get("tie_word_embeddings", False)
    return w["model.embed_tokens.weight" if tied else "lm_head.weight"] @ x


# --- models ------------------------------------------------------------------------------------


def mlp_weights(config, seed, scale=1.5):
    w = Weights(seed)
    a, e = config["vocab_size"], config["embedding_size"]
    w.add("embedding.weight", a, e, scale=1)
    inputs = config["window"] * e
    for i, size in enumerate(config["hidden_sizes"]):
        w.add(f"layers.{i}.weight", size, inputs)
        w.add(f"layers.{i}.bias", size, scale=0.3)
        inputs = size
    w.add("head.weight", a, inputs, scale=scale / np.sqrt(inputs))
    w.add("head.bias", a, scale=0.3)
    return w


def recurrent_weights(config, seed, names=("embedding", "head"), head_bias=True, kind="F32"):
    w = Weights(seed, kind)
    a, n = config["vocab_size"], config["hidden_size"]
    inputs = config.get("embedding_size", n)
    gates = 4 if config["model_type"] == "lstm" else 3
    w.add(names[0] + ".weight", a, inputs, scale=1)
    for i in range(config["num_layers"]):
        w.add(f"rnn.weight_ih_l{i}", gates * n, inputs)
        w.add(f"rnn.weight_hh_l{i}", gates * n, n)
        if config.get("bias", True):
            w.add(f"rnn.bias_ih_l{i}", gates * n, scale=0.3)
            w.add(f"rnn.bias_hh_l{i}", gates * n, scale=0.3)
        inputs = n
    if not config.get("tie_word_embeddings"):
        w.add(names[1] + ".weight", a, n, scale=3 / np.sqrt(n))
    if head_bias:
        w.add(names[1] + ".bias", a, scale=0.3)
    return w


def llama_weights(config, seed, kind):
    w = Weights(seed, kind)
    n, heads = config["hidden_size"], config["num_attention_heads"]
    size = config.get("head_dim") or n // heads
    kv = config["num_key_value_heads"] * size
    qwen = config["architectures"] == ["Qwen2ForCausalLM"]
    every = config.get("attention_bias", False)
    w.add("model.embed_tokens.weight", config["vocab_size"], n, scale=0.7)
    for i in range(config["num_hidden_layers"]):
        p = f"model.layers.{i}."
        for name, outputs, inputs, bias in (
            ("self_attn.q_proj", heads * size, n, every or qwen),
            ("self_attn.k_proj", kv, n, every or qwen),
            ("self_attn.v_proj", kv, n, every or qwen),
            ("self_attn.o_proj", n, heads * size, every),
            ("mlp.gate_proj", config["intermediate_size"], n, config.get("mlp_bias")),
            ("mlp.up_proj", config["intermediate_size"], n, config.get("mlp_bias")),
            ("mlp.down_proj", n, config["intermediate_size"], config.get("mlp_bias")),
        ):
            w.add(p + name + ".weight", outputs, inputs)
            if bias:
                w.add(p + name + ".bias", outputs, scale=0.3)
        for name in ("input_layernorm", "post_attention_layernorm"):
            w.add(p + name + ".weight", n, scale=0.2, centre=1)
    w.add("model.norm.weight", n, scale=0.2, centre=1)
    if not config.get("tie_word_embeddings", False):
        w.add("lm_head.weight", config["vocab_size"], n)
    return w


LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 16,
    "intermediate_size": 24,
    "max_position_embeddings": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "rope_theta": 100.0,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 5,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 100,  # waves of 6, 20, 63 and 199: one in every band
}


def models():
    """name, config, weights, network, prompt, shards."""
    config = {"model_type": "mlp", "vocab_size": 5, "window": 3, "embedding_size": 4,
              "hidden_sizes": [12, 9], "activation": "relu"}
    yield "mlp", config, mlp_weights(config, 1), mlp, [], 1
    config = config | {"activation": "silu", "hidden_sizes": [17], "window": 2}
    yield "value", config, mlp_weights(config, 2), mlp, [], 1
    config = {"model_type": "gru", "vocab_size": 5, "embedding_size": 6, "hidden_size": 19,
              "num_layers": 2}
    yield "gru", config, recurrent_weights(config, 3), recurrent, [1, 4, 2], 1
    config = {"model_type": "lstm", "vocab_size": 5, "hidden_size": 12, "num_layers": 2,
              "bias": False}
    yield "lstm", config, recurrent_weights(config, 4, ("encoder", "decoder"), False, "F16"), recurrent, [0], 1
    config = {"model_type": "lstm", "vocab_size": 5, "embedding_size": 8, "hidden_size": 8,
              "num_layers": 1, "tie_word_embeddings": True}
    yield "lstm-tied", config, recurrent_weights(config, 5, head_bias=False), recurrent, [3, 3], 1
    config = LLAMA | {"rope_scaling": LLAMA3, "mlp_bias": True, "head_dim": 8}
    yield "llama", config, llama_weights(config, 6, "BF16"), llama, list(range(5)) * 4, 2
    config = LLAMA | {"tie_word_embeddings": True, "attention_bias": True, "head_dim": 6,
                      "num_key_value_heads": 1,
                      "rope_scaling": {"rope_type": "linear", "factor": 2.0}}
    yield "llama-tied", config, llama_weights(config, 7, "F32"), llama, [2], 1
    config = LLAMA | {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
                      "use_sliding_window": False, "sliding_window": 4}
    yield "qwen2", config, llama_weights(config, 8, "F16"), llama, [4, 1], 1
    config = LLAMA | {"architectures": ["MistralForCausalLM"], "model_type": "mistral",
                      "sliding_window": None, "num_key_value_heads": 4}
    yield "mistral", config, llama_weights(config, 9, "BF16"), llama, [0, 1, 2], 1
    config = {"model_type": "gru", "vocab_size": 5, "hidden_size": 7, "num_layers": 1,
              "tie_word_embeddings": True}
    weights = recurrent_weights(config, 10, ("encoder", "decoder"))
    yield "gru-tied", config, weights, recurrent, [2], 1


def write_weights(folder, w, shards):
    if shards == 1:
        w.write(folder / "model.safetensors")
        return
    names, places = list(w.files), {}
    for i in range(shards):
        file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        w.write(folder / file, names[i::shards])
        places |= {name: file for name in names[i::shards]}
    index = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, sort_keys=True))


def write_gru(folder, size, alphabet):
    config = {"model_type": "gru", "vocab_size": alphabet, "hidden_size": size, "num_layers": 1}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    recurrent_weights(config, 10).write(folder / "model.safetensors")


def main():
    if len(sys.argv) > 1:
        write_gru(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
        return
    random = np.random.default_rng(0)
    for name, config, w, network, prompt, shards in models():
        folder = HERE / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        write_weights(folder, w, shards)
        prefixes = [[]] + [random.integers(0, 5, n).tolist() for n in (1, 1, 2, 3, 5, 7)]
        rows = []
        for prefix in prefixes:
            logits = network(w, config, prompt + prefix)
            rows.append({"prefix": prefix, "logits": [round(v, 9) for v in logits],
                         "log_probabilities": [round(v, 9) for v in log_softmax(logits)]})
        expected = {"prompt": prompt, "rows": rows}
        (folder / "expected.json").write_text(json.dumps(expected) + "\n")


main()
