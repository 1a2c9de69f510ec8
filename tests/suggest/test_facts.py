"""Each step may stand beside one real sentence that fits it; what has no place in class stands beside none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import FakeEncoder
from test_match import article, filled

from craftlore.records import GRADES, Article, Request
from craftlore.suggest.facts import MOST, background, beside_steps, split_step, with_somebody
from craftlore.suggest.match import Plan, fill

STEPS = ["Fold the {base} into narrow strips.", "Weave the strips over and under. Push each row tight.", "Tie the loose ends at the edge."]
SLOTS = [{"role": "base", "what": "w", "options": ["paper"], "amount": "1 sheet"}]


def told(*sentences: str, **changes: Any) -> Article:
    return article(sections=[{"first": 1, "sentences": list(sentences)}], **changes)


def plan(about: Article, grade: str = "4", **changes: Any) -> Plan:
    return replace(filled(slots=SLOTS, steps=STEPS, **changes), article=about, grade=grade)


WEAVING = "The makers weave narrow strips over and under in tight rows."


@pytest.mark.parametrize("encoder", [None, FakeEncoder()])
def test_a_sentence_stands_beside_the_step_that_it_is_closest_to(encoder: FakeEncoder | None) -> None:
    found = beside_steps(plan(told("Lions live far away from all of this.", WEAVING)), encoder)
    assert found == {2: (2, WEAVING)}


@pytest.mark.parametrize("encoder", [None, FakeEncoder()])
def test_a_sentence_about_something_else_stands_beside_none(encoder: FakeEncoder | None) -> None:
    assert beside_steps(plan(told("Lions live far away from all of this.")), encoder) == {}


def test_no_sentence_stands_beside_two_steps() -> None:
    found = beside_steps(plan(told("Weavers fold and weave strips of paper and tie loose ends at the edge.")), None)
    assert len(found) == 1


def test_a_study_pattern_gets_no_sentence() -> None:
    assert beside_steps(plan(told(WEAVING)), None)
    assert beside_steps(plan(told(WEAVING), kind="study"), None) == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "It is woven in narrow strips over and under in tight rows.",
        "The priests weave narrow strips for a funeral in tight rows.",
        "The makers weave narrow strips with a knife over and under in tight rows.",
        "Strips woven tight in rows.",
        " ".join(["The makers weave narrow strips over and under in tight rows", *["and more"] * 16]) + ".",
    ],
    ids=["begins with it", "funeral", "knife", "too short", "too long"],
)
def test_what_has_no_place_beside_a_step_stands_beside_none(sentence: str) -> None:
    assert beside_steps(plan(told(sentence)), None) == {}


def test_a_hazard_that_the_grade_may_meet_is_no_bar() -> None:
    sentence = "The makers weave narrow strips with a knife over and under in tight rows."
    assert beside_steps(plan(told(sentence), grade="9"), None) == {2: (1, sentence)}


def test_only_sentences_in_which_somebody_does_something_become_clauses() -> None:
    facts = {1: (1, "Weavers tie strips."), 2: (2, "The strips are often woven tight."), 3: (3, "A weaver looks on."), 4: (4, "Rows lie side by side.")}
    assert list(with_somebody(facts, ["weavers"])) == [1, 2, 3]


def test_a_step_is_split_at_its_sentences_and_not_inside() -> None:
    assert split_step("Use 2.5 cm of tape. Fold it.") == ["Use 2.5 cm of tape.", "Fold it."]


def test_background_is_the_opening_what_stands_beside_steps_and_today() -> None:
    about = told("One.", "Two.", "Three.", "Four.", "People still do this today.", "They still do that.")
    assert background(about, {1: (4, "Four.")}, "4") == (1, 2, 4, 5)


def test_background_leaves_a_hazard_out_but_is_never_empty() -> None:
    about = told("A knife is sharp.", "Gunpowder and a bomb are not for class.")
    assert background(about, {}, "12") == (1,)
    assert background(about, {}, "1") == (1,), "the opening names the tradition, so it is what is left"


@pytest.mark.parametrize("grade", GRADES)
def test_of_the_starter_library_every_fact_is_the_very_sentence_of_its_article(library: Any, grade: str) -> None:
    plans = [fill(a, p, library.items, Request(), grade) for a in library.articles.values() for p in list(library.patterns.values())[::5] if grade in p.grades]
    facts = [(found, beside_steps(found, None)) for found in plans if found]
    assert any(beside for _, beside in facts)
    for found, beside in facts:
        assert len(beside) <= MOST and set(beside) <= set(range(1, len(found.steps) + 1))
        assert all(found.article.sentences[number - 1] == sentence for number, sentence in beside.values())
        assert len({number for number, _ in beside.values()}) == len(beside)
