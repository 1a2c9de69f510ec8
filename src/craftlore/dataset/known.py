"""What filters look up in the whole library: its words, the names of every tradition, the things of a classroom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from craftlore.library import Library
from craftlore.words import fold, tokens

__all__ = ["Known"]

Phrases = tuple[re.Pattern[str], Mapping[str, str]]


@dataclass(frozen=True)
class Known:
    """The library with tables that are made once."""

    library: Library

    @cached_property
    def lexicon(self) -> frozenset[str]:
        """Every folded word of the library: English with the names of its traditions."""
        texts = [a.text for a in self.library.articles.values()]
        texts += [" ".join((p.name, p.summary, *p.steps, *p.goals, *p.questions, *p.goes_wrong)) for p in self.library.patterns.values()]
        texts += [" ".join((a.introduction, *a.making_steps, *a.learning_goals)) for a in self.library.activities.values()]
        return frozenset(word for text in texts for word in tokens(text))

    def traditions_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Names of traditions and peoples that a text says, each with the id of the first article that has it."""
        return _found(self._names, text)

    def things_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Names of classroom things that a text says, each with its name in the vocabulary."""
        return _found(self._things, text)

    @cached_property
    def _names(self) -> Phrases:
        return _phrases((name, a.id) for a in self.library.articles.values() for name in (a.title.split(":")[0], *a.people))

    @cached_property
    def _things(self) -> Phrases:
        return _phrases((word, name) for name, item in self.library.items.items() for word in (name, *item.aliases))


def _phrases(pairs: Iterable[tuple[str, str]]) -> Phrases:
    owners: dict[str, str] = {}
    for phrase, owner in pairs:
        owners.setdefault(fold(phrase), owner)
    longest = sorted(owners, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])"), owners


def _found(phrases: Phrases, text: str) -> Iterator[tuple[str, str]]:
    return ((match[0], phrases[1][match[0]]) for match in phrases[0].finditer(fold(text)))
