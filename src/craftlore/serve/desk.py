"""What all requests share, opened once: the suggester, own activities, the database, the queue, the metrics, the worker threads."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from craftlore.config import Config
from craftlore.engines.choose import engine_name, open_engine
from craftlore.errors import EngineError, IndexUnusable, WeightsError
from craftlore.index.encoder import Encoder
from craftlore.library import Library
from craftlore.log import StepLog
from craftlore.records import Idea
from craftlore.serve.activities import Catalogue, Own, RemoteCatalogue
from craftlore.serve.database import Database
from craftlore.serve.drafts import Drafts
from craftlore.serve.faults import Fault
from craftlore.serve.line import Line
from craftlore.serve.metrics import Metrics
from craftlore.serve.wire import SearchBody
from craftlore.suggest.activities import ActivityHit, vector_of
from craftlore.suggest.events import Degraded
from craftlore.suggest.open import open_encoder, open_library, open_suggester
from craftlore.suggest.own_patterns import OWN, own_patterns
from craftlore.suggest.parse import Understood
from craftlore.suggest.pipeline import Prepared, Suggester
from craftlore.suggest.thin import Decision, decide

__all__ = ["ENCODER_THREADS", "Desk", "Found", "desk_of", "open_desk"]

T = TypeVar("T")
REMEMBERED = 256  # requests whose search is kept in memory: the page searches, then asks for ideas with the same body
ENGINE_AGAIN_SECONDS = 3.0
ENCODER_THREADS = 1  # requests come side by side, so each one needs one core only
MOST_WAITING = 300  # searches that wait for a worker; one more would wait for longer than anybody does
FULL_BYTES = 5_000_000
_FULL = Degraded(rung="disk_full", message="The server's disk is full: nothing can be saved or logged. Free some space under its home folder.")


@dataclass(frozen=True)
class Found:
    """All that is known about a request before a model is asked."""

    prepared: Prepared
    own: tuple[ActivityHit, ...]
    decision: Decision
    degraded: tuple[Degraded, ...]


@dataclass
class Desk:
    """One server's things. `run` keeps Python's work off the event loop, on as many threads as there are cores."""

    config: Config
    suggester: Suggester
    catalogue: Catalogue | RemoteCatalogue
    own: Catalogue
    database: Database
    drafts: Drafts
    line: Line
    metrics: Metrics
    workers: ThreadPoolExecutor
    writers: ThreadPoolExecutor
    streams: int = 0
    _known: OrderedDict[str, Found] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _engine_tried: float = 0.0
    _waiting: int = 0

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, from a worker thread. Raises Fault when too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise Fault("busy", "Too many ask at the same time. Try again in a few seconds.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.workers, work)
        finally:
            self._waiting -= 1

    def find(self, body: SearchBody, log: StepLog, article_id: str | None = None) -> Found:
        """Screen, understand, search and match a request, and decide on the own activities; a request that was just seen is remembered.

        Raises RequestError for what cannot be read.
        """
        self._engine_again()
        asked = body.model_dump_json(include=set(SearchBody.model_fields))
        key = f"{self.catalogue.revision} {self.suggester.engine is None} {article_id} {asked}"
        with self._lock:
            if known := self._known.get(key):
                self._known.move_to_end(key)
        if known:
            with log.step("remembered"):
                return self._with_disk(known, log)
        found = self._find(body, log, article_id)
        with self._lock:
            if not any(d.rung == "store_down" for d in found.degraded):
                self._known[key] = found
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._with_disk(found, log)

    def _with_disk(self, found: Found, log: StepLog) -> Found:
        """What was found, and the warning that nothing can be saved any more, where that is so."""
        with contextlib.suppress(OSError):  # without a home there is nothing to fill, and the search answers all the same
            if shutil.disk_usage(self.config.home).free < FULL_BYTES:
                with log.step("disk", outcome="disk_full"):
                    return dataclasses.replace(found, degraded=(*found.degraded, _FULL))
        return found

    def _find(self, body: SearchBody, log: StepLog, article_id: str | None) -> Found:
        own = Own(())

        def own_activities(understood: Understood) -> tuple[ActivityHit, ...]:
            nonlocal own
            with log.step("activities") as facts:
                vector = vector_of(understood.request, self.suggester.encoder)
                own = self.catalogue.search(understood.request, vector, understood.inferred)
                facts.update(activities=len(own.hits), best=own.hits[0].score if own.hits else 0.0)
            return own.hits

        prepared = self.suggester.prepare(body.text, body.fields, log, article_id, own_activities)
        with log.step("decide") as facts:
            trouble = (Degraded(rung="store_down", message=own.trouble),) if own.trouble else ()
            degraded = (*dict.fromkeys(prepared.degraded), *trouble)
            decision = decide(
                own.hits, prepared.declined, articles=bool(prepared.plans), model=self.suggester.engine is not None, by_words=self.suggester.encoder is None
            )
            facts.update(state=decision.state, degraded=[d.rung for d in degraded])
        self.metrics.verdicts(verdict.rule for verdict in prepared.verdicts)
        return Found(prepared, own.hits, decision, degraded)

    def library_of(self, idea: Idea) -> Library:
        """The library, with the own activity that an idea was made from among its patterns if it is still there and passes at that grade."""
        library = self.suggester.library
        if idea.origin != "activity":
            return library
        made = own_patterns(library)
        activity = self.catalogue.known(idea.pattern_id.removeprefix(OWN))
        pattern = made.of(activity) if activity else None
        if pattern is None or not made.passes(pattern, idea.grade):
            return library
        return dataclasses.replace(library, patterns={**library.patterns, pattern.id: pattern})

    def _engine_again(self) -> None:
        """A model server that was not there at the start may have been started since; looking for it holds up nobody."""
        now = time.monotonic()
        if self.suggester.engine or engine_name(self.config) != "server" or now - self._engine_tried < ENGINE_AGAIN_SECONDS:
            return
        self._engine_tried = now
        self.writers.submit(self._open_engine)

    def _open_engine(self) -> None:
        with contextlib.suppress(EngineError, WeightsError):  # still not there; `degraded` says so already
            self.suggester.engine = open_engine(self.config)
            self.suggester.degraded = tuple(d for d in self.suggester.degraded if d.rung != "no_model")

    def close(self) -> None:
        """Let go of everything; threads that still write are not waited for."""
        self.workers.shutdown(wait=False, cancel_futures=True)
        self.writers.shutdown(wait=False, cancel_futures=True)
        self.database.close()
        if isinstance(self.catalogue, RemoteCatalogue):
            self.catalogue.close()
        if self.suggester.engine:
            self.suggester.engine.close()


def open_desk(config: Config) -> Desk:
    """Everything that can be opened; what cannot is named in the suggester's `degraded`. Raises ConfigError and LibraryError."""
    try:
        suggester = open_suggester(config, ENCODER_THREADS)
    except IndexUnusable as error:
        encoder: Encoder | None = None
        with contextlib.suppress(WeightsError):
            encoder = open_encoder(config, ENCODER_THREADS)
        missing = Degraded(rung="no_index", message=f"No traditions can be searched: {error}")
        suggester = Suggester(open_library(config), None, encoder, None, config, (missing,))
    desk = desk_of(suggester)
    desk.own.current()  # read and encoded now, not while the first teacher waits
    return desk


def desk_of(suggester: Suggester) -> Desk:
    """A desk around a suggester that is open already."""
    config, settings = suggester.config, suggester.config.serve
    if suggester.index:  # a corpus that was crawled is in the index alone
        suggester.library = dataclasses.replace(suggester.library, articles={**suggester.library.articles, **suggester.index.articles})
    database = Database(config.database_url)
    own = Catalogue(database, suggester.library.activities, suggester.encoder)
    remote = RemoteCatalogue(settings.activities_url, settings.activities_seconds, suggester.encoder) if settings.activities_url else None
    line = Line(config.engine.parallel)
    cores = os.cpu_count() or 1
    return Desk(
        config=config,
        suggester=suggester,
        catalogue=remote or own,
        own=own,
        database=database,
        drafts=Drafts(database),
        line=line,
        metrics=Metrics(line),
        workers=ThreadPoolExecutor(max(2, cores), "search"),
        writers=ThreadPoolExecutor(4 * config.engine.parallel, "write"),
    )
