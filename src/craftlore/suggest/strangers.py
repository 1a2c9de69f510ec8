"""Names in a request that the sources do not know: said to the teacher, so that nobody takes another tradition for the one asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from craftlore.places import place_called
from craftlore.records import Article
from craftlore.safety.languages import language_of
from craftlore.suggest.schema import names_in
from craftlore.words import fold, tokens

__all__ = ["strange_names"]

# Names that are of no tradition: the calendar, the school, its subjects and languages.
_ORDINARY = frozenset(
    tokens(
        """Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November December
        Spring Summer Autumn Fall Winter Year Grade Key Stage Class Room School Kindergarten Reception Primary Middle High English Maths Science Art Music
        History Geography Drama Week Day Club Mr Mrs Ms Miss Dr Hello Hi Hey Dear Please Thanks Thank You We My Our I Unit Lesson Project AD BC Christmas
        Easter Earth Sun Moon Milky Way North South East West Northern Southern Eastern Western Internet"""
    )
)
_SHARED = 5  # letters at the head of two forms of one name: Japan, Japanese


def strange_names(text: str, articles: Sequence[Article]) -> tuple[str, ...]:
    """The names of a request when no article says anything of any of them, else nothing; a title in capitals and other languages are not read."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    capitals = [word for word in words if word[0].isupper()]
    if not capitals or 2 * len(capitals) > len(words) + 1 or language_of(text) != "en":
        return ()
    names = [name for name in names_in([text]) if not name.isupper() and not set(tokens(name)) <= _ORDINARY]
    known = any(place_called(name) in _places(article) or _heads(name) & _told(article) for name in names for article in articles)
    return () if known else tuple(dict.fromkeys(names))


@lru_cache(maxsize=4096)
def _places(article: Article) -> frozenset[str]:
    return frozenset(place for place in (article.continent, *map(place_called, article.places)) if place)


@lru_cache(maxsize=4096)
def _told(article: Article) -> frozenset[str]:
    return _heads(" ".join((article.title, article.text, *article.people, *article.places)))


def _heads(text: str) -> frozenset[str]:
    return frozenset(word[:_SHARED] for word in re.findall(r"\w+", fold(text)))
