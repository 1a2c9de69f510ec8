"""The idea gate: every text of an idea against the policy, field by field, so that a field may be shown once it has passed.

Deterministic and data (`idea.toml`, `hazards.toml`); a fault inside the gate counts as a hit (it fails closed).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from craftlore.errors import ConfigError
from craftlore.places import place_called
from craftlore.records import Article, Disposition, Idea, Verdict, band_of
from craftlore.safety.policy import hazards_in
from craftlore.safety.reading import CAPS, reading_grade
from craftlore.words import fold, tokens

__all__ = ["screen_field", "screen_idea"]


@dataclass(frozen=True)
class _Rule:
    id: str
    when: re.Pattern[str]
    unless: re.Pattern[str] | None
    why: str


@cache
def _rules() -> tuple[_Rule, ...]:
    path = Path(__file__).parent / "idea.toml"
    rules = []
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]:
        try:
            unless = re.compile("|".join(row["unless"])) if "unless" in row else None
            rules.append(_Rule(row["id"], re.compile("|".join(row["patterns"])), unless, row["why"]))
        except (KeyError, re.error) as error:
            raise ConfigError(f"{path}: rule {row.get('id')!r}: {error}") from error
    return tuple(rules)


def screen_field(text: str, grade: str, article: Article | None, *, handled: bool = True) -> Verdict | None:
    """The first thing in one text that the policy does not allow at this grade, or None.

    `handled` says that the text tells pupils what to do, as titles, summaries and steps do; a goal or a question may name what
    the makers of a tradition handle. Without an article (a making pattern's own text) names are not looked at.
    """
    try:
        return (_hazard(_told_to_pupils(text, article), grade) if handled else None) or _worded(text) or (_elsewhere(text, article) if article else None)
    except Exception as error:  # noqa: BLE001 - whatever breaks in the gate, the text does not pass
        return Verdict(rule="R00-gate", disposition=Disposition.ABSTAIN, why=f"The text could not be checked ({type(error).__name__}), so it is left out.")


def screen_idea(idea: Idea, article: Article) -> tuple[tuple[str, Verdict], ...]:
    """Every field that does not pass, with its verdict. Empty: the idea may be shown."""
    fields = {"title": idea.title, "summary": idea.summary, **{f"step {n}": step for n, step in enumerate(idea.steps, 1)}}
    known = {"question": idea.question, **{f"goal {n}": goal for n, goal in enumerate(idea.learning_goals, 1)}}
    found = [(name, verdict) for name, text in fields.items() if (verdict := screen_field(text, idea.grade, article))]
    found += [(name, verdict) for name, text in known.items() if (verdict := screen_field(text, idea.grade, article, handled=False))]
    names = frozenset(tokens(" ".join((article.title, *article.people, *article.places))))
    hard, cap = reading_grade(" ".join(idea.steps), names), CAPS[band_of(idea.grade)]
    if hard > cap:
        why = f"The steps have a Flesch-Kincaid grade of {hard}; for this grade it is at most {cap}."
        found.append(("steps", Verdict(rule="R01-reading", disposition=Disposition.NOTE, why=why)))
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
    found = hazards_in(text, grade)
    if not found:
        return None
    return Verdict(rule="R01-hazard", disposition=Disposition.SUBSTITUTE, why=f"It speaks of {found[0].words[0]}, which grade {grade} does not use.")


def _worded(text: str) -> Verdict | None:
    folded = fold(text)
    for rule in _rules():
        if rule.when.search(folded) and not (rule.unless and rule.unless.search(folded)):
            return Verdict(rule=rule.id, disposition=Disposition.REFUSE, why=rule.why)
    return None


def _elsewhere(text: str, article: Article) -> Verdict | None:
    """A country or people of another place than the article's: traditions are not to be mixed."""
    own, text_of_article = {article.continent, *map(place_called, article.places)}, article.text.casefold()
    for match in re.finditer(r"(?<=[\w,;:’') ] )[A-ZÀ-Þ][\w'’-]+", text):
        word = match[0].removesuffix("'s").removesuffix("’s")
        place = place_called(word)
        if place and place not in own and word.casefold() not in text_of_article:
            return Verdict(rule="R17-elsewhere", disposition=Disposition.REFUSE, why=f"{word} is not of this tradition.")
    return None
