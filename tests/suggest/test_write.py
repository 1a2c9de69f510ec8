"""One plan to one idea: good answers are used, bad ones asked for again with the reason, and code fills what stays bad."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fakes import QueueEngine, last_message
from test_check import GOOD

from craftlore.config import SuggestConfig
from craftlore.engines.seam import Chat, Piece
from craftlore.errors import Cancelled, EngineUnavailable
from craftlore.library import Library
from craftlore.records import Request
from craftlore.suggest.facts import beside_steps
from craftlore.suggest.match import Plan, fill
from craftlore.suggest.write import Written, write_idea
from craftlore.verify.ideas import audit_idea

CLAUSE = "as women bend the line around dots at the edge"


@pytest.fixture(scope="module")
def plan(library: Library) -> Plan:
    found = fill(library.articles["starter:kolam"], library.patterns["dot-grid-loop-drawing"], library.items, Request(materials=("chalk",)), "4")
    assert found and 3 in beside_steps(found, None)
    return found


def answer(**changes: str) -> str:
    return json.dumps({"title": GOOD.title, "summary": GOOD.summary, "step_3": CLAUSE, "goal": GOOD.goal, "question": GOOD.question} | changes)


def write(plan: Plan, library: Library, engine: Any, *, seed: int = 1, **more: Any) -> Written:
    return write_idea(plan, engine, None, dict(library.items), SuggestConfig(retries=2), seed=seed, deadline=5, **more)


def test_a_good_answer_is_used_as_it_is(plan: Plan, library: Library) -> None:
    engine = QueueEngine(answer())
    written = write(plan, library, engine)
    idea = written.idea
    assert (idea.title, idea.summary, idea.question, idea.learning_goals[0]) == (GOOD.title, GOOD.summary, GOOD.question, GOOD.goal)
    assert CLAUSE in idea.steps[2] and idea.steps[2].endswith(".")
    assert written.filled_by_code == () and idea.kept_from_pattern == (1, 2, 4, 5, 6, 7)
    assert all(audit_idea(idea, library).values())


def test_code_fills_everything_that_is_a_fact(plan: Plan, library: Library) -> None:
    idea = write(plan, library, QueueEngine(answer())).idea
    article = plan.article
    assert (idea.tradition, idea.people, idea.places, idea.labels) == (article.title, article.people, article.places, article.labels)
    assert (idea.credit.revision, idea.credit.licence, idea.minutes, idea.grade) == (article.revision, article.licence, plan.pattern.minutes, "4")
    assert (idea.materials_used, idea.materials_to_find) == (("chalk",), ("squared paper",))
    assert any(article.access_reason in note for note in idea.safety_notes if article.access_reason)
    assert next(quote for quote in idea.background if quote.step == 3).text == beside_steps(plan, None)[3][1]


def test_a_bad_title_is_asked_for_again_with_the_reason_and_the_rest_is_kept(plan: Plan, library: Library) -> None:
    engine = QueueEngine(answer(title="A day in the sun"), answer(title="Dots in Kolam", goal="Show how lines run between dots and loops."))
    written = write(plan, library, engine)
    assert [("Last time" in last_message(chat), chat.seed) for chat in engine.chats] == [(False, 1), (True, 2)]
    assert last_message(engine.chats[1]).endswith("Last time: title: it names neither the tradition nor what is made")
    assert (written.idea.title, written.idea.learning_goals[0]) == ("Dots in Kolam", GOOD.goal)


def test_a_bad_clause_alone_is_no_reason_to_ask_again(plan: Plan, library: Library) -> None:
    written = write(plan, library, QueueEngine(answer(step_3="as women offer the line to kings and queens at dawn")))
    assert written.filled_by_code == ("step_3",) and written.idea.steps == plan.steps and 3 in written.idea.kept_from_pattern


def test_when_all_is_bad_the_patterns_own_words_stand(plan: Plan, library: Library) -> None:
    bad = answer(title="A day in the sun", summary="Pupils draw loops.", step_3="as potters of", goal="Love it.", question="Is it?")
    written = write(plan, library, QueueEngine(bad, bad, bad))
    idea, pattern = written.idea, plan.pattern
    assert idea.steps == plan.steps and idea.kept_from_pattern == tuple(range(1, 8))
    assert idea.title == "Kolam: loop drawing" and idea.summary.startswith(pattern.summary)
    assert idea.learning_goals == pattern.goals[:3] and idea.question in pattern.questions
    assert written.filled_by_code == ("title", "summary", "goal", "question", "step_3")
    assert all(audit_idea(idea, library).values())


BROKEN = {
    "prose": "Sure! Here you are:",
    "list": "[1, 2]",
    "no fields": "{}",
    "half": answer()[:-20],
    "nothing": [Piece(finish="stop")],
    "blanks": [Piece("  "), Piece(finish="stop")],
    "cut off": [Piece(answer()[:40]), Piece(finish="length")],
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_an_unusable_answer_is_asked_for_again(plan: Plan, library: Library, broken: Any) -> None:
    written = write(plan, library, QueueEngine(broken, answer()))
    assert [attempt.answer is None for attempt in written.attempts] == [True, False] and list(written.attempts[0].faults) == ["answer"]
    assert written.idea.title == GOOD.title


def test_only_unusable_answers_still_give_a_sound_idea(plan: Plan, library: Library) -> None:
    idea = write(plan, library, QueueEngine(*["garbage"] * 3)).idea
    assert idea.steps == plan.steps and all(audit_idea(idea, library).values())


def test_an_engine_that_dies_is_no_answer_to_try_again(plan: Plan, library: Library) -> None:
    engine = QueueEngine(EngineUnavailable("died. Start it."), answer())
    with pytest.raises(EngineUnavailable, match="died"):
        write(plan, library, engine)
    assert len(engine.chats) == 1


def test_cancelling_ends_the_writing_for_good(plan: Plan, library: Library) -> None:
    cancel = threading.Event()

    class Stopped(QueueEngine):
        def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
            for piece in super().pieces(chat, cancel):
                yield piece
                cancel.set()

    engine = Stopped(answer(), answer())
    with pytest.raises(Cancelled):
        write(plan, library, engine, cancel=cancel)
    assert len(engine.chats) == 1


def test_an_ideas_id_is_of_its_parts_alone(plan: Plan, library: Library) -> None:
    first, again, other = (write(plan, library, QueueEngine(answer()), seed=seed).idea.id for seed in (1, 1, 2))
    assert first == again != other
    assert write(replace(plan, grade="5"), library, QueueEngine(answer())).idea.id != first


def test_what_is_being_done_is_told(plan: Plan, library: Library) -> None:
    told: list[str] = []
    write(plan, library, QueueEngine(answer(title="A day in the sun"), answer()), told=told.append)
    assert told == ["writing", "writing again"]
