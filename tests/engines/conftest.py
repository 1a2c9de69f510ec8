"""A server to ask, and an engine that asks it; both are gone after the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fake_server import Server

from craftlore.engines.server import ServerEngine


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.go_on.set()
    made.shutdown()
    made.server_close()
    thread.join(5)


@pytest.fixture
def ask(server: Server) -> Iterator[Any]:
    """`ask()` is an engine on the server; it is closed afterwards."""
    made: list[ServerEngine] = []

    def make(model: str | None = None, **more: Any) -> ServerEngine:
        made.append(ServerEngine(server.url, model, **more))
        return made[-1]

    yield make
    for engine in made:
        engine.close()
