"""Which articles the teacher's things can make something of, through the making patterns that suit each article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from craftlore.index.affinity import FITS
from craftlore.records import Pattern, Request
from craftlore.words import stems

__all__ = ["Makings"]

MEANT = 2.5  # what closeness of the words to a pattern counts beside the share of its slots that can be filled
LOOKED_AT = 3  # patterns of each article


@dataclass(frozen=True)
class _Traits:
    id: str
    needs: tuple[frozenset[str], ...]
    called: frozenset[str]

    def worth(self, have: set[str], wanted: set[str], like: Mapping[str, float]) -> float:
        """Meant by the words, fillable with the teacher's things, named as the product."""
        filled = sum(not have.isdisjoint(options) for options in self.needs) / len(self.needs) if self.needs else 0.0
        named = len(wanted & self.called) / len(wanted) if wanted else 0.0
        return filled + 2 * named + MEANT * max(like.get(self.id, 0.0), 0.0)


class Makings:
    """Articles with the patterns that suit them. `affinity` is article id -> pattern id -> score, patterns that are not there included."""

    def __init__(self, patterns: Mapping[str, Pattern], affinity: Mapping[str, Mapping[str, float]]) -> None:
        self._fitting = {article: _fitting(scores, patterns) for article, scores in affinity.items()}
        self._grades = {article: frozenset(grade for i, _ in fits for grade in patterns[i].grades) for article, fits in self._fitting.items()}
        self._traits = [_traits(pattern) for pattern in patterns.values()]
        place = {pattern_id: at for at, pattern_id in enumerate(patterns)}
        best = [[place[i] for i, _ in fits[:LOOKED_AT]] for fits in self._fitting.values()]
        self._suited = np.array([[*row, *[-1] * LOOKED_AT][:LOOKED_AT] for row in best]).reshape(-1, LOOKED_AT)  # -1: no pattern, worth nothing
        self._ids = list(self._fitting)

    def of(self, article_id: str) -> tuple[tuple[str, float], ...]:
        """Patterns that suit an article, best first, with their affinity; empty if nothing fits."""
        return self._fitting[article_id]

    def teachable(self, article_id: str, grade: str) -> bool:
        """Whether a fitting pattern is for this grade, or none fits at all."""
        return not self._fitting[article_id] or grade in self._grades[article_id]

    def best(self, request: Request, like: Mapping[str, float], limit: int) -> list[str]:
        """At most `limit` articles by the best of their patterns; `like` is how close in meaning each pattern is to the request."""
        if not self._traits:
            return []
        have, wanted = set(request.materials), set(stems(request.product or ""))
        worth = [traits.worth(have, wanted, like) for traits in self._traits]
        value = np.array([*worth, 0.0])[self._suited].max(axis=1)
        order = np.argsort(-value, kind="stable")[:limit]
        return [self._ids[row] for row in order if value[row] > 0]


def _fitting(scores: Mapping[str, float], patterns: Mapping[str, Pattern]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(((i, score) for i, score in scores.items() if score >= FITS and i in patterns), key=lambda pair: -pair[1]))


def _traits(pattern: Pattern) -> _Traits:
    needs = tuple(frozenset(slot.options) for slot in pattern.slots if slot.kind == "material" and not slot.optional)
    return _Traits(pattern.id, needs, frozenset(stems(" ".join((pattern.product, pattern.name, *pattern.tags)))))
