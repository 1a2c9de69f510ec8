"""One plan to one idea: ask the model, check every field, ask again with the reason, and let code fill in what still fails.

A field that the model cannot get right falls back to the pattern's own words or stays out, so an idea is always sound; how
often that happens is counted (`Written`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from craftlore.config import SuggestConfig
from craftlore.engines.seam import Chat, Completion, Engine, complete
from craftlore.errors import CutOff, EmptyCompletion, IdeaWithdrawn, SchemaIgnored
from craftlore.index.encoder import Encoder
from craftlore.library import Item
from craftlore.records import Credit, Disposition, Idea, ModelInfo, Quote
from craftlore.safety.idea_gate import screen_idea
from craftlore.safety.policy import notes_for
from craftlore.suggest.check import Answer, check_answer, own_spelling, parse_answer
from craftlore.suggest.facts import Facts, background, beside_steps, split_step, with_somebody
from craftlore.suggest.match import Plan
from craftlore.suggest.prompt import build_messages, shown_texts
from craftlore.suggest.schema import agents_in, answer_schema
from craftlore.words import stems

__all__ = ["Attempt", "Written", "write_idea"]

ESSENTIAL = ("title", "summary")  # worth another call; the pattern has goals and questions of its own
FIELDS = ("title", "summary", "goal", "question")


@dataclass(frozen=True)
class Attempt:
    """One call of the model: what it wrote (None if unusable as a whole), what was wrong, and what it cost."""

    answer: Answer | None
    faults: dict[str, str]
    completion: Completion | None


@dataclass(frozen=True)
class Written:
    """An idea, the attempts behind it, and the fields that code had to fill."""

    idea: Idea
    attempts: tuple[Attempt, ...]
    filled_by_code: tuple[str, ...]


def write_idea(
    plan: Plan, engine: Engine, encoder: Encoder | None, items: dict[str, Item], config: SuggestConfig, *, seed: int, deadline: float,
    cancel: threading.Event | None = None, told: Callable[[str], None] = lambda _: None,
) -> Written:  # fmt: skip
    """Write one idea and pass it through the idea gate.

    Raises EngineError (but not for answers that are empty, cut off or no JSON: those are tried again), and IdeaWithdrawn when
    even the pattern's own words do not pass.
    """
    beside = beside_steps(plan, encoder)
    facts = with_somebody(beside, agents_in(plan.article))
    kept: dict[str, str] = {}
    attempts: list[Attempt] = []
    for number in range(config.retries + 1):
        complaint = _complaint(attempts[-1].faults) if attempts else ""
        told("writing" if not attempts else "writing again")
        attempt = _ask(plan, facts, engine, config, seed + number, deadline, cancel, complaint)
        attempts.append(attempt)
        if attempt.answer:
            for name, text in _fields(attempt.answer).items():
                if name not in attempt.faults:
                    kept.setdefault(name, text)
        if all(name in kept for name in ESSENTIAL):
            break
    idea = _idea(plan, beside, kept, engine, items, seed)
    stopped = _stopped(idea, plan)
    if stopped:
        kept = {name: text for name, text in kept.items() if name not in stopped}
        idea = _idea(plan, beside, kept, engine, items, seed)
        if still := _stopped(idea, plan):
            raise IdeaWithdrawn(f"an idea was withdrawn: {next(iter(still.values()))}")
    missing = tuple(name for name in (*FIELDS, *(f"step_{n}" for n in facts)) if name not in kept)
    return Written(idea, tuple(attempts), missing)


def _stopped(idea: Idea, plan: Plan) -> dict[str, str]:
    """The fields that the idea gate stops, by the names that the model knows them under, with the reason."""
    found = {name: v.why for name, v in screen_idea(idea, plan.article) if v.disposition is not Disposition.NOTE}
    return {"goal" if name == "goal 1" else name.replace("step ", "step_"): why for name, why in found.items()}


def _ask(
    plan: Plan, facts: Facts, engine: Engine, config: SuggestConfig, seed: int, deadline: float, cancel: threading.Event | None, complaint: str
) -> Attempt:
    chat = Chat(
        messages=build_messages(plan, facts, complaint),
        schema=answer_schema(plan, facts, shown_texts(plan, facts), seed),
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        seed=seed,
        deadline_seconds=deadline,
    )
    try:
        completion = complete(engine, chat, cancel)
        answer = parse_answer(own_spelling(completion.text, plan), facts)
    except (EmptyCompletion, CutOff, SchemaIgnored) as error:
        return Attempt(None, {"answer": str(error)}, None)
    faults = check_answer(answer, plan, facts)
    return Attempt(replace(answer, faults=faults), faults, completion)


def _complaint(faults: dict[str, str]) -> str:
    return "; ".join(f"{name}: {fault}" for name, fault in faults.items() if name in (*ESSENTIAL, "answer"))


def _fields(answer: Answer) -> dict[str, str]:
    clauses = {f"step_{step}": clause for step, clause in answer.clauses.items()}
    return {"title": answer.title, "summary": answer.summary, "goal": answer.goal, "question": answer.question, **clauses}


def _idea(plan: Plan, facts: Facts, kept: dict[str, str], engine: Engine, items: dict[str, Item], seed: int) -> Idea:
    article, pattern = plan.article, plan.pattern
    beside = {number: step for step, (number, _) in facts.items()}
    identity = hashlib.sha256(f"{article.id}|{pattern.id}|{plan.grade}|{sorted(plan.filling.items())}|{engine.model}|{seed}".encode()).hexdigest()[:12]
    things = (*plan.used, *plan.to_find, *plan.tools)
    notes = notes_for(pattern.hazards, items, things, plan.grade)
    return Idea(
        id=identity,
        article_id=article.id,
        pattern_id=pattern.id,
        title=kept.get("title") or f"{article.title}: {pattern.product}",
        tradition=article.title,
        people=article.people,
        places=article.places,
        grade=plan.grade,
        labels=article.labels,
        summary=kept.get("summary") or f"{pattern.summary} The project goes with {article.title} ({', '.join(article.people)}).",
        materials_used=plan.used,
        materials_to_find=plan.to_find,
        tools=plan.tools,
        amounts=dict(plan.amounts),
        steps=tuple(_joined(step, kept.get(f"step_{n}"), facts[n][1] if n in facts else "") for n, step in enumerate(plan.steps, 1)),
        background=tuple(Quote(sentence=n, text=article.sentences[n - 1], step=beside.get(n)) for n in background(article, facts, plan.grade)),
        learning_goals=(*((kept["goal"],) if "goal" in kept else ()), *pattern.goals[: 2 if "goal" in kept else 3]),
        question=kept.get("question") or pattern.questions[seed % len(pattern.questions)],
        minutes=pattern.minutes,
        safety_notes=(*notes, *((f"Before you start: {article.access_reason}",) if article.access_reason else ())),
        tips=pattern.goes_wrong,
        credit=Credit(title=article.title, source=article.source, url=article.url, revision=article.revision, licence=article.licence),
        kept_from_pattern=tuple(n for n in range(1, len(plan.steps) + 1) if f"step_{n}" not in kept),
        model=ModelInfo(name=engine.model),
    )


def _joined(step: str, clause: str | None, source: str) -> str:
    """The step with the clause at the end of the sentence that the source is closest to: "Fold it." -> "Fold it, as makers do."."""
    if not clause:
        return step
    sentences = split_step(step)
    told = set(stems(source))
    closest = max(range(len(sentences)), key=lambda n: len(told & set(stems(sentences[n]))))
    sentences[closest] = f"{sentences[closest].removesuffix('.')}, {clause.rstrip(' ,.')}."
    return " ".join(sentences)
