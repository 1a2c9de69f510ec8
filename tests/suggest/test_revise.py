"""One part of an idea anew: what need not change stays the same to the byte, and what the policy forbids stays forbidden."""

from __future__ import annotations

import pytest
from fakes import QueueEngine, obliging

from craftlore.config import SuggestConfig
from craftlore.errors import RequestError
from craftlore.library import Library
from craftlore.records import Idea, Request
from craftlore.safety.policy import item_level
from craftlore.suggest.match import fill
from craftlore.suggest.revise import changed_fields, harder_or_easier, plan_of, swap_material
from craftlore.suggest.write import write_idea


@pytest.fixture(scope="module")
def idea(library: Library) -> Idea:
    return idea_of(library, "starter:oware", "sowing-game-board", "4", ("dried beans", "egg cartons"))


def idea_of(library: Library, article: str, pattern: str, grade: str, materials: tuple[str, ...]) -> Idea:
    plan = fill(library.articles[article], library.patterns[pattern], library.items, Request(materials=materials), grade)
    assert plan
    return write_idea(plan, QueueEngine(always=obliging), None, library.items, SuggestConfig(), seed=1, deadline=5).idea


def things(idea: Idea) -> set[str]:
    return {*idea.materials_used, *idea.materials_to_find, *idea.tools}


def test_every_idea_can_be_traced_back_to_its_plan(library: Library) -> None:
    checked = 0
    for pattern in library.patterns.values():
        for materials in ((), ("card", "string", "egg cartons", "dried beans", "paint", "newspaper")):
            plan = fill(library.articles["starter:oware"], pattern, library.items, Request(materials=materials), pattern.grades[-1])
            if plan is None:
                continue
            made = write_idea(plan, QueueEngine(always=obliging), None, library.items, SuggestConfig(), seed=1, deadline=5).idea
            again = plan_of(made, library)
            assert (again.steps, set(again.used), set(again.to_find), set(again.tools)) == (plan.steps, set(plan.used), set(plan.to_find), set(plan.tools))
            checked += 1
    assert checked > 150


def test_a_swapped_material_changes_only_what_names_it(library: Library, idea: Idea) -> None:
    slot = next(slot for slot in library.patterns[idea.pattern_id].slots if "dried beans" in slot.options)
    new = next(option for option in slot.options if option not in things(idea) and item_level(library.items[option], "4") in "AS")
    after = swap_material(idea, "dried beans", new, library)
    assert new in after.materials_used and "dried beans" not in str(after.model_dump(exclude={"id"}))
    for before_step, after_step in zip(idea.steps, after.steps, strict=True):
        assert (before_step == after_step) == ("dried beans" not in before_step.lower())
    untouched = set(Idea.model_fields) - set(changed_fields(idea, after))
    assert untouched >= {"id", "tradition", "people", "credit", "background", "minutes", "grade", "kept_from_pattern"}


@pytest.mark.parametrize(("old", "new", "reason"), [("dried beans", "lava", "What can: "), ("gold", "clay", "does not use 'gold'")])
def test_a_thing_that_cannot_stand_in_is_refused_with_those_that_can(library: Library, idea: Idea, old: str, new: str, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        swap_material(idea, old, new, library)


def test_no_swap_brings_in_what_the_grade_may_not_handle(library: Library) -> None:
    swaps = 0
    for pattern in library.patterns.values():
        for grade in (pattern.grades[0], pattern.grades[-1]):
            plan = fill(library.articles["starter:kolam"], pattern, library.items, Request(), grade)
            if plan is None:
                continue
            for slot in pattern.slots:
                for option in slot.options:
                    old = plan.filling.get(slot.role)
                    if old and option != old and item_level(library.items[option], grade) in "TX":
                        made = write_idea(plan, QueueEngine(always=obliging), None, library.items, SuggestConfig(), seed=1, deadline=5).idea
                        with pytest.raises(RequestError):
                            swap_material(made, old, option, library)
                        swaps += 1
    assert swaps


def test_easier_and_harder_are_the_patterns_own_ways(library: Library) -> None:
    pattern = next(p for p in library.patterns.values() if any(v.band == "K-2" and v.steps for v in p.variants) and {"1", "4"} <= set(p.grades))
    made = idea_of(library, "starter:kolam", pattern.id, "4", ())
    easier = harder_or_easier(made, "easier", library)
    assert easier.grade in ("K", "1", "2") and easier.steps != made.steps and easier.minutes == pattern.for_grade(easier.grade).minutes
    assert {"title", "summary", "question", "credit", "background", "learning_goals"}.isdisjoint(changed_fields(made, easier))
    assert harder_or_easier(easier, "harder", library).grade in ("3", "4", "5")


def test_where_a_pattern_knows_no_other_way_that_is_said(library: Library, idea: Idea) -> None:
    youngest = idea_of(library, "starter:kolam", idea.pattern_id, library.patterns[idea.pattern_id].grades[0], ())
    with pytest.raises(RequestError, match="no easier version"):
        harder_or_easier(youngest, "easier", library)


def test_an_idea_that_the_library_would_not_make_is_not_changed(library: Library, idea: Idea) -> None:
    forged = idea.model_copy(update={"article_id": "starter:hopi-katsina-figures"})
    for broken in (forged, idea.model_copy(update={"pattern_id": "no-such"}), idea.model_copy(update={"grade": "99"})):
        with pytest.raises(RequestError):
            plan_of(broken, library)
