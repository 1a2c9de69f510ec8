"""A plan and the texts that passed, composed to an idea: code fills in everything that the model does not write."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from craftlore.library import Item
from craftlore.records import Credit, Idea, ModelInfo, Quote
from craftlore.safety.policy import notes_for
from craftlore.suggest.facts import Facts, background, split_step
from craftlore.suggest.match import Plan
from craftlore.suggest.own_patterns import ActivityPattern
from craftlore.words import stems

__all__ = ["compose", "idea_id", "joined"]


def idea_id(plan: Plan, model: str, seed: int) -> str:
    """The id of the idea that this model writes for this plan with this seed: known before a word is written."""
    parts = f"{plan.article.id}|{plan.pattern.id}|{plan.grade}|{sorted(plan.filling.items())}|{model}|{seed}"
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def compose(plan: Plan, facts: Facts, kept: Mapping[str, str], items: Mapping[str, Item], model: str, seed: int, adapter: str | None = None) -> Idea:
    """The idea. `kept` are the model's texts by field (title, summary, step_N, goal, question); what is missing comes from the pattern."""
    article, pattern = plan.article, plan.pattern
    beside = {number: step for step, (number, _) in facts.items()}
    notes = notes_for(pattern.hazards, items, (*plan.used, *plan.to_find, *plan.tools), plan.grade)
    return Idea(
        id=idea_id(plan, model, seed),
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
        steps=tuple(joined(step, kept.get(f"step_{n}"), facts[n][1] if n in facts else "") for n, step in enumerate(plan.steps, 1)),
        background=tuple(Quote(sentence=n, text=article.sentences[n - 1], step=beside.get(n)) for n in background(article, facts, plan.grade)),
        learning_goals=(*((kept["goal"],) if "goal" in kept else ()), *pattern.goals[: 2 if "goal" in kept else 3]),
        question=kept.get("question") or pattern.questions[seed % len(pattern.questions)],
        minutes=pattern.minutes,
        safety_notes=(*notes, *((f"Before you start: {article.access_reason}",) if article.access_reason else ())),
        tips=pattern.goes_wrong,
        credit=Credit(title=article.title, source=article.source, url=article.url, revision=article.revision, licence=article.licence),
        kept_from_pattern=tuple(n for n in range(1, len(plan.steps) + 1) if f"step_{n}" not in kept),
        origin="activity" if isinstance(pattern, ActivityPattern) else "model",
        model=ModelInfo(name=model, adapter=adapter),
    )


def joined(step: str, clause: str | None, source: str) -> str:
    """The step with the clause at the end of the sentence that the source is closest to: "Fold it." -> "Fold it, as makers do."."""
    if not clause:
        return step
    sentences = split_step(step)
    told = set(stems(source))
    closest = max(range(len(sentences)), key=lambda n: len(told & set(stems(sentences[n]))))
    sentences[closest] = f"{sentences[closest].removesuffix('.')}, {clause.rstrip(' ,.')}."
    return " ".join(sentences)
