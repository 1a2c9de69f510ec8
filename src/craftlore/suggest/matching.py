"""From the articles that were found to plans, best first: one making pattern, or own activity, for each article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from craftlore.index.affinity import FITS, PatternTerms
from craftlore.index.search import Hit, Index
from craftlore.library import Library
from craftlore.records import Article, Pattern, Request, Verdict
from craftlore.suggest.activities import ActivityHit, Vector
from craftlore.suggest.match import Plan, Wishes, comparable, fill, rank_patterns
from craftlore.suggest.own_patterns import ActivityPattern, own_patterns

__all__ = ["Matching"]

PATTERN_WEIGHT = 0.35  # what a plan's fit counts beside the article's rank


@dataclass(frozen=True)
class Matching:
    """One request, ready to be matched with articles.

    With `study` nothing is made: every article is treated as one that is for study only, for the reason that it gives. `own` are
    activities that may serve as patterns. An article that a teacher `opened` may be studied about, too, where nothing fits to be made.
    """

    library: Library
    index: Index
    request: Request
    grade: str
    inferred: frozenset[str] = frozenset()
    study: Verdict | None = None
    own: Sequence[ActivityHit] = ()
    opened: bool = False
    _own: tuple[ActivityPattern, ...] = field(init=False)
    _terms: tuple[tuple[PatternTerms, Vector | None], ...] = field(init=False)
    _patterns: Mapping[str, Pattern] = field(init=False)
    _wishes: Wishes = field(init=False)

    def __post_init__(self) -> None:
        made = own_patterns(self.library)
        found = [(pattern, hit.vector) for hit in self.own if (pattern := made.of(hit.activity)) and self.grade in pattern.grades]
        own = tuple(pattern for pattern, _ in found)
        near = {pattern.id: vector for pattern, vector in found if vector is not None}
        like = self.index.patterns_like(self.request, self.inferred, near)
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "_terms", tuple((made.terms(pattern), vector) for pattern, vector in found))
        object.__setattr__(self, "_patterns", {**self.library.patterns, **{pattern.id: pattern for pattern in own}})
        wished = self.request.model_copy(update={"product": None}) if self.study else self.request  # what is only studied is not made either
        object.__setattr__(self, "_wishes", Wishes(wished, comparable(self.library), like, own))

    def plans(self, hits: Sequence[Hit]) -> list[Plan]:
        """One plan for each article, best first; a pattern that was already taken stands back behind a new one.

        Where open articles would only be studied about, the nearest thing to make with them is taken.
        """
        scored = self._scored(hits) or self._scored(hits, make=True)
        taken: set[str] = set()
        first: list[Plan] = []
        later: list[Plan] = []
        for _, plan in scored:
            (later if plan.pattern.id in taken else first).append(plan)
            taken.add(plan.pattern.id)
        return first + later

    def _scored(self, hits: Sequence[Hit], *, make: bool = False) -> list[tuple[float, Plan]]:
        scored = []
        for hit in hits:
            plan = self._plan(hit.article, make)
            if plan and (self.opened or plan.pattern.kind == "make" or plan.article.access == "study_only" or self.request.product):
                scored.append((hit.score / hits[0].score + PATTERN_WEIGHT * plan.score, plan))
        return sorted(scored, key=lambda pair: -pair[0])

    def _plan(self, article: Article, make: bool = False) -> Plan | None:
        suited = [*self.index.patterns_for(article.id), *self._own_suited(article.id)]
        if self.study:
            article = article.model_copy(update={"access": "study_only", "access_reason": self.study.why})
        ranked = rank_patterns(article, suited, self._patterns, self._wishes, self.grade)
        filled = (
            fill(article, pattern, self.library.items, self.request, self.grade, score) for pattern, score in ranked if not make or pattern.kind == "make"
        )
        return next(filter(None, filled), None)

    def _own_suited(self, article_id: str) -> list[tuple[str, float]]:
        """Own activities that fit the article by the line that holds for every pattern, and pass the gates at this grade."""
        passes = own_patterns(self.library).passes
        suited = zip(self._own, self.index.suits(article_id, self._terms), strict=True)
        return [(pattern.id, affinity) for pattern, affinity in suited if affinity >= FITS and passes(pattern, self.grade)]
