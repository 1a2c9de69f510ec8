"""From training rows to the weights of `meaning.json`: expand, encode, fit, and choose thresholds by cross-validation.

Multinomial logistic regression in NumPy: full-batch gradient descent with Nesterov's momentum on the L2-penalised cross-entropy.
Folds go by group (a line of `meaning.toml`, a template of a suite), so that no wording is judged by a model that has seen its twin.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from craftlore.artifacts import atomic_write
from craftlore.errors import ConfigError
from craftlore.records import Disposition
from craftlore.safety.meaning import SERVE, Encodes, Model, Vectors, features
from craftlore.safety.rules import sentences
from craftlore.words import stems

__all__ = ["Checked", "Row", "digest_of", "fit_model", "read_rows", "write_model"]

DATA = Path(__file__).parent / "meaning.toml"
VARIANTS, SLIPS = 4, 0.15  # texts drawn from each line, and the share of them that get a typing error
COMMON = 3  # a word counts if it stands in this many groups
FOLDS, STEPS, RATE, PENALTY = 5, 150, 3.0, 1e-4
# The share of harmless look-alikes that may be stopped, or changed, in cross-validation: as many more as there are look-alikes
# among real requests would be far too many, but `meaning.toml` and the suites are nothing but look-alikes.
STOPPED, CHANGED = 0.02, 0.03
ENDS = frozenset((Disposition.REFUSE, Disposition.REDIRECT, Disposition.SUPPORT))


@dataclass(frozen=True)
class Row:
    """One training text, the rule that it breaks (or `SERVE`), and the line that it was drawn from."""

    text: str
    rule: str
    group: str


def read_rows(path: Path = DATA) -> list[Row]:
    """Every line in its variants, the same at each reading. Raises ConfigError naming the file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = []
        for table in data["rule"]:
            for field, framed, rule in (("asks", True, table["id"]), ("texts", False, table["id"]), ("fine_asks", True, SERVE), ("fine_texts", False, SERVE)):
                for line in table.get(field, ()):
                    rows += [Row(text, rule, line) for text in _variants(line, data["frames"] if framed else ["{k}"], data["units"])]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return rows


def _variants(line: str, frames: Sequence[str], units: Sequence[str]) -> Iterator[str]:
    draw = random.Random(line)  # noqa: S311 - variety, not secrecy
    seen = set()
    for _ in range(VARIANTS):
        said = re.sub(r"\{([^{}]*\|[^{}]*)\}", lambda m: draw.choice(m[1].split("|")), line)
        text = draw.choice(frames).replace("{k}", said).replace("{u}", draw.choice(units))
        text = text.replace("{g}", str(draw.randint(2, 12))).replace("{a}", str(draw.randint(6, 17))).replace("{m}", str(draw.choice((30, 40, 45, 60, 90))))
        if draw.random() < SLIPS:
            text = _slip(text, draw)
        if text not in seen:
            seen.add(text)
            yield text


def _slip(text: str, draw: random.Random) -> str:
    """Two neighbouring letters swapped, as fingers do."""
    at = draw.randrange(1, max(2, len(text) - 2))
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


@dataclass(frozen=True)
class Checked:
    """What cross-validation found: per rule, how many texts and how many of them were caught; harmless ones, and how many were stopped or changed."""

    caught: dict[str, tuple[int, int]]
    harmless: int
    stopped: int
    changed: int


def fit_model(rows: Sequence[Row], encoder: Encodes) -> tuple[Model, Checked]:
    """Weights from all rows, thresholds and figures from cross-validation. Takes a minute or two on two cores."""
    names = (SERVE, *sorted({row.rule for row in rows} - {SERVE}))
    labels = np.array([names.index(row.rule) for row in rows])
    groups = sorted({row.group for row in rows})
    random.Random(0).shuffle(groups)  # noqa: S311 - folds, not secrecy
    fold = {group: n % FOLDS for n, group in enumerate(groups)}
    folds = np.array([fold[row.group] for row in rows])
    texts, words = [row.text for row in rows], _words(rows)
    inputs = features(texts, encoder.encode(texts), words)
    model = Model(encoder.name, digest_of(rows), names, words, (0.0,) * len(names), _fit(inputs, labels, len(names)))
    odds = np.zeros((len(rows), len(names)), np.float32)
    for n in range(FOLDS):
        part = replace(model, weights=_fit(inputs[folds != n], labels[folds != n], len(names)))
        odds[folds == n] = part.odds(inputs[folds == n])
    ends = np.array([name != SERVE and sentences()[name].disposition in ENDS for name in names])
    model = replace(model, thresholds=_thresholds(odds, labels, ends))
    return model, _checked(odds, labels, ends, model)


def _thresholds(odds: Vectors, labels: NDArray[np.int64], ends: NDArray[np.bool_]) -> tuple[float, ...]:
    """One for the rules that end a request and one for those that change it, each at its share of harmless texts."""
    harmless = odds[labels == 0]
    changes = ~ends & (np.arange(len(ends)) > 0)
    stop, change = (float(np.quantile(harmless[:, which].max(axis=1), 1 - share)) for which, share in ((ends, STOPPED), (changes, CHANGED)))
    return tuple(round(stop if ending else change, 3) for ending in ends)


def _checked(odds: Vectors, labels: NDArray[np.int64], ends: NDArray[np.bool_], model: Model) -> Checked:
    margins = odds[:, 1:] - np.array(model.thresholds[1:], np.float32)
    best, said = margins.argmax(axis=1) + 1, margins.max(axis=1) >= 0
    caught = {name: (int((labels == n).sum()), int(said[labels == n].sum())) for n, name in enumerate(model.rules) if n}
    wrong = said & (labels == 0)
    return Checked(caught, int((labels == 0).sum()), int((wrong & ends[best]).sum()), int((wrong & ~ends[best]).sum()))


def _fit(inputs: Vectors, labels: NDArray[np.int64], classes: int) -> Vectors:
    """Weights of shape (classes, features + 1), the bias last; a class weighs as the square root of its size, between equal classes and equal texts."""
    inputs = np.hstack([inputs, np.ones((len(inputs), 1), np.float32)])
    wanted = np.eye(classes, dtype=np.float32)[labels]
    share = 1 / np.sqrt(np.maximum(wanted.sum(axis=0), 1))
    weigh = (share[labels] / share[labels].sum())[:, None]
    weights = np.zeros((classes, inputs.shape[1]), np.float32)
    speed = np.zeros_like(weights)
    penalty = np.full(inputs.shape[1], PENALTY, np.float32)
    penalty[-1] = 0
    for _ in range(STEPS):
        ahead = weights + 0.9 * speed
        scores = inputs @ ahead.T
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        speed = 0.9 * speed - RATE * (((chances - wanted) * weigh).T @ inputs + penalty * ahead)
        weights = weights + speed
    return weights


def _words(rows: Sequence[Row]) -> tuple[str, ...]:
    """The stems that stand in at least `COMMON` groups, in order."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for stem in stems(row.text):
            found[stem].add(row.group)
    return tuple(sorted(stem for stem, groups in found.items() if len(groups) >= COMMON and not stem.isdigit()))


def digest_of(rows: Sequence[Row]) -> str:
    """The SHA-256 of all texts with their rules: which data the weights were fitted on."""
    return hashlib.sha256("\n".join(f"{row.rule}\t{row.text}" for row in rows).encode()).hexdigest()


def write_model(model: Model, path: Path) -> None:
    """One JSON file, the weights as 8-bit whole numbers with a scale for each rule."""
    scales = np.abs(model.weights).max(axis=1) / 127
    whole = np.round(model.weights / scales[:, None]).astype(np.int8)
    values = {
        "encoder": model.encoder, "data": model.data, "rules": model.rules, "thresholds": model.thresholds, "scales": [round(float(s), 6) for s in scales],
        "words": model.words, "weights": base64.b64encode(whole.tobytes()).decode(),
    }  # fmt: skip
    with atomic_write(path) as file:
        file.write((json.dumps(values) + "\n").encode())
