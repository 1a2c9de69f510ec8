"""Saved ideas: drafts that people edit, each with a version so that two tabs cannot overwrite each other, and feedback.

A draft becomes an activity only through `publish`, which only ever runs because somebody pressed the button.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from typing import Literal

import sqlalchemy as sa
from pydantic import ConfigDict, Field, ValidationError

from craftlore.log import StepLog
from craftlore.records import Activity, Idea
from craftlore.serve.database import Database, drafts, feedback
from craftlore.serve.faults import Fault
from craftlore.vocabulary import Record
from craftlore.words import fold

__all__ = ["Conflict", "Draft", "Drafts", "Feedback", "as_activity"]


class Draft(Record):
    """A saved idea. `version` rises with every change; `changed` is seconds since 1970."""

    id: str
    version: int
    idea: Idea
    changed: float


_NAME = r"^\S{1,200}$"  # an id is no place for a sentence


class Feedback(Record):
    """What a teacher thought of an idea or a source, in a closed list of words: free text would be kept data."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "problem", "reason": "wrong_fact", "article_id": "starter:kolam"}]})
    verdict: Literal["useful", "not_useful", "problem"]
    reason: Literal["wrong_fact", "disrespectful", "unsafe", "too_hard", "too_easy", "things_missing", "wrong_tradition", "unclear", "other"] | None = None
    request_id: str | None = Field(default=None, pattern=_NAME)
    idea_id: str | None = Field(default=None, pattern=_NAME)
    article_id: str | None = Field(default=None, pattern=_NAME)


class Conflict(Fault):
    """Somebody else changed the draft in between; `current` is how it stands now."""

    def __init__(self, current: Draft) -> None:
        super().__init__("conflict", "This draft was changed in another window. Look at the current version, then save again.", "version")
        self.current = current


class Drafts:
    """The drafts and the feedback of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Draft]:
        """Every draft that can be read, the newest change first; the step log counts the others."""
        with self._database.transaction() as connection:
            rows = connection.execute(sa.select(drafts).order_by(drafts.c.changed.desc())).all()
        found = []
        for row in rows:
            with contextlib.suppress(Fault):
                found.append(_draft(row))
        if len(found) < len(rows):
            with StepLog("drafts").step("drafts", outcome="unreadable", rows=len(rows) - len(found)):
                pass
        return found

    def get(self, draft_id: str) -> Draft:
        """Raises Fault for an id that is not there, and for a row that cannot be read."""
        with self._database.transaction() as connection:
            row = connection.execute(sa.select(drafts).where(drafts.c.id == draft_id)).first()
        if row is None:
            raise Fault("not_found", "There is no such draft. It may have been deleted in another window.", "id")
        return _draft(row)

    def add(self, idea: Idea) -> Draft:
        draft = Draft(id=secrets.token_hex(8), version=1, idea=idea, changed=time.time())
        with self._database.transaction() as connection:
            connection.execute(sa.insert(drafts), [_row(draft)])
        return draft

    def change(self, draft_id: str, version: int, idea: Idea) -> Draft:
        """Raises Conflict when `version` is not the current one."""
        draft = Draft(id=draft_id, version=version + 1, idea=idea, changed=time.time())
        with self._database.transaction() as connection:
            done = connection.execute(sa.update(drafts).where(drafts.c.id == draft_id, drafts.c.version == version).values(**_row(draft)))
        if not done.rowcount:
            raise Conflict(self.get(draft_id))
        return draft

    def delete(self, draft_id: str) -> None:
        with self._database.transaction() as connection:
            done = connection.execute(sa.delete(drafts).where(drafts.c.id == draft_id))
        if not done.rowcount:
            raise Fault("not_found", "There is no such draft. It may have been deleted in another window.", "id")

    def note(self, said: Feedback) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.insert(feedback), [{"time": time.time(), **said.model_dump()}])


def as_activity(draft: Draft) -> Activity:
    """The draft in the fields of an activity, with its tradition, credit and safety notes kept as tips."""
    idea = draft.idea
    slug = re.sub(r"[^a-z0-9]+", "-", fold(idea.title)).strip("-")[:80].strip("-")
    credit = f"About {idea.tradition}: {idea.credit.title}, {idea.credit.source}, {idea.credit.licence}, revision {idea.credit.revision}, {idea.credit.url}"
    return Activity(
        id=f"{slug or 'idea'}-{draft.id[:6]}",
        title=idea.title,
        introduction=f"{idea.summary} {' '.join(quote.text for quote in idea.background)}".strip(),
        class_grade=(idea.grade,),
        categories=(*(label.value for label in idea.labels), *idea.people, *idea.places),
        learning_goals=(*idea.learning_goals, idea.question),
        materials=(*idea.materials_used, *idea.materials_to_find, *idea.tools),
        making_steps=idea.steps,
        facilitation_tips=(*idea.safety_notes, *idea.tips, credit),
        minutes=idea.minutes,
    )


def _row(draft: Draft) -> dict[str, object]:
    return {"id": draft.id, "version": draft.version, "idea": draft.idea.model_dump_json(), "changed": draft.changed}


def _draft(row: sa.Row[tuple[str, int, str, float]]) -> Draft:
    try:
        return Draft(id=row.id, version=row.version, idea=Idea.model_validate_json(row.idea), changed=row.changed)
    except ValidationError as error:
        raise Fault("unavailable", f"The draft {row.id} cannot be read: another version of the program wrote it, or the row is damaged.", "id") from error
