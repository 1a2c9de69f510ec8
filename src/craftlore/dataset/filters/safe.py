"""Safety: things that the grade may use, and the idea gate of serving over the composed idea."""

from __future__ import annotations

from craftlore.dataset.staging import Staged
from craftlore.records import Disposition
from craftlore.safety.idea_gate import screen_idea
from craftlore.safety.policy import item_level
from craftlore.safety.screen import hazards_meant
from craftlore.suggest.compose import compose

__all__ = ["allowed_list", "gate", "hazard"]


def allowed_list(staged: Staged) -> str | None:
    """The first thing of the plan that is not in the vocabulary, or that this grade may not use."""
    items, plan = staged.known.library.items, staged.plan
    for name in (*plan.used, *plan.to_find, *plan.tools):
        if name not in items:
            return f"{name!r} is not in the vocabulary"
        if item_level(items[name], plan.grade) in "TX":
            return f"grade {plan.grade} does not use {name}"
    return None


def hazard(staged: Staged, _: str, text: str) -> str | None:
    """A hazard of this grade, in any field: what is copied from a training row is copied into steps."""
    found = hazards_meant(text, staged.plan.grade)
    return f"it speaks of {found[0].words[0]}, which grade {staged.plan.grade} does not use" if found else None


def gate(staged: Staged, name: str, text: str) -> str | None:
    """What the idea gate says of the idea with this text in it."""
    idea = compose(staged.plan, staged.facts, {name: text}, staged.known.library.items, "", 0)
    field = {"goal": "goal 1"}.get(name, name.replace("step_", "step "))
    stopped = {where: v.why for where, v in screen_idea(idea, staged.plan.article) if v.disposition is not Disposition.NOTE}
    return stopped.get(field)
