"""The same stage over a Ray cluster: each worker process opens its own engine, and the driver alone writes the journal.

For corpora that outgrow one machine. A worker that dies is started again by Ray with the scenario that it had; the calls of
that scenario are made anew, since only finished scenarios reach the journal. Ray is an optional extra.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from craftlore.config import Config
from craftlore.dataset.choose import Choice
from craftlore.dataset.generate import Answered, work_through
from craftlore.dataset.journal import Journal
from craftlore.dataset.known import Known
from craftlore.dataset.records import Candidate, Scenario
from craftlore.dataset.run import Ask, Work
from craftlore.dataset.staging import stage
from craftlore.dataset.teacher import Teacher
from craftlore.engines.choose import open_engine
from craftlore.errors import CraftloreError, DatasetError

__all__ = ["Worker", "over_ray"]

AHEAD = 2  # scenarios in flight for each worker: one that is answered, one that waits
MEMORY = 100_000_000  # bytes of Ray's object store when it runs on this machine alone
RETRIES = 3  # of a scenario whose worker dies
Parts = tuple[tuple[Candidate, ...], Choice, int]


class Worker:
    """Lives in a process of the cluster: one engine, one scenario at a time. Errors come back as values, so that Ray retries only deaths."""

    def __init__(self, config: Config, known: Known) -> None:
        self._known = known
        self._teacher: Teacher | None = None
        self._config = config

    def work(self, scenario: Scenario, first: Sequence[Candidate], found: Sequence[Candidate]) -> Parts | CraftloreError:
        """One scenario, answered, without what the driver has itself; or the error that stops the run."""
        try:
            staged = stage(scenario, self._known)
            if self._teacher is None:
                self._teacher = Teacher(open_engine(self._config), self._config)
                self._teacher.warm_up(staged)
            calls = {candidate.call: candidate for candidate in found}
            answered = work_through(staged, first, self._teacher, calls.get, lambda _: None, threading.Event())
            return answered.candidates, answered.choice, answered.asked
        except CraftloreError as error:
            return error


def over_ray(config: Config, address: str) -> Ask:
    """Ask `[engine] parallel` workers of the cluster at `address`; `local` starts one on this machine. The judge is not asked.

    Raises DatasetError if Ray is not installed or the cluster does not answer.
    """

    def ask(work: Work, journal: Journal, told: Callable[[Answered], None]) -> tuple[list[Answered], frozenset[str]]:
        ray = _connected(address, config.engine.parallel)
        try:
            with contextlib.redirect_stdout(sys.stderr):  # Ray prints its notices among the results
                return _spread(ray, work, journal, told, config), frozenset()
        finally:
            with contextlib.suppress(Exception):  # a cluster that is gone cannot be left politely
                ray.shutdown()

    return ask


def _connected(address: str, workers: int) -> Any:
    try:
        import ray
    except ImportError as error:
        raise DatasetError('Ray is not installed: .venv/bin/python -m pip install -e ".[ray]". Without --ray the stage runs in this process.') from error
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        if address == "local":
            ray.init(num_cpus=workers, include_dashboard=False, object_store_memory=MEMORY, log_to_driver=False, logging_level=logging.ERROR)
        else:
            host, _, port = address.removeprefix("ray://").rpartition(":")
            if host:  # Ray itself tries for minutes
                socket.create_connection((host, int(port)), 5).close()
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise DatasetError(f"no Ray cluster answers at {address} ({error}). Start one with `ray start --head`, or use --ray local.") from error
    return ray


def _spread(ray: Any, work: Work, journal: Journal, told: Callable[[Answered], None], config: Config) -> list[Answered]:
    """Every scenario, in the order of `work`: each worker has one in hand and one waiting."""
    if not work:
        return []
    settings = config.model_copy(update={"engine": config.engine.model_copy(update={"parallel": 1, "threads": _threads(config)})})
    known = ray.put(work[0][0].known)
    remote = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=RETRIES)(Worker)
    workers = [remote.remote(settings, known) for _ in range(min(config.engine.parallel, len(work)))]
    by_scenario: dict[str, list[Candidate]] = {}
    for candidate in journal.found.values():
        by_scenario.setdefault(candidate.scenario, []).append(candidate)
    waiting = iter(enumerate(work))
    in_flight: dict[Any, tuple[int, Any]] = {}
    done: dict[int, Answered] = {}

    def hand_out(worker: Any) -> None:
        if taken := next(waiting, None):
            place, (staged, first) = taken
            in_flight[worker.work.remote(staged.scenario, tuple(first), tuple(by_scenario.get(staged.scenario.id, ())))] = place, worker

    for worker in workers * AHEAD:
        hand_out(worker)
    while in_flight:
        (ready,), _ = ray.wait(list(in_flight), num_returns=1)
        place, worker = in_flight.pop(ready)
        done[place] = Answered(work[place][0], *_got(ray, ready))
        for candidate in done[place].candidates:
            if candidate.model != "gold" and journal.found.get(candidate.call) != candidate:
                journal.add(candidate)
        told(done[place])
        hand_out(worker)
    return [done[place] for place in sorted(done)]


def _got(ray: Any, ready: Any) -> Parts:
    try:
        answered = ray.get(ready)
    except ray.exceptions.RayError as error:
        raise DatasetError(f"a worker died {RETRIES + 1} times over one scenario ({type(error).__name__}). What was answered is kept; run again.") from error
    if isinstance(answered, CraftloreError):
        raise answered
    parts: Parts = answered
    return parts


def _threads(config: Config) -> int:
    return config.engine.threads or max(1, (os.cpu_count() or 1) // config.engine.parallel)
