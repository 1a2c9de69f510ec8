"""Which articles the teacher's things can make something of, through the making patterns that suit each article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from craftlore.index.affinity import FITS
from craftlore.records import Pattern, Request
from craftlore.words import stems

__all__ = ["Makings"]

MEANT = 2.5  # what closeness of the words to a pattern counts beside the share of its slots that can be filled
LOOKED_AT = 3  # patterns of each article


class Makings:
    """Articles with the patterns that suit them. `affinity` is article id -> pattern id -> score, patterns that are not there included."""

    def __init__(self, patterns: Mapping[str, Pattern], affinity: Mapping[str, Mapping[str, float]]) -> None:
        self._fitting = {article: _fitting(scores, patterns) for article, scores in affinity.items()}
        self._grades = {article: frozenset(grade for i, _ in fits for grade in patterns[i].grades) for article, fits in self._fitting.items()}
        self._patterns = list(patterns)
        self._called = [frozenset(stems(" ".join((p.product, p.name, *p.tags)))) for p in patterns.values()]
        self._slots = _Slots(patterns.values())
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
        if not self._patterns:
            return []
        wanted = set(stems(request.product or ""))
        meant = np.array([max(like.get(pattern_id, 0.0), 0.0) for pattern_id in self._patterns])
        worth = self._slots.filled(request.materials) + MEANT * meant
        if wanted:
            worth += 2 * np.array([len(wanted & called) / len(wanted) for called in self._called])
        value = np.append(worth, 0.0)[self._suited].max(axis=1)
        order = np.argsort(-value, kind="stable")[:limit]
        return [self._ids[row] for row in order if value[row] > 0]


class _Slots:
    """The slots for materials that have to be filled, of all patterns in one row, so that a request looks at its own things only."""

    def __init__(self, patterns: Collection[Pattern]) -> None:
        slots = [(at, slot) for at, p in enumerate(patterns) for slot in p.slots if slot.kind == "material" and not slot.optional]
        self._owner = np.array([at for at, _ in slots], np.int64)
        self._count = np.maximum(np.bincount(self._owner, minlength=len(patterns)), 1)
        self._taking: dict[str, list[int]] = {}
        for number, (_, slot) in enumerate(slots):
            for option in slot.options:
                self._taking.setdefault(option, []).append(number)

    def filled(self, things: Iterable[str]) -> NDArray[np.float64]:
        """For each pattern the share of its slots that one of the things fills, of shape (patterns,)."""
        numbers = sorted({number for thing in things for number in self._taking.get(thing, ())})
        return np.asarray(np.bincount(self._owner[numbers], minlength=len(self._count)) / self._count)


def _fitting(scores: Mapping[str, float], patterns: Mapping[str, Pattern]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(((i, score) for i, score in scores.items() if score >= FITS and i in patterns), key=lambda pair: -pair[1]))
