"""How often the decision on the app's own activities is right (`data/thin.jsonl`, over the starter activities).

The line was drawn on the even-numbered requests; the odd-numbered ones only measure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from craftlore.artifacts import read_jsonl
from craftlore.log import StepLog
from craftlore.suggest.activities import ActivityIndex, text_of, vector_of
from craftlore.suggest.parse import Fields
from craftlore.suggest.pipeline import Suggester
from craftlore.suggest.thin import decide

__all__ = ["CASES", "ThinReport", "verify_thin"]

CASES = Path(__file__).parent / "data" / "thin.jsonl"


class ThinCase(BaseModel):
    """A request and the state that it should get."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[A-Z]\d+$")  # even numbers set the line, odd ones only measure
    text: str
    state: Literal["enough", "thin", "off_topic", "unsafe"]


@dataclass(frozen=True)
class ThinReport:
    """Shares of right decisions: over all, over the odd half, and for each side of the line; `kept` are the false `enough`."""

    requests: int
    right: float
    right_even: float
    right_odd: float
    enough_found: float
    thin_found: float
    wrong: list[str]


def verify_thin(suggester: Suggester, path: Path = CASES) -> ThinReport:
    """Decide every case on the starter activities; no model is asked. Raises DataError for a bad file."""
    activities = tuple(suggester.library.activities.values())
    encoder = suggester.encoder
    own = ActivityIndex(activities, encoder.encode([text_of(a) for a in activities]) if encoder else None)
    right: dict[str, bool] = {}
    wrong = []
    cases = read_jsonl(path, ThinCase)
    for case in cases:
        prepared = suggester.prepare(case.text, Fields(), StepLog("verify"))
        vector = vector_of(prepared.request, encoder)
        inferred = prepared.understood.inferred if prepared.understood else frozenset()
        hits = own.search(prepared.request, vector, 5, inferred) if prepared.understood else ()
        got = decide(hits, prepared.declined, articles=bool(prepared.plans), model=True, by_words=vector is None)
        right[case.id] = got.state == case.state
        if got.state != case.state:
            best = f"{hits[0].score:.3f} {hits[0].activity.title}" if hits else "nothing"
            wrong.append(f"{case.id} {case.text!r}: wanted {case.state}, got {got.state} (best: {best})")
    odd = {i: int(i[1:]) % 2 == 1 for i in right}
    return ThinReport(
        requests=len(cases),
        right=_mean(right.values()),
        right_even=_mean(r for i, r in right.items() if not odd[i]),
        right_odd=_mean(r for i, r in right.items() if odd[i]),
        enough_found=_mean(right[c.id] for c in cases if c.state == "enough"),
        thin_found=_mean(right[c.id] for c in cases if c.state == "thin"),
        wrong=wrong,
    )


def _mean(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
