"""The journal: what is in it stays, what was cut off is dropped, and one process writes it at a time."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from craftlore.dataset.journal import Journal
from craftlore.dataset.records import Candidate
from craftlore.errors import DatasetError

Make = Callable[..., Candidate]


def test_a_candidate_is_there_after_opening_again(tmp_path: Path, candidate: Make) -> None:
    path = tmp_path / "d" / "candidates.jsonl"
    with Journal(path) as journal:
        journal.add(candidate("one", retries=("gone",)))
    with Journal(path) as journal:
        assert journal.found == {"c0": candidate("one", retries=("gone",))}


def test_an_unfinished_last_line_is_dropped_and_written_over(tmp_path: Path, candidate: Make) -> None:
    path = tmp_path / "candidates.jsonl"
    whole = candidate("one").model_dump_json() + "\n"
    path.write_text(whole + candidate("two", 1).model_dump_json()[:40], encoding="utf-8")
    with Journal(path) as journal:
        assert list(journal.found) == ["c0"]
        journal.add(candidate("three", 2))
    assert path.read_text(encoding="utf-8") == whole + candidate("three", 2).model_dump_json() + "\n"


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path, candidate: Make) -> None:
    path = tmp_path / "candidates.jsonl"
    path.write_text("{}\n" + candidate("two").model_dump_json() + "\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"candidates.jsonl:1: is no candidate .*Delete this line"):
        Journal(path)


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "candidates.jsonl"
    code = f"from pathlib import Path; from craftlore.dataset.journal import Journal; Journal(Path({str(path)!r}))"
    with Journal(path):
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert other.returncode == 1 and "another `craftlore dataset` is writing" in other.stderr


def test_a_full_disk_costs_the_last_line_alone(tmp_path: Path, candidate: Make) -> None:
    path = tmp_path / "candidates.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        journal.add(candidate("one"))
        size = path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, before[1]))
        try:
            with pytest.raises(DatasetError, match="All finished calls are kept; free some space"):
                journal.add(candidate("two", 1))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        journal.add(candidate("three", 2))
    with Journal(path) as journal:
        assert list(journal.found) == ["c0", "c2"]
