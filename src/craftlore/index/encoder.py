"""The sentence encoder: MiniLM as int8 ONNX, mean-pooled, unit length.

Reference: Reimers and Gurevych, Sentence-BERT (2019); the model card of sentence-transformers/all-MiniLM-L6-v2 gives
the pooling. The int8 file quantises activations per batch, so texts are encoded one by one: the same text always gives
the same vector, whatever else is encoded with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from craftlore.errors import WeightsError

__all__ = ["DIMENSIONS", "Encoder"]

DIMENSIONS = 384
MAX_TOKENS = 256
Vectors = NDArray[np.float32]


class Encoder:
    """Texts to unit vectors of 384 dimensions; the dot product of two is their cosine similarity."""

    def __init__(self, model: Path, tokenizer: Path, name: str, threads: int = 0) -> None:
        self.name = name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Long enough to stay awake between the operators of one run, short enough not to slow whatever comes next.
        options.add_session_config_entry("session.intra_op.spin_duration_us", "50")
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions for damaged files
            raise WeightsError(f"the encoder in {model.parent} cannot be loaded ({error}). Run `craftlore models verify {name}`.") from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._recent = lru_cache(maxsize=4096)(self._one)  # 6 MB: a request on its way, the sentences of articles and the steps of patterns

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (len(texts), 384), float32."""
        return np.stack([self._recent(text) for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)

    def _one(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        pooled: Vectors = hidden[0].mean(axis=0).astype(np.float32)
        return pooled / max(float(np.linalg.norm(pooled)), 1e-12)
