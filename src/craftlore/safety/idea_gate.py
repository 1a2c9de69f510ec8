"""The idea gate: every text of an idea against the policy, field by field, so that a field may be shown once it has passed.

Deterministic and data (`idea.toml`, `hazards.toml`); a fault inside the gate counts as a hit (it fails closed).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from craftlore.log import StepLog
from craftlore.places import place_called
from craftlore.records import Article, Idea, Verdict, band_of
from craftlore.safety.reading import CAPS, reading_grade
from craftlore.safety.rules import fault_in, read_table, sentences, verdict
from craftlore.safety.screen import hazards_meant
from craftlore.words import fold, tokens

__all__ = ["screen_field", "screen_idea"]


@dataclass(frozen=True)
class _Rule:
    id: str
    when: re.Pattern[str]
    unless: re.Pattern[str] | None


@cache
def _rules() -> tuple[_Rule, ...]:
    path = Path(__file__).parent / "idea.toml"
    rules = []
    for row in read_table(path, "rule"):
        try:
            unless = re.compile("|".join(row["unless"])) if "unless" in row else None
            rules.append(_Rule(row["id"], re.compile("|".join(row["patterns"])), unless))
            sentences()[row["id"]]
        except (KeyError, re.error) as error:
            raise fault_in(path, row, error) from error
    return tuple(rules)


def screen_field(text: str, grade: str, article: Article | None, *, handled: bool = True) -> Verdict | None:
    """The first thing in one text that the policy does not allow at this grade, or None.

    `handled` says that the text tells pupils what to do, as titles, summaries and steps do; a goal or a question may name what
    the makers of a tradition handle. Without an article (a making pattern's own text) names are not looked at.
    """
    try:
        return (_hazard(_told_to_pupils(text, article), grade) if handled else None) or _worded(text) or (_elsewhere(text, article) if article else None)
    except Exception as error:  # noqa: BLE001 - whatever breaks in the gate, the text does not pass
        with StepLog("idea-gate").step("idea gate", outcome=type(error).__name__):
            return verdict("R00-gate", error=type(error).__name__)


def screen_idea(idea: Idea, article: Article) -> tuple[tuple[str, Verdict], ...]:
    """Every field that does not pass, with its verdict. Empty: the idea may be shown."""
    fields = {"title": idea.title, "summary": idea.summary, **{f"step {n}": step for n, step in enumerate(idea.steps, 1)}}
    fields |= {f"tip {n}": tip for n, tip in enumerate(idea.tips, 1)}
    known = {"question": idea.question, **{f"goal {n}": goal for n, goal in enumerate(idea.learning_goals, 1)}}
    found = [(name, stop) for name, text in fields.items() if (stop := screen_field(text, idea.grade, article))]
    found += [(name, stop) for name, text in known.items() if (stop := screen_field(text, idea.grade, article, handled=False))]
    names = frozenset(tokens(" ".join((article.title, *article.people, *article.places))))
    hard, cap = reading_grade(" ".join(idea.steps), names), CAPS[band_of(idea.grade)]
    if hard > cap:
        found.append(("steps", verdict("R01-reading", hard=hard, cap=cap)))
    return tuple(found)


def _told_to_pupils(text: str, article: Article | None) -> str:
    """The text without what it forbids ("do not taste") and without what it tells of the tradition.

    The latter are clauses with "as", and sentences that begin with one of the article's names.
    """
    own = set(tokens(" ".join((article.title, *article.people, *article.places)))) if article else set()
    text = re.sub(r"(?:,| and|;)? (?:just )?(?:as|like|the way) [^.;!?]*", "", text)
    text = re.sub(r"\b(?:[Dd]o not|[Dd]on't|[Nn]ever|[Nn]obody|[Ww]ithout|[Nn]o)\b[^.,;!?]*|\b(?:far|away) from [^.;!?]*", "", text)
    sentences = re.split(r"(?<=[.!?;]) ", text)
    return " ".join(s for s in sentences if not set(tokens(s)[:2]) & own)


def _hazard(text: str, grade: str) -> Verdict | None:
    found = hazards_meant(text, grade)
    if not found:
        return None
    return verdict("R01-handled", name=found[0].words[0], grade=grade)


def _worded(text: str) -> Verdict | None:
    """The first rule that a sentence breaks; what stands in another sentence excuses nothing."""
    said = re.split(r"(?<=[.!?;]) ", fold(text))
    for rule in _rules():
        if any(rule.when.search(one) and not (rule.unless and rule.unless.search(one)) for one in said):
            return verdict(rule.id)
    return None


def _elsewhere(text: str, article: Article) -> Verdict | None:
    """A country or people of another place than the article's: traditions are not to be mixed."""
    own, text_of_article = {article.continent, *map(place_called, article.places)}, article.text.casefold()
    for match in re.finditer(r"(?<=[\w,;:’') ] )[A-ZÀ-Þ][\w'’-]+", text):
        word = match[0].removesuffix("'s").removesuffix("’s")
        place = place_called(word)
        if place and place not in own and word.casefold() not in text_of_article:
            return verdict("R17-elsewhere", name=word)
    return None
