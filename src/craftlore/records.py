"""The nouns that stages hand to each other: frozen, strict, one JSON object a line on disk.

Everything that crosses a stage boundary is one of these models; see `docs/pipeline.md` for who writes which.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from craftlore.vocabulary import GRADES, LABELS, Access, Band, Continent, Disposition, FromFile, Kind, Label, Record, Slug, Text, band_of, known_grades

__all__ = [
    "GRADES",
    "LABELS",
    "Activity",
    "Article",
    "Band",
    "Continent",
    "Credit",
    "Disposition",
    "Idea",
    "Label",
    "ModelInfo",
    "Passage",
    "Pattern",
    "Quote",
    "Request",
    "Section",
    "Slot",
    "Variant",
    "Verdict",
    "band_of",
    "roles_in",
]


class Section(FromFile):
    """One section: `path` is the headings from the top (empty for the lead); sentences are numbered across the article."""

    path: tuple[str, ...] = ()
    first: int = Field(ge=1)
    sentences: tuple[Text, ...]


class Article(FromFile):
    """One tradition as told by one source page, section by section, with its revision and licence."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+:[A-Za-z0-9_.-]+$")]
    title: Text
    url: str
    language: str = "en"
    revision: str
    timestamp: str | None = None
    licence: Text
    source: Text
    labels: tuple[Label, ...] = Field(min_length=1)
    categories: tuple[str, ...] = ()
    people: tuple[Text, ...] = ()
    places: tuple[Text, ...] = ()
    continent: Continent | None = None
    access: Access = "open"
    access_reason: str | None = None
    techniques: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _numbering_and_access(self) -> Article:
        expected = 1
        for section in self.sections:
            if section.first != expected:
                raise ValueError(f"section {' / '.join(section.path) or 'lead'} starts at {section.first}, expected {expected}")
            expected += len(section.sentences)
        if self.access != "open" and not self.access_reason:
            raise ValueError(f"access = {self.access!r} needs an access_reason")
        return self

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every sentence in order; sentence number n is `sentences[n - 1]`."""
        return tuple(sentence for section in self.sections for sentence in section.sentences)

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the whole record: the key by which the index knows what changed."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Slot(FromFile):
    """One thing that a pattern needs: `options` are interchangeable items of the vocabulary, best first."""

    role: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    what: Text
    options: tuple[Text, ...] = Field(min_length=1)
    amount: Text
    kind: Literal["material", "tool"] = "material"
    optional: bool = False


class Variant(FromFile):
    """How a pattern changes for one grade band; what is not given stays as in the pattern."""

    band: Band
    minutes: int | None = Field(default=None, ge=5, le=600)
    steps: tuple[Text, ...] | None = Field(default=None, min_length=3, max_length=8)
    note: str | None = None


class Pattern(FromFile):
    """A vetted, culture-neutral way of making or doing. `{role}` in a step stands for that slot's filling.

    A `general` study pattern (a museum label, an interview) suits every article; any other has to fit its technique.
    """

    id: Slug
    name: Text
    product: Text
    kind: Kind = "make"
    general: bool = False
    labels: tuple[Label, ...] = Field(min_length=1)
    techniques: tuple[Text, ...] = Field(min_length=1)
    tags: tuple[Text, ...] = ()
    summary: Text
    fits: Text
    does_not_fit: Text
    minutes: int = Field(ge=5, le=600)
    grades: tuple[str, ...] = Field(min_length=1)
    slots: tuple[Slot, ...] = Field(min_length=1)
    steps: tuple[Text, ...] = Field(min_length=3, max_length=8)
    variants: tuple[Variant, ...] = ()
    hazards: tuple[Slug, ...] = ()
    goes_wrong: tuple[Text, ...] = ()
    goals: tuple[Text, ...] = Field(min_length=2)
    questions: tuple[Text, ...] = Field(min_length=1)

    @field_validator("grades")
    @classmethod
    def _known_grades(cls, grades: tuple[str, ...]) -> tuple[str, ...]:
        return known_grades(grades)

    @model_validator(mode="after")
    def _slots_and_steps_agree(self) -> Pattern:
        roles = {slot.role for slot in self.slots}
        for steps in (self.steps, *(v.steps for v in self.variants if v.steps)):
            used = set(roles_in(" ".join(steps)))
            for step in steps:
                if set(re.sub(r"\{[a-z][a-z0-9_]*\}", "", step)) & set("{}"):
                    raise ValueError(f"a step has a brace that is no {{role}}: {step!r}")
            if used - roles:
                raise ValueError(f"a step uses {{{sorted(used - roles)[0]}}}, which is no slot of this pattern")
            missing = {slot.role for slot in self.slots if not slot.optional} - used
            if missing:
                raise ValueError(f"no step uses the slot {{{sorted(missing)[0]}}}; a thing that no step uses is not listed")
        return self

    def for_grade(self, grade: str) -> Pattern:
        """This pattern with the variant of the grade's band applied; the variant's note comes first among the tips."""
        for variant in self.variants:
            if variant.band == band_of(grade):
                changed = {"minutes": variant.minutes, "steps": variant.steps}
                tips = (*((variant.note,) if variant.note else ()), *self.goes_wrong)
                return self.model_copy(update={"goes_wrong": tips, **{key: value for key, value in changed.items() if value}})
        return self


class Activity(FromFile):
    """One activity of an app's own catalogue, in the fields that such apps have; `class_grade` lists single grades."""

    id: Slug
    title: Text
    introduction: Text
    class_grade: tuple[str, ...] = Field(min_length=1)
    categories: tuple[Text, ...] = Field(min_length=1)
    learning_goals: tuple[Text, ...] = Field(min_length=1)
    materials: tuple[Text, ...] = Field(min_length=1)
    making_steps: tuple[Text, ...] = Field(min_length=2)
    facilitation_tips: tuple[Text, ...] = ()
    minutes: int | None = Field(default=None, ge=5, le=600)

    @field_validator("class_grade")
    @classmethod
    def _known_grades(cls, grades: tuple[str, ...]) -> tuple[str, ...]:
        return known_grades(grades)


def roles_in(text: str) -> list[str]:
    """The `{role}` names in a step, in order."""
    return [part.split("}")[0] for part in text.split("{")[1:] if "}" in part]


class Passage(Record):
    """A run of sentences of one section: what is indexed and found."""

    id: str
    article_id: str
    path: tuple[str, ...]
    first: int
    last: int
    text: str


class Request(FromFile):
    """What the teacher asked for, as understood. `grade` is a single grade; a range means its youngest.

    `materials` are names of the vocabulary where it knows them; `without` is what must not be used.
    """

    text: str = Field(default="", max_length=2000)
    grade: str | None = None
    materials: tuple[Text, ...] = Field(default=(), max_length=40)
    product: str | None = Field(default=None, max_length=120)
    minutes: int | None = Field(default=None, ge=5, le=600)
    label: Label | None = None
    region: str | None = Field(default=None, max_length=80)
    without: tuple[Text, ...] = Field(default=(), max_length=40)

    @field_validator("grade")
    @classmethod
    def _known_grade(cls, grade: str | None) -> str | None:
        if grade is not None and grade not in GRADES:
            raise ValueError(f"unknown grade {grade!r}; write K or a number from 1 to 12")
        return grade


class Verdict(Record):
    """One decision of a gate: which rule, what happened, why, in one sentence for the teacher."""

    rule: str
    disposition: Disposition
    changed: str | None = None
    why: str


class Quote(Record):
    """A sentence of the article, word for word, with its number, and the step that it belongs beside, if any."""

    sentence: int
    text: str
    step: int | None = None


class Credit(Record):
    """Where the tradition's facts come from. `url` is the exact revision, or where to read more."""

    title: str
    source: str
    url: str
    revision: str
    licence: str


class ModelInfo(Record):
    """Which model put the idea into words."""

    name: str
    adapter: str | None = None
    certificate: str | None = None


class Idea(Record):
    """One classroom project: one article x one making pattern x the teacher's materials.

    `amounts` says how much of each material and tool; `tips` tell what can go wrong and what suits this grade;
    `kept_from_pattern` numbers the steps that stand in the pattern's own words.
    """

    id: str
    article_id: str
    pattern_id: str
    title: str
    tradition: str
    people: tuple[str, ...]
    places: tuple[str, ...]
    grade: str
    labels: tuple[Label, ...]
    summary: str
    materials_used: tuple[str, ...]
    materials_to_find: tuple[str, ...]
    tools: tuple[str, ...]
    amounts: dict[str, str]
    steps: tuple[str, ...]
    background: tuple[Quote, ...]
    learning_goals: tuple[str, ...]
    question: str
    minutes: int
    safety_notes: tuple[str, ...]
    tips: tuple[str, ...]
    credit: Credit
    kept_from_pattern: tuple[int, ...] = ()
    origin: Literal["activity", "model"] = "model"
    model: ModelInfo | None = None
