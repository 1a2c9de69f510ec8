"""A real server on a free port around the starter library and a fake model, and a client that talks to it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fake_model import FakeModel
from fakes import FakeEncoder

from craftlore.config import Config
from craftlore.engines.server import ServerEngine
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.serve.app import create_app
from craftlore.serve.desk import desk_of
from craftlore.suggest.pipeline import Suggester

Serve = Callable[..., httpx.Client]


@pytest.fixture
def model() -> Iterator[FakeModel]:
    made = FakeModel()
    yield made
    made.stop()


@pytest.fixture
def serve(library: Library, starter_home: Path, tmp_path: Path) -> Iterator[Serve]:
    """`serve(model, **[serve] settings)` is a client of a new server; `model` None means that no engine could be opened."""
    with contextlib.ExitStack() as stack:

        def make(model: FakeModel | None = None, *, engine: Any = None, **settings: Any) -> httpx.Client:
            settings = {"database": f"sqlite:///{tmp_path / 'own.db'}", "requests_per_minute": 0} | settings
            config = Config.model_validate(
                {"home": starter_home, "search": {"floor": 0.1}, "serve": settings, "engine": {"parallel": 2, "deadline_seconds": 20} | (engine or {})}
            )
            encoder = FakeEncoder()
            index = Index(config.index_dir, library.patterns, config.search, encoder)
            suggester = Suggester(library, index, encoder, ServerEngine(model.url) if model else None, config)
            client = stack.enter_context(running(suggester))
            return client

        yield make


@contextlib.contextmanager
def running(suggester: Suggester) -> Iterator[httpx.Client]:
    """uvicorn on a thread of its own until the block ends."""
    desk = desk_of(suggester)
    desk.own.current()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(desk), access_log=False, server_header=False, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30, trust_env=False) as client:
            client.desk = desk  # type: ignore[attr-defined]
            yield client
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def events_of(client: httpx.Client, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every event of one stream."""
    with client.stream("POST", "/api/ideas", json=body) as answer:
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/x-ndjson", answer.read()
        return [json.loads(line) for line in answer.iter_lines() if line]


@pytest.fixture
def ideas() -> Callable[[httpx.Client, dict[str, Any]], list[dict[str, Any]]]:
    """`ideas(client, body)` reads a whole stream."""
    return events_of
