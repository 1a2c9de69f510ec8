"""Slots are filled with what the class has and may handle; a pattern that cannot be filled is no plan."""

from __future__ import annotations

from typing import Any

import pytest

from craftlore.library import Item, Library
from craftlore.records import GRADES, Article, Pattern, Request
from craftlore.safety.policy import item_level, level
from craftlore.suggest.match import Comparable, Plan, Wishes, fill, plans_for, rank_patterns

ITEMS = {name: Item() for name in ("paper", "card", "glue", "tape", "string", "scissors")} | {"craft knife": Item(tool=True, hazard="craft-knife")}
SLOTS = [
    {"role": "base", "what": "w", "options": ["paper", "card"], "amount": "1 sheet"},
    {"role": "join", "what": "w", "options": ["glue", "tape"], "amount": "a bit"},
    {"role": "cut", "what": "w", "options": ["craft knife", "scissors"], "amount": "1 each", "kind": "tool"},
]


def pattern(**changes: Any) -> Pattern:
    row: dict[str, Any] = {
        "id": "p", "name": "Folded thing", "product": "mask", "labels": ["Visual arts"], "techniques": ["folding"], "summary": "s", "fits": "f",
        "does_not_fit": "d",
        "minutes": 40, "grades": list(GRADES), "goals": ["a", "b"], "questions": ["q"], "slots": SLOTS, "steps": ["Cut {base} with {cut}.",
        "Use {join}.", "Show it."],
    }  # fmt: skip
    return Pattern.model_validate(row | changes)


def article(**changes: Any) -> Article:
    row = {
        "id": "t:a",
        "title": "T",
        "url": "u",
        "revision": "1",
        "licence": "CC",
        "source": "S",
        "labels": ["Visual arts"],
        "sections": [{"first": 1, "sentences": ["A."]}],
    }
    return Article.model_validate(row | changes)


def plan(request: Request | None = None, grade: str = "6", items: dict[str, Item] = ITEMS, **changes: Any) -> Plan | None:
    return fill(article(), pattern(**changes), items, request or Request(), grade)


def filled(request: Request | None = None, grade: str = "6", **changes: Any) -> Plan:
    found = plan(request, grade, **changes)
    assert found is not None
    return found


def test_the_first_option_fills_a_slot_and_what_the_class_has_comes_before() -> None:
    assert dict(filled().filling) == {"base": "paper", "join": "glue", "cut": "craft knife"}
    found = filled(Request(materials=("card", "tape")))
    assert (found.used, found.to_find) == (("card", "tape"), ())


def test_steps_say_what_was_chosen() -> None:
    assert filled(Request(materials=("card",))).steps == ("Cut card with craft knife.", "Use glue.", "Show it.")


def test_what_is_ruled_out_is_never_used_even_if_it_is_there() -> None:
    assert filled(Request(materials=("glue",), without=("glue",))).filling["join"] == "tape"


def test_a_slot_that_stays_empty_makes_no_plan() -> None:
    assert plan(Request(without=("glue", "tape"))) is None


@pytest.mark.parametrize(("grade", "tool"), [("2", "scissors"), ("5", "scissors"), ("6", "craft knife"), ("12", "craft knife")])
def test_the_grade_decides_on_the_tool(grade: str, tool: str) -> None:
    assert filled(Request(materials=("craft knife",)), grade).tools == (tool,)


def test_one_thing_fills_two_slots_only_if_it_must() -> None:
    slots = [*SLOTS, {"role": "other", "what": "w", "options": ["paper", "card"], "amount": "2 sheets"}]
    steps = ["Cut {base} with {cut}.", "Use {join}.", "Add {other}."]
    assert filled(slots=slots, steps=steps).filling["other"] == "card"
    found = filled(Request(without=("card",)), slots=slots, steps=steps)
    assert found.filling["other"] == "paper" and found.amounts["paper"] == "1 sheet; 2 sheets"


def test_a_slot_that_the_variant_does_not_use_is_not_asked_for() -> None:
    slots = [*SLOTS, {"role": "extra", "what": "w", "options": ["string"], "amount": "1 m", "optional": True}]
    steps = ["Cut {base} with {cut}.", "Use {join}.", "Hang it on {extra}."]
    variants = [{"band": "K-2", "steps": ["Tear {base}, no {cut}.", "Use {join}.", "Show it."]}]
    assert "string" in filled(slots=slots, steps=steps, variants=variants).to_find
    assert "string" not in filled(grade="1", slots=slots, steps=steps, variants=variants).to_find


def test_having_more_of_the_things_scores_higher() -> None:
    scores = [filled(Request(materials=have)).score for have in ((), ("paper",), ("paper", "glue"))]
    assert scores == sorted(set(scores))


def rank(request: Request, grade: str = "4", suited: tuple[tuple[str, float], ...] = (("make", 0.8),), **changes: Any) -> list[str]:
    patterns = {
        "make": pattern(id="make"),
        "study": pattern(id="study", kind="study", general=True, name="Label", product="museum label"),
        "survey": pattern(id="survey", kind="study", name="Survey", product="plant survey"),
        "burn": pattern(id="burn", hazards=["kiln"]),
    }
    return [p.id for p, _ in rank_patterns(article(**changes), suited, patterns, Wishes(request, Comparable(patterns), {}), grade)]


def test_a_suited_pattern_comes_before_studying_about_it() -> None:
    assert rank(Request()) == ["make", "study"]


def test_a_study_only_article_takes_study_patterns_alone() -> None:
    assert rank(Request(), access="study_only", access_reason="sacred") == ["study"]
    assert rank(Request(product="mask"), access="study_only", access_reason="sacred") == []


def test_a_study_pattern_that_is_not_general_has_to_suit_the_article() -> None:
    suited = (("make", 0.8), ("survey", 0.7))
    assert rank(Request(), suited=suited) == ["make", "survey", "study"]
    assert rank(Request(), suited=suited, access="study_only", access_reason="sacred") == ["survey", "study"]


def test_a_product_asked_for_leaves_the_others_out() -> None:
    assert rank(Request(product="museum label")) == ["study"]
    assert rank(Request(product="spaceship")) == ["make", "study"], "a product that nobody makes is no filter"


def test_a_pattern_whose_hazard_the_grade_may_not_meet_is_left_out() -> None:
    assert "burn" not in rank(Request(), suited=(("burn", 1.0), ("make", 0.8)))


def test_a_pattern_for_other_grades_is_left_out() -> None:
    only = {"p": pattern(grades=["7"])}
    assert rank_patterns(article(), [("p", 1.0)], only, Wishes(Request(), Comparable(only), {}), "4") == []


def test_too_long_for_the_lesson_counts_against_it() -> None:
    patterns = {"long": pattern(id="long", minutes=200), "short": pattern(id="short", minutes=40)}
    wishes = Wishes(Request(minutes=45), Comparable(patterns), {})
    assert rank_patterns(article(), [("long", 0.8), ("short", 0.8)], patterns, wishes, "4")[0][0].id == "short"


@pytest.mark.parametrize("grade", GRADES)
def test_no_plan_of_the_starter_library_holds_what_a_grade_may_not_handle(grade: str) -> None:
    library = Library.load()
    request = Request(materials=("craft knife", "glue gun", "candles", "hammer", "hot wax", "paper"))
    suited = [(i, 1.0) for i in library.patterns]
    plans = [p for a in list(library.articles.values())[:3] for p in plans_for(a, suited, library.patterns, library.items, request, grade, {})]
    assert plans
    for found in plans:
        assert all(item_level(library.items[name], grade) in "AS" for name in found.filling.values())
        assert all(level(hazard, grade) in "AS" for hazard in found.pattern.hazards)
        assert not any("{" in step or "}" in step for step in found.steps)
        assert set(found.amounts) == {*found.used, *found.to_find, *found.tools}
