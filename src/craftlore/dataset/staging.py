"""A scenario brought onto the stage: its plan, its facts and exactly the question that serving would ask."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from craftlore.config import Config
from craftlore.dataset.known import Known
from craftlore.dataset.records import Scenario
from craftlore.engines.seam import Chat
from craftlore.errors import DatasetError
from craftlore.suggest.facts import Facts
from craftlore.suggest.match import Plan, fill
from craftlore.suggest.prompt import build_messages, shown_texts
from craftlore.suggest.schema import answer_schema

__all__ = ["Staged", "call_id", "chat_for", "fields_of", "stage"]


@dataclass(frozen=True)
class Staged:
    """One scenario with what serving would know of it. Filters read this and the texts, nothing else.

    `looked_at` keeps what they said of a field's text, since an answer is looked at again beside every later one.
    """

    scenario: Scenario
    plan: Plan
    facts: Facts
    known: Known
    looked_at: dict[tuple[str, str], tuple[str, str] | None] = field(default_factory=dict, compare=False)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """What the teacher model may write: the decoding schema of serving for a model that was not trained."""
        return answer_schema(self.plan, self.facts, shown_texts(self.plan, self.facts), self.scenario.seed)

    @cached_property
    def wide_schema(self) -> Mapping[str, Any]:
        """What a pair may teach: the decoding schema of serving for a model that was trained."""
        return answer_schema(self.plan, self.facts, shown_texts(self.plan, self.facts), self.scenario.seed, trained=True)


def stage(scenario: Scenario, known: Known) -> Staged:
    """The plan of a scenario, made again by the code of serving. Raises DatasetError if the library no longer gives that plan."""
    library = known.library
    article, pattern = library.articles.get(scenario.article_id), library.patterns.get(scenario.pattern_id)
    plan = fill(article, pattern, library.items, scenario.request, scenario.grade) if article and pattern else None
    if plan is None or article is None or dict(plan.filling) != scenario.filling:
        raise DatasetError(f"{scenario.id}: the library no longer makes this plan of {scenario.article_id} x {scenario.pattern_id}. Plan anew.")
    facts = {step: (number, article.sentences[number - 1]) for step, number in scenario.facts.items()}
    return Staged(scenario, plan, facts, known)


def fields_of(staged: Staged) -> tuple[str, ...]:
    """The fields of the answer, in the order of the decoding schema."""
    return ("title", "summary", *(f"step_{step}" for step in staged.facts), "goal", "question")


def chat_for(staged: Staged, number: int, config: Config, fields: Sequence[str] = (), given: Mapping[str, str] | None = None) -> Chat:
    """The call for candidate `number`: the prompt and the decoding schema of serving, a seed of its own.

    With `fields` the schema asks for these alone: what a candidate before it left open, at a fraction of a whole answer's time.
    `given` texts stand beside them as they are: a field that comes alone runs on and on. From the second candidate on the question
    has to begin with the first of the two openings of the schema, the one about those who keep the tradition.
    """
    return Chat(
        messages=build_messages(staged.plan, staged.facts),
        schema=_narrowed(staged, _held(staged.schema) if number else staged.schema, fields, given or {}),
        max_tokens=config.suggest.max_tokens,
        temperature=config.dataset.temperature, seed=staged.scenario.seed + number, deadline_seconds=config.engine.deadline_seconds,
    )  # fmt: skip


def _held(schema: Mapping[str, Any]) -> dict[str, Any]:
    fields = schema["properties"]
    pattern = re.sub(r"^\^\(([^|()]+)\|[^()]*\)", r"^(\1)", fields["question"]["pattern"])
    return {**schema, "properties": {**fields, "question": {**fields["question"], "pattern": pattern}}}


def _narrowed(staged: Staged, schema: Mapping[str, Any], fields: Sequence[str], given: Mapping[str, str]) -> dict[str, Any]:
    if not fields:
        return dict(schema)
    asked = {name: {"const": given[name]} if name in given else schema["properties"][name] for name in fields_of(staged) if name in (*given, *fields)}
    return {**schema, "properties": asked, "required": list(asked)}


def call_id(chat: Chat, model: str) -> str:
    """Hash of what was asked: the journal knows a call by it, so none is made twice and a changed one is made anew.

    Of the schema only the fields and what is given count: however narrow the decoding was, the filters look at every answer.
    """
    fields = {name: asked.get("const") for name, asked in chat.schema["properties"].items()} if chat.schema else {}
    asked = (model, chat.messages, fields, chat.seed, chat.temperature, chat.max_tokens)
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:20]
