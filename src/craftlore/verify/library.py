"""What can be said of the library by reading it: faults, coverage, counts, reading level. Needs no model and no index.

A fault is something that must not ship (`LibraryReport.faults`); the rest are figures for whoever decides what to write next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from craftlore.crawl.article_gate import clean
from craftlore.gold import Declined, Gold, GoldIdea, as_idea, filled_slots, read_gold
from craftlore.library import Library
from craftlore.records import LABELS, Article, Band, Pattern, band_of
from craftlore.safety.idea_gate import screen_field, screen_idea
from craftlore.safety.policy import item_level, level
from craftlore.safety.reading import CAPS, reading_grade
from craftlore.suggest.prompt import examples
from craftlore.verify.ideas import audit_idea
from craftlore.verify.twins import alike, shared_runs
from craftlore.words import tokens

__all__ = ["BANDS", "LibraryReport", "article_faults", "pattern_faults", "verify_library"]

WORDS = range(350, 701)
SECTIONS, ALIKE_STEPS, ALIKE_REQUESTS, ALIKE_IDEAS = 3, 92, 90, 85
HARDEST = 9.0  # Flesch-Kincaid grade of an article, which teachers read and pupils hear
BANDS: tuple[Band, ...] = get_args(Band)
BLADES_AND_HEAT = frozenset(("scissors", "craft knife", "candles", "kiln", "hot water"))


@dataclass(frozen=True)
class LibraryReport:
    """Faults by name; counts; `tables` are title, column names and rows, ready to print."""

    faults: list[str]
    counts: dict[str, int | float]
    tables: list[tuple[str, list[str], list[list[str]]]]
    notes: list[str]


def verify_library(library: Library) -> LibraryReport:
    """Read everything once. `library.refused` and what gold files refuse count as faults."""
    refused: list[str] = []
    gold, declined = read_gold(library, refused=refused)
    faults = [*library.refused, *refused]
    faults += [f"{a.id}: {fault}" for a in library.articles.values() for fault in article_faults(a)]
    faults += [f"{p.id}: {fault}" for p in library.patterns.values() for fault in pattern_faults(p, library)]
    faults += [f"{article_id} gold {number}: {fault}" for article_id, file in gold.items() for number, i in enumerate(file.ideas, 1)
               for fault in _gold_faults(i, library, article_id, number)]  # fmt: skip
    faults += _twins(library, gold) + _leaks(library, gold, declined)
    return LibraryReport(faults, _counts(library, gold, declined), _tables(library, gold), _notes(library, gold))


def article_faults(article: Article) -> list[str]:
    """Too short, too long, too few sections, too hard to read, or a sentence that the article gate of the crawl would drop."""
    words, names = len(article.text.split()), frozenset(tokens(" ".join((article.title, *article.people, *article.places))))
    hard = reading_grade(article.text, names)
    return [
        *([f"{words} words; an article has {WORDS.start} to {WORDS.stop - 1}"] if words not in WORDS else []),
        *([f"{len(article.sections)} sections; a lead and at least {SECTIONS} headings are needed"] if len(article.sections) <= SECTIONS else []),
        *([f"Flesch-Kincaid grade {hard}; at most {HARDEST}"] if hard > HARDEST else []),
        *(["it names no people"] if not article.people else []),
        *(["it names no place"] if not article.places else []),
        *(f"the article gate drops {one.text!r}: {one.reason}" for one in clean(tuple((s.path, s.sentences) for s in article.sections), article.language)[1]),
    ]


def pattern_faults(pattern: Pattern, library: Library) -> list[str]:
    """For every grade that a pattern claims: each slot has something allowed, its hazards are allowed, pupils can read it."""
    faults = []
    for grade in pattern.grades:
        for slot in (s for s in pattern.slots if not s.optional):
            if not any(item_level(library.items[option], grade) in "AS" for option in slot.options):
                faults.append(f"grade {grade}: nothing for the slot {slot.role!r} is allowed")
        faults += [f"grade {grade}: {hazard} is not offered" for hazard in pattern.hazards if level(hazard, grade) == "X"]
        for number, step in enumerate(pattern.for_grade(grade).steps, 1):
            if verdict := screen_field(step.replace("{", "").replace("}", ""), grade, None):
                faults.append(f"grade {grade}, step {number}: {verdict.rule}: {verdict.why}")
    for band in BANDS:
        claimed = [grade for grade in pattern.grades if band_of(grade) == band]
        if claimed and (hard := reading_grade(_plain_steps(pattern.for_grade(claimed[0])))) > CAPS[band]:
            faults.append(f"{band}: its steps have Flesch-Kincaid grade {hard}; at most {CAPS[band]}")
    return faults


def _plain_steps(pattern: Pattern) -> str:
    return " ".join(pattern.steps).replace("{", "").replace("}", "")


def _gold_faults(gold: GoldIdea, library: Library, article_id: str, number: int) -> list[str]:
    article, pattern = library.articles[article_id], library.patterns[gold.pattern]
    idea = as_idea(gold, article, pattern, number)
    faults = [name for name, right in audit_idea(idea, library).items() if not right]
    plain = pattern.for_grade(gold.grade).steps
    filled = {slot.role: thing for slot, thing in filled_slots(gold, pattern)}
    kept = sum(step.format_map(filled) == own for step, own in zip(plain, gold.steps, strict=False) if "{" not in step or filled)
    faults += [f"{name}: {verdict.rule}: {verdict.why}" for name, verdict in screen_idea(idea, article)]
    if kept > len(plain) / 2:
        faults.append(f"{kept} of {len(plain)} steps are the pattern's, word for word")
    return faults


def _twins(library: Library, gold: Mapping[str, Gold]) -> list[str]:
    steps = [(p.id, f"step {n}", step) for p in library.patterns.values() for n, step in enumerate(p.steps, 1) if len(step.split()) > 7]
    ideas = [(f"{a}#{n}", "steps", " ".join(i.steps)) for a, file in gold.items() for n, i in enumerate(file.ideas, 1)]
    activities = {a.id: " ".join((a.introduction, *a.making_steps)) for a in library.activities.values()}
    return [*shared_runs({a.id: a.text for a in library.articles.values()}), *shared_runs(activities), *alike(steps, ALIKE_STEPS), *alike(ideas, ALIKE_IDEAS)]


def _leaks(library: Library, gold: Mapping[str, Gold], declined: tuple[Declined, ...]) -> list[str]:
    """What the test split shares with training rows or with the prompt's worked examples."""
    requests = [(file.split, f"{a} request {n}", i.request) for a, file in gold.items() for n, i in enumerate(file.ideas, 1)]
    requests += [(d.split, f"declined {n}", d.request) for n, d in enumerate(declined, 1)]
    shown = " ".join(tokens(" ".join(examples())))
    tested = [library.articles[a] for a, file in gold.items() if file.split == "test"]
    return [
        *(f"split: {pair}" for pair in alike(requests, ALIKE_REQUESTS)),
        *(f"split: the prompt's worked example is about {a.title}, a test article" for a in tested if " ".join(tokens(a.title)) in shown),
    ]


def _counts(library: Library, gold: Mapping[str, Gold], declined: tuple[Declined, ...]) -> dict[str, int | float]:
    articles, patterns = library.articles.values(), library.patterns.values()
    ideas = [(file.split, i) for file in gold.values() for i in file.ideas]
    countries = Counter(a.places[0] for a in articles if a.places)
    calm = sum(not p.hazards and not any(set(s.options) & BLADES_AND_HEAT for s in p.slots if not s.optional) for p in patterns)
    return {
        "articles": len(library.articles), "patterns": len(library.patterns), "activities": len(library.activities),
        "gold ideas": len(ideas), "gold ideas of the test split": sum(split == "test" for split, _ in ideas), "declined requests": len(declined),
        "ask": sum(a.access == "ask" for a in articles), "study_only": sum(a.access == "study_only" for a in articles),
        "peoples": len({p for a in articles for p in a.people}), "countries": len(countries),
        "most articles of one country": max(countries.values(), default=0), "continents": len({a.continent for a in articles}),
        "patterns without cutting and heat": calm, "articles with gold ideas": len(gold),
    }  # fmt: skip


def _tables(library: Library, gold: Mapping[str, Gold]) -> list[tuple[str, list[str], list[list[str]]]]:
    articles, patterns = list(library.articles.values()), list(library.patterns.values())
    continents = sorted({a.continent or "?" for a in articles})
    ideas = [(library.articles[a].labels[0], i) for a, file in gold.items() for i in file.ideas]
    served, styles = sorted({i.disposition.value for _, i in ideas}), sorted({i.style for _, i in ideas})

    def fits(label: str, band: str) -> int:
        return sum(label in p.labels and any(band_of(g) == band for g in p.grades) for p in patterns)

    def made(label: str, band: str) -> int:
        return sum(first == label and band_of(i.grade) == band for first, i in ideas)

    return [
        ("Articles by main label", ["label", "all", *(c.replace("North", "N.").replace("South", "S.") for c in continents)],
         [[lb, str(sum(a.labels[0] == lb for a in articles)), *(str(sum(a.labels[0] == lb and a.continent == c for a in articles)) for c in continents)]
          for lb in LABELS]),
        ("Patterns that fit a band", ["label", *BANDS], [[label, *(str(fits(label, band)) for band in BANDS)] for label in LABELS]
         + [["all", *(str(sum(any(band_of(g) == band for g in p.grades) for p in patterns)) for band in BANDS)]]),
        ("Gold ideas", ["label", *BANDS], [[label, *(str(made(label, band)) for band in BANDS)] for label in LABELS]),
        ("Gold ideas by disposition and style", ["disposition", *styles],
         [[d, *(str(sum(i.disposition.value == d and i.style == s for _, i in ideas)) for s in styles)] for d in served]),
    ]  # fmt: skip


def _notes(library: Library, gold: Mapping[str, Gold]) -> list[str]:
    known = {technique for p in library.patterns.values() for technique in p.techniques}
    asked = {technique for a in library.articles.values() for technique in a.techniques}
    chosen = {i.pattern for file in gold.values() for i in file.ideas}
    return [
        *(f"no pattern covers {t!r}: {', '.join(a.title for a in library.articles.values() if t in a.techniques)}" for t in sorted(asked - known)),
        *(f"no article asks for the pattern {p.id}" for p in library.patterns.values() if not set(p.techniques) & asked),
        *(f"no gold idea uses the pattern {p.id}" for p in library.patterns.values() if p.id not in chosen),
        *(f"no gold idea for {a.title}" for a in library.articles.values() if a.id not in gold),
    ]
