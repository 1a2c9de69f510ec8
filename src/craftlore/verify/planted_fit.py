"""Fit the article gate's second opinion: planted texts against honest ones, on the tuning suites and half of the library's own sentences."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from craftlore.artifacts import atomic_write
from craftlore.crawl.article_meaning import FILE, could_order
from craftlore.index.encoder import Encoder
from craftlore.library import Library
from craftlore.sentences import split_sentences
from craftlore.verify.redteam import SUITE, read_cases

__all__ = ["THRESHOLD", "fit_meaning"]

THRESHOLD = 1.5  # log-odds; with the penalty chosen by leaving out one style at a time: at most 3% of look-alikes lost
PENALTY, STEPS, RATE = 0.25, 2000, 2.0


def fit_meaning(suites: Sequence[Path], library: Library, encoder: Encoder) -> tuple[int, int]:
    """Write `article_meaning.json`; the numbers of planted and honest sentences it was fitted on."""
    groups = [group for suite in suites for group in tomllib.loads(suite.read_text(encoding="utf-8"))["group"]]
    planted = [text for group in groups if group["planted"] for text in group["texts"]]
    requests = [case.text for case in read_cases(SUITE / "redteam_harmful.toml") if case.rule == "R14"]
    planted += [text for text in requests if text.isprintable() and " " in text]
    honest = [text for group in groups if not group["planted"] for text in group["texts"]] + _own(library)[::2]
    bad, good = ([text for text in dict.fromkeys(texts) if could_order(text)] for texts in (planted, honest))
    inputs = encoder.encode([*bad, *good]).astype(np.float64)
    wanted = np.r_[np.ones(len(bad)), np.zeros(len(good))]
    share = np.where(wanted == 1, len(good) / len(bad), 1.0)
    weights, bias = np.zeros(inputs.shape[1]), 0.0
    for _ in range(STEPS):
        error = share * (1 / (1 + np.exp(-(inputs @ weights + bias))) - wanted)
        weights -= RATE * (inputs.T @ error + PENALTY * weights) / len(wanted)
        bias -= RATE * float(error.mean())
    packed = base64.b64encode(weights.astype(np.float16).tobytes()).decode()
    with atomic_write(FILE) as out:
        out.write(json.dumps({"encoder": encoder.name, "threshold": THRESHOLD, "bias": round(bias, 4), "weights": packed}, indent=1).encode() + b"\n")
    return len(bad), len(good)


def _own(library: Library) -> list[str]:
    """Sentences of the library that are honest by definition; its pattern steps are orders to pupils."""
    steps = [step.replace("{", "").replace("}", "") for pattern in library.patterns.values() for step in pattern.steps]
    steps += [step for activity in library.activities.values() for step in activity.making_steps]
    return [sentence for step in steps for sentence in split_sentences(step)] + [s for article in library.articles.values() for s in article.sentences]
