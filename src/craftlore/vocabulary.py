"""What records are built from: grades and bands, the nine labels, dispositions, and the strict base classes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

__all__ = ["GRADES", "LABELS", "Access", "Band", "Continent", "Disposition", "FromFile", "Kind", "Label", "Record", "Slug", "Text", "band_of", "known_grades"]

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Access = Literal["open", "ask", "study_only"]
Kind = Literal["make", "study"]
Band = Literal["K-2", "3-5", "6-8", "9-12"]
Continent = Literal["Africa", "Asia", "Europe", "North America", "Oceania", "South America"]

GRADES: tuple[str, ...] = ("K", *(str(n) for n in range(1, 13)))


class Label(StrEnum):
    """The nine STEAM labels of the corpus."""

    CRAFTS = "Crafts and making"
    VISUAL = "Visual arts"
    SCIENCE = "Science and nature"
    STORY = "Media arts and storytelling"
    ENGINEERING = "Engineering and building"
    MATHEMATICS = "Mathematics and patterns"
    MUSIC = "Music and performance"
    SKY = "Sky, time and navigation"
    PLAY = "Play and games"


LABELS: tuple[str, ...] = tuple(label.value for label in Label)


class Disposition(StrEnum):
    """What happens to a request or an idea, from the most to the least generous."""

    SERVE = "serve"
    NOTE = "note"
    SUBSTITUTE = "substitute"
    STUDY_ABOUT = "study_about"
    ASK = "ask"
    ABSTAIN = "abstain"
    REDIRECT = "redirect"
    REFUSE = "refuse"
    SUPPORT = "support"


def band_of(grade: str) -> Band:
    """The grade band of a single grade `K`..`12`; raises ValueError for anything else."""
    index = GRADES.index(grade)
    return "K-2" if index <= 2 else "3-5" if index <= 5 else "6-8" if index <= 8 else "9-12"


def known_grades(grades: tuple[str, ...]) -> tuple[str, ...]:
    """The grades as they are. Raises ValueError for one that is not K..12."""
    if unknown := [grade for grade in grades if grade not in GRADES]:
        raise ValueError(f"unknown grades {unknown}; write single grades from K to 12")
    return grades


class Record(BaseModel):
    """Base of every record: immutable, unknown fields refused, no silent coercion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FromFile(Record):
    """A record that people write by hand in TOML: enums and tuples may be given as plain strings and arrays."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
