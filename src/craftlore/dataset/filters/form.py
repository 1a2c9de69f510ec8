"""Form: what the decoding schema demands, whole texts of a sensible length, in English."""

from __future__ import annotations

import re
from typing import Any

from craftlore.dataset.staging import Staged
from craftlore.safety.reading import CAPS, reading_grade
from craftlore.suggest.compose import compose
from craftlore.vocabulary import band_of
from craftlore.words import tokens

__all__ = ["LENGTHS", "english", "length", "readable", "schema"]

LENGTHS = {"title": (3, 13), "summary": (9, 42), "goal": (5, 26), "question": (6, 32), "step": (4, 26)}
STRANGE = 0.25  # share of words that no text of the library has; the rest is endings and rare words
ANOTHER = frozenset("und der die das mit ein eine ist les des une avec pour est dans los las una con para como el del que por och som het een voor".split())  # noqa: SIM905


def schema(staged: Staged, name: str, text: str) -> str | None:
    """What the decoding schema of serving, for a model that was trained, would not let through."""
    fields: Any = staged.wide_schema["properties"]
    pattern = fields[name]["pattern"]
    return None if re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text) else "the decoding schema does not allow it"


def length(_: Staged, name: str, text: str) -> str | None:
    least, most = LENGTHS[name.split("_")[0]]
    words = len(text.split())
    return None if least <= words <= most else f"it has {words} words; {least} to {most} are right"


def english(staged: Staged, _: str, text: str) -> str | None:
    """Another language in Latin letters, or words that are none."""
    words = [word for word in tokens(text) if not word[0].isdigit()]
    foreign = [word for word in words if word in ANOTHER and word not in tokens(staged.plan.article.text)]
    if len(foreign) > 1:
        return f"{foreign[0]!r} and {foreign[1]!r} are not English"
    strange = [word for word in words if word not in staged.known.lexicon]
    return f"{strange[0]!r} and {strange[1]!r} are no words of the library" if len(strange) > max(1, STRANGE * len(words)) else None


def readable(staged: Staged, name: str, text: str) -> str | None:
    """Reading level: the steps with this clause in them, at most the cap of the grade band (a single sentence has no level)."""
    if not name.startswith("step_"):
        return None
    idea = compose(staged.plan, staged.facts, {name: text}, staged.known.library.items, "", 0)
    names = frozenset(tokens(" ".join((staged.plan.article.title, *staged.plan.article.people, *staged.plan.article.places))))
    grade, cap = reading_grade(" ".join(idea.steps), names), CAPS[band_of(staged.plan.grade)]
    plain = reading_grade(" ".join(staged.plan.steps), names)
    return f"with it the steps have a Flesch-Kincaid grade of {grade}; at most {cap} is right" if grade > max(cap, plain) else None
