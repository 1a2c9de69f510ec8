"""What the stage writes, one JSON object a line: scenarios, candidates, drops and training rows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from craftlore.records import Request
from craftlore.vocabulary import Record

__all__ = ["JUDGE", "Candidate", "Drop", "Kind", "Row", "Scenario", "Split"]

Kind = Literal["served", "substituted", "study_about", "look_alike", "gold", "declined"]
Split = Literal["train", "valid", "test"]
JUDGE = 1000
"""The number of a judge's answer among the candidates of its scenario."""


class Scenario(Record):
    """One request and the plan that serving would make of it; written before the first call.

    `facts` maps a step to the number of the sentence beside it; `gold` numbers the gold idea that gives its fields first;
    `look_alike` names the scenario that asks nearly the same and is served in full.
    """

    id: str
    kind: Kind
    style: str
    text: str
    article_id: str
    pattern_id: str
    grade: str
    request: Request
    filling: dict[str, str]
    facts: dict[int, int]
    seed: int
    gold: int | None = None
    look_alike: str | None = None


class Candidate(Record):
    """One answered call, or one that failed for the reason in `error`. `call` is the hash of everything that was asked.

    `fields` are those that were asked for (none: all of the answer's) beside the texts that were `given`.
    """

    call: str
    scenario: str
    number: int
    model: str
    fields: tuple[str, ...] = ()
    given: dict[str, str] = Field(default_factory=dict)
    text: str = ""
    error: str | None = None
    retries: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class Drop(Record):
    """One thing that was not kept. `number` is the candidate (None: the scenario or its pair), `field` the text at fault."""

    scenario: str
    number: int | None
    field: str
    filter: str
    reason: str
    text: str = ""


class Row(Record):
    """One training row: `messages` as mlx-lm reads them; the other columns say where it comes from.

    `written_by` tells for each field who wrote it: the teacher model or people (gold ideas, the policy).
    """

    messages: tuple[dict[str, str], ...]
    scenario: str
    kind: Kind
    split: Split
    style: str
    request: str
    grade: str | None
    article_id: str | None
    pattern_id: str | None
    labels: tuple[str, ...]
    continent: str | None
    written_by: dict[str, str]
    prompt_version: str
    seed: int
    source: str | None = None
    revision: str | None = None
    licence: str | None = None
    look_alike: str | None = None
