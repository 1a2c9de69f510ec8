"""A teacher's words become a Request: forgiving in spelling, strict in bounds, and what is typed wins."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from craftlore.errors import RequestError
from craftlore.library import Library
from craftlore.records import LABELS
from craftlore.suggest.parse import MAX_CHARACTERS, Fields, understand

LIBRARY = Library.load()


def read(text: str = "", fields: Fields | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    request = understand(text, LIBRARY, fields or Fields()).request
    return request.materials, request.without


def test_a_plain_request_is_understood_whole() -> None:
    found = understand("grade 4, chalk and string, a sundial from Japan in 45 minutes", LIBRARY)
    request = found.request
    assert (request.grade, request.materials, request.minutes, request.region) == ("4", ("chalk", "string"), 45, "Japan")
    assert {"grade", "materials", "minutes", "region"} <= found.inferred
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "have", "without"),
    [
        ("no scissors, lots of glue", ("glue",), ("scissors",)), ("without scissors", (), ("scissors",)), ("paper but not card", ("paper",), ("card",)),
        ("no glue or paint", (), ("glue", "paint")), ("we can't use scissors or glue, chalk ok", ("chalk",), ("scissors", "glue")), ("zero glue", (),
        ("glue",)),
        ("we don't have any scissors or glue", (), ("scissors", "glue")), ("we don’t have scissors but string", ("string",), ("scissors",)),
        ("no scissors, only string or chalk", ("string", "chalk"), ("scissors",)), ("scissors, and no scissors", (), ("scissors",)),
        ("no\u200b scissors", (), ("scissors",)),
    ],
)  # fmt: skip
def test_what_is_ruled_out_is_not_used(text: str, have: tuple[str, ...], without: tuple[str, ...]) -> None:
    assert read(text) == (have, without)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sissors", "scissors"), ("cardbord", "cardboard"), ("newspapr", "newspaper"), ("baloons", "balloons"), ("SCISSORS", "scissors"), ("ＧＬＵＥ",
        "glue"), ("sc\u200bissors", "scissors"),
        ("construction paper", "coloured paper"), ("toilet rolls", "cardboard tubes"), ("popsicle stick", "craft sticks"), ("egg-boxes or egg boxes",
        "egg cartons"),
        ("compasses", "compasses"), ("a pair of compasses", "compasses"), ("a compass", "magnetic compass"), ("beans/leaf", "dried beans"),
    ],
)  # fmt: skip
def test_a_thing_is_known_however_it_is_written(text: str, name: str) -> None:
    assert name in read(text)[0]


@pytest.mark.parametrize("text", ["glove", "strong", "cars", "a paperback novel", "chalkboards"])
def test_a_word_that_is_merely_near_is_no_material(text: str) -> None:
    assert read(text)[0] == ()


@pytest.mark.parametrize("name", list(LIBRARY.items))
def test_every_thing_of_the_vocabulary_is_known_by_its_name(name: str) -> None:
    assert read(f"we have {name} here")[0] == (name,)


def test_what_is_typed_wins_over_the_text() -> None:
    typed = Fields(grade="2", materials=("scissors",), product="mask", minutes=30, label=LABELS[0], region="Ghana")
    found = understand("grade 7, no scissors, a music game from Japan in 90 minutes", LIBRARY, typed)
    request = found.request
    assert (request.grade, request.product, request.minutes, request.label, request.region) == ("2", "mask", 30, LABELS[0], "Ghana")
    assert request.materials == ("scissors",) and request.without == ()
    assert found.inferred == frozenset()


def test_typed_things_come_first_and_once() -> None:
    assert read("string, paper and chalk", Fields(materials=("chalk", "Chalk", "cardbord")))[0] == ("chalk", "cardboard", "string", "paper")


def test_things_that_are_all_there_are_stay_so_whatever_the_text_names() -> None:
    text = "string, paper and chalk, no glue"
    assert read(text, Fields(materials=("chalk",), only=True))[0] == ("chalk",)
    none = understand(text, LIBRARY, Fields(only=True))
    assert none.request.materials == () and "materials" not in none.inferred and none.request.without == ("glue",)


def test_a_typed_thing_outside_the_vocabulary_is_kept_and_noted() -> None:
    found = understand("grade 3", LIBRARY, Fields(materials=("moon dust", "\u200b")))
    assert found.request.materials == ("moon dust", "?")
    assert "'moon dust' is not in the vocabulary" in found.notes[0]


def test_without_a_grade_the_teacher_is_told_which_rules_apply() -> None:
    assert "grade 3 apply" in understand("paper masks", LIBRARY).notes[0]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u200d\ufeff", "\x00\x07\x1b", "\ud800"])
def test_nothing_said_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(RequestError, match="Say what you are looking for, for example"):
        understand(text, LIBRARY)


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "paper " * 16_667, "🎨" * 100_000, "ﷺ" * 900])
def test_a_text_too_long_is_answered_with_the_limit(text: str) -> None:
    with pytest.raises(RequestError, match=rf"{MAX_CHARACTERS} are enough"):
        understand(text, LIBRARY)


@pytest.mark.parametrize(
    "text",
    ["🎨🧵 string 🪁", "string\x00\x1b[31m", "st\u200dring", "string\r\n\u2028\u202e", "'; DROP TABLE string; --", "{string}", "string" + "\u0301" * 100],
)
def test_odd_characters_do_no_harm(text: str) -> None:
    request = understand(text, LIBRARY).request
    assert request.materials == ("string",)
    assert request.text.isprintable()


def test_a_text_of_full_length_is_read() -> None:
    assert read(("chalk " * 400)[: MAX_CHARACTERS - 1] + "k")[0] == ("chalk",)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (Fields(grade="13"), "is no grade that I know: write K"), (Fields(grade=" "), "is no grade"), (Fields(label="Cooking"),
        "none of the nine labels: Crafts"), (Fields(minutes=0), "minutes: .*5"),
        (Fields(minutes=601), "minutes"), (Fields(minutes=-5), "minutes"), (Fields(product="x" * 121), "product"), (Fields(region="x" * 81), "region"),
        (Fields(materials=tuple(f"thing{n}" for n in range(41))), "materials: .*40"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_right_is_named(fields: Fields, says: str) -> None:
    with pytest.raises(RequestError, match=says):
        understand("paper", LIBRARY, fields)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45 minutes", 45), ("45-60 min", 45), ("1.5 hours", 90), ("1,5 h", 90), ("half an hour", 30), ("two lessons", 90), ("1 minute", 5),
        ("999 min", 600), ("a 5 m string", None), ("grade 3", None),
    ],
)  # fmt: skip
def test_minutes_are_read_within_bounds(text: str, minutes: int | None) -> None:
    assert understand(text, LIBRARY).request.minutes == minutes


@pytest.mark.parametrize(("text", "label"), [("a maths lesson", "Mathematics and patterns"), ("music and maths", None), ("paper", None)])
def test_a_label_is_read_only_if_one_is_meant(text: str, label: str | None) -> None:
    assert understand(text, LIBRARY).request.label == label


def test_a_label_is_typed_in_any_case() -> None:
    assert understand("", LIBRARY, Fields(label=LABELS[3].upper())).request.label == LABELS[3]


def test_a_people_of_the_library_is_a_region() -> None:
    assert understand("a game of the Gotlanders", LIBRARY).request.region == "Gotlanders"


@pytest.mark.parametrize("pattern", list(LIBRARY.patterns.values()), ids=lambda p: p.id)
def test_every_product_is_found_by_its_own_words(pattern: object) -> None:
    product = LIBRARY.patterns[pattern.id].product  # type: ignore[attr-defined]
    assert understand(f"I would love a {product}", LIBRARY).request.product == product


def test_a_product_of_stop_words_alone_breaks_no_request() -> None:
    odd = next(iter(LIBRARY.patterns.values())).model_copy(update={"product": "a table"})
    library = replace(LIBRARY, patterns=MappingProxyType({"odd": odd}))
    assert understand("paper", library).request.product is None
