"""Which making pattern for which article, and what fills its slots: chosen by code, before the model says a word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from craftlore.library import Item
from craftlore.records import Article, Pattern, Request, Slot, roles_in
from craftlore.safety.policy import item_level, level
from craftlore.words import stems, tokens

__all__ = ["Plan", "fill", "plans_for", "rank_patterns"]

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


def rank_patterns(
    article: Article, suited: Sequence[tuple[str, float]], patterns: Mapping[str, Pattern], request: Request, grade: str, like: Mapping[str, float]
) -> list[tuple[Pattern, float]]:
    """The patterns for this article and request, best first; an empty list says that nothing fits.

    `suited` are pattern ids with their affinity to the article, `like` how close in meaning each pattern is to
    the request. A `study_only` article takes study patterns and no others.
    """
    affinity = {p.id: STUDY for p in patterns.values() if p.general}
    affinity |= {i: max(score, affinity.get(i, 0.0)) for i, score in suited if article.access != "study_only" or patterns[i].kind == "study"}
    options = [patterns[i] for i in affinity if grade in patterns[i].grades and _allowed(patterns[i], grade)]
    if request.product and any(_named(p, request.product) for p in patterns.values()):
        options = [p for p in options if _named(p, request.product)]
    telling = _telling(request.materials, patterns)
    return sorted(((p, affinity[p.id] + _asked_for(p, request, telling) + MEANT * max(like.get(p.id, 0.0), 0.0)) for p in options), key=lambda pair: -pair[1])


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
    for pattern, score in rank_patterns(article, suited, patterns, request, grade, like):
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


def _allowed(pattern: Pattern, grade: str) -> bool:
    return all(level(hazard, grade) in "AS" for hazard in pattern.hazards)


def _telling(things: Iterable[str], patterns: Mapping[str, Pattern]) -> dict[str, float]:
    """How much each thing says about what is wanted: a torch, which few patterns use, more than paper (inverse document frequency)."""
    users = {thing: sum(any(thing in slot.options for slot in p.slots) for p in patterns.values()) for thing in things}
    return {thing: math.log((1 + len(patterns)) / (1 + count)) + 0.2 for thing, count in users.items()}


def _asked_for(pattern: Pattern, request: Request, telling: Mapping[str, float]) -> float:
    """How well a pattern answers the request: its slots filled, the teacher's things used, its words said, its time."""
    have = set(request.materials)
    slots = [slot for slot in pattern.slots if not slot.optional]
    filled = sum(bool(have & set(slot.options)) for slot in slots) / len(slots)
    options = {option for slot in pattern.slots for option in slot.options}
    used = sum(telling[thing] for thing in have & options) / sum(telling.values()) if have else 0.0
    things = set(stems(" ".join((*have, *options))))
    said = set(stems(request.text)) - things
    spoken = min(len(said & set(stems(" ".join((pattern.name, *pattern.tags, *pattern.techniques))))) / 3, 1.0) + bool(said & set(stems(pattern.product)))
    only = ONLY if {"only", "nothing", "just"} & set(tokens(request.text)) else 1.0
    time = TIME if request.minutes is None or pattern.minutes <= request.minutes * 1.25 else 0.0
    return only * (HAVE * filled + USED * used) + SPOKEN * spoken + time + (NAMED * _named(pattern, request.product) if request.product else 0.0)


def _named(pattern: Pattern, product: str) -> float:
    wanted, named = set(stems(product)), set(stems(" ".join((pattern.product, pattern.name, *pattern.tags))))
    return len(wanted & named) / len(wanted) if wanted else 0.0


def _share(names: Iterable[str], have: set[str]) -> float:
    listed = list(names)
    return sum(name in have for name in listed) / len(listed) if listed else 0.0
