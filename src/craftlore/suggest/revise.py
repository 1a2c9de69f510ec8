"""One part of an idea anew: another material, an easier or harder version, another product, other words.

What need not change stays the same to the byte. Code makes the first two, and a change that the policy or the pattern does not
allow is refused with the reason; the last two are a new plan, or the same one with another seed, for the model to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from craftlore.errors import RequestError
from craftlore.library import Library
from craftlore.records import GRADES, Article, Disposition, Idea, Pattern, Request, band_of
from craftlore.safety.idea_gate import screen_idea
from craftlore.safety.policy import item_level
from craftlore.suggest.compose import compose
from craftlore.suggest.match import Plan, allowed_at, fill

__all__ = ["Change", "OtherLevel", "OtherProduct", "OtherWords", "SwapMaterial", "changed_fields", "harder_or_easier", "plan_of", "swap_material"]

Words = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=120)]
_FROM_PLAN = ("materials_used", "materials_to_find", "tools", "amounts", "safety_notes")
_FROM_GRADE = ("grade", "minutes", "tips", "safety_notes", "amounts", "materials_used", "materials_to_find", "tools", "steps", "kept_from_pattern")


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SwapMaterial(_Change):
    kind: Literal["material"]
    old: Words = Field(alias="from")
    new: Words = Field(alias="to")


class OtherLevel(_Change):
    kind: Literal["easier", "harder"]


class OtherProduct(_Change):
    kind: Literal["product"]
    new: Words = Field(alias="to")


class OtherWords(_Change):
    kind: Literal["words"]


Change = Annotated[SwapMaterial | OtherLevel | OtherProduct | OtherWords, Field(discriminator="kind")]


def plan_of(idea: Idea, library: Library, without: Iterable[str] = (), instead: Iterable[str] = (), grade: str | None = None) -> Plan:
    """The plan that an idea was written for, or the nearest one with some things left out and others in their stead.

    Raises RequestError when the library no longer has its article or pattern, or nothing can stand in.
    """
    article, pattern = _parts(idea, library)
    dropped = set(without)
    things = {*idea.materials_used, *idea.materials_to_find, *idea.tools} - dropped | set(instead)
    known = {option for slot in pattern.slots for option in slot.options}
    have = tuple(name for name in (*idea.materials_used, *instead) if name not in dropped)
    other = known - things if grade is None else dropped
    plan = fill(article, pattern, library.items, Request.model_construct(materials=have, without=tuple(other)), grade or idea.grade)
    if plan is None:
        raise RequestError("Without that thing the project cannot be made. Choose another thing, or another idea.")
    return plan


def swap_material(idea: Idea, old: str, new: str, library: Library) -> Idea:
    """The idea with `new` in the place of `old`; only texts that name the old thing, lists and notes change. Raises RequestError."""
    _, pattern = _parts(idea, library)
    if old not in (*idea.materials_used, *idea.materials_to_find, *idea.tools):
        raise RequestError(f"The idea does not use {old!r}.")
    options = [option for slot in pattern.slots if old in slot.options for option in slot.options if option != old]
    fitting = list(dict.fromkeys(option for option in options if item_level(library.items[option], idea.grade) in "AS"))
    if new not in fitting:
        can = f"What can: {', '.join(fitting)}." if fitting else "Nothing else does here."
        raise RequestError(f"{new!r} cannot stand in for {old!r} in this project. {can}")
    plan = plan_of(idea, library, (old,), (new,))
    fresh = compose(plan, {}, {}, library.items, idea.model.name if idea.model else "", 0)
    texts = {name: _renamed(getattr(idea, name), old, new) for name in ("title", "summary", "question")}
    lists = {name: tuple(_renamed(text, old, new) for text in getattr(idea, name)) for name in ("steps", "learning_goals", "tips")}
    return _passed(idea.model_copy(update={**{name: getattr(fresh, name) for name in _FROM_PLAN}, **texts, **lists}), library)


def harder_or_easier(idea: Idea, kind: Literal["easier", "harder"], library: Library) -> Idea:
    """The idea as the pattern does it for the next younger or older band. Raises RequestError when it knows no other way."""
    _, pattern = _parts(idea, library)
    at = GRADES.index(idea.grade)
    order = GRADES[at + 1 :] if kind == "harder" else GRADES[:at][::-1]
    grades = [g for g in order if g in pattern.grades and band_of(g) != band_of(idea.grade) and allowed_at(pattern, g)]
    before = pattern.for_grade(idea.grade)
    for grade in grades:
        after = pattern.for_grade(grade)
        if (after.steps, after.minutes, after.goes_wrong) == (before.steps, before.minutes, before.goes_wrong):
            continue
        plan = plan_of(idea, library, grade=grade)
        fresh = compose(plan, {}, {}, library.items, idea.model.name if idea.model else "", 0)
        return _passed(idea.model_copy(update={name: getattr(fresh, name) for name in _FROM_GRADE}), library)
    raise RequestError(f"This project has no {kind} version. Try another idea, or change a step by hand.")


def changed_fields(before: Idea, after: Idea) -> tuple[str, ...]:
    """The names of the fields that are not the same."""
    return tuple(name for name in Idea.model_fields if getattr(before, name) != getattr(after, name))


def _parts(idea: Idea, library: Library) -> tuple[Article, Pattern]:
    article, pattern = library.articles.get(idea.article_id), library.patterns.get(idea.pattern_id)
    if article is None or pattern is None or idea.grade not in GRADES:
        raise RequestError("The library no longer has the article or the making pattern of this idea, so it can only be edited by hand.")
    if (article.access == "study_only" and pattern.kind != "study") or not allowed_at(pattern, idea.grade):
        raise RequestError("This project is not one that this grade would be offered. Search again for another one.")
    return article, pattern


def _renamed(text: str, old: str, new: str) -> str:
    """`new` for `old`, as whole words, a capital kept."""
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.I)
    return pattern.sub(lambda match: new[:1].upper() + new[1:] if match[0][:1].isupper() else new, text)


def _passed(idea: Idea, library: Library) -> Idea:
    for _, verdict in screen_idea(idea, library.articles[idea.article_id]):
        if verdict.disposition is not Disposition.NOTE:
            raise RequestError(f"Changed like that the idea would not pass: {verdict.why}")
    return idea
