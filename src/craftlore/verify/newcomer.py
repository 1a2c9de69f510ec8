"""A new file for the library, checked as strictly as the starter library is before it joins."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from craftlore.errors import LibraryError
from craftlore.handwritten import read_toml
from craftlore.library import STARTER, Library, read_activity, read_article, read_pattern
from craftlore.records import Activity, Article, Pattern
from craftlore.verify.library import article_faults, pattern_faults
from craftlore.verify.twins import shared_runs

__all__ = ["Shelf", "check_newcomer", "read_newcomer", "shelf_of"]

Shelf = Literal["articles", "patterns", "activities"]


def shelf_of(path: Path) -> Shelf:
    """Where a file belongs, by what is in it. Raises LibraryError if it is none of the three kinds."""
    if path.suffix == ".md":
        return "articles"
    if path.suffix == ".toml":
        fields = read_toml(path)
        if "making_steps" in fields:
            return "activities"
        if "steps" in fields or "slots" in fields:
            return "patterns"
    raise LibraryError(f"{path}: an article is a .md file; a making pattern (with `slots`) or an activity (with `making_steps`) is a .toml file")


def read_newcomer(path: Path, library: Library) -> Article | Pattern | Activity:
    """The record in a file of any of the three kinds. Raises LibraryError with file and line."""
    shelf = shelf_of(path)
    if shelf == "articles":
        return read_article(path)
    return read_pattern(path, library.items) if shelf == "patterns" else read_activity(path)


def check_newcomer(record: Article | Pattern | Activity, library: Library) -> list[str]:
    """What keeps a record out of `library`; empty if it may join.

    A record of one's own with its id counts as its old version; one of the starter library cannot be replaced, as both would be read.
    """
    if _in_starter(record):
        return [f"the starter library has {record.id!r} already; give yours another file name and id"]
    name = record.name if isinstance(record, Pattern) else record.title
    known = {p.id: p.name for p in library.patterns.values()} if isinstance(record, Pattern) else {}
    if isinstance(record, Article):
        known = {a.id: a.title for a in library.articles.values()}
    elif isinstance(record, Activity):
        known = {a.id: a.title for a in library.activities.values()}
    faults = [f"{other} is already called {name!r}" for other, title in known.items() if other != record.id and title.casefold() == name.casefold()]
    if isinstance(record, Pattern):
        return faults + pattern_faults(record, library)
    if isinstance(record, Article):
        texts = {a.id: a.text for a in library.articles.values() if a.id != record.id} | {record.id: record.text}
        return faults + article_faults(record) + [pair for pair in shared_runs(texts) if record.id in pair]
    return faults


def _in_starter(record: Article | Pattern | Activity) -> bool:
    if isinstance(record, Article):  # its id names the shelf: this one was read from the starter library itself
        return record.id.startswith("starter:")
    shelf: Shelf = "patterns" if isinstance(record, Pattern) else "activities"
    return (STARTER / shelf / f"{record.id}.toml").exists()
