"""One plan to one idea: ask the model, check every field, ask again with the reason, and let code fill in what still fails.

A field that the model cannot get right falls back to the pattern's own words or stays out, so an idea is always sound; how
often that happens is counted (`Written`). The answer is read while it streams: what code knows is told at once, a field of
the model as soon as it is complete and has passed its checks and the idea gate.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic_core import from_json

from craftlore.config import SuggestConfig
from craftlore.engines.seam import Chat, Completion, Engine, complete
from craftlore.errors import CutOff, EmptyCompletion, EngineError, IdeaWithdrawn, SchemaIgnored
from craftlore.index.encoder import Encoder
from craftlore.library import Item
from craftlore.records import Disposition, Idea, Verdict
from craftlore.safety.idea_gate import screen_field, screen_idea
from craftlore.suggest.check import Answer, check_answer, check_field, own_spelling, parse_answer
from craftlore.suggest.compose import compose, idea_id, joined
from craftlore.suggest.events import Degraded, FieldReady, IdeaReady, Progress, State, Tell, Withdrawn, rung_of
from craftlore.suggest.facts import Facts, beside_steps, with_somebody
from craftlore.suggest.match import Plan
from craftlore.suggest.prompt import build_messages, shown_texts
from craftlore.suggest.schema import agents_in, answer_schema

__all__ = ["Attempt", "Written", "write_idea"]

ESSENTIAL = ("title", "summary")  # worth another call; the pattern has goals and questions of its own
FIELDS = ("title", "summary", "goal", "question")
FROM_CODE = (
    "tradition", "people", "places", "grade", "labels", "materials_used", "materials_to_find", "tools", "amounts", "steps", "background", "minutes",
    "safety_notes", "tips", "credit",
)  # fmt: skip
_OWN_WORDS = "This idea stands in the pattern's own words: no answer of the model could be used."


@dataclass(frozen=True)
class Attempt:
    """One call of the model: what it wrote (None if unusable as a whole), what was wrong, and what it cost."""

    answer: Answer | None
    faults: dict[str, str]
    completion: Completion | None
    error: EngineError | None = None


@dataclass(frozen=True)
class Written:
    """An idea, the attempts behind it, and the fields that code had to fill."""

    idea: Idea
    attempts: tuple[Attempt, ...]
    filled_by_code: tuple[str, ...]


def write_idea(
    plan: Plan, engine: Engine, encoder: Encoder | None, items: Mapping[str, Item], config: SuggestConfig, *, seed: int, deadline: float,
    cancel: threading.Event | None = None, tell: Tell = lambda _: None,
) -> Written:  # fmt: skip
    """Write one idea, telling it as it grows, and pass it through the idea gate.

    Raises EngineError (but not for answers that are empty, cut off or no JSON: those are tried again), and IdeaWithdrawn when
    even the pattern's own words do not pass.
    """
    growing = _Growing(plan, beside_steps(plan, encoder), items, engine.model, engine.adapter, seed, tell)
    growing.tell_what_code_knows()
    facts = with_somebody(growing.beside, agents_in(plan.article))
    attempts: list[Attempt] = []
    for number in range(config.retries + 1):
        complaint = _complaint(attempts[-1].faults) if attempts else ""
        growing.progress("again" if attempts else "reading")
        attempts.append(_ask(growing, facts, engine, config, seed + number, deadline, cancel, complaint))
        if attempts[-1].answer and all(name in growing.kept for name in ESSENTIAL):
            break
    if not any(attempt.answer for attempt in attempts) and (error := attempts[-1].error):
        tell(Degraded(rung=rung_of(error), message=f"{_OWN_WORDS} {error}"))
    growing.progress("checking")
    idea = growing.finish()
    missing = tuple(name for name in (*FIELDS, *(f"step_{n}" for n in facts)) if name not in growing.kept)
    return Written(idea, tuple(attempts), missing)


def _ask(
    growing: _Growing, facts: Facts, engine: Engine, config: SuggestConfig, seed: int, deadline: float, cancel: threading.Event | None, complaint: str
) -> Attempt:
    plan = growing.plan
    chat = Chat(
        messages=build_messages(plan, facts, complaint),
        schema=answer_schema(plan, facts, shown_texts(plan, facts), seed, trained=engine.adapter is not None),
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        seed=seed,
        deadline_seconds=deadline,
    )
    stopped: dict[str, str] = {}
    seen: set[str] = set()

    def heard(text: str) -> None:
        if not seen:
            growing.progress("writing")
            seen.add("")
        for name, value in _complete_fields(text).items():
            if name in chat.schema["properties"] and name not in seen:  # type: ignore[index]
                seen.add(name)
                if why := growing.offer(name, own_spelling(value, plan), facts):
                    stopped[name] = why

    try:
        completion = complete(engine, chat, cancel, heard)
        answer = parse_answer(own_spelling(completion.text, plan), facts)
    except (EmptyCompletion, CutOff, SchemaIgnored) as error:
        return Attempt(None, {"answer": str(error)}, None, error)
    faults = check_answer(answer, plan, facts) | stopped
    return Attempt(replace(answer, faults=faults), faults, completion)


def _complete_fields(text: str) -> dict[str, str]:
    """The fields of a JSON object that has only partly come: those whose closing quotation mark is there."""
    try:
        data = from_json(text, allow_partial=True)
    except ValueError:
        return {}
    return {name: value for name, value in data.items() if isinstance(value, str)} if isinstance(data, dict) else {}


def _complaint(faults: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {fault}" for name, fault in faults.items() if name in (*ESSENTIAL, "answer"))


@dataclass
class _Growing:
    """The texts of an idea that have passed so far; each is told when it does."""

    plan: Plan
    beside: Facts
    items: Mapping[str, Item]
    model: str
    adapter: str | None
    seed: int
    tell: Tell
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return idea_id(self.plan, self.model, self.seed)

    def progress(self, state: State) -> None:
        self.tell(Progress(idea=self.key, article_id=self.plan.article.id, state=state))

    def tell_what_code_knows(self) -> None:
        """Everything but the model's texts, the steps in the pattern's words. Raises IdeaWithdrawn if these steps do not pass."""
        idea = self._idea()
        for name, verdict in _stopped(idea, self.plan).items():
            if name.startswith("step"):
                raise self._withdraw(verdict)
        for name in FROM_CODE:
            self._tell_field(name, idea)

    def offer(self, name: str, text: str, facts: Facts) -> str | None:
        """Keep and tell a text of the model if it passes and nothing is kept yet; else the reason."""
        if name in self.kept:
            return None
        if fault := check_field(name, text, self.plan, facts):
            return fault
        shown = text
        if name.startswith("step_"):
            step = int(name.removeprefix("step_"))
            shown = joined(self.plan.steps[step - 1], text, facts[step][1])
        if verdict := screen_field(shown, self.plan.grade, self.plan.article, handled=name not in ("goal", "question")):
            return verdict.why
        self.kept[name] = text
        self._tell_field(_shown_as(name), self._idea())
        return None

    def finish(self) -> Idea:
        """The idea after the whole gate, told; a field that it stops falls back to the pattern's words. Raises IdeaWithdrawn."""
        idea = self._idea()
        if stopped := _stopped(idea, self.plan):
            for name, verdict in stopped.items():
                if self.kept.pop(name, None):
                    self.tell(Withdrawn(idea=self.key, field=_shown_as(name), rule=verdict.rule, why=verdict.why))
            idea = self._idea()
            if still := _stopped(idea, self.plan):
                raise self._withdraw(next(iter(still.values())))
        self.tell(IdeaReady(idea=self.key, value=idea))
        return idea

    def _idea(self) -> Idea:
        return compose(self.plan, self.beside, self.kept, self.items, self.model, self.seed, self.adapter)

    def _tell_field(self, name: str, idea: Idea) -> None:
        self.tell(FieldReady(idea=self.key, name=name, value=idea.model_dump(mode="json")[name]))

    def _withdraw(self, verdict: Verdict) -> IdeaWithdrawn:
        self.tell(Withdrawn(idea=self.key, field=None, rule=verdict.rule, why=verdict.why))
        return IdeaWithdrawn(f"an idea was withdrawn: {verdict.why}")


def _stopped(idea: Idea, plan: Plan) -> dict[str, Verdict]:
    """The fields that the idea gate stops, by the names that the model knows them under."""
    found = {name: v for name, v in screen_idea(idea, plan.article) if v.disposition is not Disposition.NOTE}
    return {"goal" if name == "goal 1" else name.replace("step ", "step_"): verdict for name, verdict in found.items()}


def _shown_as(name: str) -> str:
    """The field of `Idea` that a text of the model becomes a part of."""
    return "learning_goals" if name == "goal" else "steps" if name.startswith("step_") else name
