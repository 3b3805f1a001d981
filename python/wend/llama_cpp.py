"""A GGUF model in llama.cpp as the base of a target (PyPI's llama-cpp-python)."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

import llama_cpp as llama
import numpy as np

import wend
from wend._arguments import check_counts, token_ids
from wend._cached_model import CachedModel, target
from wend._law import Law


class _Context(CachedModel):
    """A llama.cpp context. Sequence 0 is the prompt, whose cells those of the places share."""

    def __init__(self, model, prompt, horizon, places, threads, law, parameters):
        self._model = model  # must outlive its contexts
        self._first = len(prompt)
        self._alphabet = model.n_vocab()
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
        at = np.arange(len(prompt))
        super().__init__(law, places, *self._decode(0 * at, prompt, at, at[-1:]))
        for place in range(places):
            llama.llama_memory_seq_cp(self._memory, 0, place + 1, -1, -1)

    def __del__(self):
        if getattr(self, "_batch", None) is not None:
            llama.llama_batch_free(self._batch)
        if getattr(self, "_context", None):
            llama.llama_free(self._context)

    def _decode(self, sequence, token, position, wanted) -> list[np.ndarray]:
        """Feeds n tokens, all arrays (n); the logits (A) behind those at `wanted`, in place."""
        batch, n = self._batch, len(token)
        np.ctypeslib.as_array(batch.token, (n,))[:] = token
        np.ctypeslib.as_array(batch.pos, (n,))[:] = position
        np.ctypeslib.as_array(batch.n_seq_id, (n,))[:] = 1
        flags = np.ctypeslib.as_array(batch.logits, (n,))
        flags[:] = 0
        flags[wanted] = 1
        for i in range(n):
            batch.seq_id[i][0] = int(sequence[i])
        batch.n_tokens = n
        if status := llama.llama_decode(self._context, batch):
            raise RuntimeError(f"llama_decode of {n} tokens returned {status}")
        behind = [llama.llama_get_logits_ith(self._context, int(i)) for i in wanted]
        return [np.ctypeslib.as_array(logits, (self._alphabet,)) for logits in behind]

    def _read(self, place, begin, depth, prefix):
        for sequence, start in zip((place + 1).tolist(), (self._first + begin).tolist()):
            llama.llama_memory_seq_rm(self._memory, sequence, start, -1)
        new = depth - begin
        behind = np.cumsum(new)
        node = np.repeat(np.arange(len(place)), new)
        at = np.arange(len(node)) - (behind - depth)[node]
        return self._decode(place[node] + 1, prefix[node, at], self._first + at, behind - 1)


def _token_bytes(vocab, token: int) -> bytes:
    """What a token spells; nothing for control tokens."""
    size = -llama.llama_token_to_piece(vocab, token, None, 0, 0, False)
    buffer = ctypes.create_string_buffer(size)
    llama.llama_token_to_piece(vocab, token, buffer, size, 0, False)
    return buffer.raw


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
    context_parameters: dict | None = None,
    **oracle_options,
) -> wend.Instance:
    """The target p(x | prompt)^power of a GGUF model over `horizon` tokens.

    model: a llama_cpp.Llama, whose weights alone are used, or the path of a GGUF file.
    prompt: text, or token ids; at least one token. end: token ids after which a sequence is
    complete; by default all that the model calls an end of generation. contexts: llama.cpp contexts
    of `threads` threads each, with `places` sequences (at most 255) each: chains beyond
    contexts * places work, at the price of reading their prefixes again. temperature, top_k, power:
    Law, docs/neural.md. context_parameters: fields of llama_context_params, such as {"type_k": 0,
    "type_v": 0} for a cache in float32. Further arguments are wend.oracle()'s, such as potentials.

    Potentials over text (wend.substrings, wend.regular_expression) read the bytes of the tokens;
    instance.decode makes text of symbols.

    llama.cpp's rows depend on the batch: on how many tokens share a call, and on where in the cache
    a prefix lies. wend.sample() tests that and refuses; self_test="pin" keeps the first row of each
    prefix, which defines the law of the draws (docs/oracles.md), and says so in the report.

    Raises wend.UsageError for arguments that do not fit, wend.InputError where llama.cpp refuses.
    A context holds len(prompt) + places * (horizon - 1) cells.
    """
    law = Law(temperature, top_k, power)
    check_counts(horizon=horizon, contexts=contexts, threads=threads, places=places)
    most = llama.llama_max_parallel_sequences() - 1
    if places > most:
        raise wend.UsageError(f"places is {places}, not 1 to {most}")
    if not isinstance(model, llama.Llama):
        try:
            model = llama.Llama(str(model), n_ctx=8, n_batch=8, n_threads=1, verbose=False)
        except ValueError as error:
            raise wend.InputError(str(error)) from error
    if llama.llama_model_is_recurrent(model.model) or llama.llama_model_is_hybrid(model.model):
        raise wend.UsageError("a recurrent model's states cannot be rolled back")
    vocab, alphabet = llama.llama_model_get_vocab(model.model), model.n_vocab()
    if isinstance(prompt, str):
        prompt = model.tokenize(prompt.encode(), add_bos=True, special=True)
    prompt = token_ids(prompt, alphabet)
    if end is None:
        end = [t for t in range(alphabet) if llama.llama_vocab_is_eog(vocab, t)]
    pieces = [_token_bytes(vocab, token) for token in range(alphabet)]
    return target(
        [
            _Context(model, prompt, horizon, places, threads, law, context_parameters or {})
            for _ in range(contexts)
        ],
        horizon=horizon,
        decode=lambda symbols: b"".join(pieces[s] for s in symbols).decode(errors="replace"),
        **{"name": "llama.cpp", "end": tuple(end), "symbol_bytes": pieces, **oracle_options},
    )
