"""Files that people write by hand, read so that a mistake is named with its file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from craftlore.errors import LibraryError

__all__ = ["first_problem", "line_of", "no_twins", "read_all", "read_record", "read_text", "read_toml"]

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def read_text(path: Path) -> str:
    """The text of a file. Raises LibraryError if it cannot be read, is not UTF-8 or is empty."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"{path}: cannot be read: {error}") from error
    if not text.strip():
        raise LibraryError(f"{path}: the file is empty")
    return text


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises LibraryError with file and line."""
    try:
        return dict(tomllib.loads(read_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise LibraryError(f"{path}: {error}") from error


def read_record(path: Path, kind: type[M]) -> M:
    """One TOML file as one record. Raises LibraryError with file, field, line and reason."""
    values = read_toml(path)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise LibraryError(f"{path}: {first_problem(error, read_text(path))}") from error


def read_all(paths: Iterable[Path], read: Callable[[Path], T], refused: list[str] | None) -> list[T]:
    """What `read` makes of each path. Raises the first LibraryError, unless `refused` collects them and the rest goes on."""
    records = []
    for path in paths:
        try:
            records.append(read(path))
        except LibraryError as error:
            if refused is None:
                raise
            refused.append(str(error))
    return records


def no_twins(named: Iterable[tuple[str, str]], where: Path | str) -> None:
    """`named` are (name, identity). Raises LibraryError if two share a name, upper and lower case alike."""
    seen: dict[str, str] = {}
    for name, identity in named:
        if name.casefold() in seen:
            raise LibraryError(f"{where}: {identity} and {seen[name.casefold()]} are both called {name!r}")
        seen[name.casefold()] = identity


def first_problem(error: Exception, text: str = "") -> str:
    """The first fault of a validation, with the field and, where `text` has it, the line."""
    if not isinstance(error, ValidationError):
        return f"{error} is missing"
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"]) or "record"
    key = str(problem["loc"][0]) if problem["loc"] else ""
    return f"{where}{line_of(text, key)}: {problem['msg']}"


def line_of(text: str, word: str) -> str:
    """` (line N)` of the first line that has the word, or nothing."""
    for number, line in enumerate(text.splitlines(), 1):
        if word and word in line:
            return f" (line {number})"
    return ""
