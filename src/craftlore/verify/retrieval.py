"""How well search finds the fitting articles, and how often it rightly finds nothing (`data/retrieval.jsonl`).

The relevance weights and the floor were chosen on the even-numbered requests; the odd-numbered ones only measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from craftlore.artifacts import read_jsonl
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.suggest.parse import understand

__all__ = ["CASES", "RetrievalReport", "verify_retrieval"]

CASES = Path(__file__).parent / "data" / "retrieval.jsonl"


class RetrievalCase(BaseModel):
    """A request and the ids of all articles that a teacher would accept; none for an off-topic request."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[A-Z]\d+$")  # even numbers set weights, odd ones only measure
    text: str
    fits: list[str]
    note: str = ""


@dataclass(frozen=True)
class RetrievalReport:
    """`recall_at_5` is the mean share of fitting articles (of at most five) among the first five."""

    requests: int
    off_topic: int
    recall_at_5: float
    recall_at_5_odd: float
    off_topic_empty: float
    off_topic_empty_odd: float
    wrong: list[str]


def verify_retrieval(index: Index, library: Library, path: Path = CASES) -> RetrievalReport:
    """Run every case. Raises DataError for a bad file."""
    recalls: dict[str, float] = {}
    empty: dict[str, float] = {}
    wrong = []
    for case in read_jsonl(path, RetrievalCase):
        understood = understand(case.text, library)
        hits = index.search(understood.request, 5, understood.inferred).hits
        found = [hit.article.id for hit in hits]
        if case.fits:
            recalls[case.id] = len(set(found) & set(case.fits)) / min(5, len(case.fits))
        else:
            empty[case.id] = float(not found)
        if (recalls | empty)[case.id] < 1:
            wrong.append(f"{case.id} {case.text!r}: wanted {case.fits or 'nothing'}, found {found}")
    return RetrievalReport(
        requests=len(recalls), off_topic=len(empty), recall_at_5=_mean(recalls), recall_at_5_odd=_mean(_odd(recalls)),
        off_topic_empty=_mean(empty), off_topic_empty_odd=_mean(_odd(empty)), wrong=wrong,
    )  # fmt: skip


def _odd(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if int(name[1:]) % 2}


def _mean(values: dict[str, float]) -> float:
    return sum(values.values()) / len(values) if values else 0.0
