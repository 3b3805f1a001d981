#!/usr/bin/env python3
"""Trains the network of this folder: letters of English words, by the eight letters before them.

    python3 examples/letters/train.py      # NumPy; a minute or two on one core

A multilayer perceptron (Bengio et al. 2003) on examples/words.txt, fitted by Adam; symbol 0 ends a
word, 1 to 26 are its letters. Weights are written as bfloat16.
"""

import json
import struct
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ALPHABET, WINDOW, EMBEDDING, HIDDEN = 27, 8, 12, 160
EPOCHS, BATCH = 12, 512


def examples():
    """Windows of letters, 27 where the word has not begun, and what comes next."""
    windows, targets = [], []
    for word in (HERE.parent / "words.txt").read_text().split():
        letters = [ord(letter) - 96 for letter in word]
        past = [ALPHABET] * WINDOW
        for letter in letters + [0]:
            windows.append(past)
            targets.append(letter)
            past = past[1:] + [letter]
    return np.array(windows), np.array(targets)


def forward(p, windows):
    embedding = np.vstack([p["embedding.weight"], np.zeros((1, EMBEDDING), "f4")])
    x = embedding[windows].reshape(len(windows), -1)
    z = x @ p["layers.0.weight"].T + p["layers.0.bias"]
    h = np.maximum(z, 0)
    logits = h @ p["head.weight"].T + p["head.bias"]
    logits -= logits.max(1, keepdims=True)
    return x, z, h, logits - np.log(np.exp(logits).sum(1, keepdims=True))


def gradients(p, windows, targets):
    x, z, h, log_p = forward(p, windows)
    rows = np.arange(len(targets))
    loss = -log_p[rows, targets].mean()
    d = np.exp(log_p)
    d[rows, targets] -= 1
    d /= len(targets)
    dz = (d @ p["head.weight"]) * (z > 0)
    dx = (dz @ p["layers.0.weight"]).reshape(-1, EMBEDDING)
    embedding = np.zeros((ALPHABET + 1, EMBEDDING), "f4")
    np.add.at(embedding, windows.reshape(-1), dx)
    return loss, {
        "embedding.weight": embedding[:ALPHABET],
        "layers.0.weight": dz.T @ x,
        "layers.0.bias": dz.sum(0),
        "head.weight": d.T @ h,
        "head.bias": d.sum(0),
    }


def train():
    random = np.random.default_rng(1)
    windows, targets = examples()
    order = random.permutation(len(targets))
    held, order = order[: len(order) // 20], order[len(order) // 20 :]

    def normal(*shape, scale):
        return (scale * random.standard_normal(shape)).astype("f4")

    inputs = WINDOW * EMBEDDING
    p = {
        "embedding.weight": normal(ALPHABET, EMBEDDING, scale=0.5),
        "layers.0.weight": normal(HIDDEN, inputs, scale=np.sqrt(2 / inputs)),
        "layers.0.bias": np.zeros(HIDDEN, "f4"),
        "head.weight": normal(ALPHABET, HIDDEN, scale=np.sqrt(1 / HIDDEN)),
        "head.bias": np.zeros(ALPHABET, "f4"),
    }
    mean = {k: np.zeros_like(v) for k, v in p.items()}
    square = {k: np.zeros_like(v) for k, v in p.items()}
    steps = EPOCHS * (len(order) // BATCH)
    step = 0
    for epoch in range(EPOCHS):
        random.shuffle(order)
        for i in range(len(order) // BATCH):
            batch = order[i * BATCH : (i + 1) * BATCH]
            _, g = gradients(p, windows[batch], targets[batch])
            step += 1
            rate = 3e-3 * (1 - step / (steps + 1))
            for k in p:
                mean[k] = 0.9 * mean[k] + 0.1 * g[k]
                square[k] = 0.999 * square[k] + 0.001 * g[k] ** 2
                p[k] -= (rate * mean[k] / (1 - 0.9**step)
                         / (np.sqrt(square[k] / (1 - 0.999**step)) + 1e-8)).astype("f4")
        log_p = forward(p, windows[held])[3]
        loss = -log_p[np.arange(len(held)), targets[held]].mean()
        print(f"epoch {epoch + 1}: {loss:.4f} nats a letter, held out", flush=True)
    return p


def write(p):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in p.items():
        bits = array.astype("<f4").view("<u4")
        part = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": "BF16", "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (HERE / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    config = {"model_type": "mlp", "vocab_size": ALPHABET, "window": WINDOW,
              "embedding_size": EMBEDDING, "hidden_sizes": [HIDDEN], "activation": "relu"}
    (HERE / "config.json").write_text(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    write(train())
