"""Three ways to have a plan answered: by an engine in this process, by workers of a Ray cluster, or from the journal alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from craftlore.config import Config
from craftlore.dataset.filters.judge import judge_chat, judgement
from craftlore.dataset.generate import Answered, collected, generate
from craftlore.dataset.journal import Journal
from craftlore.dataset.records import JUDGE, Candidate
from craftlore.dataset.run import Ask, Work
from craftlore.dataset.staging import call_id
from craftlore.dataset.teacher import Teacher
from craftlore.engines.seam import Engine

__all__ = ["from_engine", "from_journal"]


def from_engine(engine: Engine, config: Config) -> Ask:
    """Ask an engine, `[engine] parallel` scenarios at a time."""

    def ask(work: Work, journal: Journal, told: Callable[[Answered], None]) -> tuple[list[Answered], frozenset[str]]:
        teacher = Teacher(engine, config)
        if work:
            teacher.warm_up(work[0][0])
        answered = generate(work, teacher, journal, told, config.engine.parallel)
        return answered, _unsupported(answered, teacher, journal) if config.dataset.judge else frozenset()

    return ask


def from_journal(config: Config) -> Ask:
    """Ask nobody: filters that have changed, over the calls that were made."""

    def ask(work: Work, journal: Journal, told: Callable[[Answered], None]) -> tuple[list[Answered], frozenset[str]]:
        answered = collected(work, journal, config)
        for each in answered:
            told(each)
        return answered, frozenset()

    return ask


def _unsupported(answered: Sequence[Answered], teacher: Teacher, journal: Journal) -> frozenset[str]:
    """The scenarios whose pair the judge finds unsupported; a judge that gives no verdict says nothing."""
    found = set()
    for each in answered:
        if each.choice.missing:
            continue
        chat = judge_chat(each.staged, each.choice.texts, teacher.config)
        identity = call_id(chat, teacher.engine.model)
        made = Candidate(call=identity, scenario=each.staged.scenario.id, number=JUDGE, model=teacher.engine.model)
        answer = journal.found.get(identity)
        if answer is None:
            answer = teacher.answer(chat, made, threading.Event())
            journal.add(answer)
        if judgement(answer) == "unsupported":
            found.add(each.staged.scenario.id)
    return frozenset(found)
