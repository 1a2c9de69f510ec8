"""Which making pattern for which article, and what fills its slots: chosen by code, before the model says a word."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from craftlore.library import Item, Library
from craftlore.records import Article, Pattern, Request, Slot, roles_in
from craftlore.safety.policy import item_level, level
from craftlore.words import stems, tokens

__all__ = ["Comparable", "Plan", "Wishes", "allowed_at", "comparable", "fill", "plans_for", "rank_patterns"]

# Set on the even-numbered half of the labelled pairs; `craftlore verify patterns` prints both halves (docs/log.md).
HAVE, USED, NAMED, SPOKEN, MEANT, TIME = 0.35, 0.50, 0.70, 0.40, 1.2, 0.15
ONLY = 1.5  # "only paper and scissors": then what is at hand counts this much more
STUDY = 0.15  # any article can be studied about: there if asked for, or if nothing else is allowed


@dataclass(frozen=True)
class Plan:
    """One article x one pattern x the teacher's things, every slot filled, steps spelled out. What the model puts into words."""

    article: Article
    pattern: Pattern
    grade: str
    filling: Mapping[str, str]
    steps: tuple[str, ...]
    used: tuple[str, ...]
    to_find: tuple[str, ...]
    tools: tuple[str, ...]
    amounts: Mapping[str, str]
    score: float


@dataclass(frozen=True)
class _Traits:
    """What a pattern is compared by: `needs` are the options of the slots that have to be filled."""

    options: frozenset[str]
    needs: tuple[frozenset[str], ...]
    things: frozenset[str]
    words: frozenset[str]
    product: frozenset[str]
    called: frozenset[str]


class Comparable:
    """Making patterns as requests are compared with them: worked out once for a library, not once for a request."""

    def __init__(self, patterns: Mapping[str, Pattern]) -> None:
        self.traits = {pattern_id: _traits(pattern) for pattern_id, pattern in patterns.items()}
        self._users = Counter(option for traits in self.traits.values() for option in traits.options)

    def telling(self, things: Iterable[str]) -> dict[str, float]:
        """How much each thing says about what is wanted: a torch, which few patterns use, more than paper (inverse document frequency)."""
        return {thing: math.log((1 + len(self.traits)) / (1 + self._users[thing])) + 0.2 for thing in things}


@lru_cache(maxsize=4)
def comparable(library: Library) -> Comparable:
    """The making patterns of a library, made ready for comparing."""
    return Comparable(library.patterns)


@lru_cache(maxsize=4096)
def _traits(pattern: Pattern) -> _Traits:
    options = frozenset(option for slot in pattern.slots for option in slot.options)
    return _Traits(
        options=options,
        needs=tuple(frozenset(slot.options) for slot in pattern.slots if not slot.optional),
        things=frozenset(stem for option in options for stem in stems(option)),
        words=frozenset(stems(" ".join((pattern.name, *pattern.tags, *pattern.techniques)))),
        product=frozenset(stems(pattern.product)),
        called=frozenset(stems(" ".join((pattern.product, pattern.name, *pattern.tags)))),
    )


class Wishes:
    """What one request asks of a pattern, worked out once however many articles are matched.

    `like` says how close in meaning each pattern is to the request, `own` are patterns beside those of the library.
    """

    def __init__(self, request: Request, known: Comparable, like: Mapping[str, float], own: Iterable[Pattern] = ()) -> None:
        self._minutes, self._like = request.minutes, like
        self._have = frozenset(request.materials)
        self._telling = known.telling(request.materials)
        self._said = frozenset(stems(request.text)) - {stem for name in request.materials for stem in stems(name)}
        self._only = ONLY if {"only", "nothing", "just"} & set(tokens(request.text)) else 1.0
        self._product = frozenset(stems(request.product or ""))
        self._worth: dict[str, float] = {}
        self._traits = {**known.traits, **{pattern.id: _traits(pattern) for pattern in own}}
        self.named = frozenset(pattern_id for pattern_id, traits in self._traits.items() if self._called(traits)) if self._product else frozenset()

    def worth(self, pattern: Pattern) -> float:
        """How well a pattern answers the request: its slots filled, the teacher's things used, its words said, its meaning, its time."""
        if pattern.id not in self._worth:
            self._worth[pattern.id] = self._asked_for(pattern) + MEANT * max(self._like.get(pattern.id, 0.0), 0.0)
        return self._worth[pattern.id]

    def _asked_for(self, pattern: Pattern) -> float:
        traits = self._traits[pattern.id]
        filled = sum(not self._have.isdisjoint(options) for options in traits.needs) / len(traits.needs) if traits.needs else 0.0
        used = sum(self._telling[thing] for thing in self._have & traits.options) / sum(self._telling.values()) if self._have else 0.0
        said = self._said - traits.things
        spoken = min(len(said & traits.words) / 3, 1.0) + bool(said & traits.product)
        time = TIME if self._minutes is None or pattern.minutes <= self._minutes * 1.25 else 0.0
        return self._only * (HAVE * filled + USED * used) + SPOKEN * spoken + time + NAMED * self._called(traits)

    def _called(self, traits: _Traits) -> float:
        """The share of the words of the product asked for that name this pattern."""
        return len(self._product & traits.called) / len(self._product) if self._product else 0.0


def rank_patterns(
    article: Article, suited: Sequence[tuple[str, float]], patterns: Mapping[str, Pattern], wishes: Wishes, grade: str
) -> list[tuple[Pattern, float]]:
    """The patterns for this article and these wishes, best first; an empty list says that nothing fits.

    `suited` are pattern ids with their affinity to the article. A `study_only` article takes study patterns and no others; where a
    product is asked for that some pattern makes, only such patterns are left.
    """
    affinity = {p.id: STUDY for p in patterns.values() if p.general}
    affinity |= {i: max(score, affinity.get(i, 0.0)) for i, score in suited if article.access != "study_only" or patterns[i].kind == "study"}
    options = [patterns[i] for i in affinity if grade in patterns[i].grades and allowed_at(patterns[i], grade)]
    if wishes.named:
        options = [p for p in options if p.id in wishes.named]
    return sorted(((p, affinity[p.id] + wishes.worth(p)) for p in options), key=lambda pair: -pair[1])


def plans_for(
    article: Article,
    suited: Sequence[tuple[str, float]],
    patterns: Mapping[str, Pattern],
    items: Mapping[str, Item],
    request: Request,
    grade: str,
    like: Mapping[str, float],
) -> list[Plan]:
    """Workable plans for one article, best first: patterns whose every slot can be filled for this grade."""
    plans = []
    for pattern, score in rank_patterns(article, suited, patterns, Wishes(request, Comparable(patterns), like), grade):
        plan = fill(article, pattern, items, request, grade, score)
        if plan:
            plans.append(plan)
    return plans


def fill(article: Article, pattern: Pattern, items: Mapping[str, Item], request: Request, grade: str, score: float = 0.0) -> Plan | None:
    """Fill every slot: with what the teacher has if the grade allows it, else with the first allowed option. None if one stays empty."""
    pattern = pattern.for_grade(grade)
    have, without = set(request.materials), set(request.without)
    needed = set(roles_in(" ".join(pattern.steps)))
    filling: dict[str, str] = {}
    amounts: dict[str, str] = {}
    for slot in pattern.slots:
        if slot.role not in needed:
            continue
        option = _option(slot, items, have, without, set(filling.values()), grade)
        if option is None:
            return None
        filling[slot.role] = option
        amounts[option] = f"{amounts[option]}; {slot.amount}" if option in amounts else slot.amount
    things = list(dict.fromkeys(filling[slot.role] for slot in pattern.slots if slot.role in filling and slot.kind == "material"))
    tools = list(dict.fromkeys(filling[slot.role] for slot in pattern.slots if slot.role in filling and slot.kind == "tool"))
    return Plan(
        article=article,
        pattern=pattern,
        grade=grade,
        filling=filling,
        steps=tuple(step.format_map(filling) for step in pattern.steps),
        used=tuple(name for name in things if name in have),
        to_find=tuple(name for name in things if name not in have),
        tools=tuple(name for name in tools if name not in things),
        amounts=amounts,
        score=score + HAVE * _share(things, have),
    )


def _option(slot: Slot, items: Mapping[str, Item], have: set[str], without: set[str], taken: set[str], grade: str) -> str | None:
    allowed = [option for option in slot.options if option not in without and item_level(items[option], grade) in "AS"]
    fresh = [option for option in allowed if option not in taken] or allowed
    return next((option for option in fresh if option in have), fresh[0] if fresh else None)


def allowed_at(pattern: Pattern, grade: str) -> bool:
    """Whether pupils of this grade may do what the pattern's own hazards are about."""
    return all(level(hazard, grade) in "AS" for hazard in pattern.hazards)


def _share(names: Iterable[str], have: set[str]) -> float:
    listed = list(names)
    return sum(name in have for name in listed) / len(listed) if listed else 0.0
