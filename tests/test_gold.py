"""Gold ideas that do not fit their article, pattern or grade are refused by file, idea and reason; good ones become Ideas."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from craftlore.errors import LibraryError
from craftlore.gold import as_idea, read_gold
from craftlore.library import STARTER, Library
from craftlore.verify.ideas import audit_idea

OWARE = """article = "oware"
split = "train"

[[ideas]]
request = "gr 4 egg cartons beans game"
style = "terse"
grade = "4"
disposition = "serve"
pattern = "sowing-game-board"
fill = { board = "egg cartons", pieces = "dried beans" }
title = "An oware board from egg cartons"
summary = "Pupils lay out the pits of an oware board and play."
steps = ["Set out two rows.", "Count four.", "Pick up.", "Drop them.", "Capture.", "Take turns."]
sources = { 1 = 2, 2 = 3 }
goals = ["Count beans one by one.", "Explain one move."]
question = "Why is the first pit a good start?"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "oware.toml").write_text(OWARE, encoding="utf-8")
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "oware.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_good_file_is_read_and_becomes_an_idea(folder: Path, library: Library) -> None:
    gold, declined = read_gold(library, folder)
    idea = as_idea(gold["starter:oware"].ideas[0], library.articles["starter:oware"], library.patterns["sowing-game-board"], 1)
    assert declined == () and idea.materials_used == ("egg cartons", "dried beans") and idea.tools == ()
    assert [(q.step, q.text) for q in idea.background] == [
        (1, library.articles["starter:oware"].sentences[1]),
        (2, library.articles["starter:oware"].sentences[2]),
    ]
    assert not audit_idea(idea, library)["things_used"], "the steps of this one name no beans"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('article = "oware"', 'article = "kente"', "the file name says 'oware'"),
        ('grade = "4"', 'grade = "13"', "unknown grade '13'"),
        ('pattern = "sowing-game-board"', 'pattern = "spaceship"', "no making pattern 'spaceship'"),
        ('board = "egg cartons", ', "", "slot 'board' is not filled"),
        ('board = "egg cartons"', 'board = "gold"', "'gold' is no option"),
        ("pieces =", "wings = 'x', pieces =", "no slot 'wings'"),
        ("2 = 3", "2 = 900", "has no sentence 900"),
        ("2 = 3", "9 = 3", "keys of `sources`"),
        ('"serve"', '"note"', "`why`"),
        ('"serve"', '"refuse"', "declined.toml"),
        ('split = "train"\n', "", "split"),
        ('"terse"', '"rude"', "style"),
        ("[[ideas]]", "[[ideas]", "oware.toml"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(folder: Path, library: Library, old: str, new: str, says: str) -> None:
    change(folder, old, new)
    with pytest.raises(LibraryError, match=r"oware\.toml") as error:
        read_gold(library, folder)
    assert says in str(error.value)
    refused: list[str] = []
    assert read_gold(library, folder, refused) == ({}, ()) and says in refused[0]


def test_an_article_that_is_not_there_is_named(folder: Path, library: Library) -> None:
    (folder / "oware.toml").rename(folder / "atlantis.toml")
    change_article = (folder / "atlantis.toml").read_text(encoding="utf-8").replace('article = "oware"', 'article = "atlantis"')
    (folder / "atlantis.toml").write_text(change_article, encoding="utf-8")
    with pytest.raises(LibraryError, match="no article 'atlantis'"):
        read_gold(library, folder)


def test_a_study_only_article_makes_nothing(folder: Path, library: Library) -> None:
    path = folder / "hopi-katsina-figures.toml"
    shutil.move(folder / "oware.toml", path)
    path.write_text(path.read_text(encoding="utf-8").replace('article = "oware"', 'article = "hopi-katsina-figures"'), encoding="utf-8")
    with pytest.raises(LibraryError, match="for study only"):
        read_gold(library, folder)


def test_the_starter_gold_is_right_throughout(library: Library) -> None:
    gold, declined = read_gold(library, STARTER / "gold")
    assert gold and declined
