"""Records refuse what does not hold together, before any stage works with it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from craftlore.records import GRADES, Article, Passage, Pattern, Request, Section, band_of, roles_in


def article(**changes: Any) -> Article:
    row: dict[str, Any] = {
        "id": "starter:kubb", "title": "Kubb", "url": "u", "revision": "1", "licence": "CC", "source": "S", "labels": ["Play and games"],
        "sections": [{"first": 1, "sentences": ["A.", "B."]}, {"path": ["Field"], "first": 3, "sentences": ["C."]}],
    }  # fmt: skip
    return Article.model_validate(row | changes)


def pattern(**changes: Any) -> Pattern:
    row: dict[str, Any] = {
        "id": "p", "name": "P", "product": "mask", "labels": ["Visual arts"], "techniques": ["cutting"], "summary": "s", "fits": "f",
        "does_not_fit": "d", "minutes": 40, "grades": ["2", "3"], "goals": ["a", "b"], "questions": ["q"],
        "slots": [{"role": "base", "what": "w", "options": ["paper"], "amount": "1"}],
        "steps": ["Cut {base}.", "Fold it.", "Show it."],
    }  # fmt: skip
    return Pattern.model_validate(row | changes)


def test_sentences_are_numbered_across_sections() -> None:
    found = article()
    assert found.sentences[2] == "C."
    assert found.text == "A. B. C."


def test_a_gap_in_the_numbering_is_refused() -> None:
    with pytest.raises(ValidationError, match="Field starts at 4, expected 3"):
        article(sections=[{"first": 1, "sentences": ["A.", "B."]}, {"path": ["Field"], "first": 4, "sentences": ["C."]}])


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "  "},
        {"labels": []},
        {"labels": ["Cooking"]},
        {"sections": []},
        {"access": "study_only"},
        {"id": "no colon"},
        {"continent": "Atlantis"},
        {"extra": 1},
    ],
)
def test_an_article_with_a_wrong_field_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        article(**wrong)


def test_content_hash_changes_with_one_letter() -> None:
    assert article().content_hash == article().content_hash != article(title="Kubb!").content_hash


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"grades": ["13"]}, "unknown grades"),
        ({"steps": ["Cut {base}.", "Use {glue}.", "Show it."]}, "no slot of this pattern"),
        ({"steps": ["Cut.", "Fold.", "Show."]}, "no step uses the slot"),
        ({"steps": ["Cut {base}.", "Fold it.", "Show it }."]}, "brace"),
        ({"steps": ["Cut {base}.", "Fold {base", "Show it."]}, "brace"),
        ({"steps": ["Cut {{base}}.", "Use {base}.", "Show it."]}, "brace"),
        ({"steps": ["Cut {base}."]}, "at least 3"),
        ({"hazards": ["Not A Slug"]}, "pattern"),
        ({"variants": [{"band": "3-5", "steps": ["Cut.", "Fold.", "Show."]}]}, "no step uses the slot"),
        ({"minutes": 1}, "greater than or equal to 5"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        pattern(**wrong)


def test_every_accepted_step_can_be_filled() -> None:
    """What validation lets through, `format_map` can fill: no crash in the middle of a request."""
    assert [step.format_map({"base": "paper"}) for step in pattern().steps] == ["Cut paper.", "Fold it.", "Show it."]


def test_a_variant_changes_its_band_and_no_other() -> None:
    found = pattern(variants=[{"band": "K-2", "minutes": 20}])
    assert found.for_grade("2").minutes == 20
    assert found.for_grade("2").steps == found.steps
    assert found.for_grade("3").minutes == 40


@pytest.mark.parametrize(("grade", "band"), [("K", "K-2"), ("2", "K-2"), ("3", "3-5"), ("5", "3-5"), ("6", "6-8"), ("8", "6-8"), ("9", "9-12"), ("12", "9-12")])
def test_bands_meet_without_gap(grade: str, band: str) -> None:
    assert band_of(grade) == band


@pytest.mark.parametrize("wrong", ["13", "0", "k", "", "3-5"])
def test_an_unknown_grade_has_no_band_and_no_request(wrong: str) -> None:
    with pytest.raises(ValueError):
        band_of(wrong)
    with pytest.raises(ValidationError, match="unknown grade"):
        Request(grade=wrong)


def test_all_thirteen_grades_make_a_request() -> None:
    assert [Request(grade=grade).grade for grade in GRADES] == ["K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]


@pytest.mark.parametrize(
    "wrong",
    [{"minutes": 4}, {"minutes": 601}, {"minutes": "soon"}, {"text": "x" * 2001}, {"materials": ["x"] * 41}, {"materials": [" "]}, {"label": "Cooking"}],
)
def test_a_request_has_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Request.model_validate(wrong)


def test_records_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Request(grade="3").grade = "4"  # type: ignore[misc]


def test_a_stage_record_takes_no_number_for_text() -> None:
    with pytest.raises(ValidationError):
        Passage.model_validate({"id": "a", "article_id": "b", "path": (), "first": "1", "last": 2, "text": "t"})


def test_roles_are_read_in_order_and_open_braces_are_none() -> None:
    assert roles_in("Tie {a} to {b}, then {a} {open") == ["a", "b", "a"]


def test_a_blank_sentence_is_refused() -> None:
    with pytest.raises(ValidationError):
        Section(first=1, sentences=("A.", " "))
