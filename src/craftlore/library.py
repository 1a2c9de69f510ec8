"""The library that ideas are made of: articles, making patterns and the vocabulary of classroom things.

Articles are Markdown with TOML front matter, patterns and the vocabulary are TOML; `docs/library.md` tells how to write them.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict, ValidationError

from craftlore.errors import LibraryError
from craftlore.records import Article, Pattern, Section
from craftlore.sentences import split_sentences

__all__ = ["STARTER", "Item", "Library", "read_article", "read_articles", "read_items", "read_patterns"]

STARTER = Path(__file__).parent / "starter"
LICENCE = "CC BY-SA 4.0"
_ADDRESS = "https://en.wikipedia.org/wiki/"
T = TypeVar("T")


class Item(BaseModel):
    """One classroom thing of the vocabulary: other names for it, its hazard row, and whether it is a tool."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    aliases: tuple[str, ...] = ()
    hazard: str | None = None
    tool: bool = False


@dataclass(frozen=True)
class Library:
    """Articles and patterns by id, items by name. `refused` lists what a lenient load left out, with the reason."""

    articles: Mapping[str, Article]
    patterns: Mapping[str, Pattern]
    items: Mapping[str, Item]
    refused: tuple[str, ...] = field(default=())

    @classmethod
    def load(cls, folder: Path = STARTER, *, keep_going: bool = False) -> Library:
        """Read a library folder. Raises LibraryError at the first bad file, unless `keep_going`: then it is left out and named."""
        refused: list[str] = []
        items = read_items(folder / "materials.toml")
        articles = read_articles(folder / "articles", refused if keep_going else None)
        patterns = read_patterns(folder / "patterns", items, refused if keep_going else None)
        return cls(articles, patterns, items, tuple(refused))


def read_items(path: Path) -> dict[str, Item]:
    """The vocabulary by name. Raises LibraryError if a name or an alias stands for two things."""
    try:
        items = {name: Item.model_validate(row) for name, row in _toml(path)["items"].items()}
    except (ValidationError, KeyError) as error:
        raise LibraryError(f"{path}: {_first_problem(error)}") from error
    except AttributeError as error:
        raise LibraryError(f"{path}: items has to be a table: a line [items], then one name = {{ ... }} a line") from error
    owner: dict[str, str] = {}
    for name, item in items.items():
        for word in (name, *item.aliases):
            if owner.setdefault(word, name) != name:
                raise LibraryError(f"{path}: {word!r} stands for both {owner[word]!r} and {name!r}")
    return items


def read_articles(folder: Path, refused: list[str] | None = None) -> dict[str, Article]:
    """Every article of a folder by id, in file order; see `Library.load` for `refused`."""
    articles = _read_all(sorted(folder.glob("*.md")), read_article, refused)
    _no_twins(((a.title, a.id) for a in articles), folder)
    return {article.id: article for article in articles}


def read_patterns(folder: Path, items: Mapping[str, Item], refused: list[str] | None = None) -> dict[str, Pattern]:
    """Every making pattern of a folder by id; slot options must be items of the vocabulary."""
    patterns = _read_all(sorted(folder.glob("*.toml")), lambda path: _read_pattern(path, items), refused)
    _no_twins(((p.name, p.id) for p in patterns), folder)
    return {pattern.id: pattern for pattern in patterns}


def read_article(path: Path) -> Article:
    """One Markdown file as an Article, exactly as a crawled page becomes one. Raises LibraryError with file and line."""
    text = _text(path)
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
            id=f"starter:{path.stem}",
            url=_ADDRESS + quote(title.replace(" ", "_")),
            revision=hashlib.sha256(text.encode()).hexdigest()[:12],
            licence=LICENCE,
            source="Craftlore starter library",
            sections=_sections(match[2]),
            **front,
        )
    except ValidationError as error:
        raise LibraryError(f"{path}: {_first_problem(error, text)}") from error
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


def _read_pattern(path: Path, items: Mapping[str, Item]) -> Pattern:
    text = _text(path)
    try:
        pattern = Pattern.model_validate(_toml(path))
    except ValidationError as error:
        raise LibraryError(f"{path}: {_first_problem(error, text)}") from error
    if pattern.id != path.stem:
        raise LibraryError(f"{path}: id is {pattern.id!r}; the file name says {path.stem!r}")
    for slot in pattern.slots:
        for option in slot.options:
            if option not in items:
                raise LibraryError(f"{path}{_line(text, option)}: {option!r} is not in materials.toml; use a name that is, or add it there")
    return pattern


def _read_all(paths: list[Path], read: Callable[[Path], T], refused: list[str] | None) -> list[T]:
    records = []
    for path in paths:
        try:
            records.append(read(path))
        except LibraryError as error:
            if refused is None:
                raise
            refused.append(str(error))
    return records


def _no_twins(named: Iterable[tuple[str, str]], folder: Path) -> None:
    seen: dict[str, str] = {}
    for name, identity in named:
        if name.casefold() in seen:
            raise LibraryError(f"{folder}: {identity} and {seen[name.casefold()]} are both called {name!r}")
        seen[name.casefold()] = identity


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"{path}: cannot be read: {error}") from error
    if not text.strip():
        raise LibraryError(f"{path}: the file is empty")
    return text


def _toml(path: Path) -> dict[str, Any]:
    try:
        return dict(tomllib.loads(_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise LibraryError(f"{path}: {error}") from error


def _first_problem(error: Exception, text: str = "") -> str:
    if not isinstance(error, ValidationError):
        return f"{error} is missing"
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"]) or "record"
    key = str(problem["loc"][0]) if problem["loc"] else ""
    return f"{where}{_line(text, key)}: {problem['msg']}"


def _line(text: str, word: str) -> str:
    for number, line in enumerate(text.splitlines(), 1):
        if word and word in line:
            return f" (line {number})"
    return ""
