"""Which requests are made: seeded, balanced over labels, places, grades and styles, and written before the first call.

A request is sampled from data, put into words, and read again by the screen and the parser of serving. What these understood
is the scenario; where it leads to another pattern than the one that was meant, the draw is dropped and counted.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from craftlore.config import Config
from craftlore.dataset.records import Kind, Scenario
from craftlore.dataset.wording import STYLES, worded
from craftlore.errors import DatasetError, RequestError
from craftlore.index.encoder import Encoder
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.records import Article, Pattern
from craftlore.safety.policy import item_level, level
from craftlore.safety.screen import ENDS, screen_request, substitutions
from craftlore.suggest.facts import beside_steps, with_somebody
from craftlore.suggest.match import Plan, plans_for
from craftlore.suggest.parse import understand
from craftlore.suggest.schema import agents_in
from craftlore.vocabulary import GRADES, band_of

__all__ = ["Planner", "draw_scenarios"]

TRIES = 12  # draws for one scenario before its article is left out
SUBSTITUTED = 0.02  # share of scenarios that offer a thing which the grade may not use
SUITED = 0.9  # affinity of article and pattern; below it the two have little to do with each other (docs/log.md)
MOST = 6  # scenarios of one article with one pattern
COMMON = ("paper", "card", "scissors", "glue sticks", "pencils", "crayons", "tape", "string", "coloured paper", "cardboard", "paint", "brushes")


class _Remembering(Encoder):
    """An encoder that reads each text once: the sentences of an article are compared with the steps of many plans."""

    def __init__(self, inner: Encoder) -> None:
        self.name, self._inner = inner.name, inner
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for text in texts:
            if text not in self._vectors:
                self._vectors[text] = self._inner.encode([text])[0]
        return np.stack([self._vectors[text] for text in texts])


@dataclass
class Planner:
    """Reads requests as serving does. `dropped` counts draws that were not used, by reason."""

    config: Config
    library: Library
    index: Index
    encoder: Encoder | None
    dropped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._reader = _Remembering(self.encoder) if self.encoder else None

    def read(self, identity: str, kind: Kind, style: str, text: str, article: Article, meant: str | None, wanted: str | None = None) -> Scenario | None:
        """The scenario of one request about one article; None, counted, if serving would do something else with it.

        `meant` is the grade that the text was made with, if it was made, `wanted` the pattern that it has to lead to, if it has to.
        """
        screened = screen_request(text, self.encoder)
        if screened.verdicts and (screened.verdicts[-1].disposition in ENDS or screened.study):
            return self._dropped("the request gate stops or changes it")
        try:
            understood = understand(screened.text, self.library)
        except RequestError:
            return self._dropped("the parser cannot read it")
        if meant and re.search(rf"\b(?:grade|gr) {meant}\b", text) and understood.request.grade != meant:
            return self._dropped("the parser reads another grade")
        grade = understood.request.grade or self.config.suggest.default_grade
        materials, _ = substitutions(understood.request, grade, self.library.items)
        request = understood.request.model_copy(update={"materials": materials})
        like = self.index.patterns_like(request)
        plans = plans_for(article, self.index.patterns_for(article.id), self.library.patterns, self.library.items, request, grade, like)
        if not plans:
            return self._dropped("no pattern fits")
        if wanted and plans[0].pattern.id != wanted:
            return self._dropped("serving would take another pattern")
        return self.scenario(identity, kind, style, text, plans[0], request.model_copy(update={"text": screened.text}))

    def scenario(self, identity: str, kind: Kind, style: str, text: str, plan: Plan, request: object, **more: object) -> Scenario:
        """A plan as a scenario, with the sentences that stand beside its steps."""
        facts = with_somebody(beside_steps(plan, self._reader), agents_in(plan.article))
        seed = random.Random(f"{identity} {self.config.dataset.seed}").randrange(1 << 20)  # noqa: S311 - variety, not secrecy
        return Scenario.model_validate(
            {"id": identity, "kind": kind, "style": style, "text": text, "article_id": plan.article.id, "pattern_id": plan.pattern.id, "grade": plan.grade,
             "request": request, "filling": dict(plan.filling), "facts": {step: number for step, (number, _) in facts.items()}, "seed": seed, **more}
        )  # fmt: skip

    def _dropped(self, reason: str) -> Scenario | None:
        self.dropped[reason] += 1
        return None


def draw_scenarios(planner: Planner, articles: Sequence[Article]) -> list[Scenario]:
    """As many scenarios as the configuration asks for, over `articles`. Raises DatasetError if none can be made."""
    settings = planner.config.dataset
    draw = random.Random(settings.seed)  # noqa: S311 - variety, not secrecy
    tally: Counter[object] = Counter()
    left = [a for a in articles if _patterns(planner, a)]
    planner.dropped["an article without a usable pattern or sentence"] += len(articles) - len(left)
    made: list[Scenario] = []
    while left and len(made) < settings.scenarios:
        article = min(left, key=lambda a: (tally[a.labels[0]] / 2 + tally[a.continent] / 4 + tally[a.id] * 2, draw.random()))
        scenario = _draw_one(planner, article, f"s{len(made) + 1:04d}", tally, draw)
        if scenario is None:
            left.remove(article)
            continue
        made.append(scenario)
        tally.update((article.id, article.labels[0], article.continent, band_of(scenario.grade), scenario.style, (article.id, scenario.pattern_id)))
    if not made:
        raise DatasetError("no scenario could be made: no article has a making pattern that fits. Run `craftlore index`, or add patterns.")
    return [*made, *_substituted(planner, articles, int(SUBSTITUTED * len(made)), draw)]


def _draw_one(planner: Planner, article: Article, identity: str, tally: Counter[object], draw: random.Random) -> Scenario | None:
    """One scenario of an article, from the pattern, grade band and style that had the fewest so far."""
    for _ in range(TRIES):
        pattern = min(_patterns(planner, article), key=lambda p: (tally[article.id, p.id], draw.random()))
        grade = min(_grades(pattern), key=lambda g: (tally[band_of(g)], draw.random()))
        style = min(STYLES, key=lambda s: (tally[s], draw.random()))
        known = {
            "grade": grade, "things": _things(planner, pattern, grade, draw), "product": pattern.product,
            "minutes": str(max(20, round(pattern.for_grade(grade).minutes * draw.choice((0.9, 1, 1.2)) / 5) * 5)),
            "tradition": draw.choice((article.title, *article.people[:1], *article.places[:1])),
        }  # fmt: skip
        scenario = planner.read(identity, "study_about" if article.access == "study_only" else "served", style, worded(style, known, draw), article, grade)
        if scenario and scenario.pattern_id not in {p.id for p in _patterns(planner, article)}:
            planner.dropped["serving would take a pattern that suits the article less"] += 1
        elif scenario and tally[article.id, scenario.pattern_id] < MOST:
            return scenario
    return None


def _things(planner: Planner, pattern: Pattern, grade: str, draw: random.Random) -> str:
    """Three to six things of a classroom, most of them what the pattern takes."""
    items = planner.library.items
    slots = [[o for o in slot.options if item_level(items[o], grade) in "AS"] for slot in pattern.slots]
    mine = [options[0] if draw.random() < 0.6 else draw.choice(options) for options in slots if options]
    mine = draw.sample(mine, max(1, round(len(mine) * draw.uniform(0.6, 1))))
    others = [o for o in COMMON if o in items and item_level(items[o], grade) in "AS"]
    names = list(dict.fromkeys((*mine, *draw.sample(others, 3))))[: draw.randint(max(3, min(len(mine), 6)), 6)]
    return _listed(names)


def _substituted(planner: Planner, articles: Iterable[Article], count: int, draw: random.Random) -> list[Scenario]:
    """Requests that offer a thing which the grade may not use, each behind its look-alike in a grade that may."""
    items = planner.library.items
    chances = []
    for article in articles:
        for pattern in _patterns(planner, article):
            for option in (o for slot in pattern.slots for o in slot.options):
                young = [g for g in _grades(pattern) if item_level(items[option], g) in "TX"]
                old = [g for g in _grades(pattern) if item_level(items[option], g) in "AS"]
                if young and old:
                    chances.append((article, pattern, option, young, old))
    draw.shuffle(chances)
    made: list[Scenario] = []
    for article, pattern, option, young, old in chances:
        if len(made) >= 2 * count:
            break
        number, others = len(made) // 2 + 1, [slot.options[0] for slot in pattern.slots if option not in slot.options][:3]
        asked = f"{_listed([option, *others])}, {pattern.product}"
        older, younger = draw.choice(old), draw.choice(young)
        served = planner.read(f"look{number:03d}", "look_alike", "terse", f"grade {older}, {asked}", article, older, pattern.id)
        other = planner.read(f"subst{number:03d}", "substituted", "terse", f"grade {younger}, {asked}", article, younger, pattern.id)
        if served and other:
            made += [served, other.model_copy(update={"look_alike": served.id})]
    return made


def _patterns(planner: Planner, article: Article) -> list[Pattern]:
    """The patterns that suit an article well, best first."""
    ranked = planner.index.patterns_for(article.id)
    suited = [planner.library.patterns[i] for place, (i, affinity) in enumerate(ranked) if affinity >= SUITED or place == 0]
    if article.access == "study_only":
        general = [p for p in planner.library.patterns.values() if p.general]
        suited = list({p.id: p for p in (*suited, *general) if p.kind == "study"}.values())
    return [p for p in suited if _grades(p)]


def _grades(pattern: Pattern) -> list[str]:
    return [g for g in GRADES if g in pattern.grades and all(level(hazard, g) in "AS" for hazard in pattern.hazards)]


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
