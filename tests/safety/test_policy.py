"""The hazard table holds together for every grade, and the notes that must be printed are printed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from craftlore.library import Item, Library
from craftlore.records import GRADES
from craftlore.safety.policy import Hazard, hazards, hazards_in, item_level, level, notes_for

ITEMS = Library.load().items


def row(**changes: Any) -> Hazard:
    return Hazard.model_validate({"id": "x", "words": ["x"], "levels": "XXX TTT SSS AAAA", "substitute": "card", "note": "n", "basis": "J"} | changes)


@pytest.mark.parametrize("levels", ["AAA", "", "XXX TTT SSS AAAAA", "XXX TTT SSS AAAB", "AAA AAA AAA AAAS", "xxx ttt sss aaaa"])
def test_a_row_with_wrong_levels_is_refused(levels: str) -> None:
    with pytest.raises(ValidationError, match="levels"):
        row(levels=levels)


def test_a_row_without_a_basis_or_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        row(basis=None)
    with pytest.raises(ValidationError):
        row(colour="red")


def test_no_hazard_gets_stricter_with_age() -> None:
    order = "XTSA"
    assert all(list(h.levels) == sorted(h.levels, key=order.index) for h in hazards().values())


@pytest.mark.parametrize("hazard_id", sorted(hazards()))
def test_what_stands_in_for_a_hazard_is_in_the_vocabulary_and_allowed(hazard_id: str) -> None:
    substitute = ITEMS[hazards()[hazard_id].substitute]
    assert [g for g in GRADES if level(hazard_id, g) in "TX" and item_level(substitute, g) in "TX"] == []


@pytest.mark.parametrize(
    ("name", "grade", "expected"),
    [("craft knife", "2", "X"), ("craft knife", "3", "T"), ("craft knife", "6", "S"), ("glue gun", "12", "A"), ("paper", "K", "A")],
)
def test_levels_of_things(name: str, grade: str, expected: str) -> None:
    assert item_level(ITEMS[name], grade) == expected


@pytest.mark.parametrize(
    ("text", "hazard_id"),
    [
        ("cut with a CRAFT KNIFE", "craft-knife"),
        ("boiling the dye", "hot-liquid"),
        ("a candle.", "open-flame"),
        ("hammer, nails", "hammer-nails"),
        ("mix (lye) in", "corrosive"),
    ],
)
def test_a_hazard_is_found_in_a_text(text: str, hazard_id: str) -> None:
    assert hazard_id in [h.id for h in hazards_in(text, "1")]


@pytest.mark.parametrize("text", ["", "a candlestick", "snails and seesaws", "flameless", "cut-glasswork", "🔥"])
def test_a_part_of_a_word_is_no_hazard(text: str) -> None:
    assert hazards_in(text, "K") == []


def test_a_hazard_that_the_grade_may_handle_is_not_reported() -> None:
    assert "craft-knife" in [h.id for h in hazards_in("a craft knife", "5")]
    assert hazards_in("a craft knife", "6") == []


def test_notes_come_once_each_from_the_pattern_and_the_things() -> None:
    notes = notes_for(["small-parts", "sun"], ITEMS, ["buttons", "beads", "paper", "not in the vocabulary"], "1")
    assert notes == (hazards()["small-parts"].note, hazards()["sun"].note)


def test_what_an_adult_does_is_said_first() -> None:
    assert notes_for([], {"iron": Item(hazard="iron")}, ["iron"], "3")[0].startswith("An adult does this before class")


def test_a_grade_that_needs_no_control_gets_no_note_but_stains_always() -> None:
    assert notes_for(["sun", "stains"], ITEMS, [], "9") == (hazards()["stains"].note,)


def test_an_unknown_hazard_is_an_error_and_not_passed_over() -> None:
    with pytest.raises(KeyError):
        notes_for(["no-such-row"], ITEMS, [], "3")
