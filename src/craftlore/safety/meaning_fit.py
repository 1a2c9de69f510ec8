"""From training rows to the weights of `meaning.json`: expand, encode, fit, and choose thresholds by cross-validation.

Multinomial logistic regression in NumPy: Adam (Kingma and Ba, 2015) on small batches, a dozen times quicker than descent on the whole.
Folds go by group (a line of `meaning.toml`, a template of a suite), so that no wording is judged by a model that has seen its twin.
Each rule has a threshold of its own: the same price in harmless texts is paid for one more harmless text stopped, whatever the rule.
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
VARIANTS, SLIPS = 3, 0.15  # texts drawn from each line, and the share of them that get a typing error
COMMON = 2  # a word counts if it stands in this many groups
FOLDS, EPOCHS, BATCH, RATE, PENALTY = 4, 16, 256, 0.02, 1e-5
AT_LEAST = 200  # steps, however few texts there are
# The share of harmless texts that may be stopped, or changed, in cross-validation. `meaning.toml` is all near misses, harder than what
# teachers ask: on the look-alikes of the suites a third of it is left (docs/log.md).
STOPPED, CHANGED = 0.06, 0.09
LEAST, NEVER = 0.5, 99.0  # log-odds: a rule must be likelier than serving; one that cannot be told from harmless texts keeps still
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
    """Weights from all rows, thresholds and figures from cross-validation. Takes under a minute on two cores."""
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
    """One for each rule: most harmful texts caught while those that end a request, and those that change it, keep to their share of harmless texts.

    A price for each harmless text, the same for all rules of a kind, is raised until the share is kept.
    """
    harmless, found = odds[labels == 0], np.full(odds.shape[1], np.inf)
    changes = ~ends & (np.arange(len(ends)) > 0)
    for kind, share in ((ends, STOPPED), (changes, CHANGED)):
        rules = np.flatnonzero(kind)
        low, high = 0.0, float(len(labels))
        for _ in range(24):
            price = (low + high) / 2
            found[rules] = [_worth_most(odds[labels == rule, rule], harmless[:, rule], price) for rule in rules]
            kept = bool((harmless[:, rules] >= found[rules]).any(axis=1).mean() <= share) if len(rules) else True
            low, high = (low, price) if kept else (price, high)
        found[rules] = [_worth_most(odds[labels == rule, rule], harmless[:, rule], high) for rule in rules]
    return (0.0, *(round(float(np.clip(value, LEAST, NEVER)), 3) for value in found[1:]))


def _worth_most(caught: Vectors, wrong: Vectors, price: float) -> float:
    """The threshold at which the texts caught, less the price of each harmless one, are most."""
    marks = np.sort(caught)[::-1]
    stopped = len(wrong) - np.searchsorted(np.sort(wrong), marks, side="left")
    gain = np.arange(1, len(marks) + 1) - price * stopped
    if not len(gain) or gain.max() <= 0:
        return np.inf
    return float(marks[int(gain.argmax())])


def _checked(odds: Vectors, labels: NDArray[np.int64], ends: NDArray[np.bool_], model: Model) -> Checked:
    margins = odds[:, 1:] - np.array(model.thresholds[1:], np.float32)
    best, said = margins.argmax(axis=1) + 1, margins.max(axis=1) >= 0
    caught = {name: (int((labels == n).sum()), int(said[labels == n].sum())) for n, name in enumerate(model.rules) if n}
    wrong = said & (labels == 0)
    return Checked(caught, int((labels == 0).sum()), int((wrong & ends[best]).sum()), int((wrong & ~ends[best]).sum()))


def _fit(inputs: Vectors, labels: NDArray[np.int64], classes: int) -> Vectors:
    """Weights of shape (classes, features + 1), the bias last; a class weighs as the square root of its size, between equal classes and equal texts."""
    inputs = np.hstack([inputs, np.ones((len(inputs), 1), np.float32)])
    wanted = np.eye(classes, dtype=np.float32)
    share = 1 / np.sqrt(np.maximum(np.bincount(labels, minlength=classes), 1))
    weigh = (share[labels] / share[labels].mean()).astype(np.float32)[:, None]
    weights = np.zeros((classes, inputs.shape[1]), np.float32)
    speed, spread = np.zeros_like(weights), np.zeros_like(weights)
    penalty = np.full(inputs.shape[1], PENALTY, np.float32)
    penalty[-1] = 0
    draw = np.random.default_rng(0)
    starts = range(0, len(inputs), BATCH)
    steps = max(EPOCHS * len(starts), AT_LEAST)
    for step in range(steps):
        if step % len(starts) == 0:
            order = draw.permutation(len(inputs))
        rows = order[starts[step % len(starts)] :][:BATCH]
        some = inputs[rows]
        scores = some @ weights.T
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        slope = ((chances - wanted[labels[rows]]) * weigh[rows]).T @ some / len(rows) + penalty * weights
        speed, spread = 0.9 * speed + 0.1 * slope, 0.99 * spread + 0.01 * slope**2
        pace = RATE * (1 - step / steps)
        weights -= pace * (speed / (1 - 0.9 ** (step + 1))) / (np.sqrt(spread / (1 - 0.99 ** (step + 1))) + 1e-8)
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
