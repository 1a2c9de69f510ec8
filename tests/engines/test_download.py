"""Downloads from real servers on this machine: checked, resumed, in order, and never half there."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from craftlore.engines import catalogue as book
from craftlore.engines import download
from craftlore.engines.catalogue import Weights, path_of
from craftlore.engines.download import pull
from craftlore.errors import HashMismatch, WeightsError

GOOD = bytes(range(256)) * 2000
SHA = hashlib.sha256(GOOD).hexdigest()
HUB = {"huggingface": {"repo": "a/b", "revision": "r1", "file": "w.gguf"}}


class Hub(ThreadingHTTPServer):
    """Serves `content`; `ranges` says whether it resumes, `drops` how many answers end half way, `status` what it says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.ranges, self.drops, self.status, self.asked = GOOD, True, 0, 200, []  # type: ignore[var-annotated]

    def handle_error(self, request: Any, client_address: Any) -> None: ...


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        hub = self.server
        hub.asked.append((self.path, self.headers.get("Range"), self.headers.get("Accept-Encoding")))
        start = int(self.headers["Range"][6:-1]) if hub.ranges and "Range" in self.headers else 0
        if start and start >= len(hub.content):
            return self.send_error(416)
        body = hub.content[start:]
        self.send_response(206 if start and hub.status == 200 else hub.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        hub.drops -= 1
        self.wfile.write(body[: len(body) // 2] if hub.drops >= 0 else body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Hub()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setattr(download, "HUB", f"http://127.0.0.1:{made.server_address[1]}")
    yield made
    made.shutdown()
    made.server_close()
    thread.join(5)


@pytest.fixture
def fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """`fetch(source, ...)` pulls the model "tiny" from these sources into the test's folder."""

    def run(*sources: dict[str, Any], pinned: bool = True, size: bool = True, allow_pin: bool = False) -> list[str]:
        file = {"name": "w.gguf", "sha256": SHA if pinned else None, "bytes": len(GOOD) if size else None, "sources": sources}
        weights = Weights.model_validate({"summary": "s", "licence": "l", "format": "gguf", "files": [file]})
        monkeypatch.setattr(book, "catalogue", lambda: {"tiny": weights})
        return pull(tmp_path, "tiny", lambda *_: None, allow_pin=allow_pin)

    return run


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "tiny").iterdir())


def test_a_file_is_fetched_once_and_right(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path) -> None:
    assert fetch(HUB) == [f"w.gguf: from Hugging Face a/b, sha256 {SHA}"]
    assert path_of(tmp_path, "tiny").read_bytes() == GOOD and left(tmp_path) == ["w.gguf"]
    assert fetch(HUB) == ["w.gguf: already there, hash right"]
    assert hub.asked == [("/a/b/resolve/r1/w.gguf", None, "identity")]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_dropped_connection_is_resumed_or_begun_again(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path, ranges: bool) -> None:
    hub.drops, hub.ranges = 2, ranges
    fetch(HUB)
    assert path_of(tmp_path, "tiny").read_bytes() == GOOD
    assert len(hub.asked) == 3 and hub.asked[1][1] is not None


def test_a_new_try_goes_on_where_the_last_one_gave_up(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path) -> None:
    hub.drops = 4
    with pytest.raises(WeightsError, match="a new try resumes"):
        fetch(HUB)
    [partial] = left(tmp_path)
    size = (tmp_path / "tiny" / partial).stat().st_size
    assert len(GOOD) / 2 < size < len(GOOD)
    fetch(HUB)
    assert hub.asked[-1][1] == f"bytes={size}-" and left(tmp_path) == ["w.gguf"]


def test_a_partial_file_longer_than_the_source_is_begun_again(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "w.gguf.hugging.partial").write_bytes(GOOD + b"x")
    fetch(HUB, size=False)
    assert left(tmp_path) == ["w.gguf"] and len(hub.asked) == 2


@pytest.mark.parametrize("content", [b"", GOOD[:-1], GOOD + b"x", b"<html>Please log in</html>"])
def test_other_bytes_are_deleted_and_their_source_named(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path, content: bytes) -> None:
    hub.content = content
    with pytest.raises(HashMismatch if content in (GOOD + b"x",) else WeightsError, match=r"Hugging Face a/b|127\.0\.0\.1"):
        fetch(HUB)
    assert "w.gguf" not in left(tmp_path)


def test_a_wrong_hash_names_both_hashes_and_leaves_nothing(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path) -> None:
    hub.content = b"x" * len(GOOD)
    with pytest.raises(HashMismatch, match=rf"Hugging Face a/b delivered bytes with sha256 [0-9a-f]{{64}}, not {SHA}; they were deleted"):
        fetch(HUB)
    assert left(tmp_path) == []


def test_a_file_that_went_bad_is_fetched_again(hub: Hub, fetch: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "w.gguf").write_bytes(GOOD[:100])
    fetch(HUB)
    assert path_of(tmp_path, "tiny").read_bytes() == GOOD


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_refusal_is_told_with_what_to_do(hub: Hub, fetch: Callable[..., list[str]], status: int) -> None:
    hub.status = status
    with pytest.raises(WeightsError, match=rf"(?s)answered {status} for a/b/w\.gguf.*Check the network, or put the file there yourself"):
        fetch(HUB)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://\x00", "nowhere"])
def test_a_hub_out_of_reach_is_no_traceback(fetch: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(download, "HUB", address)
    with pytest.raises(WeightsError, match="Check the network"):
        fetch(HUB)
