"""A GGUF model in llama.cpp as the base of a target (PyPI's llama-cpp-python)."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

import llama_cpp as llama
import numpy as np

import wend
from wend._law import Law
from wend._places import Places, first_to_feed


class _Context:
    """A llama.cpp context and the places of its slots: expand() of one of wend's contexts.

    Sequence 0 is the prompt, read once; sequence p + 1 shares its cells and holds the prefix that
    the slot in place p stood at when it was asked last. A slot that lost its place is read anew.
    """

    def __init__(self, model, prompt, horizon, places, threads, law, parameters):
        self._model = model  # must outlive its contexts
        self._prompt, self._law = prompt, law
        self._alphabet = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model.model))
        longest = max(horizon - 1, 1)
        settings = llama.llama_context_default_params()
        settings.n_ctx = len(prompt) + places * longest
        settings.n_batch = max(len(prompt), places * longest)
        settings.n_ubatch = min(settings.n_batch, 512)
        settings.n_seq_max = places + 1
        settings.kv_unified = True
        settings.n_threads = settings.n_threads_batch = threads
        settings.no_perf = True
        for key, value in parameters.items():
            setattr(settings, key, value)
        self._context = llama.llama_init_from_model(model.model, settings)
        if not self._context:
            raise wend.InputError("llama.cpp makes no context of this model (memory, or n_ctx)")
        self._memory = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(settings.n_batch, 0, 1)
        self._places = Places(places)
        last = self._decode([(0, token, at) for at, token in enumerate(prompt)], [len(prompt) - 1])
        self._root = last[0]

    def __del__(self):
        if getattr(self, "_batch", None) is not None:
            llama.llama_batch_free(self._batch)
        if getattr(self, "_context", None):
            llama.llama_free(self._context)

    def _decode(self, tokens, wanted) -> np.ndarray:
        """Feeds (sequence, token, position) triples; rows (len(wanted), A) of those at `wanted`."""
        batch, n = self._batch, len(tokens)
        sequence, token, position = np.array(tokens, dtype=np.int32).T
        np.ctypeslib.as_array(batch.token, (n,))[:] = token
        np.ctypeslib.as_array(batch.pos, (n,))[:] = position
        np.ctypeslib.as_array(batch.n_seq_id, (n,))[:] = 1
        flags = np.ctypeslib.as_array(batch.logits, (n,))
        flags[:] = 0
        flags[wanted] = 1
        for i in range(n):
            batch.seq_id[i][0] = int(sequence[i])
        batch.n_tokens = n
        status = llama.llama_decode(self._context, batch)
        if status != 0:
            raise RuntimeError(f"llama_decode of {n} tokens returned {status}")
        rows = np.empty((len(wanted), self._alphabet), dtype=np.float32)
        for row, i in enumerate(wanted):
            logits = llama.llama_get_logits_ith(self._context, i)
            rows[row] = self._law.row(np.ctypeslib.as_array(logits, (self._alphabet,)))
        return rows

    def __call__(self, batch) -> np.ndarray:
        self._places.check(len(batch))
        tokens, wanted, nodes = [], [], []
        rows = np.empty((len(batch), self._alphabet), dtype=np.float32)
        first, prefix = len(self._prompt), batch.prefix
        for i, (slot, depth, known) in enumerate(
            zip(batch.slot.tolist(), batch.depth.tolist(), batch.known.tolist())
        ):
            place, kept = self._places.give(slot)
            sequence = place + 1
            if not kept:
                llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
                llama.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)
            begin = first_to_feed(depth, known, kept)
            llama.llama_memory_seq_rm(self._memory, sequence, first + begin, -1)
            if depth == 0:
                rows[i] = self._root
                continue
            for at in range(begin, depth):
                tokens.append((sequence, prefix[i, at], first + at))
            wanted.append(len(tokens) - 1)
            nodes.append(i)
        if tokens:
            rows[nodes] = self._decode(tokens, wanted)
        return rows


def _token_bytes(vocab, token: int) -> bytes:
    """What a token spells; nothing for control tokens."""
    buffer = ctypes.create_string_buffer(64)
    size = llama.llama_token_to_piece(vocab, token, buffer, len(buffer), 0, False)
    if size < 0:
        buffer = ctypes.create_string_buffer(-size)
        size = llama.llama_token_to_piece(vocab, token, buffer, len(buffer), 0, False)
    return buffer.raw[:size]


def oracle(
    model: llama.Llama | str | os.PathLike,
    *,
    prompt: str | Sequence[int],
    horizon: int,
    end: Sequence[int] | None = None,
    contexts: int = 1,
    threads: int = 1,
    places: int = 32,
    temperature: float = 1.0,
    top_k: int | None = None,
    power: float = 1.0,
    potentials: Sequence = (),
    context_parameters: dict | None = None,
    **oracle_options,
) -> wend.Instance:
    """The target p(x | prompt)^power of a GGUF model, times `potentials`, over `horizon` tokens.

    model: a llama_cpp.Llama, whose weights alone are used, or the path of a GGUF file.
    prompt: text, or token ids; at least one token. end: token ids after which a sequence is
    complete; by default all that the model calls an end of generation. contexts: llama.cpp contexts
    of `threads` threads each, with `places` sequences (at most 255) each: chains beyond
    contexts * places work, at the price of reading their prefixes again. temperature, top_k, power:
    Law, docs/neural.md. context_parameters: fields of llama_context_params, such as {"type_k": 0,
    "type_v": 0} for a cache in float32. Further arguments are wend.oracle()'s.

    Potentials over text (wend.substrings, wend.regular_expression) read the bytes of the tokens;
    instance.decode makes text of symbols.

    llama.cpp's rows depend on the batch: on how many tokens share a call, and on where in the cache
    a prefix lies. wend.sample() tests that and refuses; self_test="pin" keeps the first row of each
    prefix, which defines the law of the draws (docs/oracles.md), and says so in the report.

    Raises wend.UsageError for arguments that do not fit, wend.InputError where llama.cpp refuses.
    A context holds len(prompt) + places * (horizon - 1) cells.
    """
    law = Law(temperature, top_k, power)
    if contexts < 1 or threads < 1 or horizon < 1:
        raise wend.UsageError("contexts, threads and horizon must be at least 1")
    most = llama.llama_max_parallel_sequences() - 1
    if not 1 <= places <= most:
        raise wend.UsageError(f"places is {places}, not 1 to {most}")
    if not isinstance(model, llama.Llama):
        try:
            model = llama.Llama(str(model), n_ctx=8, n_batch=8, n_threads=1, verbose=False)
        except ValueError as error:
            raise wend.InputError(str(error)) from error
    if llama.llama_model_is_recurrent(model.model) or llama.llama_model_is_hybrid(model.model):
        raise wend.UsageError("a recurrent model's states cannot be rolled back")
    vocab = llama.llama_model_get_vocab(model.model)
    alphabet = llama.llama_vocab_n_tokens(vocab)
    if isinstance(prompt, str):
        prompt = model.tokenize(prompt.encode(), add_bos=True, special=True)
    prompt = [int(token) for token in prompt]
    if not prompt or not all(0 <= token < alphabet for token in prompt):
        raise wend.UsageError(f"prompt: at least one token below {alphabet} is needed")
    if end is None:
        end = [t for t in range(alphabet) if llama.llama_vocab_is_eog(vocab, t)]
    pieces = [_token_bytes(vocab, token) for token in range(alphabet)]
    parameters = context_parameters or {}
    expand = [
        _Context(model, prompt, horizon, places, threads, law, parameters) for _ in range(contexts)
    ]
    options = {
        "name": "llama.cpp",
        "max_batch": places,
        "symbol_bytes": pieces,
        **law.bounds(alphabet, horizon),
        **oracle_options,
    }
    instance = wend.oracle(
        expand, alphabet=alphabet, horizon=horizon, end=tuple(end), potentials=potentials, **options
    )
    instance.decode = lambda symbols: b"".join(pieces[s] for s in symbols).decode(errors="replace")
    return instance
