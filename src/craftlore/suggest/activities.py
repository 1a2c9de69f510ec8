"""The app's own activities, ranked for a request: shared words, meaning, the teacher's things, grade and time; no model, no index.

Scores lie between 0 and about 1 and mean the same for every request, so that `thin.py` can draw a line.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from craftlore.index.encoder import Encoder
from craftlore.records import GRADES, Activity, Request
from craftlore.words import stems, tokens

__all__ = ["ActivityHit", "ActivityIndex", "Vector", "text_of", "vector_of"]

Vector = NDArray[np.float32]
MEANT, SAID, THINGS = 0.55, 0.30, 0.15  # weights of meaning, shared words and shared materials
OTHER_GRADE, OTHER_LABEL, TOO_LONG, ELSEWHERE = 0.75, 0.85, 0.85, 0.55  # what an activity keeps for a wish that it does not meet
_TALK = frozenset(
    stems(
        "grade class lesson pupils students kids children activity activities project idea ideas something make making do doing use using want need "
        "fun easy simple short quick minutes hour teach learn learning work group groups my our we have with for year olds lower upper primary school "
        "kindergarten first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth gr anything please looking"
    )
)


@dataclass(frozen=True)
class ActivityHit:
    """An activity, how well it fits (0 to about 1), and why in one sentence; its unit vector, where there is an encoder."""

    activity: Activity
    score: float
    why: str
    vector: Vector | None = field(default=None, compare=False, repr=False)


class ActivityIndex:
    """Activities, held in memory. `vectors` are their unit vectors, one row each, or None without an encoder."""

    def __init__(self, activities: Sequence[Activity], vectors: Vector | None) -> None:
        self.activities = tuple(activities)
        self.by_id = {activity.id: activity for activity in activities}
        self._vectors = vectors if len(self.activities) else None
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, activity in enumerate(self.activities):
            for stem in set(stems(_everything(activity))):
                self._rows[stem].append(row)
        self._materials = [frozenset(activity.materials) for activity in self.activities]

    def search(self, request: Request, vector: Vector | None = None, limit: int = 5, inferred: frozenset[str] = frozenset()) -> tuple[ActivityHit, ...]:
        """The activities for a request, best first. `vector` is the request's own; a typed grade or label filters, an inferred one only counts."""
        if not self.activities:
            return ()
        said = self._said(request)
        meant = np.clip(self._vectors @ vector, 0, 1) if self._vectors is not None and vector is not None else None
        scores = MEANT * meant + SAID * said if meant is not None else (MEANT + SAID) * said
        have = frozenset(request.materials)
        if have:
            shared = np.array([len(have & materials) / len(have) for materials in self._materials])
            scores = scores + THINGS * shared * (scores > 0)
        order = np.argsort(-scores, kind="stable")[: 8 * limit]
        hits = [(float(scores[row]) * _favour(self.activities[row], request, inferred), row) for row in order if scores[row] > 0]
        best = sorted((pair for pair in hits if pair[0] > 0), key=lambda pair: -pair[0])[:limit]
        return tuple(ActivityHit(self.activities[row], round(score, 4), _why(self.activities[row], request), self._vector(row)) for score, row in best)

    def _vector(self, row: int) -> Vector | None:
        return self._vectors[row] if self._vectors is not None else None

    def _said(self, request: Request) -> Vector:
        """For each activity the share of the request's telling words that it has, weighed by how few activities have them."""
        words = {stem for stem in stems(f"{request.text} {request.product or ''}") if stem not in _TALK and not stem.isdigit()}
        found = np.zeros(len(self.activities), np.float32)
        weights = {stem: math.log((2 + len(self.activities)) / (1 + len(self._rows.get(stem, ())))) for stem in words}
        for stem, weight in weights.items():
            if stem in self._rows:
                found[self._rows[stem]] += weight
        return found / max(sum(weights.values()), 1e-9)


def vector_of(request: Request, encoder: Encoder | None) -> Vector | None:
    """The request's unit vector, of shape (384,): of its text, or of its fields where there is no text; None without an encoder."""
    text = request.text or " ".join(part for part in (request.product, *request.materials, request.label, request.region) if part)
    return encoder.encode([text])[0] if encoder and text else None


def text_of(activity: Activity) -> str:
    """What the encoder reads of an activity: title, introduction, categories."""
    return f"{activity.title}. {activity.introduction} {', '.join(activity.categories)}."


def _everything(activity: Activity) -> str:
    return " ".join((activity.title, activity.introduction, *activity.categories, *activity.learning_goals, *activity.materials, *activity.making_steps))


def _favour(activity: Activity, request: Request, inferred: frozenset[str]) -> float:
    if set(request.without) & set(activity.materials):
        return 0.0
    favour = 1.0
    if request.grade and request.grade not in activity.class_grade:
        near = min(abs(GRADES.index(request.grade) - GRADES.index(grade)) for grade in activity.class_grade)
        favour *= 0.0 if near > 2 or ("grade" not in inferred and near > 1) else OTHER_GRADE**near
    if request.label and request.label not in activity.categories:
        favour *= OTHER_LABEL if "label" in inferred else 0.0
    if request.minutes and activity.minutes and activity.minutes > 1.25 * request.minutes:
        favour *= TOO_LONG
    if request.region and not set(tokens(request.region)) <= set(tokens(_everything(activity))):
        favour *= ELSEWHERE
    return favour


def _why(activity: Activity, request: Request) -> str:
    shared = [name for name in request.materials if name in activity.materials]
    parts: Mapping[str, object] = {
        f"uses your {' and '.join(shared)}": shared,
        f"grade {request.grade}": request.grade in activity.class_grade,
        f"{activity.minutes} minutes": activity.minutes,
    }
    said = [part for part, holds in parts.items() if holds]
    return f"{activity.categories[0]}: {', '.join(said)}." if said else f"{activity.categories[0]}."
