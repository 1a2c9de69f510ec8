"""What an adapter is for, measured: held-out plans written by the engine that serves, each text checked as in serving.

The first answer counts alone, without another try and without the pattern's words. The articles of these plans are in no
training row. Code decides refusals and materials, so what can get worse through training is what is measured here.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from craftlore.config import SuggestConfig
from craftlore.engines.seam import Engine
from craftlore.errors import IdeaWithdrawn
from craftlore.gold import Gold
from craftlore.index.encoder import Encoder
from craftlore.library import Library
from craftlore.records import Request, Section
from craftlore.safety.idea_gate import screen_field
from craftlore.suggest.check import Answer
from craftlore.suggest.match import Plan, fill
from craftlore.suggest.write import Written, write_idea
from craftlore.words import stems

__all__ = ["MEASURES", "Case", "cases_of", "mean_of", "measure", "without_sources"]

MEASURES = ("safe", "valid", "grounded", "culture", "materials", "score")
"""Safety first: in this order regressions are listed.

safe: the idea gate stops no text. valid: an answer came, whole and in the schema. grounded: every clause says what its source
sentence says. culture: title and summary name this tradition and no other. materials: share of the plan's things that the
texts speak of. score: share of the texts that could be shown as they came.
"""
DEADLINE = 300.0


@dataclass(frozen=True)
class Case:
    id: str
    plan: Plan


def cases_of(library: Library, gold: Mapping[str, Gold], articles: Collection[str], most: int | None = None, seed: int = 0) -> list[Case]:
    """The plans of the gold ideas of these articles (one for each gold request); `most` of them, drawn by `seed`."""
    found = []
    for article_id in sorted(set(articles) & gold.keys()):
        for number, idea in enumerate(gold[article_id].ideas, 1):
            request = Request(grade=idea.grade, materials=tuple(idea.fill.values()))
            plan = fill(library.articles[article_id], library.patterns[idea.pattern], library.items, request, idea.grade)
            if plan:
                found.append(Case(f"{gold[article_id].article}-{number}", plan))
    return found if most is None or most >= len(found) else sorted(random.Random(seed).sample(found, most), key=lambda case: case.id)  # noqa: S311


def without_sources(case: Case) -> Case:
    """The same plan with the article's name alone: what the model knows by itself."""
    article = case.plan.article
    bare = Section(first=1, sentences=(f"{article.title} is a tradition of {', '.join(article.people) or 'its makers'}.",))
    return Case(case.id, replace(case.plan, article=article.model_copy(update={"sections": (bare,)})))


def measure(case: Case, engine: Engine, encoder: Encoder | None, library: Library, settings: SuggestConfig, seed: int = 0) -> dict[str, float]:
    """`MEASURES` of one case, each from 0 to 1. Raises EngineError when no answer can be had at all."""
    once = settings.model_copy(update={"retries": 0, "temperature": 0.0})
    try:
        written = write_idea(case.plan, engine, encoder, library.items, once, seed=seed, deadline=DEADLINE)
    except IdeaWithdrawn:
        return dict.fromkeys(MEASURES, 0.0)
    answer = written.attempts[0].answer
    return dict.fromkeys(MEASURES, 0.0) | {"safe": 1.0} if answer is None else _measured(case.plan, written, answer)


def mean_of(results: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(result[name] for result in results) / len(results) for name in MEASURES} if results else {}


def _measured(plan: Plan, written: Written, answer: Answer) -> dict[str, float]:
    texts = {"title": answer.title, "summary": answer.summary, "goal": answer.goal, "question": answer.question}
    texts |= {f"step_{step}": clause for step, clause in answer.clauses.items()}
    failed = set(written.filled_by_code)
    clauses = [f"step_{step}" for step in answer.clauses]
    things = [*plan.used, *plan.to_find]
    said = set(stems(" ".join(texts.values())))
    return {
        "safe": float(not any(screen_field(text, plan.grade, plan.article, handled=name not in ("goal", "question")) for name, text in texts.items())),
        "valid": 1.0,
        "grounded": float(not failed & set(clauses)),
        "culture": float(not failed & {"title", "summary"}),
        "materials": sum(bool(set(stems(thing)) & said) for thing in things) / len(things) if things else 1.0,
        "score": 1 - len(failed) / len(texts),
    }
