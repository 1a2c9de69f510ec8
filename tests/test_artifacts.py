"""A file is whole or absent, whatever goes wrong while it is written; a bad line is named by its number."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from craftlore.artifacts import atomic_write, read_jsonl, read_manifest, sha256_file, write_json, write_jsonl
from craftlore.errors import CraftloreError, DataError
from craftlore.records import ModelInfo

ROWS = [ModelInfo(name="a"), ModelInfo(name="ü\n\u2028x", adapter="b")]


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def only_file(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_full_disk_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    monkeypatch.setattr(os, call, full)
    with pytest.raises(CraftloreError, match=r"cannot write .*a\.json: No space left.*CRAFTLORE_HOME"):
        write_json(path, {"new": 2})
    assert path.read_bytes() == b'{\n  "old": 1\n}\n'
    assert only_file(tmp_path) == ["a.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_full_in_the_middle_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CraftloreError, match="No space left"), atomic_write(tmp_path / "a") as file, open("/dev/full", "wb", buffering=0) as device:
        file.write(b"half")
        device.write(b"x")
    assert only_file(tmp_path) == []


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_a_crash_in_the_block_leaves_nothing_and_keeps_its_type(tmp_path: Path, stop: type[BaseException]) -> None:
    with pytest.raises(stop), atomic_write(tmp_path / "a") as file:
        file.write(b"half")
        raise stop
    assert only_file(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CraftloreError, match="CRAFTLORE_HOME"):
        write_json(tmp_path / "file" / "a.json", {})


def test_records_come_back_as_they_went(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "deep" / "a.jsonl", ROWS)
    assert read_jsonl(tmp_path / "deep" / "a.jsonl", ModelInfo) == ROWS


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n \n")
    assert read_jsonl(tmp_path / "a.jsonl", ModelInfo) == []


@pytest.mark.parametrize("line", ['{"name": "b"', '{"name": 5}', "{}", "[]", '{"name": "b", "more": 1}', "null", "\x00"])
def test_the_first_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": "a"}\n\n' + line + "\n")
    with pytest.raises(DataError, match=r"a\.jsonl:3: "):
        read_jsonl(path, ModelInfo)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.jsonl"
    if content:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.jsonl: cannot be read"):
        read_jsonl(path, ModelInfo)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"null", b"\xff"])
def test_without_a_whole_manifest_the_stage_is_not_done(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    assert read_manifest(tmp_path) is None


def test_a_written_manifest_is_read(tmp_path: Path) -> None:
    write_json(tmp_path / "manifest.json", {"b": "ü", "a": 1})
    assert read_manifest(tmp_path) == {"a": 1, "b": "ü"}


def test_equal_values_give_equal_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "a", {"x": 1, "y": 2})
    write_json(tmp_path / "b", {"y": 2, "x": 1})
    assert sha256_file(tmp_path / "a") == sha256_file(tmp_path / "b")


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00" * 3_000_000)
    assert sha256_file(tmp_path / "a") == hashlib.sha256(b"\x00" * 3_000_000).hexdigest()
