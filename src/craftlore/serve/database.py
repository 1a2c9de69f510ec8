"""The server's own tables: activities, drafts, feedback. SQLite by default, PostgreSQL by URL, the same SQL for both.

Nothing that a teacher typed into a request comes in here: only what somebody saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from craftlore.errors import ServeError

__all__ = ["Database", "activities", "drafts", "feedback", "revisions"]

_tables = sa.MetaData()
activities = sa.Table(
    "activities",
    _tables,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)
drafts = sa.Table(
    "drafts",
    _tables,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("idea", sa.Text, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
)
feedback = sa.Table(
    "feedback",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(40)),
    sa.Column("request_id", sa.String(40)),
    sa.Column("idea_id", sa.String(40)),
    sa.Column("article_id", sa.String(200)),
)
revisions = sa.Table("revisions", _tables, sa.Column("name", sa.String(40), primary_key=True), sa.Column("number", sa.Integer, nullable=False))


class Database:
    """One database, opened when it is first used, so that a server starts without it and says so."""

    def __init__(self, url: str) -> None:
        try:
            self._url = make_url(url)
            self._engine = sa.create_engine(self._url, pool_pre_ping=True, connect_args=_arguments(self._url))
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            how = "Write sqlite:///FILE, or postgresql+psycopg://USER@HOST/NAME after `.venv/bin/python -m pip install -e '.[postgres]'`."
            raise ServeError(f"[serve] database: {error}. {how}") from error
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _write_ahead)
        self._ready = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose changes are all kept or all dropped. Raises ServeError when the database cannot do it."""
        try:
            self._prepare()
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise ServeError(f"the database {self._named} cannot be used ({reason}). Check that it runs, and that its disk is not full.") from error

    def close(self) -> None:
        self._engine.dispose()

    @property
    def _named(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def _prepare(self) -> None:
        if not self._ready:
            if self._engine.dialect.name == "sqlite" and self._url.database:
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
            _tables.create_all(self._engine)
            self._ready = True


def _arguments(url: URL) -> dict[str, int]:
    return {"timeout": 3} if url.get_backend_name() == "sqlite" else {"connect_timeout": 3}


def _write_ahead(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
    """Readers and one writer at a time do not wait for each other; a commit is on the disk."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
