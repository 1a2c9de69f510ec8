"""An own activity as a making pattern, where it has what a pattern needs; the idea that comes of it names the activity.

A pattern is vetted slot by slot, an activity is one fixed way: so its things have no substitutes, it has no variants by grade, and it is
no pattern for a grade at which a thing, a text or the reading level would not pass. What an activity does not say is not made up: without
minutes, two goals, three to eight steps, one of the nine labels, and things that the vocabulary knows, it is no pattern at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pydantic import ValidationError

from craftlore.index.affinity import pattern_terms
from craftlore.library import Item, Library
from craftlore.records import GRADES, LABELS, Activity, Pattern, Slot, band_of
from craftlore.safety.idea_gate import screen_field
from craftlore.safety.policy import hazards_in, item_level
from craftlore.safety.reading import CAPS, reading_grade
from craftlore.safety.screen import screen_request
from craftlore.suggest.match import allowed_at
from craftlore.suggest.prompt import listed
from craftlore.vocabulary import Slug

__all__ = ["OWN", "ActivityPattern", "OwnPatterns", "own_patterns"]

OWN = "own-"  # begins the ids of such patterns, so that none is taken for one of the library
FEWEST_STEPS = 3  # its own, before things are laid out
_AMOUNT = "enough for the class"
_QUESTION = "What would you do in another way the next time, and why?"


class ActivityPattern(Pattern):
    """A pattern that is one of the app's own activities."""

    activity: Slug


class OwnPatterns:
    """Activities as patterns. Every question is answered once for each activity, so many requests may ask."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._items = items
        self._names = {alias: name for name, item in items.items() for alias in (name, *item.aliases)}
        self.of = lru_cache(maxsize=4096)(self._of)
        self.passes = lru_cache(maxsize=4096)(self._passes)
        self.terms = lru_cache(maxsize=4096)(pattern_terms)

    def _of(self, activity: Activity) -> ActivityPattern | None:
        """The activity as a pattern, or None where it is none."""
        labels = tuple(name for name in activity.categories if name in LABELS)
        whole = len(activity.making_steps) >= FEWEST_STEPS and not any(sign in step for step in activity.making_steps for sign in "{}")
        if not whole or not labels or not set(activity.materials) <= self._names.keys():
            return None
        title, introduction = _plain(activity.title), _plain(activity.introduction)
        things = {f"thing_{n}": name for n, name in enumerate(dict.fromkeys(self._names[material] for material in activity.materials), 1)}
        techniques = tuple(name for name in activity.categories if name not in LABELS) or (activity.title,)
        hazards = tuple(hazard.id for hazard in hazards_in(" ".join(activity.making_steps), GRADES[0]))  # no row gets stricter with age
        try:
            return ActivityPattern.model_validate({
                "id": OWN + activity.id, "activity": activity.id, "name": title, "product": title[:1].lower() + title[1:],
                "labels": labels, "techniques": techniques, "tags": techniques, "summary": introduction, "fits": introduction,
                "does_not_fit": "Traditions that share no technique with it.", "minutes": activity.minutes, "grades": activity.class_grade,
                "slots": [_slot(role, name, self._items[name]) for role, name in things.items()], "steps": _with_slots(activity.making_steps, things),
                "hazards": hazards, "goes_wrong": (f"The steps are those of your own activity “{activity.title}”.", *activity.facilitation_tips),
                "goals": activity.learning_goals, "questions": (_QUESTION,),
            })  # fmt: skip
        except ValidationError:  # too many or too few steps, one goal alone, no minutes
            return None

    def _passes(self, pattern: ActivityPattern, grade: str) -> bool:
        """Whether pupils of this grade may handle every thing, may be told every text, and can read the steps."""
        steps = [step.format_map({slot.role: slot.options[0] for slot in pattern.slots}) for step in pattern.steps]
        return (
            grade in pattern.grades
            and allowed_at(pattern, grade)
            and all(item_level(self._items[slot.options[0]], grade) in "AS" for slot in pattern.slots)
            and screen_request(f"{pattern.name}. {pattern.summary}").ends is None  # the model reads these two
            and not any(screen_field(text, grade, None) for text in (pattern.name, pattern.summary, *steps, *pattern.goes_wrong))
            and not any(screen_field(text, grade, None, handled=False) for text in (*pattern.goals, *pattern.questions))
            and reading_grade(" ".join(steps)) <= CAPS[band_of(grade)]
        )


@lru_cache(maxsize=4)
def own_patterns(library: Library) -> OwnPatterns:
    """Activities as patterns in the vocabulary of a library."""
    return OwnPatterns(library.items)


def _plain(text: str) -> str:
    """The text on one line, without signs that could end its place in a prompt."""
    return re.sub(r"<(?=[|/!a-zA-Z])", "< ", " ".join(text.split()))


def _with_slots(steps: Sequence[str], things: Mapping[str, str]) -> tuple[str, ...]:
    """The steps with a slot for each thing where it is named; what none names is laid out first, as no thing is listed that no step uses."""
    role_of = {name: role for role, name in things.items()}
    finder = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(name) for name in sorted(role_of, key=len, reverse=True))})(?![\w-])")
    marked = tuple(finder.sub(lambda match: f"{{{role_of[match[0]]}}}", step) for step in steps)
    rest = [f"{{{role}}}" for role in things if not any(f"{{{role}}}" in step for step in marked)]
    if not rest:
        return marked
    return (f"Lay out {listed(rest)}.", *marked)


def _slot(role: str, name: str, item: Item) -> Slot:
    return Slot(role=role, what="as in the activity", options=(name,), amount=_AMOUNT, kind="tool" if item.tool else "material")
