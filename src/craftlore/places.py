"""Places as teachers name them: continents, regions, countries and their adjectives (`places.toml`)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from craftlore.words import fold

__all__ = ["country_words", "find_place", "find_places", "names_within", "place_called"]


@cache
def _gazetteer() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Folded word -> canonical place; canonical place -> folded names that lie within it."""
    data = tomllib.loads((Path(__file__).parent / "places.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    within: dict[str, frozenset[str]] = {}
    for country, others in data["countries"].items():
        words.update({fold(word): country for word in (country, *others)})
        within[country] = frozenset(fold(word) for word in (country, *others))
    for continent, others in data["continents"].items():
        words.update({fold(word): continent for word in (continent, *others)})
        within[continent] = frozenset({fold(continent)})
    for region, row in data["regions"].items():
        words.update({fold(word): region for word in (region, *row["words"])})
        inside = {fold(region), *(fold(name) for name in row["countries"])}
        within[region] = frozenset(inside.union(*(within.get(name, frozenset()) for name in row["countries"])))
    return words, within


@cache
def _finder() -> re.Pattern[str]:
    longest_first = sorted(_gazetteer()[0], key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


@cache
def country_words() -> frozenset[str]:
    """Every folded word for a country or territory and its people, regions and continents left out."""
    data = tomllib.loads((Path(__file__).parent / "places.toml").read_text(encoding="utf-8"))
    return frozenset(fold(word) for country, others in data["countries"].items() for word in (country, *others))


def find_place(text: str) -> str | None:
    """The first place that a text names, by its canonical name, or None."""
    match = _finder().search(fold(text))
    return _gazetteer()[0][match[0]] if match else None


def find_places(text: str) -> tuple[str, ...]:
    """Every place that a text names, by its canonical name, in order, each once."""
    return tuple(dict.fromkeys(_gazetteer()[0][word] for word in _finder().findall(fold(text))))


def place_called(word: str) -> str | None:
    """The place that one word names, by its canonical name, or None."""
    return _gazetteer()[0].get(fold(word))


def names_within(place: str) -> frozenset[str]:
    """Folded names that count as lying in `place`; for an unknown place only its own name."""
    words, within = _gazetteer()
    return within.get(words.get(fold(place), place), frozenset({fold(place)}))
