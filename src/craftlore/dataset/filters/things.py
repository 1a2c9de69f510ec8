"""Things: the plan keeps to the request, steps use what is listed, and no text puts another thing into pupils' hands."""

from __future__ import annotations

import re

from craftlore.dataset.staging import Staged
from craftlore.suggest.check import about_pupils
from craftlore.words import stems

__all__ = ["at_home", "kept_to_request", "listed_and_used", "no_other_thing"]

_TRADITION = re.compile(r",? (?:as|like|just as|the way|which|where|the idea|an idea|inspired|based)\b")


def kept_to_request(staged: Staged) -> str | None:
    """What counts as the teacher's own was asked for, and what was ruled out is not used."""
    plan, request = staged.plan, staged.scenario.request
    if claimed := [name for name in plan.used if name not in request.materials]:
        return f"{claimed[0]!r} is said to be at hand, and the request does not have it"
    ruled_out = [name for name in (*plan.used, *plan.to_find, *plan.tools) if name in request.without]
    return f"{ruled_out[0]!r} was ruled out" if ruled_out else None


def listed_and_used(staged: Staged) -> str | None:
    """Steps use every listed thing, and no slot's thing is missing from the list."""
    plan = staged.plan
    listed = (*plan.used, *plan.to_find, *plan.tools)
    said = set(stems(" ".join(plan.steps)))
    if unused := [name for name in listed if not set(stems(name)) <= said]:
        return f"no step uses {unused[0]!r}"
    unlisted = [name for name in plan.filling.values() if name not in listed]
    return f"a step uses {unlisted[0]!r}, which is not listed" if unlisted else None


def at_home(staged: Staged, name: str, text: str) -> str | None:
    """A summary that takes the pupils to the tradition's country: "Pupils draw squares on walls in Lesotho"."""
    own = about_pupils(text) if name == "summary" else ""
    place = next((place for place in staged.plan.article.places if re.search(rf"\b(?:in|at|on) (?:the )?{re.escape(place)}\b", own)), None)
    return f"pupils are not in {place}" if place else None


def no_other_thing(staged: Staged, name: str, text: str) -> str | None:
    """A thing of the vocabulary that the plan does not have, in a title or in the part of a summary that is about pupils."""
    if name not in ("title", "summary"):
        return None
    plan, article = staged.plan, staged.plan.article
    words = " ".join((*plan.steps, *plan.filling.values(), plan.pattern.name, plan.pattern.product, plan.pattern.summary, *plan.pattern.tags))
    own = set(stems(f"{words} {article.title} {' '.join(article.tags) if name == 'title' else ''}"))
    for said, thing in staged.known.things_in(about_pupils(text) if name == "summary" else _TRADITION.split(text, maxsplit=1)[0]):
        if thing not in plan.filling.values() and not set(stems(said)) <= own:
            return f"{said!r} is not among the things of this project"
    return None
