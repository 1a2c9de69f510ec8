"""The app's own activities: kept in the database, searched in memory, or asked of the app's own search over HTTP.

A catalogue is small (thousands, not millions), so one portable index in memory serves SQLite and PostgreSQL alike; it is built
anew when the table has changed, and it is what still answers when the database does not.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.engine import Connection

from craftlore.errors import ServeError
from craftlore.index.encoder import Encoder
from craftlore.records import Activity, Request
from craftlore.serve.database import Database, activities, revisions
from craftlore.suggest.activities import ActivityHit, ActivityIndex, Vector, text_of

__all__ = ["Catalogue", "Own", "RemoteCatalogue"]

FRESH_SECONDS = 2.0  # another process's import is seen after so long
SHOWN = 5
REMEMBERED = 1000  # activities of another app's search, for changes to the ideas that were made from them
LONGEST_ANSWER = 5_000_000  # bytes of another app's search; forty activities have some thousands
_ROW = "activities"


@dataclass(frozen=True)
class Own:
    """What own activities there are for a request; `trouble` says why this may not be all of them."""

    hits: tuple[ActivityHit, ...]
    trouble: str | None = None


class Catalogue:
    """The activities of the database. A new database is filled with the `starter` activities."""

    def __init__(self, database: Database, starter: Mapping[str, Activity], encoder: Encoder | None) -> None:
        self._database, self._starter, self._encoder = database, starter, encoder
        self._vectors: dict[str, Vector] = {}
        self._lock = threading.Lock()
        self._index = ActivityIndex(tuple(starter.values()), self._encode(tuple(starter.values())))
        self._revision, self._checked = -1, 0.0
        self._trouble: str | None = None
        self._unread = 0

    @property
    def revision(self) -> int:
        """Another number whenever the activities have changed."""
        return self._revision

    def search(self, request: Request, vector: Vector | None, inferred: frozenset[str]) -> Own:
        """The best few for a request. Never raises: without the database the last known activities answer, and it says so."""
        index, trouble = self.current()
        return Own(index.search(request, vector, SHOWN, inferred), trouble)

    def known(self, activity_id: str) -> Activity | None:
        """One activity by its id, or None."""
        return self.current()[0].by_id.get(activity_id)

    def current(self) -> tuple[ActivityIndex, str | None]:
        """The activities as they are now, and what is wrong with the database or its rows, if anything is."""
        if time.monotonic() - self._checked > FRESH_SECONDS and self._lock.acquire(blocking=False):  # whoever comes meanwhile does not wait
            try:
                self._refresh()
                self._trouble = f"{self._unread} rows of your activities cannot be read and are left out; import them again." if self._unread else None
            except ServeError as error:
                self._trouble = f"Your activities are those of the last time that the database answered: {error}"
            finally:
                self._checked = time.monotonic()
                self._lock.release()
        return self._index, self._trouble

    def add(self, new: Sequence[Activity]) -> int:
        """Add activities, or replace those of the same id: all or none. Returns how many there are now."""
        rows = [{"id": a.id, "title": a.title, "record": a.model_dump_json()} for a in new]
        with self._database.transaction() as connection:
            self._revise(connection)
            for at in range(0, len(rows), 500):
                connection.execute(sa.delete(activities).where(activities.c.id.in_([row["id"] for row in rows[at : at + 500]])))
            connection.execute(sa.insert(activities), rows)
            total: int = connection.execute(sa.select(sa.func.count()).select_from(activities)).scalar_one()
        self._checked = 0.0
        return total

    def _refresh(self) -> None:
        with self._database.transaction() as connection:
            number = connection.execute(sa.select(revisions.c.number).where(revisions.c.name == _ROW)).scalar()
            if number is None:
                self._fill(connection)
                number = 1
            if number == self._revision:
                return
            rows = connection.execute(sa.select(activities.c.record).order_by(activities.c.title, activities.c.id)).scalars().all()
        found = tuple(activity for row in rows if (activity := _read(row)))
        self._unread = len(rows) - len(found)
        self._index = ActivityIndex(found, self._encode(found))
        self._revision = number

    def _fill(self, connection: Connection) -> None:
        connection.execute(sa.insert(revisions), [{"name": _ROW, "number": 1}])
        if self._starter:
            connection.execute(sa.insert(activities), [{"id": a.id, "title": a.title, "record": a.model_dump_json()} for a in self._starter.values()])

    def _revise(self, connection: Connection) -> None:
        changed = connection.execute(sa.update(revisions).where(revisions.c.name == _ROW).values(number=revisions.c.number + 1))
        if not changed.rowcount:
            self._fill(connection)

    def _encode(self, found: Sequence[Activity]) -> Vector | None:
        if not self._encoder or not found:
            return None
        for text in map(text_of, found):
            if text not in self._vectors:
                self._vectors[text] = self._encoder.encode([text])[0]
        return np.stack([self._vectors[text_of(activity)] for activity in found])


def _read(row: str) -> Activity | None:
    try:
        return Activity.model_validate_json(row)
    except ValidationError:
        return None


class _Answer(BaseModel):
    """What an app's own search answers; fields of its own beside `activities` are not looked at."""

    model_config = ConfigDict(extra="ignore")
    activities: list[dict[str, Any]]


class RemoteCatalogue:
    """An app that keeps its own search behind HTTP: `GET url?q=TEXT&grade=G&limit=N` gives `{"activities": [Activity]}`.

    The text goes there without personal data, as the request gate left it. What comes back is ranked like our own activities.
    """

    def __init__(self, url: str, seconds: float, encoder: Encoder | None) -> None:
        self._url, self._seconds, self._encoder = url, seconds, encoder
        self._client = httpx.Client(timeout=seconds, trust_env=False)
        self._seen: OrderedDict[str, Activity] = OrderedDict()
        self.revision = 0

    def search(self, request: Request, vector: Vector | None, inferred: frozenset[str]) -> Own:
        """The best few of what the app found. Never raises: an app that does not answer is named in `trouble`."""
        asked = {"q": request.text, "limit": str(SHOWN * 2), **({"grade": request.grade} if request.grade else {})}
        try:
            found = [Activity.model_validate(row) for row in _Answer.model_validate_json(self._fetch(asked)).activities[: SHOWN * 4]]
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            reason = f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}" if isinstance(error, ValidationError) else type(error).__name__
            return Own((), f"the app's own search at [serve] activities_url did not give activities ({reason}); only traditions are shown.")
        self._seen.update((activity.id, activity) for activity in found)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        vectors = self._encoder.encode([text_of(activity) for activity in found]) if self._encoder and found else None
        return Own(ActivityIndex(found, vectors).search(request, vector, SHOWN, inferred))

    def _fetch(self, asked: Mapping[str, str]) -> bytes:
        """The body of the answer. Raises httpx.HTTPError for one that is too long, or not there in time as a whole."""
        until, body = time.monotonic() + self._seconds, bytearray()
        with self._client.stream("GET", self._url, params=asked) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                body += part
                if len(body) > LONGEST_ANSWER or time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer does not end")
        return bytes(body)

    def known(self, activity_id: str) -> Activity | None:
        """One of the activities that the app gave lately, or None: its search has no question for a single one."""
        return self._seen.get(activity_id)

    def close(self) -> None:
        self._client.close()
