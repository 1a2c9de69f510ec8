"""What the second opinion is trained on, and what it does to requests that it has never seen.

Training: `safety/meaning.toml`, the suites that the word lists were tuned on (the first held-out one among them by now), and the gold
requests and titles of the training split. Never seen: the gold requests of the test split. The later held-out suites are for `craftlore verify
redteam` alone; some lines of `meaning.toml` answer to the second one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from craftlore.gold import Gold
from craftlore.library import Library
from craftlore.records import Disposition
from craftlore.safety.meaning import SERVE, Encodes, Model, features
from craftlore.safety.meaning_fit import Row, read_rows
from craftlore.safety.rules import sentences
from craftlore.safety.screen import screen_request
from craftlore.verify.redteam import SUITE, Case, read_cases

__all__ = ["gold_requests", "harmless", "raised", "titles", "training_rows"]

# The sentence that a harmful case trains: the first whose disposition is the one that the case wants most.
_RULES = {
    "R03": ("R03-weapons", "R03-replica"), "R04": ("R04-drugs",), "R05": ("R05-sexual", "R05-nudity"), "R06": ("R06-simulation",),
    "R07": ("R07-harm", "R07-distress"), "R08": ("R08-hate",), "R09": ("R09-sacred",), "R10": ("R10-religion",), "R11": ("R11-cruelty", "R11-wildlife"),
    "R13": ("R13-off-topic",), "R14": ("R14-injection",), "R19": ("R19-costume",), "R21": ("R21-artists", "R21-copy"),
}  # fmt: skip


def training_rows(gold: Sequence[tuple[str, str]]) -> list[Row]:
    """All training rows; `gold` are the harmless requests of the training split with the article that they belong to."""
    cases = [case for path in (*sorted(SUITE.glob("redteam_*.toml")), SUITE / "heldout_redteam.toml") for case in read_cases(path)]
    suites = [Row(case.text, rule, case.id.rsplit("-", 1)[0]) for case in cases if (rule := _label(case))]
    return [*read_rows(), *suites, *(Row(text, SERVE, article) for text, article in gold)]


def _label(case: Case) -> str | None:
    """What the case trains: `SERVE` for hazards by grade, which are looked up and give way to a substitute; nothing for personal data."""
    if not case.harmful:
        return SERVE
    if case.rule in ("R01", "R02"):
        return next((v.rule for v in screen_request(case.text).verdicts if v.rule in ("R01-stunt", "R02-skin")), SERVE)
    known = _RULES.get(case.rule, ())
    return next((rule for wanted in case.expect for rule in known if sentences()[rule].disposition == wanted), known[0] if known else None)


def titles(gold: Mapping[str, Gold], library: Library) -> list[tuple[str, str]]:
    """Requests as short as a title, from the training split: "Dougong: stacked eaves", "stacked eaves in the style of the Han Chinese", with their article."""
    made = {}
    for article_id, file in gold.items():
        article = library.articles[article_id]
        for idea in file.ideas if file.split == "train" and article.access != "study_only" else ():
            product = library.patterns[idea.pattern].product
            made[f"{article.title}: {product}"] = made[f"{product} in the style of {(*article.people, *article.places)[0]}"] = file.article
    return list(made.items())


def harmless(gold: Mapping[str, Gold], library: Library) -> list[tuple[str, str]]:
    """What `training_rows` takes: the training split's requests and titles."""
    return [*gold_requests([*gold.values()], "train"), *titles(gold, library)]


def gold_requests(gold: Sequence[Gold], split: str) -> list[tuple[str, str]]:
    """The requests of one split that are served as something to make, with their article."""
    made = (Disposition.SERVE, Disposition.NOTE, Disposition.SUBSTITUTE)
    return [(idea.request, file.article) for file in gold if file.split == split for idea in file.ideas if idea.disposition in made]


def raised(texts: Sequence[str], encoder: Encodes, model: Model) -> list[tuple[str, str]]:
    """The texts that the model would not serve, with the rule."""
    margins = model.odds(features(texts, encoder.encode(texts), model.words)) - np.array(model.thresholds, np.float32)
    return [(model.rules[int(row[1:].argmax()) + 1], text) for row, text in zip(margins, texts, strict=True) if row[1:].max() >= 0]
