"""Which pages are kept: patterns for kinds of pages that no project grows out of, then closeness to anchors (`relevance.toml`).

Not covered: pages in other languages than English (patterns and encoder read English), and pages of a right kind that are
poor; both are kept if they are long enough.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from craftlore.crawl.draft import Draft, Drop
from craftlore.errors import ConfigError
from craftlore.index.encoder import Encoder
from craftlore.records import Label

__all__ = ["labels_of", "off_topic", "scores"]

SHOWN = 3  # sentences that the encoder reads
SECOND_LABEL = 0.04  # how close behind the first a second label may be


@dataclass(frozen=True)
class _Kind:
    reason: str
    title: re.Pattern[str] | None
    categories: re.Pattern[str] | None
    lead: re.Pattern[str] | None
    headings: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    def shows_in(self, page: Draft, lead: str) -> str | None:
        """What of the page says that it is of this kind, or None."""
        found = None
        if self.title and self.title.search(page.title):
            found = f"title {page.title!r}"
        elif name := next((c for c in page.categories if self.categories and self.categories.match(_plain(c))), None):
            found = f"category {name!r}"
        elif self.lead and (match := self.lead.search(lead)):
            found = f"lead: {match[0]!r}"
        elif len(hits := sorted({h for h in page.headings if self.headings and self.headings.fullmatch(_plain(h))})) > 1:
            found = f"headings {', '.join(hits)}"
        if found and self.unless and any(self.unless.search(text) for text in (page.title, lead, *page.categories)):
            return None
        return found


@dataclass(frozen=True)
class _Rules:
    margin: float
    kinds: tuple[_Kind, ...]
    on: Mapping[Label, tuple[str, ...]]
    off: tuple[str, ...]


@cache
def _rules() -> _Rules:
    """`relevance.toml`, compiled. Raises ConfigError naming the part that is wrong."""
    path = Path(__file__).parent / "relevance.toml"
    part = "the file"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        kinds = []
        for row in data["kind"]:
            part = f"kind {row['reason']!r}"
            if unknown := set(row) - {"reason", "title", "categories", "lead", "headings", "unless"}:
                raise ValueError(f"unknown key {sorted(unknown)[0]!r}")
            title, headings = _any(row.get("title")), _any(row.get("headings"))
            kinds.append(_Kind(row["reason"], title, _words(row.get("categories")), _words(row.get("lead")), headings, _words(row.get("unless"))))
        part = "anchors"
        on = {Label(name): tuple(sentences) for name, sentences in data["anchors"]["on"].items()}
        return _Rules(data["margin"], tuple(kinds), on, tuple(data["anchors"]["off"]))
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(f"{path}: {part}: {error}") from error


def _any(patterns: Iterable[str] | None) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.I) if patterns else None


def _words(patterns: Iterable[str] | None) -> re.Pattern[str] | None:
    return _any(rf"(?<!\w)(?:{p.replace('<adj>', _ADJECTIVES)})(?!\w)" for p in patterns) if patterns else None


_ADJECTIVES = r"(?:(?!(?:of|in|on|at|for|from|to|with|over|by|that|which|who|where|whose|made|used)\b)[\w’-]+,? (?:and )?){0,9}?"


def _plain(text: str) -> str:
    return text.replace("'", "’")


def off_topic(page: Draft, encoder: Encoder | None) -> Drop | None:
    """Why a page is not kept, or None. Without an encoder only the patterns decide."""
    rules = _rules()
    lead = _plain(page.lead[0]) if page.lead else ""
    for kind in rules.kinds:
        if found := kind.shows_in(page, lead):
            return Drop(f"kind: {kind.reason}", found)
    if encoder is None:
        return None
    on, off = scores(page, encoder)
    best = max(on, key=lambda label: on[label])
    if off[1] - on[best] > rules.margin:
        return Drop("off-topic", f"closer to {off[0]!r} ({off[1]:.2f}) than to {best.value} ({on[best]:.2f})")
    return None


def labels_of(page: Draft, encoder: Encoder) -> tuple[Label, ...]:
    """The label whose anchors are closest, and a second one close behind: for sources without a category tree."""
    ranked = sorted(scores(page, encoder)[0].items(), key=lambda pair: -pair[1])
    return tuple(label for label, score in ranked[:2] if score >= ranked[0][1] - SECOND_LABEL)


def scores(page: Draft, encoder: Encoder) -> tuple[dict[Label, float], tuple[str, float]]:
    """Cosine to the closest anchor of every label, and the closest off-topic anchor with its cosine."""
    rules = _rules()
    on, off = _anchors(encoder)
    vector = encoder.encode([f"{page.title}. {'; '.join(page.categories[:6])}. {' '.join(page.lead[:SHOWN])}"])[0]
    far = off @ vector
    return {label: float((on[label] @ vector).max()) for label in on}, (rules.off[int(far.argmax())], float(far.max()))


@cache
def _anchors(encoder: Encoder) -> tuple[dict[Label, NDArray[np.float32]], NDArray[np.float32]]:
    rules = _rules()
    return {label: encoder.encode(sentences) for label, sentences in rules.on.items()}, encoder.encode(rules.off)
