"""Article cards: what an idea could be made from, why it fits and what is missing; code alone, so they are there at once."""

from __future__ import annotations

from craftlore.records import Request
from craftlore.suggest.events import Card
from craftlore.suggest.match import Plan
from craftlore.suggest.prompt import listed
from craftlore.words import fold

__all__ = ["card_of"]


def card_of(plan: Plan, request: Request) -> Card:
    """The card of a plan."""
    article, pattern = plan.article, plan.pattern
    return Card(
        article_id=article.id,
        title=article.title,
        people=article.people,
        places=article.places,
        labels=article.labels,
        access=article.access,
        access_reason=article.access_reason,
        pattern_id=pattern.id,
        pattern_name=pattern.name,
        product=pattern.product,
        minutes=pattern.minutes,
        why=_why(plan, request),
        missing=tuple(name for name in (*plan.to_find, *plan.tools) if name not in request.materials),
    )


def _why(plan: Plan, request: Request) -> str:
    """One sentence of what the request and the plan have in common; what the class would do where nothing in particular is."""
    own = fold(" ".join((*plan.article.places, *plan.article.people)))
    reasons = [f"uses your {listed(plan.used)}"] if plan.used else []
    if request.product and fold(request.product) in fold(f"{plan.pattern.product} {plan.pattern.name}"):
        reasons.append(f"ends with a {plan.pattern.product}")
    if request.region and fold(request.region) in own:
        reasons.append(f"comes from {request.region}")
    if request.minutes and plan.pattern.minutes <= request.minutes:
        reasons.append(f"fits into {request.minutes} minutes")
    return f"{plan.pattern.name}: {', '.join(reasons)}." if reasons else plan.pattern.summary
