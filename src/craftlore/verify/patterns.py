"""How often a fitting making pattern stands among the first three, and how often "nothing fits" is said rightly (`data/matching.jsonl`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass as pydantic_dataclass

from craftlore.artifacts import read_jsonl
from craftlore.errors import DataError
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.suggest.match import Wishes, comparable, rank_patterns
from craftlore.suggest.parse import Fields, understand

__all__ = ["CASES", "PatternReport", "verify_patterns"]

CASES = Path(__file__).parent / "data" / "matching.jsonl"


@pydantic_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Asked(Fields):
    """The request of a case: its text, and the fields of the command line."""

    text: str = ""


class PatternCase(BaseModel):
    """An article, a request in the fields of `Request`, and the patterns that a thoughtful teacher would find fitting."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[A-Z]\d+$")  # even numbers set weights, odd ones only measure
    article: str
    request: Asked
    fits: list[str]


@dataclass(frozen=True)
class PatternReport:
    """Shares over the cases with a fitting pattern (`top_3`, `first`) and over those without (`nothing`)."""

    cases: int
    top_3: float
    top_3_odd: float
    first: float
    without: int
    nothing: float
    wrong: list[str]


def verify_patterns(index: Index, library: Library, path: Path = CASES, default_grade: str = "3") -> PatternReport:
    """Run every case. Raises DataError for a bad file or an unknown article."""
    top: dict[str, float] = {}
    first: dict[str, float] = {}
    nothing: dict[str, float] = {}
    wrong = []
    for case in read_jsonl(path, PatternCase):
        if case.article not in library.articles:
            raise DataError(f"{path}: {case.id}: there is no article {case.article!r}")
        asked = case.request
        request = understand(asked.text, library, asked).request
        ranked = rank_patterns(
            library.articles[case.article],
            index.patterns_for(case.article),
            library.patterns,
            Wishes(request, comparable(library), index.patterns_like(request)),
            request.grade or default_grade,
        )
        found = [pattern.id for pattern, _ in ranked]
        if case.fits:
            top[case.id] = float(bool(set(found[:3]) & set(case.fits)))
            first[case.id] = float(bool(found) and found[0] in case.fits)
        else:
            nothing[case.id] = float(not found)
        if (top | nothing)[case.id] < 1:
            wrong.append(f"{case.id} {case.article} {asdict(asked)}: wanted {case.fits or 'nothing'}, found {found[:3]}")
    odd = {name: value for name, value in top.items() if int(name[1:]) % 2}
    return PatternReport(len(top), _mean(top), _mean(odd), _mean(first), len(nothing), _mean(nothing), wrong)


def _mean(values: dict[str, float]) -> float:
    return sum(values.values()) / len(values) if values else 0.0
