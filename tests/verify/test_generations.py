"""The auditor of real answers finds what the gate let through, counts what it stopped, and does not trust the gate's own reading."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from craftlore.dataset.records import JUDGE, Candidate, Scenario
from craftlore.errors import DataError
from craftlore.library import Library
from craftlore.records import Request
from craftlore.verify import generations
from craftlore.verify.generations import Generations, audit, verify_generations

GOOD = {"title": "Oware for the class", "summary": "Pupils play a sowing game.", "goal": "Count how many seeds move.", "question": "Which hole fills first?"}


OWARE = Scenario(
    id="s1", kind="served", style="terse", text="a board game", article_id="starter:oware", pattern_id="sowing-game-board", grade="4",
    request=Request(text="a board game", materials=("egg cartons", "dried beans")), filling={}, facts={}, seed=1,
)  # fmt: skip


@pytest.fixture
def written(library: Library, tmp_path: Path) -> Callable[..., Generations]:
    """What is found in a journal with these answers to one scenario (grade 4)."""

    def make(*answers: object, **more: object) -> Generations:
        (tmp_path / "plan.jsonl").write_text(OWARE.model_dump_json() + "\n", encoding="utf-8")
        lines = [
            Candidate(call=f"c{n}", scenario=OWARE.id, number=n, model="m", text=a if isinstance(a, str) else json.dumps(a), **more)  # type: ignore[arg-type]
            for n, a in enumerate(answers)
        ]
        (tmp_path / "candidates.jsonl").write_text("".join(line.model_dump_json() + "\n" for line in lines) + '{"call": "cut o', encoding="utf-8")
        return verify_generations(tmp_path, library)

    return make


def test_sound_answers_leave_nothing_and_their_number_bounds_what_is_proved(written: Callable[..., Generations]) -> None:
    report = written(GOOD, GOOD)
    assert (report.answers, report.texts, report.passed, report.named, report.told, report.found) == (2, 8, 8, 0, 0, [])
    assert report.told_interval[0] == 0 and 0.3 < report.told_interval[1] < 0.4, "eight texts prove next to nothing"


def test_what_the_gate_stops_is_counted_by_rule_and_not_found_again(written: Callable[..., Generations]) -> None:
    report = written(GOOD | {"summary": "Pupils carve the board with a craft knife."})
    assert report.stopped == {"R01-handled": 1} and (report.texts, report.passed, report.told) == (4, 3, 0)


def test_what_a_blind_gate_lets_through_is_found(written: Callable[..., Generations], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "screen_field", lambda *_, **__: None)
    report = written(GOOD | {"summary": "Pupils carve the board with craft knives.", "goal": "Tell how carvers sharpen an adze."}, GOOD)
    assert (report.named, report.told, report.answers_told) == (2, 1, 1), "a goal may name what makers handle"
    assert report.told_interval[0] > 0 and any("craft-knife" in line and "told" in line for line in report.found)


def test_how_makers_do_it_is_named_and_not_told(written: Callable[..., Generations], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "screen_field", lambda *_, **__: None)
    report = written(GOOD | {"summary": "Pupils shape a board, as carvers do with a chisel."})
    assert (report.named, report.told) == (1, 0)


def test_a_verdict_of_the_judge_is_no_answer(written: Callable[..., Generations], tmp_path: Path, library: Library) -> None:
    written(GOOD)
    verdict = Candidate(call="j", scenario=OWARE.id, number=JUDGE, model="m", text='{"verdict": "supported"}')
    journal = tmp_path / "candidates.jsonl"
    journal.write_text(f"{journal.read_text(encoding='utf-8').splitlines()[0]}\n{verdict.model_dump_json()}\n", encoding="utf-8")
    report = verify_generations(tmp_path, library)
    assert (report.answers, report.unusable, report.texts) == (1, 0, 4)


def test_people_s_texts_and_broken_answers_are_left_out(written: Callable[..., Generations]) -> None:
    report = written("no json", {"title": 3}, GOOD)
    assert (report.answers, report.unusable) == (1, 2)
    assert written(GOOD, error="EngineTimeout: late").unusable == 1
    assert written({"title": GOOD["title"], "goal": GOOD["goal"]}, given={"title": GOOD["title"]}).texts == 1, "what was given is no answer"


@pytest.mark.parametrize(
    ("text", "grade", "found"),
    [
        ("Heat the wax.", "2", True), ("They are heating wax", "2", True), ("glue guns", "1", True), ("a craft knife", "9", False),
        ("Weave a strip.", "K", False), ("Bend a lath, matching the rim", "4", False),
        ("No knives here", "2", True), ("the sowing of seeds", "K", False), ("boiled onion skins", "5", True),
        ("Boil it", "10", False), ("gunpowder", "11", True),
    ],
)  # fmt: skip
def test_the_auditor_knows_stems_and_grades_and_no_excuse(text: str, grade: str, found: bool) -> None:
    assert bool(audit(text, grade)) is found


def test_without_a_journal_it_says_what_to_run(tmp_path: Path, library: Library) -> None:
    with pytest.raises(DataError, match="craftlore dataset"):
        verify_generations(tmp_path, library)


def test_a_damaged_line_is_named(written: Callable[..., Generations], tmp_path: Path, library: Library) -> None:
    written(GOOD)
    (tmp_path / "candidates.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"candidates\.jsonl:1"):
        verify_generations(tmp_path, library)
