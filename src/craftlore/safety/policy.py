"""Hazards by grade as data (`hazards.toml`), and the questions that other stages ask of it.

Levels: A pupils do it, S pupils do it under a named adult control, T an adult does it before or away from class, X not
offered. The table's sources are named row by row; a teacher or adviser should sign it for their school.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from craftlore.library import Item
from craftlore.records import GRADES
from craftlore.safety.rules import fault_in, read_table
from craftlore.words import fold

__all__ = ["Hazard", "Level", "hazards", "hazards_in", "item_level", "level", "notes_for", "read_hazards", "without_hazards"]

Level = Literal["A", "S", "T", "X"]
LEVELS: tuple[str, ...] = get_args(Level)
TABLE = Path(__file__).parent / "hazards.toml"


class Hazard(BaseModel):
    """One row: words that name the thing in a text, a level for every grade, what to use instead, and the note."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    words: tuple[str, ...]
    levels: str
    substitute: str
    note: str
    basis: str

    @field_validator("levels")
    @classmethod
    def _one_for_each_grade(cls, levels: str) -> str:
        letters = levels.replace(" ", "")
        if len(letters) != len(GRADES) or set(letters) - set(LEVELS):
            raise ValueError(f"levels needs {len(GRADES)} letters (K to 12) of {', '.join(LEVELS)}")
        if any(LEVELS.index(younger) < LEVELS.index(older) for younger, older in itertools.pairwise(letters)):
            raise ValueError("levels never get stricter with age")
        return letters


@cache
def hazards() -> dict[str, Hazard]:
    """The hazard rows that ship, by id, read once."""
    return read_hazards()


def read_hazards(path: Path = TABLE) -> dict[str, Hazard]:
    """Every hazard row of a file by id. Raises ConfigError with file and line: wrong levels, a twin, a word that two rows claim."""
    rows: dict[str, Hazard] = {}
    owners: dict[str, str] = {}
    for row in read_table(path, "hazard"):
        try:
            hazard = Hazard.model_validate(row)
        except ValidationError as error:
            raise fault_in(path, row, error) from error
        if hazard.id in rows:
            raise fault_in(path, row, "there are two hazards of this id")
        for word in hazard.words:
            if (owner := owners.setdefault(fold(word), hazard.id)) != hazard.id:
                raise fault_in(path, row, f"the name {word!r} already stands under {owner}")
        rows[hazard.id] = hazard
    return rows


def level(hazard_id: str, grade: str) -> Level:
    """The level of one hazard at one grade."""
    found: Level = hazards()[hazard_id].levels[GRADES.index(grade)]  # type: ignore[assignment]
    return found


def item_level(item: Item, grade: str) -> Level:
    """The level of a classroom thing at a grade; a thing without a hazard row is A."""
    return level(item.hazard, grade) if item.hazard else "A"


@cache
def _finder() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern of all words, the longest first ("glue gun" is no gun), and the hazard of each; folded, as texts are searched."""
    owners = {fold(word): hazard.id for hazard in hazards().values() for word in hazard.words}
    longest = sorted(owners, key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in longest if word[0].isascii())
    unspaced = "|".join(re.escape(word) for word in longest if not word[0].isascii())  # Chinese has no spaces, Arabic joins its articles
    return re.compile(rf"(?<![\w-])(?:{spaced})(?![\w-])|(?:{unspaced})"), owners


def hazards_in(text: str, grade: str, levels: str = "TX") -> list[Hazard]:
    """Hazards that a text names and that stand at one of `levels` at this grade (T and X: pupils may not handle them), in the order of the table."""
    finder, owners = _finder()
    named = {owners[match[0]] for match in finder.finditer(fold(text))}
    return [hazard for hazard in hazards().values() if hazard.id in named and level(hazard.id, grade) in levels]


def without_hazards(text: str, but: Collection[str] = ()) -> str:
    """A folded text without the words of the hazard table, save those of the rows in `but`."""
    finder, owners = _finder()
    return finder.sub(lambda match: match[0] if owners[match[0]] in but else " ", text)


def notes_for(hazard_ids: Iterable[str], items: Mapping[str, Item], names: Iterable[str], grade: str) -> tuple[str, ...]:
    """The notes that must be printed: one for each hazard of the pattern and of the things used that is not level A."""
    wanted = dict.fromkeys((*hazard_ids, *(items[n].hazard or "" for n in names if n in items)))
    rows = [hazards()[i] for i in wanted if i]
    always = {"water-spill", "stains"}
    return tuple(_note(row, level(row.id, grade)) for row in rows if level(row.id, grade) != "A" or row.id in always)


def _note(hazard: Hazard, at: Level) -> str:
    return f"An adult does this before class or away from pupils. {hazard.note}" if at == "T" else hazard.note
