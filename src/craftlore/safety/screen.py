"""The request gate: what a request says without its disguises and personal data, and what the policy makes of it.

Rules are data (`screen.toml`): a rule that refuses, redirects or supports ends the request; one that studies, notes or
substitutes changes how it is served. A hazard never blocks a request: it becomes a constraint with a substitute.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from craftlore.errors import ConfigError
from craftlore.library import Item
from craftlore.records import Disposition, Request, Verdict
from craftlore.safety.languages import THIN, language_of
from craftlore.safety.meaning import Encodes, opinion
from craftlore.safety.normalise import hidden_text, plain_text
from craftlore.safety.personal import strip_personal
from craftlore.safety.policy import Hazard, hazards, hazards_in, item_level, without_hazards
from craftlore.safety.rules import sentences, verdict
from craftlore.words import fold

__all__ = ["ENDS", "Screened", "hazards_meant", "screen_request", "substitutions"]

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
class _Phrases:
    """Many patterns as few expressions. Pairs are looked for only where a half of one of them (`halves`) was found: that is fast."""

    single: re.Pattern[str] | None
    pairs: re.Pattern[str] | None
    halves: re.Pattern[str] | None
    signs: tuple[str, ...] = ()

    def found_in(self, text: str) -> bool:
        if self.single and self.single.search(text):
            return True
        if self.pairs and self.halves and self.halves.search(text) and self.pairs.search(text):
            return True
        return any(sign in text for sign in self.signs)


@dataclass(frozen=True)
class _Rule:
    id: str
    when: _Phrases
    unless: _Phrases
    skip: tuple[str, ...]
    drop: re.Pattern[str] | None


@dataclass(frozen=True)
class _Table:
    rules: tuple[_Rule, ...]
    masks: Mapping[str, re.Pattern[str]]
    slips: Mapping[str, str]


@cache
def _table() -> _Table:
    """The rules and masks of `screen.toml`, compiled. Raises ConfigError naming the list, mask or rule that is wrong."""
    path = Path(__file__).parent / "screen.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    lists: dict[str, str] = {}
    masks: dict[str, re.Pattern[str]] = {}
    rules = []
    name = "lists"
    try:
        for name, words in data["lists"].items():
            lists[name] = f"(?:{'|'.join(words)})"
        for name, patterns in data["masks"].items():
            masks[name] = _expression(_way(pattern, lists) for pattern in patterns)
        for row in data["rule"]:
            name = row["id"]
            skip = tuple(row.get("skip", ("negated",)))
            if unknown := set(skip) - set(masks):
                raise ValueError(f"no such mask: {', '.join(unknown)}")
            when, unless = _phrases(row["patterns"], lists, row.get("signs", ())), _phrases(row.get("unless", ()), lists)
            if name not in sentences():
                raise ValueError("rules.toml has no sentence for it")
            rules.append(_Rule(name, when, unless, skip, when.single if row.get("drop") else None))
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(f"{path}: {name}: {error}") from error
    return _Table(tuple(rules), masks, {slip: word for word in data["typos"] for slip in _slips(word)} | {word: word for word in data["typos"]})


def _phrases(patterns: Iterable[str], lists: Mapping[str, str], signs: Iterable[str] = ()) -> _Phrases:
    """Patterns in the notation that the head of `screen.toml` explains."""
    single, pairs, halves = [], [], []
    for pattern in patterns:
        if " ~" not in pattern:
            single.append(_way(pattern, lists))
            continue
        sides = [[_way(part, lists) for part in side.split(" ~ ")] for side in pattern.split(" ~~ ")]
        for way in (sides, sides[::-1])[: len(sides)]:
            pairs.append(_NEAR.join(part for side in way for part in side))
        halves.append(min((part for side in sides for part in side), key=len))
    made = [_expression(parts) if parts else None for parts in (single, pairs, halves)]
    return _Phrases(made[0], made[1], made[2], tuple(fold(sign) for sign in signs))


def _expression(parts: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(parts)})(?!\w)")


def _way(pattern: str, lists: Mapping[str, str]) -> str:
    """One pattern as a regular expression on folded text: lists filled in, letters folded, a space for a hyphen too."""
    filled = re.sub(r"<(\w+)>", lambda m: lists[m[1]], pattern)
    return f"(?:{re.sub(_PARTS, lambda m: m[0] if m[0][0] in _SIGNS else fold(m[0]).replace(' ', '[ -]'), filled)})"


_SIGNS = "[\\"
_PARTS = r"\[[^\]]*\]|\\.|[^\\\[]+"
_NEAR = r"(?!\w)[^.?!;]{0,70}?\b"


def _slips(word: str) -> Iterator[str]:
    """The word with one letter left out, doubled, or swapped with the next; never the first, which hands seldom miss."""
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
        yield word[:i] + word[i] + word[i:]
        yield word[:i] + word[i : i + 2][::-1] + word[i + 2 :]


class _Reading:
    """A folded text, and what is left of it without the phrases of some masks; a mark stays where each was, so that nothing joins up."""

    def __init__(self, text: str) -> None:
        slips = _table().slips
        self.text = re.sub(r"[a-z]{5,}", lambda m: slips.get(m[0], m[0]), fold(text))
        self._left: dict[tuple[str, ...], str] = {(): self.text}

    def without(self, masks: tuple[str, ...]) -> str:
        if masks not in self._left:
            self._left[masks] = _table().masks[masks[-1]].sub("_", self.without(masks[:-1]))
        return self._left[masks]

    def breaks(self, rule: _Rule) -> bool:
        """Whether the rule applies. Most rules say nothing about most texts, so the masks come only when one does."""
        if not rule.when.found_in(self.text):
            return False
        said = self.without(("idiom", *rule.skip))
        return rule.when.found_in(said) and not rule.unless.found_in(said)


def screen_request(text: str, encoder: Encodes | None = None) -> Screened:
    """Take off disguises, take out personal data, then apply the rules in order; the first that ends the request wins.

    With an encoder the classifier of `meaning.py` may raise what the word lists would serve. Both know English best: another
    language gets a note, or a plain message where next to nothing holds.
    """
    plain = plain_text(text)
    hidden = hidden_text(plain)
    clean, kinds, background = strip_personal(plain)
    verdicts: list[Verdict] = []
    if kinds:
        verdicts.append(verdict("R12-privacy", changed=f"left out: {', '.join(kinds)}"))
    if background:
        verdicts.append(verdict("R20-equal", changed="left out: a pupil's background"))
    reading = _Reading(f"{plain} . {hidden}" if hidden else plain)
    for rule in _table().rules:
        if not reading.breaks(rule):
            continue
        found = verdict(rule.id)
        verdicts.append(found)
        if found.disposition in ENDS:
            return Screened(clean, tuple(verdicts), found)
        if rule.drop:
            clean = " ".join(rule.drop.sub(" ", fold(clean)).split())
    language = language_of(plain)
    if language != "en":
        found = verdict("R13-thin" if language in THIN else "R13-language")
        return Screened(clean, (*verdicts, found), found if found.disposition in ENDS else None)
    meant = opinion(clean, encoder)
    if meant and meant not in _AT_ONCE and opinion(_innocent(clean), encoder) != meant:
        meant = None
    if meant and _stricter(second := verdict(meant), verdicts):
        return Screened(clean, (*verdicts, second), second if second.disposition in ENDS else None)
    return Screened(clean, tuple(verdicts))


# What is not read twice: distress and orders are told by the very words that the second reading leaves out ("not", "ignore").
_AT_ONCE = frozenset(("R07-distress", "R13-off-topic", "R14-injection"))
_JUDGED = frozenset(("weapon", "fireworks", "alcohol", "skin-dye", "tasting", "fuel"))  # hazards that are matters of a rule, too


def hazards_meant(text: str, grade: str) -> list[Hazard]:
    """`hazards_in` a text that a model wrote, figures of speech and second meanings apart: "lead to", "the shape that matches"."""
    return hazards_in(text, grade) and hazards_in(_Reading(text).without(("idiom",)), grade)


def _innocent(text: str) -> str:
    """The text without figures of speech, without what it rules out, and without the hazards that only give way: those never block a request."""
    return " ".join(without_hazards(_Reading(text).without(("idiom", "negated", "pretend")), _JUDGED).replace("_", " ").split())


def _stricter(second: Verdict, verdicts: Iterable[Verdict]) -> bool:
    order = list(Disposition)
    return all(order.index(second.disposition) > order.index(found.disposition) and not _settled(found, second) for found in verdicts)


def _settled(found: Verdict, second: Verdict) -> bool:
    """Whether the word lists have already drawn the line within one rule: a replica to study is no weapon, a shell no cruelty."""
    return found.rule[:3] == second.rule[:3] and found.disposition in (Disposition.SUBSTITUTE, Disposition.STUDY_ABOUT)


# What a teacher says about a thing without asking for it; a hazard in such a phrase needs no substitute.
_HARMLESS = ("idiom", "negated", "pretend", "studied")


def substitutions(request: Request, grade: str, items: Mapping[str, Item]) -> tuple[tuple[str, ...], list[Verdict]]:
    """The teacher's materials that this grade may use, and a verdict for each thing or process that gives way or needs a note.

    A material that the text names only in a harmless phrase ("we saw", "no candles") was never offered: it goes without a verdict.
    """
    kept, verdicts, seen = [], [], set()
    reading = _Reading(request.text)
    asked = hazards_in(reading.without(_HARMLESS), grade)
    harmless = {hazard.id for hazard in hazards_in(reading.text, grade) if hazard not in asked}
    for name in request.materials:
        item = items.get(name)
        if not item or not item.hazard or item_level(item, grade) not in "TX":
            kept.append(name)
        elif item.hazard not in harmless:
            seen.add(item.hazard)
            verdicts.append(_give_way(item.hazard, name, grade))
    ruled_out = hazards_in(" . ".join(request.without), grade, "STX")
    for hazard in asked:
        if hazard.id not in seen and hazard not in ruled_out:
            verdicts.append(_give_way(hazard.id, hazard.words[0], grade))
    for hazard in hazards_in(reading.without(_HARMLESS[:2]), grade, "S"):
        if hazard not in ruled_out:
            verdicts.append(verdict("R01-note", name=hazard.words[0], grade=grade, note=hazard.note))
    return tuple(kept), verdicts


def _give_way(hazard_id: str, name: str, grade: str) -> Verdict:
    hazard = hazards()[hazard_id]
    return verdict(
        "R01-hazard", changed=f"{name} -> {hazard.substitute}", grade=grade, name=name, substitute=hazard.substitute, note=hazard.note
    )  # fmt: skip
