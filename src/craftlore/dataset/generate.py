"""The long part: scenario after scenario through the teacher model, side by side, each answer in the journal before the next.

A scenario is asked until the filters have a sound text for each of its fields, `candidates` times at most. Threads take the
next scenario when they are free, so nothing piles up and the server always has work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from craftlore.config import Config
from craftlore.dataset.choose import Choice, choose
from craftlore.dataset.journal import Journal
from craftlore.dataset.records import Candidate
from craftlore.dataset.staging import Staged, call_id, chat_for
from craftlore.dataset.teacher import Teacher
from craftlore.errors import EngineTimeout, SchemaIgnored

__all__ = ["Answered", "collected", "generate", "work_through"]

GIVEN = ("title", "goal")  # short fields: what stands before the others in every answer
PATIENCE = 4  # first answers that may all be no JSON before the run stops


@dataclass(frozen=True)
class Answered:
    """One scenario with its candidates so far, what the filters made of them, and how many calls were made anew."""

    staged: Staged
    candidates: tuple[Candidate, ...]
    choice: Choice
    asked: int = 0


Found = Callable[[str], Candidate | None]


def work_through(
    staged: Staged, first: Sequence[Candidate], teacher: Teacher, found: Found, add: Callable[[Candidate], None], cancel: threading.Event
) -> Answered:
    """Ask for what no candidate has a sound text for yet. Calls that `found` knows are not made again; `add` keeps each new one."""
    candidates, asked = list(first), 0
    for number in range(teacher.config.dataset.candidates):
        choice = choose(staged, candidates)
        if (candidates and not choice.missing) or cancel.is_set():
            break
        fields = choice.missing if choice.texts else ()
        given = {name: choice.texts[name] for name in GIVEN if fields and name in choice.texts}
        candidate = found(call_id(chat_for(staged, number, teacher.config, fields, given), teacher.engine.model))
        if candidate is None or _late(candidate):
            candidate = teacher.ask(staged, number, fields, given, cancel)
            add(candidate)
            asked += 1
        candidates.append(candidate)
    return Answered(staged, tuple(candidates), choose(staged, candidates), asked)


def _late(candidate: Candidate) -> bool:
    """Whether the answer did not come in time: that says something of the machine and nothing of the model, so the next run asks again."""
    return bool(candidate.error and candidate.error.startswith(EngineTimeout.__name__))


def generate(
    work: Sequence[tuple[Staged, Sequence[Candidate]]], teacher: Teacher, journal: Journal, told: Callable[[Answered], None], parallel: int
) -> list[Answered]:
    """Every scenario, in the order of `work`, whatever order they were answered in.

    Raises EngineError when the teacher stays away, cuts prompts or ignores the schema; all answers so far are in the journal.
    """
    cancel, lock = threading.Event(), threading.Lock()
    waiting: Iterator[tuple[int, tuple[Staged, Sequence[Candidate]]]] = iter(enumerate(work))
    done: dict[int, Answered] = {}

    def take() -> tuple[int, tuple[Staged, Sequence[Candidate]]] | None:
        with lock:
            return None if cancel.is_set() else next(waiting, None)

    def worker() -> None:
        while (taken := take()) is not None:
            place, (staged, first) = taken
            answered = work_through(staged, first, teacher, journal.found.get, journal.add, cancel)
            with lock:
                done[place] = answered
                told(answered)
                _stop_if_ignored(done.values())

    with ThreadPoolExecutor(parallel) as pool:
        workers = [pool.submit(worker) for _ in range(parallel)]
        try:
            for each in as_completed(workers):
                each.result()
        except BaseException:  # whichever failed first, or Ctrl-C: the others hear of it and stop within a piece of text
            cancel.set()
            raise
    return [done[place] for place in sorted(done)]


def collected(work: Iterable[tuple[Staged, Sequence[Candidate]]], journal: Journal, config: Config) -> list[Answered]:
    """What the journal has for each scenario, without any call: for filters that have changed."""
    by_scenario: dict[str, list[Candidate]] = {}
    for candidate in sorted(journal.found.values(), key=lambda c: (c.model, c.number)):
        by_scenario.setdefault(candidate.scenario, []).append(candidate)
    answered = []
    for staged, first in work:
        known = [c for c in by_scenario.get(staged.scenario.id, ()) if c.call == call_id(chat_for(staged, c.number, config, c.fields, c.given), c.model)]
        candidates = (*first, *known)
        answered.append(Answered(staged, candidates, choose(staged, candidates)))
    return answered


def _stop_if_ignored(done: Collection[Answered]) -> None:
    """Raise SchemaIgnored if each of the first answers is no JSON as it was asked for."""
    if len(done) > PATIENCE:
        return
    asked = [candidate for answered in done for candidate in answered.candidates if candidate.model != "gold" and not candidate.error]
    ignored = [drop for answered in done for drop in answered.choice.drops if drop.field == "*" and drop.filter == "schema"]
    if len(asked) >= PATIENCE and len(ignored) == len(asked):
        raise SchemaIgnored(
            f"none of the first {len(asked)} answers is what the schema asks for ({ignored[0].reason}): this model or server ignores it. "
            "Try `craftlore engines check`, or another [dataset] teacher. The answers are kept in candidates.jsonl."
        )
