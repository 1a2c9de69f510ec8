"""The request gate: what a request says without its disguises and personal data, and what the policy makes of it.

Rules are data (`screen.toml`): a rule that refuses, redirects or supports ends the request; one that studies, notes or
substitutes changes how it is served. A hazard never blocks a request: it becomes a constraint with a substitute.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from craftlore.errors import ConfigError
from craftlore.library import Item
from craftlore.records import Disposition, Request, Verdict
from craftlore.safety.normalise import hidden_text, plain_text
from craftlore.safety.personal import strip_personal
from craftlore.safety.policy import hazards, hazards_in, item_level
from craftlore.words import fold

__all__ = ["ENDS", "Screened", "screen_request", "substitutions"]

ENDS = frozenset((Disposition.REFUSE, Disposition.REDIRECT, Disposition.SUPPORT))


@dataclass(frozen=True)
class Screened:
    """`text` is safe to read, search with and log the length of; `ends` is the verdict that ends the request, if one does."""

    text: str
    verdicts: tuple[Verdict, ...] = ()
    ends: Verdict | None = None

    @property
    def study(self) -> Verdict | None:
        """The verdict that turns making into studying about, if there is one."""
        return next((v for v in self.verdicts if v.disposition is Disposition.STUDY_ABOUT), None)


@dataclass(frozen=True)
class _Rule:
    id: str
    disposition: Disposition
    when: re.Pattern[str]
    unless: re.Pattern[str] | None
    drop: bool
    why: str


@cache
def _rules() -> tuple[_Rule, ...]:
    path = Path(__file__).parent / "screen.toml"
    rules = []
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]:
        try:
            unless = re.compile("|".join(row["unless"])) if "unless" in row else None
            rule = _Rule(row["id"], Disposition(row["disposition"]), re.compile("|".join(row["patterns"])), unless, row.get("drop", False), row["why"])
        except (KeyError, ValueError, re.error) as error:
            raise ConfigError(f"{path}: rule {row.get('id')!r}: {error}") from error
        rules.append(rule)
    return tuple(rules)


def screen_request(text: str) -> Screened:
    """Take off disguises, take out personal data, then apply the rules in order; the first that ends the request wins."""
    plain = plain_text(text)
    hidden = hidden_text(plain)
    clean, kinds, background = strip_personal(plain)
    verdicts: list[Verdict] = []
    if kinds:
        verdicts.append(Verdict(rule="R12-privacy", disposition=Disposition.NOTE, changed=f"left out: {', '.join(kinds)}", why=_PRIVACY))
    if background:
        verdicts.append(Verdict(rule="R20-equal", disposition=Disposition.NOTE, changed="left out: a pupil's background", why=_EQUAL))
    folded = fold(f"{plain} {hidden or ''}")
    for rule in _rules():
        if not rule.when.search(folded) or (rule.unless and rule.unless.search(folded)):
            continue
        verdict = Verdict(rule=rule.id, disposition=rule.disposition, why=rule.why)
        if rule.disposition in ENDS:
            return Screened(clean, (*verdicts, verdict), verdict)
        verdicts.append(verdict)
        if rule.drop:
            clean = " ".join(rule.when.sub(" ", fold(clean)).split())
    return Screened(clean, tuple(verdicts))


_PRIVACY = "Please leave pupils' names and data out. Nothing of them was read, kept or logged; say instead what the class can do."
_EQUAL = "Everybody gets the same project. To make it easier or harder, say which skill is hard, for example cutting or reading."


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
