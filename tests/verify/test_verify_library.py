"""The starter library meets its floors, and every kind of fault is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from craftlore.cli import app
from craftlore.errors import LibraryError
from craftlore.library import STARTER, Library
from craftlore.records import LABELS, Article, Pattern
from craftlore.verify.library import article_faults, pattern_faults, verify_library
from craftlore.verify.newcomer import check_newcomer, read_newcomer, shelf_of
from craftlore.verify.twins import alike, shared_runs

run = CliRunner()


def test_the_starter_library_has_no_fault_and_meets_its_floors(library: Library) -> None:
    report = verify_library(library)
    counts = report.counts
    assert report.faults == []
    assert counts["articles"] >= 108 and counts["patterns"] >= 90 and counts["activities"] >= 60
    assert counts["gold ideas"] >= 270 and counts["gold ideas of the test split"] >= 60
    assert counts["ask"] >= 8 and counts["study_only"] >= 8 and counts["continents"] == 6
    assert counts["peoples"] >= 60 and counts["countries"] >= 60 and counts["most articles of one country"] <= 4
    assert counts["patterns without cutting and heat"] * 3 >= counts["patterns"]
    tables = {title: rows for title, _, rows in report.tables}
    assert all(int(row[1]) >= 12 for row in tables["Articles by main label"])
    assert all(int(cell) >= 8 for row in tables["Patterns that fit a band"][:-1] for cell in row[1:])
    assert all(int(cell) >= 40 for cell in tables["Patterns that fit a band"][-1][1:])
    assert all(int(cell) >= 3 for row in tables["Gold ideas"] for cell in row[1:]), "gold ideas for every label and band"
    assert len(tables["Gold ideas"]) == len(LABELS)


def test_the_command_prints_tables_or_json_and_fails_on_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAFTLORE_HOME", str(tmp_path))
    assert json.loads(run.invoke(app, ["verify", "library", "--json"]).stdout)["faults"] == []
    own = tmp_path / "library" / "articles" / "short.md"
    own.parent.mkdir(parents=True)
    own.write_text('+++\ntitle = "Short"\nlabels = ["Visual arts"]\nwikipedia = "Short"\n+++\nToo short.\n', encoding="utf-8")
    failed = run.invoke(app, ["verify", "library"])
    assert failed.exit_code == 1 and "own:short: 2 words" in failed.stdout and "names no people" in failed.stdout


@pytest.fixture
def article(library: Library) -> Article:
    return library.articles["starter:oware"]


def test_an_article_that_is_too_hard_or_thin_has_faults(article: Article) -> None:
    assert article_faults(article) == []
    lead = article.sections[0].model_copy(update={"sentences": ("Extraordinarily sophisticated multidimensional considerations predominate internationally.",)})
    faults = " ".join(article_faults(article.model_copy(update={"sections": (lead,), "people": (), "places": ()})))
    assert all(part in faults for part in ("words", "1 sections", "Flesch-Kincaid", "no people", "no place"))


def test_a_pattern_is_checked_for_every_grade_it_claims(library: Library) -> None:
    pattern = library.patterns["sowing-game-board"]
    assert pattern_faults(pattern, library) == []
    sharp = pattern.slots[0].model_copy(update={"options": ("craft knife",)})
    assert any(
        "grade K: nothing for the slot 'board'" in fault for fault in pattern_faults(pattern.model_copy(update={"slots": (sharp, pattern.slots[1])}), library)
    )
    assert "grade K: kiln is not offered" not in pattern_faults(pattern, library)
    hard = Pattern.model_validate(pattern.model_dump() | {"variants": (), "steps": tuple(f"{s} Notwithstanding considerable organisational difficulties, "
           "systematically investigate alternatives before proceeding." for s in pattern.steps)})  # fmt: skip
    assert any("Flesch-Kincaid" in fault for fault in pattern_faults(hard, library))


def test_runs_of_words_that_two_texts_share_are_found() -> None:
    same = "the weaver lifts every second thread and passes the shuttle through the open shed"
    assert shared_runs({"a": same, "b": f"Here {same} again.", "c": "Nothing in common at all with those two."}) == [
        "a and b share 7 runs of words, for example 'the weaver lifts every second thread and passes'"
    ]
    assert shared_runs({}) == []


def test_texts_that_say_the_same_are_found_unless_one_owner_wrote_both() -> None:
    rows = [("a", "1", "Fold the sheet in half twice."), ("b", "1", "Fold the sheet in half, twice!"), ("a", "2", "Fold the sheet in half twice")]
    found = alike(rows, 90)
    assert len(found) == 2 and all("b 1" in line for line in found) and alike([], 90) == []


def test_a_new_file_is_sorted_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('making_steps = ["x"]', encoding="utf-8")
    (tmp_path / "p.toml").write_text("steps = []", encoding="utf-8")
    assert (shelf_of(tmp_path / "a.toml"), shelf_of(tmp_path / "p.toml"), shelf_of(tmp_path / "x.md")) == ("activities", "patterns", "articles")
    (tmp_path / "n.toml").write_text("name = 'x'", encoding="utf-8")
    for name in ("n.toml", "x.docx"):
        with pytest.raises(LibraryError, match=r"an article is a \.md file"):
            shelf_of(tmp_path / name)


def test_a_copy_under_another_name_does_not_join(tmp_path: Path, library: Library) -> None:
    copy = Path(shutil.copy(STARTER / "articles" / "oware.md", tmp_path / "mine.md"))
    faults = check_newcomer(read_newcomer(copy, library), library)
    assert any("already called 'Oware'" in fault for fault in faults) and any("share" in fault for fault in faults)


def test_add_checks_adds_and_is_then_part_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    monkeypatch.setenv("CRAFTLORE_HOME", str(tmp_path / "home"))
    text = (STARTER / "patterns" / "stick-map.toml").read_text(encoding="utf-8")
    mine = tmp_path / "my-map.toml"
    mine.write_text(
        text.replace('id = "stick-map"', 'id = "my-map"').replace(f'name = "{library.patterns["stick-map"].name}"', 'name = "My own map"'), encoding="utf-8"
    )
    assert run.invoke(app, ["library", "add", str(mine), "--check"]).exit_code == 0
    assert not (tmp_path / "home" / "library").exists()
    assert run.invoke(app, ["library", "add", str(mine)]).exit_code == 0
    assert "my-map" in Library.load(own=tmp_path / "home" / "library").patterns
    mine.write_text(text, encoding="utf-8")
    refused = run.invoke(app, ["library", "add", str(mine)])
    assert refused.exit_code == 1 and "the file name says 'my-map'" in str(refused.exception)
    assert run.invoke(app, ["library", "add", str(tmp_path / "none.toml")]).exit_code == 2


@pytest.mark.parametrize(("shelf", "name"), [("patterns", "stick-map.toml"), ("activities", "{}.toml"), ("articles", "oware.md")])
def test_what_the_starter_library_has_is_not_added_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Library, shelf: str, name: str) -> None:
    monkeypatch.setenv("CRAFTLORE_HOME", str(tmp_path / "home"))
    mine = STARTER / shelf / name.format(next(iter(library.activities)))
    if shelf != "articles":  # with another name, only the id is taken
        text = mine.read_text(encoding="utf-8")
        field = "name" if shelf == "patterns" else "title"
        mine = tmp_path / mine.name
        mine.write_text("\n".join(f'{field} = "Mine"' if line.startswith(f"{field} =") else line for line in text.split("\n")), encoding="utf-8")
    refused = run.invoke(app, ["library", "add", str(mine)])
    assert refused.exit_code == 1 and "the starter library has" in str(refused.exception)
    assert not (tmp_path / "home" / "library").exists()


def test_two_activities_of_one_id_are_refused(tmp_path: Path, library: Library) -> None:
    twin = next(iter(library.activities))
    text = (STARTER / "activities" / f"{twin}.toml").read_text(encoding="utf-8")
    (tmp_path / "activities").mkdir()
    (tmp_path / "activities" / f"{twin}.toml").write_text(text.replace(library.activities[twin].title, "Mine", 1), encoding="utf-8")
    with pytest.raises(LibraryError, match=f"both called '{twin}'"):
        Library.load(own=tmp_path)
