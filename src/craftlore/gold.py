"""Gold ideas: what an excellent teacher would hand out, written by people, as training rows, worked examples and gold test set.

One TOML file for each article (`starter/gold/<article>.toml`), so that the split into train and test goes by article and
cannot leak; `declined.toml` holds requests that rightly get no idea. `docs/library.md` tells how to write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from craftlore.errors import LibraryError
from craftlore.handwritten import first_problem, read_record, read_text, read_toml
from craftlore.library import STARTER, Library
from craftlore.records import Article, Credit, Idea, Pattern, Quote, Slot
from craftlore.vocabulary import GRADES, Disposition, FromFile, Text

__all__ = ["Declined", "Gold", "GoldIdea", "as_idea", "filled_slots", "read_gold", "read_gold_file"]

Style = Literal["terse", "chatty", "misspelt", "partial", "second-language"]
SERVED = frozenset((Disposition.SERVE, Disposition.NOTE, Disposition.SUBSTITUTE, Disposition.STUDY_ABOUT))


class GoldIdea(FromFile):
    """One request and the idea for it. `fill` names the thing for each slot; `sources` the sentence that a step speaks of.

    `why` tells the teacher what was noted, substituted or turned into study; it is empty if the request is served as asked.
    """

    request: Text
    style: Style
    grade: str
    disposition: Disposition
    why: str = ""
    pattern: str
    fill: dict[str, str]
    title: Text
    summary: Text
    steps: tuple[Text, ...] = Field(min_length=3, max_length=8)
    sources: dict[str, int] = Field(min_length=1)
    goals: tuple[Text, ...] = Field(min_length=2, max_length=4)
    question: Text

    @model_validator(mode="after")
    def _makes_sense(self) -> GoldIdea:
        if self.grade not in GRADES:
            raise ValueError(f"unknown grade {self.grade!r}; write K or a number from 1 to 12")
        if self.disposition not in SERVED:
            raise ValueError(f"an idea is served, noted, substituted or studied; {self.disposition.value!r} belongs into declined.toml")
        if bool(self.why) == (self.disposition is Disposition.SERVE):
            raise ValueError("`why` is one sentence for the teacher, given exactly if the disposition is not serve")
        if any(not key.isdigit() or not 1 <= int(key) <= len(self.steps) for key in self.sources):
            raise ValueError("the keys of `sources` are step numbers")
        return self


class Gold(FromFile):
    """All gold ideas of one article."""

    article: str
    split: Literal["train", "test"]
    ideas: tuple[GoldIdea, ...] = Field(min_length=1)


class Declined(FromFile):
    """A request that gets no idea, what happens instead, and the sentence for the teacher."""

    request: Text
    style: Style
    grade: str | None = None
    disposition: Literal[Disposition.ASK, Disposition.ABSTAIN, Disposition.REDIRECT, Disposition.REFUSE, Disposition.SUPPORT]
    split: Literal["train", "test"]
    why: Text


def read_gold(library: Library, folder: Path = STARTER / "gold", refused: list[str] | None = None) -> tuple[dict[str, Gold], tuple[Declined, ...]]:
    """Gold ideas by article id, and the declined requests. Raises LibraryError by file, unless `refused` collects the reasons."""
    gold: dict[str, Gold] = {}
    declined: tuple[Declined, ...] = ()
    for path in sorted(folder.glob("*.toml")):
        try:
            if path.stem == "declined":
                declined = tuple(Declined.model_validate(row) for row in read_toml(path)["declined"])
            else:
                gold[f"starter:{path.stem}"] = read_gold_file(path, library)
        except (ValidationError, KeyError, LibraryError) as error:
            problem = error if isinstance(error, LibraryError) else LibraryError(f"{path}: {first_problem(error, read_text(path))}")
            if refused is None:
                raise problem from error
            refused.append(str(problem))
    return gold, declined


def filled_slots(idea: GoldIdea, pattern: Pattern) -> list[tuple[Slot, str]]:
    """Each slot of `pattern` that the idea fills, with its thing."""
    return [(slot, idea.fill[slot.role]) for slot in pattern.slots if slot.role in idea.fill]


def as_idea(idea: GoldIdea, article: Article, pattern: Pattern, number: int) -> Idea:
    """The gold idea as the record that the pipeline makes, facts and credit filled in by code."""
    variant = pattern.for_grade(idea.grade)
    slots = filled_slots(idea, pattern)
    quotes = [Quote(sentence=n, text=article.sentences[n - 1], step=int(step)) for step, n in sorted(idea.sources.items())]
    return Idea(
        id=f"gold:{article.id.split(':')[1]}-{number}", article_id=article.id, pattern_id=pattern.id, title=idea.title, tradition=article.title,
        people=article.people, places=article.places, grade=idea.grade, labels=article.labels, summary=idea.summary,
        materials_used=tuple(dict.fromkeys(thing for slot, thing in slots if slot.kind == "material")), materials_to_find=(),
        tools=tuple(dict.fromkeys(thing for slot, thing in slots if slot.kind == "tool")), amounts={thing: slot.amount for slot, thing in slots},
        steps=idea.steps, background=tuple(quotes), learning_goals=idea.goals, question=idea.question, minutes=variant.minutes,
        safety_notes=(), tips=variant.goes_wrong, credit=Credit(title=article.title, source=article.source, url=article.url, revision=article.revision,
        licence=article.licence),
    )  # fmt: skip


def read_gold_file(path: Path, library: Library) -> Gold:
    """The gold ideas of one article. Raises LibraryError naming the idea that does not fit its article or pattern."""
    gold = read_record(path, Gold)
    if gold.article != path.stem:
        raise LibraryError(f"{path}: article is {gold.article!r}; the file name says {path.stem!r}")
    article = library.articles.get(f"starter:{gold.article}")
    if article is None:
        raise LibraryError(f"{path}: there is no article {gold.article!r}")
    for number, idea in enumerate(gold.ideas, 1):
        if fault := _fault(idea, article, library.patterns):
            raise LibraryError(f"{path}: idea {number} ({idea.title}): {fault}")
    return gold


def _fault(idea: GoldIdea, article: Article, patterns: Mapping[str, Pattern]) -> str | None:
    """What does not belong together: pattern, grade, slots, sentence numbers; None if all does."""
    pattern = patterns.get(idea.pattern)
    if pattern is None:
        return f"there is no making pattern {idea.pattern!r}"
    if idea.grade not in pattern.grades:
        return f"{idea.pattern} is not for grade {idea.grade}"
    if article.access == "study_only" and pattern.kind != "study":
        return f"{article.title} is for study only, and {idea.pattern} makes something"
    slots = {slot.role: slot for slot in pattern.slots}
    if unknown := sorted(idea.fill.keys() - slots.keys()):
        return f"{idea.pattern} has no slot {unknown[0]!r}"
    if empty := [role for role, slot in slots.items() if not slot.optional and role not in idea.fill]:
        return f"the slot {empty[0]!r} is not filled"
    if wrong := [(role, thing) for role, thing in idea.fill.items() if thing not in slots[role].options]:
        return f"{wrong[0][1]!r} is no option of the slot {wrong[0][0]!r}"
    if far := [n for n in idea.sources.values() if not 1 <= n <= len(article.sentences)]:
        return f"{article.title} has no sentence {far[0]}"
    return None
