"""What goes over the wire: bodies that clients send, answers, and the one union of stream events. OpenAPI is made of these.

Bodies are strict: a wrong type or an unknown field is an error, never a guess.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, StringConstraints
from pydantic_core import to_json

from craftlore.records import Activity, Idea, Label, Request, Section, Verdict
from craftlore.serve.drafts import Draft
from craftlore.serve.faults import ErrorBody
from craftlore.suggest.events import Card, Declined, Degraded, Done, FieldReady, IdeaReady, Progress, Sources, UnderstoodAs, Withdrawn
from craftlore.suggest.parse import Fields
from craftlore.suggest.revise import Change
from craftlore.suggest.thin import Decision
from craftlore.vocabulary import Access, Record

__all__ = [
    "ActivitiesFound",
    "ActivityPage",
    "ArticleAnswer",
    "ConflictAnswer",
    "DraftBody",
    "DraftChange",
    "DraftVersion",
    "ErrorEvent",
    "FoundActivity",
    "Grade",
    "IdeasBody",
    "Imported",
    "Material",
    "Materials",
    "Ready",
    "RegenerateBody",
    "Regenerated",
    "Rung",
    "SearchAnswer",
    "SearchBody",
    "StreamEvent",
]

Grade = Literal["K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]
Words = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=120)]


def _read_idea(value: object) -> object:
    """An idea as JSON has it (arrays for tuples, strings for enums): strict all the same."""
    return Idea.model_validate_json(to_json(value)) if isinstance(value, dict) else value


SentIdea = Annotated[Idea, BeforeValidator(_read_idea)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchBody(_Body):
    """A teacher's request: free text, and fields that win over it. `text` may be empty when a field says enough.

    Without `materials` the things are those that the text names; with it they are these, and an empty list means none.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "grade 4, chalk and string, something for the playground", "minutes": 60}]})
    text: Annotated[StrictStr, Field(max_length=2000)] = ""
    grade: Grade | None = None
    materials: list[Words] | None = Field(default=None, max_length=40)
    product: Words | None = None
    minutes: Annotated[StrictInt, Field(ge=5, le=600)] | None = None
    label: Label | None = None
    region: Annotated[Words, Field(max_length=80)] | None = None
    without: list[Words] = Field(default=[], max_length=40)

    @property
    def fields(self) -> Fields:
        label = self.label.value if self.label else None
        only = self.materials is not None
        return Fields(self.grade, tuple(self.materials or ()), self.product, self.minutes, label, self.region, tuple(self.without), only)


class IdeasBody(SearchBody):
    """A request for ideas. Without `article_id` and `count` an idea is written only where own activities are thin."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "gr 5 egg cartons and beans, a game", "count": 1, "seed": 0}]})
    article_id: Words | None = None
    count: Annotated[StrictInt, Field(ge=1, le=3)] | None = None
    seed: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] = 0


class FoundActivity(Record):
    activity: Activity
    score: float
    why: str


class Rung(Record):
    """One thing that is not as good as it could be: `rung` for programs, `message` for people."""

    rung: str
    message: str


class SearchAnswer(Record):
    """Own activities, the decision on them, and cards of articles that an idea could be made from. No model was asked."""

    request_id: str
    understood: Request
    inferred: tuple[str, ...]
    notes: tuple[str, ...]
    activities: tuple[FoundActivity, ...]
    decision: Decision
    cards: tuple[Card, ...]
    declined: Verdict | None
    verdicts: tuple[Verdict, ...]
    degraded: tuple[Rung, ...]
    timings: dict[str, float]


class ActivitiesFound(Record):
    """Own activities, and whether they are enough."""

    event: Literal["activities"] = "activities"
    activities: tuple[FoundActivity, ...]
    decision: Decision


class ErrorEvent(Record):
    """The stream ends here, before its time."""

    event: Literal["error"] = "error"
    error: ErrorBody


StreamEvent = Annotated[
    UnderstoodAs | ActivitiesFound | Sources | Progress | FieldReady | Withdrawn | IdeaReady | Declined | Degraded | ErrorEvent | Done,
    Field(discriminator="event"),
]


class RegenerateBody(_Body):
    """One idea and what is to be different. `request` is what the teacher had asked for, where it matters for the change."""

    idea: SentIdea
    change: Change
    request: SearchBody | None = None
    seed: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] = 1


class Regenerated(Record):
    """The idea after the change; fields that are not in `changed` are the same to the byte."""

    idea: SentIdea
    changed: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    degraded: tuple[Rung, ...]
    request_id: str


class ArticleAnswer(Record):
    """One tradition as its source tells it, with numbered sentences."""

    id: str
    title: str
    url: str
    language: str
    revision: str
    licence: str
    source: str
    labels: tuple[Label, ...]
    people: tuple[str, ...]
    places: tuple[str, ...]
    access: Access
    access_reason: str | None
    sections: tuple[Section, ...]


class Material(Record):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "chalk", "aliases": ["sidewalk chalk"], "tool": False}]})
    name: str
    aliases: tuple[str, ...]
    tool: bool


class Materials(Record):
    items: tuple[Material, ...]


class ActivityPage(Record):
    """Some of the own activities; `total` counts all that match."""

    total: int
    activities: tuple[Activity, ...]


class Imported(Record):
    """How many activities the file had, and how many there are now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"imported": 40, "total": 104}]})
    imported: int
    total: int


class DraftBody(_Body):
    idea: SentIdea


class DraftVersion(_Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 2}]})
    version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]


class DraftChange(_Body):
    version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
    idea: SentIdea


class ConflictAnswer(Record):
    """The draft was changed in between; `current` is how it stands now."""

    error: ErrorBody
    current: Draft


class Ready(Record):
    """`ready` when the model wrote one token in time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ready": True, "model": "qwen2.5-coder-1.5b", "index": True, "encoder": True, "reason": None}]})
    ready: StrictBool
    model: str | None
    index: StrictBool
    encoder: StrictBool
    reason: str | None = None
