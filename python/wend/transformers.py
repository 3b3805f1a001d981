"""A causal language model of Hugging Face's transformers, on PyTorch, as the base of a target."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import numpy as np
import torch
from transformers import Cache, DynamicCache, PreTrainedModel

import wend
from wend._law import Law
from wend._places import Places, first_to_feed


class _PlacesLayer:
    """Keys and values of one layer, (places, heads, cells, width): a place a row of the batch."""

    is_sliding = False
    is_compileable = False

    def __init__(self, prompt_keys, prompt_values, places: int, cells: int):
        def room(of_prompt):
            kept = of_prompt.new_zeros((places, of_prompt.shape[1], cells, of_prompt.shape[3]))
            kept[:, :, : of_prompt.shape[2]] = of_prompt
            return kept

        self.keys, self.values = room(prompt_keys), room(prompt_values)
        self.cell = None  # (places), where the next token of each place goes

    def update(self, keys, values, *_args, **_kwargs):
        rows = torch.arange(len(self.keys), device=self.keys.device)
        self.keys[rows, :, self.cell] = keys[:, :, 0]
        self.values[rows, :, self.cell] = values[:, :, 0]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return self.keys.shape[2] - 1

    def get_mask_sizes(self, _query_length) -> tuple[int, int]:
        return self.keys.shape[2], 0


class _Model:
    """expand(): every call is a forward pass of the same shape, a token of each of the places.

    A place holds, behind the prompt, the prefix that its slot stood at when it was asked last. The
    last cell of each takes the tokens of places that a pass is not about. A slot that lost its
    place is read anew.
    """

    def __init__(self, model, prompt, horizon, places, law):
        self._model, self._law, self._first = model.eval(), law, len(prompt)
        self._device, self._horizon = model.device, horizon
        # transformers renamed the argument in 5.24 or so.
        accepted = inspect.signature(model.forward).parameters
        self._cache_name = "cache" if "cache" in accepted else "past_key_values"
        # The prompt, then at most H - 1 tokens, then the cell that nobody reads.
        cells = len(prompt) + horizon
        with torch.inference_mode():
            start = torch.tensor([prompt], device=self._device)
            of_prompt = DynamicCache(config=model.config)
            read = model(start, use_cache=True, **{self._cache_name: of_prompt})
            layers = of_prompt.layers
            if any(getattr(layer, "is_sliding", True) or layer.keys is None for layer in layers):
                raise wend.UsageError("the model has layers without a plain cache of all positions")
            self._layers = [_PlacesLayer(x.keys, x.values, places, cells) for x in layers]
            self._root = law.row(read.logits[0, -1].float().cpu().numpy())
        self._cache = Cache(layers=self._layers)
        self._columns = torch.arange(cells, device=self._device)
        self._places = Places(places)

    def _pass(self, tokens: np.ndarray, positions: np.ndarray) -> torch.Tensor:
        """Feeds a token a place at `positions` (-1: not this one); logits (places, A)."""
        at = torch.from_numpy(positions).to(self._device)
        cell = torch.where(at < 0, len(self._columns) - 1, at)
        for layer in self._layers:
            layer.cell = cell
        seen = (self._columns <= at[:, None]) | (self._columns == cell[:, None])
        type_ = self._model.dtype
        mask = torch.zeros(seen.shape, dtype=type_, device=self._device)
        mask.masked_fill_(~seen, torch.finfo(type_).min)
        return self._model(
            torch.from_numpy(tokens).to(self._device)[:, None],
            attention_mask=mask[:, None, None, :],
            position_ids=at.clamp(min=0)[:, None],
            use_cache=True,
            **{self._cache_name: self._cache},
        ).logits[:, 0]

    @torch.inference_mode()
    def __call__(self, batch) -> np.ndarray:
        depth, prefix = batch.depth, batch.prefix
        n, places = len(depth), self._places.count
        self._places.check(n)
        place, new = np.zeros(n, np.int64), np.zeros(n, np.int64)
        for i, (slot, known) in enumerate(zip(batch.slot.tolist(), batch.known.tolist())):
            place[i], kept = self._places.give(slot)
            new[i] = depth[i] - first_to_feed(int(depth[i]), known, kept)
        for before_last in range(int(new.max(initial=0)) - 1, -1, -1):
            tokens, positions = np.zeros(places, np.int64), np.full(places, -1, np.int64)
            fed = np.flatnonzero(new > before_last)
            at = depth[fed] - 1 - before_last
            tokens[place[fed]], positions[place[fed]] = prefix[fed, at], self._first + at
            logits = self._pass(tokens, positions)
        rows = np.empty((n, len(self._root)), dtype=np.float32)
        rows[depth == 0] = self._root
        asked = np.flatnonzero(depth > 0)
        if len(asked) > 0:
            read = logits[torch.from_numpy(place[asked]).to(self._device)].float().cpu().numpy()
            for i, of_node in zip(asked, read):
                rows[i] = self._law.row(of_node)
        return rows


def oracle(
    model: PreTrainedModel,
    *,
    prompt: str | Sequence[int],
    horizon: int,
    tokenizer=None,
    end: Sequence[int] | None = None,
    contexts: int = 1,
    threads: int | None = 1,
    places: int = 32,
    temperature: float = 1.0,
    top_k: int | None = None,
    power: float = 1.0,
    potentials: Sequence = (),
    **oracle_options,
) -> wend.Instance:
    """The target p(x | prompt)^power of a causal model, times `potentials`, over `horizon` tokens.

    model: on the CPU or a GPU, with a plain key-value cache in all layers (no sliding windows, no
    recurrent states). prompt: token ids, at least one, or text where there is a `tokenizer`. end:
    token ids after which a sequence is complete; by default those of the generation config.
    contexts: calls that may run at once, each with caches of its own. threads: what
    torch.set_num_threads() is told, for the process; None: nothing. places: chains of a context
    that keep their keys and values, len(prompt) + horizon cells each, and the rows of every forward
    pass; more chains work, at the price of reading their prefixes again. temperature, top_k, power:
    Law, docs/neural.md. Further arguments are wend.oracle()'s.

    Each forward pass has one shape, (places, 1), whoever is asked for, so that rows do not depend
    on the company: on the CPU with one thread to the bit. With more threads PyTorch's products
    depend on a row's place in the batch; wend.sample() tests that (`self_test`, docs/oracles.md).
    Small `places` waste little where chains are few.

    With a tokenizer instance.decode is its decode(). Raises wend.UsageError.
    """
    law = Law(temperature, top_k, power)
    if model.config._attn_implementation not in ("sdpa", "eager"):
        raise wend.UsageError(
            "the model's attention must be sdpa or eager: the others read no mask"
        )
    if horizon < 1 or places < 1 or contexts < 1:
        raise wend.UsageError("horizon, contexts and places must be at least 1")
    if isinstance(prompt, str):
        if tokenizer is None:
            raise wend.UsageError("a prompt of text needs a tokenizer")
        prompt = tokenizer(prompt)["input_ids"]
    alphabet = model.get_output_embeddings().weight.shape[0]
    prompt = [int(token) for token in prompt]
    if not prompt or not all(0 <= token < alphabet for token in prompt):
        raise wend.UsageError(f"prompt: at least one token below {alphabet} is needed")
    if end is None:
        stated = model.generation_config.eos_token_id
        end = [] if stated is None else np.atleast_1d(stated).tolist()
    if threads is not None:
        torch.set_num_threads(threads)
    options = {
        "name": "transformers",
        "max_batch": places,
        **law.bounds(alphabet, horizon),
        **oracle_options,
    }
    instance = wend.oracle(
        [_Model(model, prompt, horizon, places, law) for _ in range(contexts)],
        alphabet=alphabet,
        horizon=horizon,
        end=tuple(end),
        potentials=potentials,
        **options,
    )
    if tokenizer is not None:
        instance.decode = lambda symbols: tokenizer.decode([int(s) for s in symbols])
    return instance
