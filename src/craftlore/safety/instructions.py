"""What the policy asks of the model: lines for the prompt of one plan (`instructions.toml`). The gates hold without them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from craftlore.safety.rules import fault_in, read_table
from craftlore.vocabulary import Access, Band, band_of

__all__ = ["Line", "instructions", "read_lines"]

TABLE = Path(__file__).parent / "instructions.toml"


class Line(BaseModel):
    """One line with the conditions under which it holds; an empty condition always does."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    says: str = Field(pattern=r"^[A-Z].*\.$")
    access: tuple[Access, ...] = ()
    bands: tuple[Band, ...] = ()


def read_lines(path: Path = TABLE) -> tuple[Line, ...]:
    """The lines of a file, in its order. Raises ConfigError with file and line for an unknown condition."""
    found = []
    for row in read_table(path, "line"):
        try:
            found.append(Line.model_validate(row))
        except ValidationError as error:
            raise fault_in(path, row, error) from error
    return tuple(found)


@cache
def _lines() -> tuple[Line, ...]:
    return read_lines()


def instructions(access: Access, grade: str) -> tuple[str, ...]:
    """The lines for an article of this access and a class of this grade."""
    band = band_of(grade)
    return tuple(line.says for line in _lines() if (not line.access or access in line.access) and (not line.bands or band in line.bands))
