"""Gold ideas as first candidates: their title, summary, clauses and goal, as far as they are in the form that serving asks for.

People wrote them freely, so most questions begin otherwise than the schema wants: the teacher model completes what is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from craftlore.dataset.filters.chain import field_fault
from craftlore.dataset.records import Candidate, Scenario
from craftlore.dataset.scenarios import Planner
from craftlore.dataset.staging import Staged
from craftlore.gold import Gold, GoldIdea
from craftlore.records import Request
from craftlore.suggest.facts import split_step
from craftlore.suggest.match import fill
from craftlore.suggest.schema import CLAUSE_STARTS, GOAL_VERBS

__all__ = ["gold_candidate", "gold_scenarios"]


def gold_scenarios(planner: Planner, gold: Gold) -> Iterator[Scenario]:
    """One scenario for each gold idea of an article whose plan serving can make; the others are counted."""
    article = planner.library.articles[f"starter:{gold.article}"]
    for number, idea in enumerate(gold.ideas):
        request = Request(text=idea.request, grade=idea.grade, materials=tuple(idea.fill.values()))
        plan = fill(article, planner.library.patterns[idea.pattern], planner.library.items, request, idea.grade)
        if plan is None or any(idea.fill.get(role) != thing for role, thing in plan.filling.items()):
            planner.dropped["a gold idea that fills its slots otherwise than serving"] += 1
            continue
        yield planner.scenario(f"gold-{gold.article}-{number + 1}", "gold", idea.style, idea.request, plan, request, gold=number)


def gold_candidate(staged: Staged, idea: GoldIdea) -> Candidate:
    """What people wrote, in the answer's form: the first goal that passes, and clauses of steps beside the same sentence."""
    goals = [goal for goal in idea.goals if goal.startswith(GOAL_VERBS)]
    fields = {"title": idea.title, "summary": idea.summary, "question": idea.question}
    fields["goal"] = next((goal for goal in goals if not field_fault(staged, "goal", goal)), idea.goals[0])
    for step, (number, _) in staged.facts.items():
        if idea.sources.get(str(step)) == number and (clause := _clause(idea, step)):
            fields[f"step_{step}"] = clause
    return Candidate(call=f"gold {staged.scenario.id}", scenario=staged.scenario.id, number=-1, model="gold", text=json.dumps(fields, ensure_ascii=False))


def _clause(idea: GoldIdea, step: int) -> str | None:
    """The clause at the end of a sentence of a gold step, if it has one: "..., as kolam drawers do." """
    starts = "|".join(CLAUSE_STARTS)
    sentences = split_step(idea.steps[step - 1]) if step <= len(idea.steps) else []
    return next((match[1] for sentence in sentences if (match := re.search(rf",? ((?:{starts}) [^,.]*)\.$", sentence))), None)
