"""The degradation ladder over a real server process: what each fault leaves, how it is named, and how soon.

A cell is a fault, and what the stream must say: the rung, whether an idea comes all the same, and the state of the decision.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_model import FakeModel

CHALK = "grade 4, chalk and string, a drawing of dots and loops for the playground"
MARK = "quokkamarker"  # a word that no library has: if it is anywhere on the disk afterwards, a request was kept
LATEST = 20.0


@dataclass
class Process:
    """A server process: its client, and the home folder it works in."""

    client: httpx.Client
    home: Path


@contextlib.contextmanager
def running(home: Path, index: Path | None, model: FakeModel | None, *, limit: int | None = None, **serve: Any) -> Iterator[Process]:
    """`craftlore serve` on a free port, working in `home`; `limit` is the size in bytes that no file may pass, as on a full disk."""
    home.mkdir()
    if index:
        shutil.copytree(index, home / "index")
    url = model.url if model else "http://127.0.0.1:9/v1"
    engine = f'[engine]\nname = "server"\nurl = "{url}"\ndeadline_seconds = 2\nparallel = 1\n[search]\nfloor = 0.1\n'
    settings = "[serve]\nrequests_per_minute = 0\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in serve.items())
    (home / "craftlore.toml").write_text(engine + settings)
    command = [sys.executable, "-m", "craftlore", "serve", "--port", "0"]
    if limit is not None:
        command = ["prlimit", f"--fsize={limit}", *command]
    environment = os.environ | {"CRAFTLORE_HOME": str(home), "CRAFTLORE_CONFIG": str(home / "craftlore.toml"), "PYTHONDONTWRITEBYTECODE": "1"}
    with (
        (home / "stderr").open("w") as stderr,
        subprocess.Popen(command, env=environment, cwd=home, text=True, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        assert process.stdout
        try:
            said = process.stdout.readline()
            address = re.search(r"http://127.0.0.1:\d+", said)
            assert address, said + (home / "stderr").read_text()
            with httpx.Client(base_url=address[0], timeout=LATEST, trust_env=False) as client:
                yield Process(client, home)
        finally:
            process.terminate()
            process.wait(15)


@pytest.fixture
def start(starter_home: Path, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """`start(model, **settings)` is a server process of this test alone."""
    with contextlib.ExitStack() as stack:

        def make(model: FakeModel | None, *, index: bool = True, **more: Any) -> Process:
            return stack.enter_context(running(tmp_path / "home", starter_home / "index" if index else None, model, **more))

        yield make


@pytest.fixture(scope="module")
def one(starter_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, FakeModel]]:
    """One server process, and its model, for every cell of the matrix: no fault may leave anything behind for the next."""
    model = FakeModel()
    with running(tmp_path_factory.mktemp("matrix") / "home", starter_home / "index", model) as server:
        yield server, model
    model.stop()


def stream(server: Process, **more: Any) -> tuple[list[dict[str, Any]], float]:
    began = time.monotonic()
    with server.client.stream("POST", "/api/ideas", json={"text": f"{CHALK} {MARK}", "count": 1} | more) as answer:
        events = [json.loads(line) for line in answer.iter_lines() if line]
    return events, time.monotonic() - began


def rungs(events: list[dict[str, Any]]) -> set[str]:
    return {event["rung"] for event in events if event["event"] == "degraded"}


SOON = 30.0  # seconds; the model has 2 for a call and 3 calls, the rest is for a busy machine

# The mode of the model -> the rung, and whether an idea comes all the same.
MODES = {
    "good": (set(), True),
    "refuses": ({"engine_down"}, False),
    "dies": ({"engine_down"}, False),
    "hangs": ({"engine_slow"}, False),
    "garbage": ({"engine_garbage"}, True),
    "empty": ({"engine_empty"}, True),
    "cut_off": ({"engine_cut_off"}, True),
}


@pytest.mark.parametrize("mode", [*MODES, "good again"])
def test_a_fault_of_the_model_is_named_in_time_and_costs_only_what_it_must(one: tuple[Process, FakeModel], mode: str) -> None:
    server, model = one
    model.mode = mode.removesuffix(" again")
    expected, written = MODES[model.mode]
    events, took = stream(server, seed=[*MODES, "good again"].index(mode))
    assert rungs(events) == expected | {"no_encoder"} and events[-1]["event"] == "done" and took < SOON
    assert ("idea" in [event["event"] for event in events]) is written
    fields = {event["name"] for event in events if event["event"] == "field"}
    assert {"steps", "materials_to_find", "credit", "safety_notes"} <= fields, "what code knows is there whatever the model does"
    assert server.client.post("/api/search", json={"text": CHALK}).json()["cards"]
    assert all(f'rung="{rung}"' in server.client.get("/metrics").text and f'"{rung}"' in (server.home / "logs/steps.jsonl").read_text() for rung in expected)


def test_a_model_killed_in_the_middle_of_an_idea_is_said_at_once(start: Callable[..., Process], model: FakeModel) -> None:
    model.pace = 0.1
    server = start(model)
    events: list[dict[str, Any]] = []
    with server.client.stream("POST", "/api/ideas", json={"text": CHALK, "count": 1}) as answer:
        for line in answer.iter_lines():
            events += [json.loads(line)] if line else []
            if events and events[-1].get("name") == "title":
                model.mode = "dies"
                model.server_close()
                model.killed.set()
                killed = time.monotonic()
    assert rungs(events) >= {"engine_down"} and events[-1]["event"] == "done" and time.monotonic() - killed < 5
    assert {"title", "steps"} <= {event.get("name") for event in events}, "the page keeps what it has"


def test_without_a_model_there_are_activities_and_sources_and_a_model_that_comes_is_found(start: Callable[..., Process], model: FakeModel) -> None:
    port = model.server_address[1]
    model.stop()
    server = start(model)
    events, took = stream(server)
    assert rungs(events) == {"no_encoder", "no_model"} and took < SOON and events[-1]["ideas"] == 0
    found = server.client.post("/api/search", json={"text": "grade 5 string figures of the islands"}).json()
    assert found["cards"] and found["decision"]["state"] == "model_down" and server.client.get("/readyz").status_code == 503
    late = FakeModel(port)
    deadline = time.monotonic() + LATEST
    while "no_model" in rungs(stream(server)[0]):
        assert time.monotonic() < deadline, "the model was not found again"
        time.sleep(0.2)
    assert "idea" in [event["event"] for event in stream(server)[0]]
    late.stop()


def test_without_an_index_there_are_still_activities(start: Callable[..., Process], model: FakeModel) -> None:
    server = start(model, index=False)
    found = server.client.post("/api/search", json={"text": "grade 4, cardboard tubes and marbles, build a marble run"}).json()
    assert "no_index" in {rung["rung"] for rung in found["degraded"]} and not found["cards"]
    assert found["activities"][0]["activity"]["id"] == "cardboard-tube-run" and found["decision"]["state"] == "enough"
    events, _ = stream(server)
    assert "no_index" in rungs(events) and events[-1] == events[-1] | {"event": "done", "ideas": 0}


def test_without_its_database_activities_are_those_of_the_start_and_drafts_say_why(start: Callable[..., Process], model: FakeModel) -> None:
    server = start(model, database="postgresql+psycopg://nobody@127.0.0.1:9/none")
    events, _ = stream(server)
    idea = next(event["value"] for event in events if event["event"] == "idea")
    assert "store_down" in rungs(events) and next(e for e in events if e["event"] == "activities")["activities"]
    answer = server.client.post("/api/drafts", json={"idea": idea})
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "unavailable" and "database" in answer.json()["error"]["message"]


def test_a_full_disk_stops_saving_and_nothing_else(start: Callable[..., Process], model: FakeModel) -> None:
    server = start(model, limit=200_000)
    events, _ = stream(server)
    idea = next(event["value"] for event in events if event["event"] == "idea")
    statuses = [server.client.post("/api/drafts", json={"idea": idea}).status_code for _ in range(60)]
    assert statuses[0] == 201 and statuses[-1] == 503 and 500 not in statuses
    saved = server.client.get("/api/drafts").json()
    assert len(saved) == statuses.count(201), "what was said to be saved is there, and nothing else"
    assert "idea" in [event["event"] for event in stream(server, seed=5)[0]]


def test_a_disk_that_fills_up_is_said_in_every_answer(starter_home: Path, model: FakeModel, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system (root)")
    try:
        with running(disk / "home", starter_home / "index", model) as server:
            assert "disk_full" not in rungs(stream(server)[0])
            with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
                while filler.write(b"x" * 100_000):
                    pass
            for _ in range(2):  # what is remembered says it, too
                events, _ = stream(server, seed=3)
                assert "disk_full" in rungs(events) and "idea" in [event["event"] for event in events]
            assert server.client.post("/api/drafts", json={"idea": events[-2]["value"]}).status_code == 503
            (disk / "filler").unlink()
            assert server.client.post("/api/drafts", json={"idea": events[-2]["value"]}).status_code == 201
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_nothing_of_a_request_is_kept_unless_it_was_saved(start: Callable[..., Process], model: FakeModel) -> None:
    server = start(model)
    for body in ({"text": f"{CHALK} {MARK}"}, {"text": CHALK, "product": MARK}, {"text": CHALK, "region": MARK}, {"text": CHALK, "materials": [MARK]}):
        assert server.client.post("/api/search", json=body).status_code == 200
        server.client.post("/api/search", json=body | {MARK: 1})
    events, _ = stream(server)
    server.client.get("/api/activities", params={"q": MARK})
    server.client.get(f"/{MARK}")
    server.client.post("/api/search", content=f'{{"text": "{MARK}'.encode(), headers={"content-type": "application/json"})
    server.client.post("/api/feedback", json={"verdict": "useful", "request_id": events[0]["request_id"]})
    assert MARK not in server.client.get("/metrics").text
    assert not _kept(server.home) and not any(MARK in json.dumps(body) for body in model.bodies)
    idea = next(event["value"] for event in events if event["event"] == "idea")
    server.client.post("/api/drafts", json={"idea": idea | {"title": MARK}})
    assert _kept(server.home), "a saved draft is found, so the search for it works"


def test_one_request_can_be_followed_by_its_id(start: Callable[..., Process], model: FakeModel) -> None:
    server = start(model)
    events, _ = stream(server)
    environment = os.environ | {"CRAFTLORE_HOME": str(server.home)}
    command = [sys.executable, "-m", "craftlore", "trace", events[0]["request_id"]]
    said = json.loads(subprocess.run(command, env=environment, cwd=server.home, capture_output=True, text=True, check=True, timeout=60).stdout)
    assert [line["step"] for line in said] == ["screen", "parse", "activities", "search", "match", "decide", "write", "http"]
    lost = subprocess.run([*command[:-1], "0" * 12], env=environment, cwd=server.home, capture_output=True, text=True, check=False, timeout=60)
    assert lost.returncode == 1 and "has no line of the request" in " ".join(lost.stderr.split())


def test_a_port_that_is_taken_is_said_before_anything_is_opened(start: Callable[..., Process], model: FakeModel) -> None:
    server = start(model)
    command = [sys.executable, "-m", "craftlore", "serve", "--port", str(server.client.base_url.port)]
    again = subprocess.run(command, env=os.environ | {"CRAFTLORE_HOME": str(server.home)}, capture_output=True, text=True, check=False, timeout=60)
    assert again.returncode == 1 and "cannot listen" in again.stderr


def _kept(home: Path) -> list[str]:
    return [str(file) for file in home.rglob("*") if file.is_file() and MARK.encode() in file.read_bytes().lower()]
