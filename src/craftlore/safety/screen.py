"""The request screen: which requests get no project, and which of the teacher's things this grade may not handle.

Regular expressions catch plain wording only. A hazard never blocks a request: it becomes a constraint with a substitute.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from craftlore.library import Item
from craftlore.records import Disposition, Request, Verdict
from craftlore.safety.policy import hazards, hazards_in, item_level
from craftlore.words import fold

__all__ = ["screen_request", "substitutions"]


@cache
def _rules() -> tuple[tuple[str, Disposition, re.Pattern[str], str], ...]:
    rows = tomllib.loads((Path(__file__).parent / "screen.toml").read_text(encoding="utf-8"))["rule"]
    return tuple((row["id"], Disposition(row["disposition"]), re.compile("|".join(row["patterns"])), row["why"]) for row in rows)


def screen_request(text: str) -> Verdict | None:
    """The verdict that ends a request, or None. Only redirect, refuse and support end one."""
    folded = fold(text)
    for rule, disposition, pattern, why in _rules():
        if pattern.search(folded):
            return Verdict(rule=rule, disposition=disposition, why=why)
    return None


def substitutions(request: Request, grade: str, items: Mapping[str, Item]) -> tuple[tuple[str, ...], list[Verdict]]:
    """The teacher's materials that this grade may use, and a verdict for each thing or process that gives way."""
    kept, verdicts, seen = [], [], set()
    for name in request.materials:
        item = items.get(name)
        if item and item.hazard and item_level(item, grade) in "TX":
            seen.add(item.hazard)
            verdicts.append(_give_way(item.hazard, name, grade))
        else:
            kept.append(name)
    for hazard in hazards_in(request.text, grade):
        if hazard.id not in seen and not any(word in " ".join(request.without) for word in hazard.words):
            verdicts.append(_give_way(hazard.id, hazard.words[0], grade))
    return tuple(kept), verdicts


def _give_way(hazard_id: str, name: str, grade: str) -> Verdict:
    hazard = hazards()[hazard_id]
    return Verdict(
        rule="R01-hazard",
        disposition=Disposition.SUBSTITUTE,
        changed=f"{name} -> {hazard.substitute}",
        why=f"In grade {grade} pupils do not use {name}; {hazard.substitute} can stand in. {hazard.note}",
    )
