"""What the wiki has answered, kept so that no question is asked twice, whatever happens to the process.

One SQLite file (WAL): an answer is committed before anything is made of it, so a crawl that was killed finds it again. A
`visit` is one round of questions about what changes (listings, revisions); `--refresh` begins the next one. What never
changes (a numbered revision) is asked once for all visits.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from craftlore.errors import CrawlError

__all__ = ["Journal"]

TABLES = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS answers (request TEXT, visit INTEGER, body BLOB NOT NULL, PRIMARY KEY (request, visit)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

FOR_EVER = 0  # the visit of answers that no later visit can change


class Journal:
    """The answers of one wiki. `visit` numbers the current round from 1. Safe to use from several threads of one process.

    Without a `path` nothing is kept beyond the object's life.
    """

    def __init__(self, path: Path | None, api: str) -> None:
        self.api, self._path, self._lock = api, path or Path(":memory:"), threading.Lock()
        with self._guarded():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=1)
            self._db.executescript(TABLES)
        if self._fact("api", api) != api:
            raise CrawlError(f"{self._path.parent} holds the crawl of {self._fact('api', api)}. Give --out another folder for {api}.")
        self._set("api", api)
        self.visit = int(self._fact("visit", "1"))

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def begin_visit(self) -> None:
        """Begin the next round of questions, unless the current one was never finished."""
        if self._fact(f"sizes {self.visit}", ""):
            self.visit += 1
            self._set("visit", str(self.visit))

    def finish_visit(self, sizes: Mapping[str, tuple[int, int]]) -> None:
        """The current round went through to the end; `sizes` are pages and sub-categories of every category in it."""
        self._set(f"sizes {self.visit}", json.dumps(sizes))

    def past_sizes(self) -> dict[str, tuple[int, int]]:
        """What the round before this one said in `finish_visit`; empty in the first."""
        known = json.loads(self._fact(f"sizes {self.visit - 1}", "{}"))
        return {title: (pages, subcategories) for title, (pages, subcategories) in known.items()}

    def has(self, query: Mapping[str, str], since: int) -> bool:
        """Whether `query` needs no asking."""
        return self._row(query, since, self.visit) is not None

    def known(self, query: Mapping[str, str], since: int, until: int) -> dict[str, Any] | None:
        """The newest answer to `query` in the visits `since` .. `until`, or one that lasts for ever, or None."""
        row = self._row(query, since, until)
        return json.loads(zlib.decompress(row)) if row else None

    def answer(self, query: Mapping[str, str], ask: Callable[[Mapping[str, str]], dict[str, Any]], since: int, *, lasts: bool = False) -> dict[str, Any]:
        """The known answer to `query`, else what `ask` answers, committed before it is returned.

        An answer that `lasts` holds for all visits, unless it is an error.
        """
        answer = self.known(query, since, self.visit)
        if answer is None:
            answer = ask(query)
            visit = FOR_EVER if lasts and "error" not in answer else self.visit
            body = zlib.compress(json.dumps(answer, ensure_ascii=False).encode())
            with self._guarded():
                self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (_key(query), visit, body))
        return answer

    def _row(self, query: Mapping[str, str], since: int, until: int) -> bytes | None:
        sql = "SELECT body FROM answers WHERE request = ? AND (visit BETWEEN ? AND ? OR visit = ?) ORDER BY visit DESC LIMIT 1"
        with self._guarded():
            row = self._db.execute(sql, (_key(query), since, until, FOR_EVER)).fetchone()
        return row[0] if row else None

    def _fact(self, name: str, default: str) -> str:
        with self._guarded():
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def _set(self, name: str, value: str) -> None:
        with self._guarded():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """One thread at a time; what SQLite complains about becomes a message that says what to do."""
        try:
            with self._lock:
                yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise CrawlError(f"another crawl is at work in {self._path.parent}. Wait for it, or give --out another folder.") from error
            raise CrawlError(f"{self._path} cannot be written ({error}). Free some space and run the same command to go on.") from error
        except sqlite3.DatabaseError as error:
            raise CrawlError(f"{self._path} is damaged ({error}). Move it away and run the same command to crawl anew.") from error
        except OSError as error:
            raise CrawlError(f"{self._path} cannot be written: {error.strerror}. Set CRAFTLORE_HOME or give --out.") from error


def _key(query: Mapping[str, str]) -> str:
    return json.dumps(query, ensure_ascii=False, sort_keys=True)
