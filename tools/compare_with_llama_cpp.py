#!/usr/bin/env python3
"""Compares next-symbol laws and speed of a neural instance with llama.cpp's, on the same weights.

    python3 -m venv venv && venv/bin/pip install gguf numpy
    venv/bin/pip install --no-binary llama-cpp-python llama-cpp-python   # from source, minutes
    venv/bin/python tools/gguf_to_folder.py MODEL.gguf FOLDER
    venv/bin/python tools/compare_with_llama_cpp.py MODEL.gguf FOLDER [--laws] [--speed]

FOLDER's weights are written back as .gguf files beside it, in float32 (with which llama.cpp
computes in float) and in Q8_0 (with which it quantises what the weights are multiplied by, too).

--laws: total variation between the laws that both give after --prefixes prefixes of 1 to 60 tokens,
half of them from FILES of text, half drawn by llama.cpp's model; the target `oracle_rows` has to be
built. --speed: tokens a CPU second (user and system time) of two processes of one thread each, all
sequences growing by a token a call. It ends with status 1 where a total variation of the float32
row is above 1e-3.
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import llama_cpp
import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import quantize

sys.path.insert(0, str(Path(__file__).parent))
from gguf_to_folder import folder_name  # noqa: E402

MOST_VARIATION = 1e-3
BEGIN = 0  # <|endoftext|>, which stands between texts
LONGEST = 60
ROOT = Path(__file__).parent.parent


# --- the folder's weights as .gguf --------------------------------------------------------------


def read_folder(folder):
    """Tensors of model.safetensors, by name, in float32."""
    data = np.memmap(folder / "model.safetensors", dtype=np.uint8, mode="r")
    size = int(data[:8].view("<u8")[0])
    kinds = {"F32": "<f4", "F16": "<f2"}
    return {
        name: data[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]]
        .view(kinds[entry["dtype"]])
        .reshape(entry["shape"])
        .astype(np.float32)
        for name, entry in json.loads(bytes(data[8 : 8 + size])).items()
        if name != "__metadata__"
    }


def pairs(array, heads):
    """Undoes gguf_to_folder.halves()."""
    shape = array.shape
    return array.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def write_gguf(original, folder, kind, path):
    """What FOLDER holds, with the fields of the file that it was made of."""
    reader = GGUFReader(original)
    architecture = reader.fields["general.architecture"].contents()
    config = json.loads((folder / "config.json").read_text())
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    writer = GGUFWriter(path, architecture)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        inner = field.types[1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], inner)
    weights = read_folder(folder)
    for tensor in reader.tensors:
        array = weights[folder_name(tensor.name)]
        part = tensor.name.split(".")[2] if tensor.name.startswith("blk.") else ""
        if architecture == "llama" and part in heads:
            array = pairs(array, heads[part])
        stored = GGMLQuantizationType.F32 if array.ndim == 1 else kind
        data = quantize(array, stored)
        writer.add_tensor(tensor.name, data, raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# --- llama.cpp ----------------------------------------------------------------------------------


@llama_cpp.llama_log_callback
def say_nothing(_level, _text, _data):
    pass


class Model:
    """A model of llama.cpp with one context of `sequences` sequences of up to `length` tokens.
    Keys and values are float32 and attention is exact, or with `fast` as llama.cpp has it by
    default: float16, fused where that is faster."""

    def __init__(self, path, sequences=1, length=64, threads=1, fast=False):
        llama_cpp.llama_log_set(say_nothing, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(
            os.fsencode(path), llama_cpp.llama_model_default_params()
        )
        if not self.model:
            sys.exit(f"compare_with_llama_cpp: {path}: llama.cpp does not read it")
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = sequences * length
        settings.n_batch = settings.n_ubatch = max(sequences, length)
        settings.n_seq_max = sequences
        settings.n_threads = settings.n_threads_batch = threads
        if not fast:
            settings.type_k = settings.type_v = 0  # GGML_TYPE_F32
            settings.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        self.batch = llama_cpp.llama_batch_init(settings.n_batch, 0, 1)

    def forget(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def decode(self, tokens, positions, sequences, wanted):
        """The logits of the tokens that are `wanted`."""
        self.batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            self.batch.token[i] = token
            self.batch.pos[i] = positions[i]
            self.batch.n_seq_id[i] = 1
            self.batch.seq_id[i][0] = sequences[i]
            self.batch.logits[i] = wanted[i]
        if llama_cpp.llama_decode(self.context, self.batch) != 0:
            sys.exit("compare_with_llama_cpp: llama_decode failed")
        return [
            np.ctypeslib.as_array(
                llama_cpp.llama_get_logits_ith(self.context, i), shape=(self.size,)
            )
            for i in range(len(tokens))
            if wanted[i]
        ]

    def law(self, prefix, known=0):
        """Probabilities of what comes after it, in float64. Its first `known` tokens are those that
        were asked about last."""
        if known == 0:
            self.forget()
        new = prefix[known:]
        (logits,) = self.decode(
            new, range(known, len(prefix)), [0] * len(new), [0] * (len(new) - 1) + [1]
        )
        masses = np.exp(logits.astype(np.float64) - logits.max())
        return masses / masses.sum()

    def tokens(self, text):
        data = text.encode()
        found = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(
            self.vocabulary, data, len(data), found, len(found), False, False
        )
        return list(found[:count])


# --- laws ---------------------------------------------------------------------------------------


def make_prefixes(model, texts, count, random):
    """Half of them pieces of texts, half drawn by the model; BEGIN and 0 to LONGEST - 1 tokens."""
    tokens = [token for text in texts for token in model.tokens(text.read_text())]
    prefixes = []
    for _ in range(count // 2):
        first = random.integers(len(tokens) - LONGEST)
        prefixes.append([BEGIN, *tokens[first : first + random.integers(LONGEST)]])
    while len(prefixes) < count:
        drawn = [BEGIN]
        for known in range(random.integers(1, LONGEST)):
            drawn.append(int(random.choice(model.size, p=model.law(drawn, known))))
        prefixes.append(drawn)
    return prefixes


def instance(folder, horizon):
    """A file of an instance, which lives as long as what this returns."""
    file = tempfile.NamedTemporaryFile("w", suffix=".json")
    json.dump(
        {"wend": 1, "kind": "neural", "model": str(folder.resolve()), "prompt": [BEGIN],
         "horizon": horizon},
        file,
    )
    file.flush()
    return file


def rows_of_wend(build, folder, prefixes, size):
    lines = "".join(" ".join(map(str, prefix[1:])) + "\n" for prefix in prefixes)
    with instance(folder, LONGEST + 1) as file:
        done = subprocess.run(
            [build / "bin" / "oracle_rows", file.name],
            input=lines.encode(), stdout=subprocess.PIPE, check=True,
        )
    return np.frombuffer(done.stdout, dtype=np.float32).reshape(len(prefixes), size)


def compare_laws(options, files):
    random = np.random.default_rng(options.seed)
    exact = Model(files["F32"], threads=options.threads)
    prefixes = make_prefixes(exact, options.text, options.prefixes, random)
    logs = rows_of_wend(options.build, options.folder, prefixes, exact.size)
    rows = np.exp(logs.astype(np.float64))
    lengths = [len(prefix) for prefix in prefixes]
    span = f"{min(lengths)} to {max(lengths)}"
    print(f"{len(prefixes)} prefixes of {span} tokens, seed {options.seed}")
    print("llama.cpp's weights         largest TV     mean TV   most likely symbol differs")
    for name, path, fast in (
        ("float32", files["F32"], False),
        ("float32, cache in float16", files["F32"], True),
        ("Q8_0 of these weights", files["Q8_0"], True),
        ("the original file", options.model, True),
    ):
        model = Model(path, threads=options.threads, fast=fast)
        laws = [model.law(prefix) for prefix in prefixes]
        distances = [abs(law - row).sum() / 2 for law, row in zip(laws, rows)]
        differ = sum(law.argmax() != row.argmax() for law, row in zip(laws, rows))
        print(f"{name:26} {max(distances):11.3g} {np.mean(distances):11.3g} {differ:9}", flush=True)
        if name == "float32":
            worst = max(distances)
    return worst <= MOST_VARIATION


# --- speed --------------------------------------------------------------------------------------


def time_llama(path, sequences, length, seconds, out):
    """Tokens, and the seconds of this process's CPU that they took, one thread."""
    model = Model(path, sequences=sequences, length=length, fast=True)
    random = np.random.default_rng(sequences)
    tokens, spent = 0, 0.0
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        model.forget()
        for position in range(length):
            read = random.integers(2, model.size, sequences)
            before = time.process_time()
            model.decode(read, [position] * sequences, range(sequences), [True] * sequences)
            spent += time.process_time() - before
            tokens += sequences
    out.put((tokens, spent))


def llama_rate(path, sequences, length, seconds):
    """Tokens a CPU second of two processes at once."""
    out = multiprocessing.Queue()
    both = [
        multiprocessing.Process(target=time_llama, args=(path, sequences, length, seconds, out))
        for _ in range(2)
    ]
    for process in both:
        process.start()
    found = [out.get() for _ in both]
    for process in both:
        process.join()
    return sum(tokens for tokens, _ in found) / sum(spent for _, spent in found)


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def wend_rate(build, folder, sequences, length, seconds):
    """Rows a CPU second of `wend sample` on two threads, a context each, drawing sequences of
    `length` tokens; without what reading the model takes."""
    wend = build / "bin" / "wend"
    with (
        instance(folder, length) as file,
        tempfile.NamedTemporaryFile("r", suffix=".json") as report,
    ):
        load = cpu_seconds([wend, "inspect", file.name])
        samples = 2 * sequences
        while True:
            command = [wend, "sample", file.name, "--algorithm", "sequential", "--correct", "none",
                       "--samples", str(samples), "--chains", str(2 * sequences), "--threads", "2",
                       "--memo", "0", "--self-test", "off", "--report", report.name, "--quiet"]
            spent = cpu_seconds(command) - load
            if spent > seconds:
                break
            samples *= 2
        evaluations = json.loads(Path(report.name).read_text())["oracle"]["evaluations"]
    return evaluations / spent


def compare_speed(options, files):
    print(f"tokens a CPU second, sequences of {options.length} tokens, two threads, a context each")
    print("sequences a context        wend  llama.cpp Q8_0   original file   float32")
    for sequences in options.sequences:
        setting = (sequences, options.length, options.seconds)
        rates = [wend_rate(options.build, options.folder, *setting)]
        for path in (files["Q8_0"], options.model, files["F32"]):
            rates.append(llama_rate(path, *setting))
        print(f"{sequences:19} {rates[0]:11.1f} {rates[1]:15.1f} {rates[2]:15.1f} {rates[3]:9.1f}",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, metavar="MODEL.gguf", help="what FOLDER was made of")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--laws", action="store_true")
    parser.add_argument("--prefixes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="llama.cpp's, for --laws")
    parser.add_argument("--text", type=Path, nargs="+", metavar="FILE",
                        default=[ROOT / "LICENSE", ROOT / "examples" / "words.copyright"])
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 4, 8, 16, 32])
    parser.add_argument("--length", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10, help="of each figure, at least")
    options = parser.parse_args()
    files = {}
    for kind in ("F32", "Q8_0"):
        files[kind] = options.folder.with_name(f"{options.folder.name}.{kind}.gguf")
        if not files[kind].exists():
            part = files[kind].with_suffix(".part")
            write_gguf(options.model, options.folder, GGMLQuantizationType[kind], part)
            os.replace(part, files[kind])
    close = compare_laws(options, files) if options.laws or not options.speed else True
    if options.speed:
        compare_speed(options, files)
    return 0 if close else 1


if __name__ == "__main__":
    sys.exit(main())
