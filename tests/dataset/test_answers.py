"""Gold answers are training rows as they stand: sound by every filter, of articles that no test asks about."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from craftlore.dataset.answers import TEACHER_ANSWERS, GoldAnswer, answer_candidate, read_answers, still_planned
from craftlore.dataset.choose import choose
from craftlore.dataset.filters.chain import field_fault
from craftlore.dataset.known import Known
from craftlore.dataset.staging import fields_of, stage
from craftlore.errors import DatasetError
from craftlore.gold import read_gold
from craftlore.library import Library


@pytest.fixture(scope="module")
def answers() -> dict[str, GoldAnswer]:
    return read_answers()


def test_every_answer_that_ships_passes_every_filter_and_is_whole(library: Library, answers: dict[str, GoldAnswer]) -> None:
    known = Known(library)
    assert len(answers) >= 200
    for answer in answers.values():
        staged = stage(answer.scenario, known)
        assert tuple(answer.texts) == fields_of(staged)
        faults = {name: fault for name, text in answer.texts.items() if (fault := field_fault(staged, name, text))}
        assert not faults, (answer.scenario.id, faults)
        choice = choose(staged, [answer_candidate(answer)])
        assert choice.texts == answer.texts and set(choice.written_by.values()) == {"gold"}


def test_no_answer_is_about_a_test_article_and_no_request_comes_twice(library: Library, answers: dict[str, GoldAnswer]) -> None:
    gold, _ = read_gold(library)
    tested = {article for article, rows in gold.items() if rows.split == "test"}
    assert not {answer.scenario.article_id for answer in answers.values()} & tested
    asked = [(answer.scenario.article_id, answer.scenario.text) for answer in answers.values()]
    assert len(asked) == len(set(asked))


def test_an_answer_of_another_library_is_left_out(library: Library, answers: dict[str, GoldAnswer]) -> None:
    first = next(iter(answers.values())).scenario
    fewer = replace(library, articles={i: a for i, a in library.articles.items() if i != first.article_id})
    left = still_planned(answers, Known(fewer))
    assert first not in left and len(left) == sum(a.scenario.article_id != first.article_id for a in answers.values())


def test_two_answers_of_one_id_are_an_error(tmp_path: Path, answers: dict[str, GoldAnswer]) -> None:
    line = next(iter(answers.values())).model_dump_json()
    (tmp_path / "twice.jsonl").write_text(f"{line}\n{line}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="2 answers for 1 scenarios"):
        read_answers(tmp_path / "twice.jsonl")


def test_the_teachers_journal_ships_whole() -> None:
    import gzip

    lines = gzip.decompress(TEACHER_ANSWERS.read_bytes()).decode().splitlines()
    assert len(lines) > 300 and len({json.loads(line)["call"] for line in lines}) > 300
