"""Words meet whatever their case, accents and endings; places are found by the names that teachers type."""

from __future__ import annotations

import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import craftlore.places
from craftlore.places import find_place, names_within
from craftlore.words import fold, stem, stems, tokens


@pytest.mark.parametrize(
    ("text", "folded"), [("MÉXICO", "mexico"), ("Straße", "strasse"), ("ＧＬＵＥ", "glue"), ("ﬁne", "fine"), ("İstanbul", "istanbul"), ("don’t", "don't")]
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["ÀÉÎ õü", "Straße", "ＡＢＣ", "don’t", "x²½"])
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [("Don’t use x_y!", ["don't", "use", "x", "y"]), ("glue-gun, l'été", ["glue-gun", "l'ete"]), ("-- ' 🎨 \u200b", []), ("", []), ("a\x00b", ["a", "b"])],
)
def test_tokens(text: str, words: list[str]) -> None:
    assert tokens(text) == words


def test_singular_and_plural_meet() -> None:
    assert stem("kites") == stem("kite")
    assert stems("The masks we make in class") == stems("a mask")


def test_a_hundred_thousand_characters_are_read() -> None:
    assert stems("kite " * 20_000) == ["kite"] * 20_000


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("masks from MÉXICO please", "Mexico"), ("Japanese lanterns", "Japan"), ("West African drums", "West Africa"), ("in guinea-bissau", "Guinea-Bissau"),
        ("New Mexico pottery", "United States"), ("Ghana, then Mali", "Ghana"), ("an African game", "Africa"),
    ],
)  # fmt: skip
def test_a_place_is_found_by_its_longest_name(text: str, place: str) -> None:
    assert find_place(text) == place


@pytest.mark.parametrize("text", ["", "polish the stone", "turkey feathers", "a ghanaesque thing", "🎨", "1234"])
def test_other_words_are_no_place(text: str) -> None:
    assert find_place(text) is None


def test_a_region_holds_its_countries_and_their_names() -> None:
    assert {"ghana", "ghanaian", "west africa"} <= names_within("West Africa")
    assert "kenya" not in names_within("West Africa")


def test_another_name_stands_for_the_same_place() -> None:
    assert names_within("mexican") == names_within("Mexico") == names_within("MÉXICO")


def test_an_unknown_place_is_only_itself() -> None:
    assert names_within("Atlantís") == {"atlantis"}


def test_every_country_of_a_region_is_in_the_gazetteer() -> None:
    data = tomllib.loads((Path(craftlore.places.__file__).parent / "places.toml").read_text(encoding="utf-8"))
    known = set(data["countries"]) | set(data["regions"])
    rows = data["regions"].values()
    assert [name for row in rows for name in row["countries"] if name not in known and fold(name) not in row["words"]] == []


def test_every_name_of_the_gazetteer_is_found_as_written() -> None:
    data = tomllib.loads((Path(craftlore.places.__file__).parent / "places.toml").read_text(encoding="utf-8"))
    names = [*data["countries"], *data["regions"], *data["continents"]]
    assert [name for name in names if find_place(f"a game of {name}, please") != name] == []


def test_stems_are_the_same_whoever_else_is_stemming() -> None:
    words = [f"{start}{end}" for start in ("weav", "carv", "knott", "fold", "paint") for end in ("ing", "ed", "ers", "ations", "iveness", "fully")] * 40
    alone = [stem.__wrapped__(word) for word in words]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads do meet in the middle of a word
    try:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(stem.__wrapped__, words)) == alone
    finally:
        sys.setswitchinterval(usual)
