"""Gold answers: for some scenarios the words that a model is asked for were written by hand, in the answer's own form (`starter/answers.jsonl`).

A gold idea is a whole idea and has to be fitted to the form; a gold answer is a training row as it stands. Each passes every
filter; a test keeps that so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from craftlore.artifacts import read_jsonl
from craftlore.dataset.known import Known
from craftlore.dataset.records import Candidate, Scenario
from craftlore.dataset.staging import stage
from craftlore.errors import DatasetError
from craftlore.library import STARTER
from craftlore.vocabulary import Record

__all__ = ["ANSWERS", "TEACHER_ANSWERS", "GoldAnswer", "answer_candidate", "read_answers", "still_planned"]

ANSWERS = STARTER / "answers.jsonl"
TEACHER_ANSWERS = STARTER / "teacher.jsonl.gz"
"""Real calls of the 1.5B as teacher, to begin with (`craftlore dataset --starter`)."""


class GoldAnswer(Record):
    """A scenario with the texts that were written for it by hand, by the names of the decoding schema."""

    scenario: Scenario
    texts: dict[str, str]


def read_answers(path: Path = ANSWERS) -> dict[str, GoldAnswer]:
    """The gold answers of a file by the id of their scenario. Raises DatasetError for two of one id."""
    answers = read_jsonl(path, GoldAnswer)
    found = {answer.scenario.id: answer for answer in answers}
    if len(found) < len(answers):
        raise DatasetError(f"{path} has {len(answers)} answers for {len(found)} scenarios: an id stands there twice.")
    return found


def still_planned(answers: Mapping[str, GoldAnswer], known: Known) -> list[Scenario]:
    """The scenarios whose plan the library still makes; the others are of an older library and are left out."""
    found = []
    for answer in answers.values():
        try:
            found.append(stage(answer.scenario, known).scenario)
        except DatasetError:
            continue
    return found


def answer_candidate(answer: GoldAnswer) -> Candidate:
    """What people wrote, as the first candidate of its scenario."""
    scenario = answer.scenario.id
    return Candidate(call=f"gold {scenario}", scenario=scenario, number=-1, model="gold", text=json.dumps(answer.texts, ensure_ascii=False))
