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
from craftlore.errors import Cancelled, EngineUnavailable, IdeaWithdrawn
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


def test_an_idea_is_told_as_it_grows(plan: Plan, library: Library) -> None:
    events: list[Any] = []
    written = write(plan, library, QueueEngine(answer(title="A day in the sun"), answer()), tell=events.append)
    assert {event.idea for event in events} == {written.idea.id}
    assert [e.state for e in events if e.event == "progress"] == ["reading", "writing", "again", "writing", "checking"]
    assert events[-1].event == "idea" and events[-1].value == written.idea
    shown: dict[str, Any] = {}
    for event in events:
        if event.event == "field":
            shown[event.name] = event.value
    whole = written.idea.model_dump(mode="json")
    assert {name: whole[name] for name in shown} == shown
    assert set(shown) >= {"title", "summary", "steps", "learning_goals", "question", "credit", "safety_notes", "materials_used"}


def test_a_field_is_told_when_it_is_complete_and_never_before(plan: Plan, library: Library) -> None:
    told: list[str] = []
    seen: list[tuple[str, ...]] = []

    class Slowly(QueueEngine):
        def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
            for letter in answer():
                yield Piece(letter)
                seen.append(tuple(told))
            yield Piece(finish="stop")

    write(plan, library, Slowly(), tell=lambda event: told.append(event.name) if event.event == "field" else None)
    growth = [names[15:] for names in dict.fromkeys(seen)]
    assert growth == [(), ("title",), ("title", "summary"), ("title", "summary", "steps"), ("title", "summary", "steps", "learning_goals"),
                      ("title", "summary", "steps", "learning_goals", "question")]  # fmt: skip
    text = answer()
    at = [next(n for n, names in enumerate(seen) if field in names[15:]) for field in ("title", "summary")]
    assert [text[: n + 1] for n in at] == [text[: text.index(value) + len(value) + 1] for value in (GOOD.title, GOOD.summary)]


def test_what_fails_a_check_or_the_gate_is_never_told(plan: Plan, library: Library) -> None:
    events: list[Any] = []
    bad = answer(title="Kolam with a chainsaw", question="Is it?")
    write(plan, library, QueueEngine(bad, bad, bad), tell=events.append)
    assert "chainsaw" not in str(events) and "Is it?" not in str(events)


def test_an_essential_field_that_the_gate_stops_is_asked_for_again_with_its_reason(plan: Plan, library: Library) -> None:
    engine = QueueEngine(answer(summary="Pupils dress up as people of Kolam and draw loops around dots with chalk, as women in South India do."), answer())
    written = write(plan, library, engine)
    assert len(engine.chats) == 2 and "Last time: summary:" in last_message(engine.chats[1]) and written.idea.summary == GOOD.summary


def test_a_field_that_came_whole_outlives_an_answer_that_broke_off(plan: Plan, library: Library) -> None:
    cut = answer()
    cut = cut[: cut.index(GOOD.summary) + 10]
    written = write(plan, library, QueueEngine([Piece(cut), Piece(finish="length")], *["garbage"] * 2))
    assert written.idea.title == GOOD.title and "summary" in written.filled_by_code


USELESS = {"engine_garbage": "garbage", "engine_empty": [Piece(finish="stop")], "engine_cut_off": [Piece("{"), Piece(finish="length")]}


@pytest.mark.parametrize(("rung", "broken"), USELESS.items(), ids=USELESS)
def test_an_idea_in_the_patterns_own_words_alone_says_so(plan: Plan, library: Library, rung: str, broken: Any) -> None:
    events: list[Any] = []
    write(plan, library, QueueEngine(*[broken] * 3), tell=events.append)
    assert [event.rung for event in events if event.event == "degraded"] == [rung]


def test_a_pattern_that_does_not_pass_is_withdrawn_before_the_model_is_asked(plan: Plan, library: Library) -> None:
    events: list[Any] = []
    engine = QueueEngine()
    with pytest.raises(IdeaWithdrawn):
        write(replace(plan, steps=(*plan.steps[:2], "Cut it with a chainsaw.", *plan.steps[3:])), library, engine, tell=events.append)
    assert not engine.chats and [event.event for event in events] == ["withdrawn"] and events[0].field is None
