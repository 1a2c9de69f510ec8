"""Over every pattern and sort of grade: what is listed is used, and what a step uses is listed."""

from __future__ import annotations

import itertools
from itertools import product

import pytest

from craftlore.library import Library
from craftlore.records import Article, Pattern, Request
from craftlore.safety.policy import item_level
from craftlore.suggest.match import fill
from craftlore.words import tokens

HAVE = [Request(), Request(materials=("paper", "string", "craft knife", "clay")), Request(without=("paper", "glue", "scissors"))]


def plain(text: str) -> str:
    return f" {' '.join(tokens(text))} "


def named(thing: str, texts: tuple[str, ...]) -> bool:
    return any(plain(thing) in plain(text) for text in texts)


@pytest.mark.parametrize("grade", ["K", "2", "5", "6", "9", "12"])
def test_materials_listed_are_used_and_used_ones_are_listed(library: Library, grade: str) -> None:
    articles = itertools.cycle(library.articles.values())  # filling looks at the pattern alone
    pairs: list[tuple[Article, Pattern]] = [(next(articles), pattern) for pattern in library.patterns.values() if grade in pattern.grades]
    plans = [(request, plan) for (article, pattern), request in product(pairs, HAVE) if (plan := fill(article, pattern, library.items, request, grade))]
    assert len(plans) > len(pairs) > 0
    for request, plan in plans:
        things = (*plan.used, *plan.to_find, *plan.tools)
        assert len(things) == len(set(things)) > 0
        assert all(named(thing, plan.steps) for thing in things), f"{plan.pattern.id}: a thing is listed that no step uses"
        slots = {option for slot in plan.pattern.slots for option in slot.options} - set(things)
        parts = [thing for thing in slots if named(thing, plan.steps) and not any(plain(thing) in plain(other) for other in things)]
        written = [thing for thing in parts if not named(thing, plan.pattern.steps)]
        assert not written, f"{plan.pattern.id}: {written} stand in a step and in no list"
        assert set(plan.used) <= set(request.materials) and not set(things) & set(request.without)
        assert all(item_level(library.items[thing], grade) in "AS" for thing in things)
