"""Each fault of a model has one text that commits it and one look-alike that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from craftlore.errors import SchemaIgnored
from craftlore.library import Library
from craftlore.records import Request
from craftlore.suggest.check import Answer, check_answer, own_spelling, parse_answer
from craftlore.suggest.facts import Facts
from craftlore.suggest.match import Plan, fill

LINE = "The line runs slantwise between the dots, crosses itself midway between two neighbours, and bends around the dots at the edge."
FACTS: Facts = {3: (19, LINE), 4: (15, "A grid can also be a diamond with rows of 1, 3, 5, 3 and 1 dots.")}
GOOD = Answer(
    "Loops and dots in Kolam",
    "Pupils draw loops around a grid of dots, as families do in Tamil Nadu.",
    {3: "as women bend the line around dots at the edge", 4: "just as people lay rows of dots in a diamond"},
    "Explain how one line winds around a grid of dots.",
    "How could you close your loops with fewer colours?",
)


@pytest.fixture(scope="module")
def plan(library: Library) -> Plan:
    found = fill(library.articles["starter:kolam"], library.patterns["dot-grid-loop-drawing"], library.items, Request(materials=("chalk",)), "4")
    assert found
    return found


def faults(plan: Plan, field: str, text: str) -> dict[str, str]:
    step = int(field.removeprefix("step_")) if field.startswith("step_") else None
    changed = replace(GOOD, clauses={**GOOD.clauses, step: text}) if step else replace(GOOD, **{field: text})
    return check_answer(changed, plan, FACTS)


def test_a_good_answer_has_no_fault(plan: Plan) -> None:
    assert check_answer(GOOD, plan, FACTS) == {}


@pytest.mark.parametrize(
    ("field", "attack", "clean", "reason"),
    [
        ("title", "Loops and dots in", "Loops and dots in Kolam", "middle of a sentence"),
        ("summary", "Pupils draw loops in Tamil Nadu and the.", "Pupils draw loops and dots in Tamil Nadu.", "middle of a sentence"),
        ("question", "How could you close your loops with the?", "How could you find a start for the dots to loop from?", "middle of a sentence"),
        ("title", "Loops in Kolam 🎨", "Loops in Kolam", "signs"),
        ("title", "Кolam loops", "Kolam loops", "signs"),
        ("summary", "Pupils draw 7 loops, as in Tamil Nadu.", "Pupils draw 5 loops, as in Tamil Nadu.", "number"),
        ("title", "Japanese and Kolam loops", "Indian and Kolam loops", "'Japan' is a place"),
        ("summary", "Pupils draw loops of Peru, as in Tamil Nadu.", "Pupils draw loops of India, as in Tamil Nadu.", "'Peru' is a name"),
        ("title", "Kolam loopsanddotsandlines", "Kolam loops-and-dots-and-lines", "is no word"),
        ("summary", "Pupils draw ancient loops, as in Tamil Nadu.", "Pupils draw anciently loops, as in Tamil Nadu.", "'ancient'"),
        ("summary", "Pupils draw loops with a knife, as in Tamil Nadu.", "Pupils draw loops with a pen, as in Tamil Nadu.", "knife"),
        ("title", "A day in the sun", "A day of loops in the sun", "neither the tradition"),
        ("title", "Loops and dots and loops and dots and loops and dots and loops and more", "Loops and dots and loops and dots and loops", "too long"),
        ("summary", "Pupils sweep rice flour and water on doorsteps, as in Tamil Nadu.", "Pupils draw loops, as with rice flour on doorsteps in Tamil Nadu.",
         "things of the project"),
        ("summary", "Pupils draw loops, as a Kolam with dots does.", "Pupils draw loops, as Kolam drawers do.", "end with who"),
        ("summary", "Pupils draw loops around a grid of dots.", "Pupils draw loops around a grid of dots, a Tamil art.", "does not name"),
        ("goal", "Love how one line winds around a grid of dots.", "Show how one line winds around a grid of dots.", "can be seen to do"),
        ("goal", "Explain how small stitches through two layers make dots and lines.", "Explain how small loops around two dots make lines.", "worked example"),
        ("goal", "Explain how birds migrate over oceans.", "Explain how lines migrate over dots.", "little to do"),
        ("question", "Can you close your loops with fewer colours?", "What might close your loops with fewer colours?", "open question"),
        ("question", "What might close your loops with fewer colours.", "What might close your loops with fewer colours?", "open question"),
        ("question", "What would change if your bottles were made of clay?", "What would change if your dots were made of loops?", "worked example"),
        ("question", "Why do you think whales sing?", "Why do you think lines and dots sing?", "little to do"),
        ("question", "What do your loops do, and what does a line with dots do?", "Which of your loops would you change, and why?", "more than one thing"),
        ("question", "What did you draw with your dots when you draw with your dots and with your dots you draw with your dots?",
         "What did you draw with your dots when you closed the loops?", "twice"),
        ("step_3", "as women are bent around dots by the line", "as women bend the line around dots at the edge", "is done to its people"),
        ("step_3", "as women bends the line around dots at the edge", "as women bend the line around dots at the edge", "verbs"),
        ("step_3", "as women bend the line around dots, crosses the edge", "as women bend the line around dots and cross the edge", "verbs"),
        ("step_3", "as people draw a rounded diamond", "as people bend a line at the edge", "nothing that the step"),
        ("step_3", "as women offer the line to kings and queens at dawn", "as women bend the line at the edge", "more than its source"),
    ],
)  # fmt: skip
def test_a_fault_is_found_and_its_look_alike_passes(plan: Plan, field: str, attack: str, clean: str, reason: str) -> None:
    found = faults(plan, field, attack)
    assert list(found) == [field] and reason in found[field]
    assert faults(plan, field, clean) == {}


def test_a_hazard_of_the_younger_is_none_for_the_older(plan: Plan) -> None:
    text = "Pupils draw loops with a knife, as in Tamil Nadu."
    assert faults(plan, "summary", text) and not faults(replace(plan, grade="9"), "summary", text)


def test_a_number_of_one_source_is_no_name_and_no_fault(plan: Plan) -> None:
    assert faults(plan, "step_4", "as people lay rows of 1, 3, 5 dots in a diamond") == {}


def document(**changes: Any) -> str:
    fields = {"title": "t", "summary": "s", "step_3": "c", "step_4": "d", "goal": "g", "question": "q"} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


def test_an_answer_is_read_field_by_field() -> None:
    assert parse_answer(document(), FACTS) == Answer("t", "s", {3: "c", 4: "d"}, "g", "q")


@pytest.mark.parametrize(
    "text", ["", "Sure! Here is", "[]", "null", '"x"', "{}", document()[:-3], document(step_4=...), document(title=None), document(goal=["g"])]
)
def test_what_is_not_the_json_that_was_asked_for_is_named(text: str) -> None:
    with pytest.raises(SchemaIgnored, match="ignore the schema"):
        parse_answer(text, FACTS)


@pytest.mark.parametrize("field", ["title", "summary", "goal", "question", "step_3"])
@pytest.mark.parametrize("text", ["", " ", ".", "?", "—", "x" * 5000, "a " * 2000, "as people"])
def test_any_text_gives_a_fault_and_no_crash(plan: Plan, field: str, text: str) -> None:
    assert field in faults(plan, field, text)


def test_names_get_the_spelling_of_the_article(library: Library, plan: Plan) -> None:
    assert own_spelling("kolam in tamil nadu and tamil nadus", plan) == "kolam in Tamil Nadu and tamil nadus"
