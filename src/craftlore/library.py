"""The library that ideas are made of: articles, making patterns and the vocabulary of classroom things.

Articles are Markdown with TOML front matter, patterns and the vocabulary are TOML; `docs/library.md` tells how to write them.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict, ValidationError

from craftlore.errors import LibraryError
from craftlore.handwritten import first_problem, line_of, no_twins, read_all, read_record, read_text, read_toml
from craftlore.records import Activity, Article, Pattern, Section
from craftlore.sentences import split_sentences

__all__ = ["KINDS", "STARTER", "Item", "Library", "read_activity", "read_article", "read_items", "read_pattern"]

STARTER = Path(__file__).resolve().parent / "starter"
LICENCE = "CC BY-SA 4.0"
KINDS = {"starter": "Craftlore starter library", "own": "own library"}
"""The shelf that an article's id begins with, and the source that its credit names."""
_ADDRESS = "https://en.wikipedia.org/wiki/"


class Item(BaseModel):
    """One classroom thing of the vocabulary: other names for it, its hazard row, and whether it is a tool."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    aliases: tuple[str, ...] = ()
    hazard: str | None = None
    tool: bool = False


@dataclass(frozen=True, eq=False)
class Library:
    """Articles, patterns and activities by id, items by name. `refused` lists what a lenient load left out, with the reason.

    A library is equal to itself alone, so that what is worked out from it can be kept by it.
    """

    articles: Mapping[str, Article]
    patterns: Mapping[str, Pattern]
    items: Mapping[str, Item]
    activities: Mapping[str, Activity] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path = STARTER, *, own: Path | None = None, keep_going: bool = False) -> Library:
        """Read a library folder, and a maker's `own` beside it, if there is one.

        Raises LibraryError at the first bad file or at two items with one name, unless `keep_going`: then a bad file is
        left out and named.
        """
        refused: list[str] = []
        skip = refused if keep_going else None
        folders = [folder, *([own] if own and own.is_dir() else [])]
        items = read_items(folder / "materials.toml")
        articles = [a for f in folders for a in read_all(sorted((f / "articles").glob("*.md")), read_article, skip)]
        patterns = [p for f in folders for p in read_all(sorted((f / "patterns").glob("*.toml")), lambda path: read_pattern(path, items), skip)]
        activities = [a for f in folders for a in read_all(sorted((f / "activities").glob("*.toml")), read_activity, skip)]
        no_twins([(a.title, a.id) for a in articles], folders[-1])
        no_twins([(p.name, p.id) for p in patterns], folders[-1])
        no_twins([(name, name) for name in (p.id for p in patterns)], folders[-1])
        no_twins([(a.title, a.id) for a in activities], folders[-1])
        no_twins([(name, name) for name in (a.id for a in activities)], folders[-1])
        return cls({a.id: a for a in articles}, {p.id: p for p in patterns}, items, {a.id: a for a in activities}, tuple(refused))


def read_items(path: Path) -> dict[str, Item]:
    """The vocabulary by name. Raises LibraryError if a name or an alias stands for two things."""
    try:
        items = {name: Item.model_validate(row) for name, row in read_toml(path)["items"].items()}
    except (ValidationError, KeyError) as error:
        raise LibraryError(f"{path}: {first_problem(error)}") from error
    except AttributeError as error:
        raise LibraryError(f"{path}: items has to be a table: a line [items], then one name = {{ ... }} a line") from error
    owner: dict[str, str] = {}
    for name, item in items.items():
        for word in (name, *item.aliases):
            if owner.setdefault(word, name) != name:
                raise LibraryError(f"{path}: {word!r} stands for both {owner[word]!r} and {name!r}")
    return items


def read_article(path: Path) -> Article:
    """One Markdown file as an Article, exactly as a crawled page becomes one. Raises LibraryError with file and line."""
    text = read_text(path)
    match = re.match(r"\+\+\+\n(.*?)\n\+\+\+\n(.*)", text, re.S)
    if not match:
        raise LibraryError(f"{path}:1: an article starts with front matter between two lines of +++")
    try:
        front = tomllib.loads(match[1])
    except tomllib.TOMLDecodeError as error:
        raise LibraryError(f"{path}: front matter: {error}") from error
    title = front.pop("wikipedia", None)
    if not title or not isinstance(title, str):
        raise LibraryError(f"{path}: the front matter has no `wikipedia` title for further reading")
    try:
        return Article(
            id=f"{_shelf(path)}:{path.stem}",
            url=_ADDRESS + quote(title.replace(" ", "_")),
            revision=hashlib.sha256(text.encode()).hexdigest()[:12],
            licence=LICENCE,
            source=KINDS[_shelf(path)],
            sections=_sections(match[2]),
            **front,
        )
    except ValidationError as error:
        raise LibraryError(f"{path}: {first_problem(error, text)}") from error
    except TypeError as error:
        raise LibraryError(f"{path}: {error}") from error


def _sections(markdown: str) -> tuple[Section, ...]:
    tokens = MarkdownIt().parse(markdown)
    path: list[str] = []
    found: list[tuple[tuple[str, ...], list[str]]] = [((), [])]
    for before, token in itertools.pairwise(tokens):
        if token.type != "inline":
            continue
        if before.type == "heading_open":
            depth = max(int(before.tag[1]) - 2, 0)
            path = [*path[:depth], token.content]
            found.append((tuple(path), []))
        else:
            found[-1][1].extend(split_sentences(token.content))
    sections, first = [], 1
    for headings, sentences in found:
        if sentences:
            sections.append(Section(path=headings, first=first, sentences=tuple(sentences)))
            first += len(sentences)
    return tuple(sections)


def read_pattern(path: Path, items: Mapping[str, Item]) -> Pattern:
    """One making pattern; its slot options must be items of the vocabulary. Raises LibraryError with file and line."""
    pattern = read_record(path, Pattern)
    if pattern.id != path.stem:
        raise LibraryError(f"{path}: id is {pattern.id!r}; the file name says {path.stem!r}")
    for slot in pattern.slots:
        for option in slot.options:
            if option not in items:
                raise LibraryError(f"{path}{line_of(read_text(path), option)}: {option!r} is not in materials.toml; use a name that is, or add it there")
    return pattern


def read_activity(path: Path) -> Activity:
    """One activity of an app's catalogue. Raises LibraryError with file and line."""
    activity = read_record(path, Activity)
    if activity.id != path.stem:
        raise LibraryError(f"{path}: id is {activity.id!r}; the file name says {path.stem!r}")
    return activity


def _shelf(path: Path) -> str:
    return "starter" if path.resolve().is_relative_to(STARTER) else "own"
