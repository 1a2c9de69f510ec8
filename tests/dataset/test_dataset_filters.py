"""Filters: each drops its fault and says which word or number it is, and sound texts of people stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from craftlore.dataset.choose import choose
from craftlore.dataset.filters.chain import field_fault, plan_fault
from craftlore.dataset.filters.judge import judge_chat, judgement
from craftlore.dataset.filters.novelty import near_duplicates
from craftlore.dataset.filters.source import about_tradition
from craftlore.dataset.gold_fields import gold_candidate, gold_scenarios
from craftlore.dataset.known import Known
from craftlore.dataset.records import Candidate
from craftlore.dataset.staging import Staged, fields_of, stage
from craftlore.gold import read_gold
from craftlore.library import Library
from craftlore.suggest.check import check_text
from craftlore.verify.filters import FilterReport, verify_filters

SUMMARY = "Pupils set out six pits in two rows and count dried beans into them, as Akan players do in Ghana."
SOUND = {
    "title": "An oware board from egg cartons",
    "summary": SUMMARY,
    "goal": "Explain how beans are sown around the board in oware.",
    "question": "OPENING seeds before a move in Ghana?",
}


@pytest.fixture(scope="module")
def report(planner_for: Callable[..., Any], library: Library) -> FilterReport:
    return verify_filters(planner_for(), read_gold(library)[0])


def test_seeded_faults_are_caught_for_the_right_reason(report: FilterReport) -> None:
    rates = {rate.kind: rate for rate in report.kinds}
    assert min(rate.made for rate in report.kinds) >= 15
    low = {kind: (rate.rightly, rate.made) for kind, rate in rates.items() if rate.rightly < 0.9 * rate.made}
    assert set(low) <= {"turned round"}, "words are compared, not meanings: a known gap of the card"
    for kind in ("hallucinated date", "wrong culture", "copied distractor", "duplicate", "unsafe step", "wrong grade"):
        assert rates[kind].rightly == rates[kind].made, kind


def test_precision_does_not_fall(report: FilterReport) -> None:
    assert report.precision >= 0.8 and report.untouched > 300


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_text_passes(oware: Staged, name: str) -> None:
    assert field_fault(oware, name, sound(oware)[name]) is None


def sound(staged: Staged) -> dict[str, str]:
    """`SOUND` with an opening of the question that the schema of this scenario has."""
    fields: Any = staged.schema["properties"]
    opening = fields["question"]["pattern"].removeprefix("^(").split("|")[0]
    return {**SOUND, "question": SOUND["question"].replace("OPENING", opening)}


def test_a_title_or_a_question_that_could_be_of_anything_is_none(oware: Staged) -> None:
    assert about_tradition(oware, "title", "A box with sixteen holes") == "it does not name the tradition"
    assert about_tradition(oware, "question", "What would change if you used different materials for the board?") == "it could be asked of anything"
    assert about_tradition(oware, "question", "How does your elephant trumpet?") == "it asks nothing about the tradition"


@pytest.mark.parametrize(
    ("name", "text", "by", "says"),
    [
        ("summary", SUMMARY.replace("Ghana.", "Peru."), "schema", "does not allow"),
        ("summary", SUMMARY.replace("Ghana", "Ghana since 1650"), "schema", "does not allow"),
        ("summary", SUMMARY.replace("dried beans", "dried beans and bottle caps"), "things", "bottle caps"),
        ("summary", SUMMARY.replace("as Akan players do", "as oware keeps count of seeds"), "people", "oware"),
        ("summary", "Pupils play.", "schema", "does not allow"),
        ("summary", SUMMARY.replace("Pupils set out", "Pupils cut with craft knives and set out"), "hazard", "craft knife"),
    ],
)  # fmt: skip
def test_a_fault_is_named(oware: Staged, name: str, text: str, by: str, says: str) -> None:
    fault = field_fault(oware, name, text)
    assert fault and fault[0] == by and says in fault[1]


def test_the_pattern_word_for_word_is_no_pair(oware: Staged) -> None:
    copied = f"{oware.plan.pattern.summary.removesuffix('.')}, as oware players do in Ghana."
    fault = field_fault(oware, "summary", copied)
    assert fault and "repeats the pattern" in fault[1]


def test_a_plan_that_does_not_keep_to_the_request_is_no_scenario(oware: Staged) -> None:
    assert plan_fault(oware) is None
    assert plan_fault(replace(oware, plan=replace(oware.plan, used=(*oware.plan.used, "yarn")))) == (
        "materials", "'yarn' is said to be at hand, and the request does not have it",
    )  # fmt: skip
    assert plan_fault(replace(oware, plan=replace(oware.plan, to_find=("glue guns",)))) is not None


def test_fields_are_chosen_one_by_one_and_every_dropped_one_is_kept_with_its_reason(oware: Staged, candidate: Callable[..., Candidate]) -> None:
    assert fields_of(oware) == ("title", "summary", "goal", "question")
    first = {**sound(oware), "title": "Always the same"}
    second = {**sound(oware), "title": "Oware at our table", "goal": "Explain why Akan players count beans before a move in oware."}
    found = choose(oware, [candidate("no JSON"), candidate(json.dumps(first), 1), candidate("", 2, error="CutOff: x"), candidate(json.dumps(second), 3)])
    assert found.missing == () and found.texts == {**sound(oware), "title": "Oware at our table"} and list(found.texts) == list(fields_of(oware))
    assert [(d.number, d.field, d.filter) for d in found.drops] == [(0, "*", "schema"), (1, "title", "grounding"), (2, "*", "answer")]


def test_an_answer_without_a_field_or_with_another_one_is_dropped_whole(oware: Staged, candidate: Callable[..., Candidate]) -> None:
    less, more = {k: v for k, v in sound(oware).items() if k != "goal"}, {**sound(oware), "step_9": "as people do"}
    found = choose(oware, [candidate(json.dumps(less)), candidate(json.dumps(more), 1), candidate('["x"]', 2)])
    assert not found.texts and [d.reason for d in found.drops] == ["a field is missing: goal", "a field that was not asked for: step_9", "no object of texts"]


def test_the_same_words_with_another_name_in_them_are_a_duplicate(oware: Staged) -> None:
    texts = SOUND
    other = oware.plan.article.model_copy(update={"id": "own:ayo", "title": "Ayo", "people": ("Yoruba",), "places": ("Nigeria",)})
    ayo = replace(oware, plan=replace(oware.plan, article=other), scenario=oware.scenario.model_copy(update={"id": "s2"}))
    swapped = {name: text.replace("oware", "ayo").replace("Ghana", "Nigeria").replace("Akan", "Yoruba") for name, text in texts.items()}
    assert near_duplicates([(oware, texts), (ayo, swapped)], 88) == {"s2": "s1"}
    assert near_duplicates([(oware, texts), (ayo, {**swapped, "summary": "Pupils carve.", "question": "Why?", "title": "Ayo"})], 88) == {}


def test_gold_fields_that_serving_would_show_pass_the_checks_of_serving(planner_for: Callable[..., Any], library: Library) -> None:
    gold, _ = read_gold(library)
    planner, known, kept = planner_for(), Known(library), 0
    for rows in gold.values():
        for scenario in gold_scenarios(planner, rows):
            staged = stage(scenario, known)
            texts = choose(staged, [gold_candidate(staged, rows.ideas[scenario.gold or 0])]).texts
            assert [name for name, text in texts.items() if check_text(name, text, staged.plan, staged.facts)] == []
            kept += len(texts)
    assert kept > 400


def test_the_judge_sees_the_source_and_a_failure_is_no_verdict(oware: Staged, planner_for: Callable[..., Any], candidate: Callable[..., Candidate]) -> None:
    chat = judge_chat(oware, SOUND, planner_for().config)
    assert oware.plan.article.sentences[0] in chat.messages[-1]["content"] and SUMMARY in chat.messages[-1]["content"]
    assert judgement(candidate('{"verdict": "unsupported"}')) == "unsupported"
    for text in ("", "7 of 10", '{"verdict": "perhaps"}', "[]"):
        assert judgement(candidate(text)) is None
    assert judgement(candidate("", error="CutOff: x")) is None
