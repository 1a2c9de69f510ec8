"""The catalogue is whole, and the state of every file on this machine is told truly."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from craftlore.engines import catalogue as book
from craftlore.engines.catalogue import ModelFile, Source, Weights, catalogue, find, path_of, pin, pinned, verify
from craftlore.errors import ConfigError, WeightsError

GOOD = b"weights" * 100
SHA = hashlib.sha256(GOOD).hexdigest()
ROW = {"summary": "s", "licence": "l", "format": "gguf"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of two tiny models: one held to its hash, one not yet pinned."""
    rows = {
        "tiny": Weights(**ROW, files=(ModelFile(name="tiny.gguf", sha256=SHA, bytes=len(GOOD), sources=()),)),  # type: ignore[arg-type]
        "loose": Weights.model_validate(ROW | {"format": "mlx", "huggingface": {"repo": "a/b", "revision": "main", "files": ["x.json", "y.bin"]}}),
    }
    monkeypatch.setattr(book, "catalogue", lambda: rows)
    return tmp_path


def put(home: Path, name: str, content: bytes) -> Path:
    path = home / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_every_entry_says_where_it_comes_from() -> None:
    for name, weights in catalogue().items():
        assert weights.all_files, name
        for file in weights.all_files:
            assert file.sources, name
            assert all(sum(map(bool, (s.huggingface, s.ollama, s.wheels))) == 1 for s in file.sources), name
            assert all("==" in package for s in file.sources if s.wheels for package in s.wheels.packages), "a wheel without a version"


def test_what_comes_from_a_package_index_is_held_to_a_hash() -> None:
    assert [f.name for w in catalogue().values() for f in w.all_files if any(s.wheels or s.ollama for s in f.sources) and not f.sha256] == []


def test_the_default_models_can_be_had_without_the_open_internet() -> None:
    for name in ("qwen2.5-coder-1.5b", "all-minilm-l6-v2"):
        assert all(any(source.wheels for source in file.sources) for file in find(name).all_files)


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no model is called 'gpt-9'.*all-minilm-l6-v2"):
        find("gpt-9")


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"format": "exe", "files": []}, {"files": [{"name": "a", "sha256": "xyz", "sources": []}]}, {"files": [{"name": "a",
        "sources": [{"torrent": "x"}]}]},
        {"files": [{"name": "a", "sources": []}], "huggingface": {"repo": "a/b", "revision": "main", "files": ["a"]}},
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Weights.model_validate(ROW | wrong)


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ({"huggingface": {"repo": "a/b", "revision": "r", "file": "f"}}, "Hugging Face a/b"), ({"ollama": "q:3b"}, "Ollama q:3b"),
        ({"wheels": {"packages": ["p==1"], "member": "*"}}, "package index p==1"), ({}, "nowhere"),
    ],
)  # fmt: skip
def test_a_source_has_a_name_for_people(row: dict[str, Any], label: str) -> None:
    assert Source.model_validate(row).label == label


def test_a_missing_model_says_how_to_get_it(home: Path) -> None:
    with pytest.raises(WeightsError, match="craftlore models pull tiny"):
        path_of(home, "tiny")


@pytest.mark.parametrize("content", [b"", GOOD[:-1], GOOD + b"x"])
def test_truncated_weights_are_never_handed_out(home: Path, content: bytes) -> None:
    put(home, "tiny/tiny.gguf", content)
    with pytest.raises(WeightsError, match=rf"has {len(content)} bytes instead of {len(GOOD)}.*models verify tiny"):
        path_of(home, "tiny")


def test_a_whole_file_is_handed_out(home: Path) -> None:
    path = put(home, "tiny/tiny.gguf", GOOD)
    assert path_of(home, "tiny") == path


@pytest.mark.parametrize(
    ("content", "hashes", "state"),
    [
        (None, True, "missing"), (GOOD, True, "present"), (GOOD[:-1], True, "wrong size"), (b"x" * len(GOOD), True, "wrong hash"), (b"x" * len(GOOD),
        False, "present"), (b"", False, "wrong size"),
    ],
)  # fmt: skip
def test_the_state_of_a_file(home: Path, content: bytes | None, hashes: bool, state: str) -> None:
    if content is not None:
        put(home, "tiny/tiny.gguf", content)
    assert verify(home, "tiny", hashes=hashes) == {"tiny.gguf": state}


def test_a_pin_holds_one_file_on_this_machine(home: Path) -> None:
    first, second = find("loose").all_files
    put(home, "loose/x.json", GOOD)
    put(home, "loose/y.bin", GOOD)
    pin(home, "loose", first, SHA)
    assert verify(home, "loose") == {"x.json": "present", "y.bin": "not pinned"}
    pin(home, "loose", second, "0" * 64)
    assert verify(home, "loose") == {"x.json": "present", "y.bin": "wrong hash"}


def test_the_catalogue_wins_over_a_pin(home: Path) -> None:
    [file] = find("tiny").all_files
    pin(home, "tiny", file, "0" * 64)
    assert pinned(home, "tiny", file) == SHA


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_damaged_pins_are_an_error_that_names_the_file(home: Path, content: bytes) -> None:
    put(home, "pins.json", content)
    file = find("loose").all_files[0]
    with pytest.raises(WeightsError, match=r"pins\.json is damaged.*Delete it"):
        pinned(home, "loose", file)
    with pytest.raises(WeightsError, match=r"pins\.json is damaged"):
        pin(home, "loose", file, SHA)
    assert (home / "pins.json").read_bytes() == content
