"""A teacher's request in words: seeded templates (`wording.toml`) in the five styles of the gold ideas."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["STYLES", "misspelt", "worded"]

STYLES = ("terse", "chatty", "misspelt", "partial", "second-language")
SLIPS = 0.3  # share of the longer words that a hurried hand gets wrong


@cache
def _templates() -> dict[str, tuple[str, ...]]:
    data = tomllib.loads((Path(__file__).parent / "wording.toml").read_text(encoding="utf-8"))
    return {style: tuple(rows) for style, rows in data.items()}


def worded(style: str, known: Mapping[str, str], draw: random.Random) -> str:
    """One request; `known` gives grade, things, product, minutes and tradition."""
    if style == "misspelt":
        return misspelt(worded(draw.choice(("terse", "chatty")), known, draw), draw)
    return draw.choice(_templates()[style]).format_map(known)


def misspelt(text: str, draw: random.Random) -> str:
    """The text with slips in some of its longer words: a letter left out, doubled or swapped, never the first or the last."""
    return re.sub(r"[a-z]{6,}", lambda m: _slip(m[0], draw) if draw.random() < SLIPS else m[0], text)


def _slip(word: str, draw: random.Random) -> str:
    at = draw.randrange(2, len(word) - 2)
    return draw.choice((word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + word[at + 1] + word[at] + word[at + 2 :]))
