"""What happens while a request is answered, told as it happens: one union of small records, discriminated by `event`.

A `field` is told only after it passed every check and the idea gate; a later `field` of the same name replaces it, and
`withdrawn` takes it back. Whoever listens may be called from several threads, one for each idea that is being written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from craftlore.errors import Cancelled, CraftloreError, CutOff, EmptyCompletion, EngineTimeout, EngineUnavailable, IdeaWithdrawn, PromptTooLong, SchemaIgnored
from craftlore.records import Idea, Label, Request, Verdict
from craftlore.vocabulary import Access, Record

__all__ = [
    "Card",
    "Declined",
    "Degraded",
    "Done",
    "Event",
    "FieldReady",
    "IdeaReady",
    "Progress",
    "Rung",
    "Sources",
    "State",
    "Tell",
    "UnderstoodAs",
    "Withdrawn",
    "rung_of",
]

State = Literal["queued", "reading", "writing", "again", "checking"]
Rung = Literal[
    "no_encoder", "no_index", "no_model", "engine_down", "engine_slow", "engine_garbage", "engine_empty", "engine_cut_off",
    "prompt_too_long", "cancelled", "withdrawn", "store_down", "disk_full",
]  # fmt: skip


class Card(Record):
    """An article that an idea can be made from, with the making pattern that fits the request; no model was asked."""

    article_id: str
    title: str
    people: tuple[str, ...]
    places: tuple[str, ...]
    labels: tuple[Label, ...]
    access: Access
    access_reason: str | None = None
    pattern_id: str
    pattern_name: str
    product: str
    minutes: int
    why: str
    missing: tuple[str, ...]


class UnderstoodAs(Record):
    """The request as understood; `inferred` names the fields that were read out of the free text."""

    event: Literal["understood"] = "understood"
    request_id: str
    request: Request
    inferred: tuple[str, ...]
    notes: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = ()


class Sources(Record):
    """The articles that fit, best first."""

    event: Literal["sources"] = "sources"
    cards: tuple[Card, ...]


class Progress(Record):
    """How far one idea is. `position` counts those ahead of it in the queue; `of_ms` is how long an idea took lately."""

    event: Literal["progress"] = "progress"
    idea: str
    article_id: str
    state: State
    position: int = 0
    of_ms: int | None = None


class FieldReady(Record):
    """One field of an idea, by its name in `Idea`."""

    event: Literal["field"] = "field"
    idea: str
    name: str
    value: Any


class Withdrawn(Record):
    """A field that was told and must not be shown any longer; `field` None takes back the whole idea."""

    event: Literal["withdrawn"] = "withdrawn"
    idea: str
    field: str | None
    rule: str
    why: str


class IdeaReady(Record):
    """The whole idea, after the whole gate: what counts from now on."""

    event: Literal["idea"] = "idea"
    idea: str
    value: Idea


class Declined(Record):
    """There will be no idea, and why."""

    event: Literal["declined"] = "declined"
    verdict: Verdict


class Degraded(Record):
    """One thing that is not as good as it could be: `rung` for programs, `message` for people, with what to do."""

    event: Literal["degraded"] = "degraded"
    rung: Rung
    message: str


class Done(Record):
    """The end of every stream that was not cut off."""

    event: Literal["done"] = "done"
    request_id: str
    ideas: int
    timings: dict[str, float]


Event = Annotated[UnderstoodAs | Sources | Progress | FieldReady | Withdrawn | IdeaReady | Declined | Degraded | Done, Field(discriminator="event")]
Tell = Callable[[UnderstoodAs | Sources | Progress | FieldReady | Withdrawn | IdeaReady | Declined | Degraded | Done], None]

_RUNGS: dict[type[CraftloreError], Rung] = {
    EngineUnavailable: "engine_down",
    EngineTimeout: "engine_slow",
    SchemaIgnored: "engine_garbage",
    EmptyCompletion: "engine_empty",
    CutOff: "engine_cut_off",
    PromptTooLong: "prompt_too_long",
    Cancelled: "cancelled",
    IdeaWithdrawn: "withdrawn",
}


def rung_of(error: CraftloreError) -> Rung:
    """The rung of the degradation ladder that an error of the engine, or of the idea gate, stands for."""
    return _RUNGS.get(type(error), "engine_down")
