"""A causal language model of Hugging Face's transformers, on PyTorch, as the base of a target."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import numpy as np
import torch
from transformers import Cache, DynamicCache, PreTrainedModel

import wend
from wend._arguments import check_counts, token_ids
from wend._cached_model import CachedModel, target
from wend._law import Law


class _PlacesLayer:
    """Keys and values of one layer, (places, heads, cells, width): a place a row of the batch."""

    is_sliding = False
    is_compileable = False

    def __init__(self, of_prompt, cell: torch.Tensor, cells: int):
        """cell: (places), where the next token of each place goes; whoever feeds them writes it."""
        self._cell, behind = cell, (0, 0, 0, cells - of_prompt.keys.shape[2])
        self.keys, self.values = (
            torch.nn.functional.pad(x.expand(len(cell), -1, -1, -1), behind)
            for x in (of_prompt.keys, of_prompt.values)
        )

    def update(self, keys, values, *_args, **_kwargs):
        rows = torch.arange(len(self._cell), device=self._cell.device)
        self.keys[rows, :, self._cell] = keys[:, :, 0]
        self.values[rows, :, self._cell] = values[:, :, 0]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return self.keys.shape[2] - 1

    def get_mask_sizes(self, _query_length) -> tuple[int, int]:
        return self.keys.shape[2], 0


class _Model(CachedModel):
    """Every forward pass has the same shape, a token of each of the places.

    The last cell of a place takes the tokens of passes that are not about it.
    """

    def __init__(self, model, prompt, horizon, places, law):
        self._model, self._device, self._first = model.eval(), model.device, len(prompt)
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
        super().__init__(law, places, read.logits[0, -1].float().cpu().numpy())
        self._cell = torch.zeros(places, dtype=torch.long, device=self._device)
        self._cache = Cache(layers=[_PlacesLayer(layer, self._cell, cells) for layer in layers])
        self._columns = torch.arange(cells, device=self._device)

    def _pass(self, tokens: np.ndarray, positions: np.ndarray) -> torch.Tensor:
        """Feeds a token a place at `positions` (-1: not this one); logits (places, A)."""
        at = torch.from_numpy(positions).to(self._device)
        self._cell[:] = torch.where(at < 0, len(self._columns) - 1, at)
        seen = (self._columns <= at[:, None]) | (self._columns == self._cell[:, None])
        mask = torch.zeros(seen.shape, dtype=self._model.dtype, device=self._device)
        mask.masked_fill_(~seen, torch.finfo(mask.dtype).min)
        return self._model(
            torch.from_numpy(tokens).to(self._device)[:, None],
            attention_mask=mask[:, None, None, :],
            position_ids=at.clamp(min=0)[:, None],
            use_cache=True,
            **{self._cache_name: self._cache},
        ).logits[:, 0]

    @torch.inference_mode()
    def _read(self, place, begin, depth, prefix):
        new, count = depth - begin, self.places.count
        for before_last in reversed(range(int(new.max()))):
            tokens, positions = np.zeros(count, np.int64), np.full(count, -1, np.int64)
            fed = np.flatnonzero(new > before_last)
            at = depth[fed] - 1 - before_last
            tokens[place[fed]], positions[place[fed]] = prefix[fed, at], self._first + at
            logits = self._pass(tokens, positions)
        return logits[torch.from_numpy(place).to(self._device)].float().cpu().numpy()


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
    **oracle_options,
) -> wend.Instance:
    """The target p(x | prompt)^power of a causal model over `horizon` tokens.

    model: on the CPU or a GPU, with a plain key-value cache in all layers (no sliding windows, no
    recurrent states). prompt: token ids, at least one, or text where there is a `tokenizer`. end:
    token ids after which a sequence is complete; by default those of the generation config.
    contexts: calls that may run at once, each with caches of its own. threads: what
    torch.set_num_threads() is told, for the process; None: nothing. places: chains of a context
    that keep their keys and values, len(prompt) + horizon cells each, and the rows of every forward
    pass; more chains work, at the price of reading their prefixes again. temperature, top_k, power:
    Law, docs/neural.md. Further arguments are wend.oracle()'s, such as potentials.

    Each forward pass has one shape, (places, 1), whoever is asked for, so that rows do not depend
    on the company: on the CPU with one thread to the bit. With more threads PyTorch's products
    depend on a row's place in the batch; wend.sample() tests that (`self_test`, docs/oracles.md).
    Small `places` waste little where chains are few.

    With a tokenizer instance.decode is its decode(). Raises wend.UsageError.
    """
    law = Law(temperature, top_k, power)
    check_counts(horizon=horizon, contexts=contexts, places=places)
    if model.config._attn_implementation not in ("sdpa", "eager"):
        raise wend.UsageError("the model's attention must be sdpa or eager: others read no mask")
    if isinstance(prompt, str):
        if tokenizer is None:
            raise wend.UsageError("a prompt of text needs a tokenizer")
        prompt = tokenizer(prompt)["input_ids"]
    alphabet = len(model.get_output_embeddings().weight)
    if end is None:
        stated = np.atleast_1d(model.generation_config.eos_token_id)
        end = [int(token) for token in stated if token is not None]
    prompt = token_ids(prompt, alphabet)
    if threads is not None:
        torch.set_num_threads(threads)
    return target(
        [_Model(model, prompt, horizon, places, law) for _ in range(contexts)],
        horizon=horizon,
        decode=tokenizer and (lambda symbols: tokenizer.decode([int(s) for s in symbols])),
        **{"name": "transformers", "end": tuple(end), **oracle_options},
    )
