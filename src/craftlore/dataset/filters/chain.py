"""The chain: every filter by name, in order of cost; the first one that finds something gives the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from craftlore.dataset.filters.form import english, length, readable, schema
from craftlore.dataset.filters.novelty import adaptation
from craftlore.dataset.filters.safe import allowed_list, gate, hazard
from craftlore.dataset.filters.source import about_tradition, claims, culture, grounding, told_of_people
from craftlore.dataset.filters.things import at_home, kept_to_request, listed_and_used, no_other_thing
from craftlore.dataset.staging import Staged

__all__ = ["FIELD_FILTERS", "PLAN_FILTERS", "field_fault", "field_faults", "plan_fault"]

Fault = tuple[str, str]
"""The name of a filter, and what it says."""

PLAN_FILTERS: Mapping[str, Callable[[Staged], str | None]] = {"allowed": allowed_list, "materials": kept_to_request, "steps": listed_and_used}
FIELD_FILTERS: Mapping[str, Callable[[Staged, str, str], str | None]] = {
    "schema": schema,
    "length": length,
    "hazard": hazard,
    "culture": culture,
    "grounding": grounding,
    "claims": claims,
    "people": told_of_people,
    "tradition": about_tradition,
    "things": no_other_thing,
    "at home": at_home,
    "language": english,
    "adaptation": adaptation,
    "gate": gate,
    "reading": readable,
}


def plan_fault(staged: Staged) -> Fault | None:
    """What is wrong with the plan itself, before any call."""
    return next(((name, reason) for name, look in PLAN_FILTERS.items() if (reason := look(staged))), None)


def field_fault(staged: Staged, field: str, text: str) -> Fault | None:
    """The first thing that is wrong with one text."""
    if (field, text) not in staged.looked_at:
        staged.looked_at[field, text] = next(field_faults(staged, field, text), None)
    return staged.looked_at[field, text]


def field_faults(staged: Staged, field: str, text: str) -> Iterator[Fault]:
    """All that is wrong with one text; filters run as the caller asks for more."""
    return ((name, reason) for name, look in FIELD_FILTERS.items() if (reason := look(staged, field, text)))
