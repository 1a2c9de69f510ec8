"""The base model with LoRA on its last layers, cut in two: a frozen trunk and a tail that learns.

Three things make a step cheap and change no number. Tokens that all rows share at the beginning (instructions and worked
examples) are read once for a whole batch. What the trunk makes of a row never changes, so it is computed once and kept.
The head, a third of a small model, is applied at answer positions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.tuner.utils import linear_to_lora_layers
from mlx_lm.utils import load

from craftlore.config import FinetuneConfig
from craftlore.errors import FinetuneError
from craftlore.finetune.rows import Row

__all__ = ["Network", "open_network"]

Pair = tuple[mx.array | None, mx.array]
"""Hidden states of the shared beginning (1 x P x width, or None) and of the rest of each row (B x S x width)."""
Batch = tuple[Pair, mx.array, mx.array]
"""States behind the trunk, the flat places before each answer token, and these tokens."""


class Network:
    """A Qwen 2 with LoRA; `share` tells it the tokens with which many rows begin."""

    def __init__(self, model: Any, tokenizer: Any, config: dict[str, Any], settings: FinetuneConfig) -> None:
        self.model, self.tokenizer, self.config, self.settings = model, tokenizer, config, settings
        layers = model.model.layers
        self.layers = min(settings.layers, len(layers)) if settings.layers > 0 else len(layers)
        self._trunk, self._tail = layers[: len(layers) - self.layers], layers[len(layers) - self.layers :]
        self._budget = int(settings.trunk_cache_gb * 1e9) if self._trunk else 0
        self._rounded = mx.float16 if self._budget and model.model.norm.weight.dtype == mx.float32 else None
        self._known: dict[tuple[int, ...], Any] = {}
        self.shared: tuple[int, ...] = ()

    def share(self, tokens: Sequence[int]) -> None:
        """Read a beginning that rows have in common through the trunk, once and for all."""
        self.shared = tuple(tokens)
        self._kept = [_Beginning() for _ in self._trunk]
        states = self.model.model.embed_tokens(mx.array([self.shared]))
        for layer, kept in zip(self._trunk, self._kept, strict=True):
            states = layer(states, "causal", kept)
        self._begin = states.astype(self._rounded).astype(states.dtype) if self._rounded else states
        mx.eval(self._begin, [[kept.keys, kept.values] for kept in self._kept])

    def loss(self, rows: Sequence[Row]) -> tuple[mx.array, int]:
        """Cross-entropy summed over the answers' tokens, and how many these are; differentiable with respect to LoRA."""
        batches = self._batches(rows)
        return self._sum(batches), sum(len(targets) for _, _, targets in batches)

    def gradient(self, rows: Sequence[Row]) -> tuple[mx.array, Any, int]:
        """`loss`, its gradient (a tree like the trainable parameters) and the number of tokens."""
        batches = self._batches(rows)
        value, gradient = nn.utils.value_and_grad(self.model, lambda _: self._sum(batches))(self.model)
        return value, gradient, sum(len(targets) for _, _, targets in batches)

    def _sum(self, batches: Sequence[Batch]) -> mx.array:
        return sum((self._cross_entropy(*batch) for batch in batches), mx.array(0.0))

    def _cross_entropy(self, pair: Pair, places: mx.array, targets: mx.array) -> mx.array:
        for layer in self._tail:
            pair = self._through(layer, pair)
        hidden = self.model.model.norm(mx.take(pair[1].reshape(-1, pair[1].shape[-1]), places, axis=0))
        tied = self.model.args.tie_word_embeddings
        logits = self.model.model.embed_tokens.as_linear(hidden) if tied else self.model.lm_head(hidden)
        return nn.losses.cross_entropy(logits.astype(mx.float32), targets, reduction="sum")

    def _through(self, layer: Any, pair: Pair) -> Pair:
        """One layer of the tail; with `grad_checkpoint` its inner states are computed again on the way back."""
        if not self.settings.grad_checkpoint:
            return _layer(layer, pair)

        def again(parameters: Any, *states: mx.array) -> list[mx.array]:
            layer.update(parameters)
            return [state for state in _layer(layer, (states[0] if len(states) > 1 else None, states[-1])) if state is not None]

        out = mx.checkpoint(again)(layer.trainable_parameters(), *(state for state in pair if state is not None))
        return (out[0] if len(out) > 1 else None, out[-1])

    def _batches(self, rows: Sequence[Row]) -> list[Batch]:
        """The rows that begin with what is shared, and the others."""
        with_it = [row for row in rows if self._shares(row)]
        return [self._batch(part) for part in (with_it, [row for row in rows if not self._shares(row)]) if part]

    def _shares(self, row: Row) -> bool:
        return 0 < len(self.shared) < row.answer and row.tokens[: len(self.shared)] == self.shared

    def _batch(self, rows: Sequence[Row]) -> Batch:
        skip = len(self.shared) if self._shares(rows[0]) else 0
        kept = [self._trunk_states(row, skip) for row in rows]
        longest = max(len(states) for states in kept)
        padded = np.zeros((len(rows), longest, kept[0].shape[-1]), kept[0].dtype)
        for number, states in enumerate(kept):
            padded[number, : len(states)] = states
        spots = [n * longest + at - 1 - skip for n, row in enumerate(rows) for at in range(row.answer, len(row.tokens))]
        targets = [token for row in rows for token in row.tokens[row.answer :]]
        states = mx.array(padded).astype(self.model.model.norm.weight.dtype)
        return (self._begin if skip else None, states), mx.array(spots), mx.array(targets)

    def _trunk_states(self, row: Row, skip: int) -> Any:
        """What the trunk makes of a row behind its first `skip` tokens (NumPy, S x width); alone, so that it never depends on the batch."""
        if row.tokens in self._known:
            return self._known[row.tokens]
        states = self.model.model.embed_tokens(mx.array([row.tokens[skip:-1]]))
        for number, layer in enumerate(self._trunk):
            states = layer(states, "causal", _After(self._kept[number]) if skip else None)
        found = np.array((states.astype(self._rounded) if self._rounded else states.astype(mx.float32))[0])
        if not np.isfinite(found).all():
            raise FinetuneError("a row's activations leave the range of 16 bits. Set [finetune] trunk_cache_gb = 0.")
        if self._budget >= found.nbytes:
            self._budget -= found.nbytes
            self._known[row.tokens] = found
        return found


class _Beginning:
    """Stands where mlx-lm's attention expects a key-value cache, and keeps what the shared beginning puts there."""

    offset = 0
    keys: mx.array
    values: mx.array

    def update_and_fetch(self, keys: mx.array, values: mx.array) -> tuple[mx.array, mx.array]:
        self.keys, self.values = keys, values
        return keys, values


class _After:
    """The cache of the rest of each row: positions go on behind the beginning, whose keys and values every row sees."""

    def __init__(self, beginning: _Beginning) -> None:
        self._beginning = beginning
        self.offset = beginning.keys.shape[2]

    def update_and_fetch(self, keys: mx.array, values: mx.array) -> tuple[mx.array, mx.array]:
        first = (self._beginning.keys, self._beginning.values)
        wide = (mx.broadcast_to(one, (keys.shape[0], *one.shape[1:])) for one in first)
        keys, values = (mx.concatenate([old, new], axis=2) for old, new in zip(wide, (keys, values), strict=True))
        return keys, values


def _layer(layer: Any, pair: Pair) -> Pair:
    begin, states = pair
    if begin is None:
        return None, layer(states, "causal", None)
    kept = _Beginning()
    return layer(begin, "causal", kept), layer(states, "causal", _After(kept))


def open_network(folder: Path, settings: FinetuneConfig) -> Network:
    """The base model of an MLX folder with fresh LoRA layers, frozen but for these. Raises FinetuneError."""
    try:
        loaded: Any = load(str(folder), return_config=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise FinetuneError(f"mlx cannot load {folder} ({error}). Run `craftlore models convert {settings.base}`.") from error
    model, tokenizer, config = loaded
    if config["model_type"] != "qwen2":
        raise FinetuneError(f"{folder} holds a {config['model_type']!r} model; only Qwen 2 and 2.5 ('qwen2') are trained here.")
    model.freeze()
    mx.random.seed(settings.seed)
    linear_to_lora_layers(model, settings.layers, {"rank": settings.rank, "scale": settings.scale, "dropout": settings.dropout})
    model.train()
    mx.eval(model.parameters())
    return Network(model, tokenizer, config, settings)
