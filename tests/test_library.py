"""A library that is wrong is refused by file, line and reason, or left out and named; a good one is read as written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from craftlore.errors import LibraryError
from craftlore.library import STARTER, Library, read_article, read_items
from craftlore.safety.policy import hazards

FRONT = 'title = "Kubb"\nlabels = ["Play and games"]\nwikipedia = "Kubb game"\n'
BODY = "It is a game. Two teams play.\n\n## Field\n\nIt is flat.\n\n### Size\n\nIt is 5.5 m wide.\n\n## End\n\nThe king falls.\n"


def page(tmp_path: Path, front: str = FRONT, body: str = BODY, text: str | None = None, name: str = "kubb.md") -> Path:
    path = tmp_path / name
    path.write_text(f"+++\n{front}+++\n{body}" if text is None else text, encoding="utf-8")
    return path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small library that is right: two articles, two patterns."""
    folder = tmp_path / "library"
    for kind, names in (("articles", ("kubb.md", "kolam.md")), ("patterns", ("shadow-clock.toml", "stick-map.toml"))):
        (folder / kind).mkdir(parents=True)
        for name in names:
            shutil.copy(STARTER / kind / name, folder / kind / name)
    shutil.copy(STARTER / "materials.toml", folder)
    return folder


def test_the_starter_library_is_right_throughout() -> None:
    library = Library.load()
    assert library.articles and library.patterns and not library.refused
    assert {item.hazard for item in library.items.values() if item.hazard} <= set(hazards())
    assert {hazard for pattern in library.patterns.values() for hazard in pattern.hazards} <= set(hazards())


def test_headings_nest_and_sentences_are_numbered_through(tmp_path: Path) -> None:
    article = read_article(page(tmp_path))
    assert [(s.path, s.first, len(s.sentences)) for s in article.sections] == [((), 1, 2), (("Field",), 3, 1), (("Field", "Size"), 4, 1), (("End",), 5, 1)]
    assert (article.id, article.url) == ("own:kubb", "https://en.wikipedia.org/wiki/Kubb_game")


def test_the_revision_changes_with_the_file(tmp_path: Path) -> None:
    assert read_article(page(tmp_path)).revision != read_article(page(tmp_path, body=BODY + "More.\n")).revision


def test_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    unix = read_article(page(tmp_path))
    (tmp_path / "kubb.md").write_bytes((tmp_path / "kubb.md").read_bytes().replace(b"\n", b"\r\n"))
    assert read_article(tmp_path / "kubb.md") == unix


@pytest.mark.parametrize(
    ("front", "body", "says"),
    [
        ('title = "Kubb"\n', BODY, "wikipedia"), ("wikipedia = 5\n", BODY, "wikipedia"), (FRONT + "title = 1\n", BODY, "front matter"),
        (FRONT + "colour = 1\n", BODY, "colour"),
        (FRONT.replace("Play and games", "Cooking"), BODY, r"labels.*line 3"), (FRONT.replace('title = "Kubb"\n', ""), BODY, "title"), (FRONT, "",
        "sections"),
        (FRONT + 'id = "mine"\n', BODY, "id"), (FRONT + 'access = "ask"\n', BODY, "access_reason"),
    ],
)  # fmt: skip
def test_a_wrong_article_is_named_with_its_fault(tmp_path: Path, front: str, body: str, says: str) -> None:
    with pytest.raises(LibraryError, match=rf"kubb\.md.*{says}"):
        read_article(page(tmp_path, front, body))


@pytest.mark.parametrize("text", ["", "  \n", "# Kubb\n\nNo front matter.\n", "+++\ntitle = 1\n"])
def test_a_file_that_is_no_article_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LibraryError, match=r"kubb\.md"):
        read_article(page(tmp_path, text=text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"+++\n\xff\xfe")
    with pytest.raises(LibraryError, match="cannot be read"):
        read_article(tmp_path / "a.md")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[items]\n"card" = { aliases = ["board"] }\n"slate" = { aliases = ["board"] }\n', "'board' stands for both 'card' and 'slate'"),
        ('[items]\n"card" = { alias = ["board"] }\n', "alias"), ('[items]\n"card" = 5\n', "record"), ("items = [1]\n", "table"), ("x = 1\n",
        "items"), ("[items", "items.toml"), ("", "empty"),
    ],
)  # fmt: skip
def test_a_wrong_vocabulary_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "items.toml").write_text(text)
    with pytest.raises(LibraryError, match=says):
        read_items(tmp_path / "items.toml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"chalk", "pebbles"', '"chalk", "moon dust"', r"line \d+.*'moon dust' is not in materials.toml"),
        ('id = "shadow-clock"', 'id = "clock"', "file name says 'shadow-clock'"),
        ("minutes = 60", 'minutes = "long"', r"minutes \(line 11\)"), ("{marks}", "{mark}", "no slot"),
        ('kind = "make"', 'kind = "make', r"shadow-clock\.toml"),
    ],
)  # fmt: skip
def test_a_wrong_pattern_is_refused_or_left_out(copy: Path, old: str, new: str, says: str) -> None:
    path = copy / "patterns" / "shadow-clock.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(LibraryError, match=says):
        Library.load(copy)
    lenient = Library.load(copy, keep_going=True)
    assert list(lenient.patterns) == ["stick-map"] and len(lenient.articles) == 2
    assert len(lenient.refused) == 1 and "shadow-clock.toml" in lenient.refused[0]


def test_two_articles_of_one_title_are_refused(copy: Path) -> None:
    shutil.copy(copy / "articles" / "kubb.md", copy / "articles" / "kubb2.md")
    with pytest.raises(LibraryError, match="both called 'Kubb'"):
        Library.load(copy)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"nowhere.*materials\.toml"):
        Library.load(tmp_path / "nowhere")
