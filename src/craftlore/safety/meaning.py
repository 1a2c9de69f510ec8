"""A second opinion by meaning: which rule a request is close to, where no phrase of the word lists gave it away.

A multinomial logistic regression on the sentence vector that search needs anyway, and on the stems of the words; weights in
`meaning.json`, fitted by `craftlore verify meaning --fit`. It may only raise: what the word lists decided stands. English only,
like its encoder. It sees what a request is about, not who asks or why.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from craftlore.errors import ConfigError
from craftlore.words import stems

__all__ = ["FILE", "SERVE", "Encodes", "Model", "Vectors", "features", "load_model", "opinion", "words_alone"]

FILE = Path(__file__).parent / "meaning.json"
SERVE = "serve"
Vectors = NDArray[np.float32]


class Encodes(Protocol):
    """What is needed of the sentence encoder: its name, and unit vectors for texts."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True)
class Model:
    """`weights` has a row for each of `rules` and a column for each dimension, each of `words`, and the bias; `rules[0]` is `SERVE`.

    A rule speaks when its log-odds against serving reach its threshold.
    """

    encoder: str
    data: str
    rules: tuple[str, ...]
    words: tuple[str, ...]
    thresholds: tuple[float, ...]
    weights: Vectors

    def odds(self, inputs: Vectors) -> Vectors:
        """Log-odds of every rule against serving: (texts, features) to (texts, rules), the first column 0."""
        scores = inputs @ self.weights[:, :-1].T + self.weights[:, -1]
        return np.asarray(scores - scores[:, :1], dtype=np.float32)


def features(texts: Sequence[str], vectors: Vectors, words: tuple[str, ...]) -> Vectors:
    """Sentence vectors with, beside them, unit vectors of the known stems: shape (texts, dimensions + words)."""
    column = _columns(words)
    said = np.zeros((len(texts), len(words)), np.float32)
    for row, text in enumerate(texts):
        known = [column[stem] for stem in set(stems(text)) if stem in column]
        said[row, known] = 1 / max(1.0, len(known) ** 0.5)
    return np.hstack([vectors, said])


@lru_cache(maxsize=1)
def _columns(words: tuple[str, ...]) -> dict[str, int]:
    return {word: n for n, word in enumerate(words)}


@cache
def load_model(path: Path = FILE) -> Model:
    """The fitted weights. Raises ConfigError naming the file if they are damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        whole = np.frombuffer(base64.b64decode(values["weights"]), np.int8).reshape(len(values["rules"]), -1)
        weights = whole.astype(np.float32) * np.array(values["scales"], np.float32)[:, None]
        model = Model(values["encoder"], values["data"], tuple(values["rules"]), tuple(values["words"]), tuple(values["thresholds"]), weights)
        if len(model.rules) != len(model.thresholds) or model.rules[0] != SERVE:
            raise ValueError("its rows do not belong together")
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{path}: {error}. Write it anew with `craftlore verify meaning --fit`.") from error
    return model


def opinion(text: str, encoder: Encodes | None) -> str | None:
    """The sentence id of the rule that a request seems to break, the surest if several; None if it may be served, or cannot be told."""
    if encoder is None or not text or words_alone(encoder):
        return None
    model = load_model()
    margins = model.odds(features([text], encoder.encode([text]), model.words))[0] - np.array(model.thresholds, np.float32)
    best = int(margins[1:].argmax()) + 1
    return model.rules[best] if margins[best] >= 0 else None


def words_alone(encoder: Encodes | None) -> str | None:
    """Why requests are screened by word lists alone, if they are."""
    if encoder is None:
        return "no encoder: requests are screened by word lists alone"
    fitted = load_model().encoder
    if encoder.name != fitted:
        return f"requests are screened by word lists alone: the second opinion was fitted on {fitted}, not on {encoder.name}"
    return None
