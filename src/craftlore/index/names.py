"""The names by which teachers call traditions: misspelt ones are understood, and an article that is called by name comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

from craftlore.records import Article, Pattern
from craftlore.words import stems, tokens

__all__ = ["Names"]

SHARED = 2  # a name that more articles have tells none of them
ALIKE = 84  # rapidfuzz ratio from which a misspelt word counts as the known one; the first letter is trusted


class Names:
    """Titles, peoples, tags and places of a set of articles.

    A name is a word of a title, people or tag that few articles have and that no making pattern uses: "dougong", not "paper".
    """

    def __init__(self, articles: Iterable[Article], patterns: Iterable[Pattern]) -> None:
        listed = list(articles)
        known = (word for a in listed for word in tokens(" ".join((a.title, *a.tags, *a.techniques, *a.people, *a.places))))
        self.vocabulary = frozenset(word for word in known if len(word) > 3)
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.vocabulary):
            self._by_letter[word[0]].append(word)
        made_of = {stem for p in patterns for stem in stems(_words_of(p))}
        bearers: dict[str, set[str]] = defaultdict(set)
        for article in listed:
            for stem in {*stems(" ".join((article.title, *article.people, *article.tags)))} - made_of:
                bearers[stem].add(article.id)
        self._bearers: Mapping[str, set[str]] = {stem: ids for stem, ids in bearers.items() if len(ids) <= SHARED}

    def called(self, text: str) -> frozenset[str]:
        """The ids of the articles that the text calls by a name of theirs."""
        return frozenset(article_id for stem in stems(text) for article_id in self._bearers.get(stem, ()))

    def spelled(self, text: str) -> str:
        """The text with the nearest known word added behind each misspelt one (whose first letter is trusted)."""
        said = tokens(text)
        words = []
        for word in said:
            words.append(word)
            if len(word) > 4 and word not in self.vocabulary:
                match = process.extractOne(word, self._by_letter.get(word[0], ()), scorer=fuzz.ratio, score_cutoff=ALIKE)
                if match and not set(stems(match[0])) & set(stems(word)):
                    words.append(match[0])
        return " ".join(words) if len(words) > len(said) else text


def _words_of(pattern: Pattern) -> str:
    things = (option for slot in pattern.slots for option in slot.options)
    return " ".join((pattern.name, pattern.product, pattern.summary, *pattern.tags, *pattern.techniques, *pattern.steps, *things))
