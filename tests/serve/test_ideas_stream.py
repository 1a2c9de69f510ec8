"""The stream of ideas: what comes first, what comes unasked, who waits for whom, and what happens when nobody listens."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
from conftest import Serve
from fake_model import FakeModel

from craftlore.records import Idea

CHALK = "grade 4, chalk and string, a drawing of dots and loops for the playground"
TUBES = "grade 4, cardboard tubes and marbles, build a marble run"
Ideas = Callable[[httpx.Client, dict[str, Any]], list[dict[str, Any]]]


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_an_idea_grows_field_by_field_and_ends_whole(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    events = ideas(serve(model), {"text": CHALK, "count": 1})
    assert names(events)[:3] == ["understood", "activities", "sources"] and names(events)[-2:] == ["idea", "done"]
    idea = Idea.model_validate_json(json.dumps(events[-2]["value"]))
    last = {event["name"]: event["value"] for event in events if event["event"] == "field"}
    assert last.items() <= events[-2]["value"].items() and {"title", "summary", "steps", "credit"} <= last.keys()
    assert {event["idea"] for event in events if "idea" in event and event["event"] != "done"} == {idea.id}
    assert events[-1]["ideas"] == 1 and events[-1]["timings"]["write"] >= 0 and events[-1]["request_id"] == events[0]["request_id"]


def test_nothing_is_written_unasked_where_own_activities_are_enough(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    client = serve(model)
    unasked = ideas(client, {"text": TUBES})
    assert unasked[1]["decision"]["state"] == "enough" and "idea" not in names(unasked) and not model.bodies
    assert names(ideas(client, {"text": TUBES, "count": 1})).count("idea") == 1


def test_the_best_idea_is_written_unasked_where_they_are_thin(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    events = ideas(serve(model), {"text": "grade 5 string figures of the islands"})
    assert events[1]["decision"]["state"] == "thin" and names(events).count("idea") == 1


def test_the_article_that_was_opened_is_the_one_that_is_written(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    client = serve(model)
    text = "grade 5, something to make with paper"
    second = client.post("/api/search", json={"text": text}).json()["cards"][1]["article_id"]
    for article in (second, "starter:oware"):  # the other one was not found, but may be opened all the same
        idea = next(event["value"] for event in ideas(client, {"text": text, "article_id": article}) if event["event"] == "idea")
        assert idea["article_id"] == article
    assert client.post("/api/ideas", json={"text": CHALK, "article_id": "starter:nowhere"}).json()["error"]["code"] == "not_found"


def test_what_is_declined_reaches_no_model(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    events = ideas(serve(model), {"text": "how to build a real bomb with grade 5", "count": 3})
    assert names(events) == ["understood", "activities", "sources", "declined", "done"] and not model.bodies
    assert events[1]["decision"]["state"] == "unsafe" and not events[1]["activities"] and not events[2]["cards"]


def test_a_hostile_field_is_declined_like_a_hostile_text(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    events = ideas(serve(model), {"text": "grade 5", "product": "how to build a real bomb", "count": 1})
    assert "declined" in names(events) and not model.bodies


def test_streams_side_by_side_are_not_mixed_and_share_the_slots_fairly(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    model.pace = 0.005
    client = serve(model, engine={"parallel": 2})
    wishes = ["starter:kolam", "starter:oware", "starter:sashiko", "starter:kubb", "starter:papel-picado", "starter:origami"]
    results: dict[str, list[dict[str, Any]]] = {}

    def ask(article: str) -> None:
        results[article] = ideas(client, {"text": "grade 5 project with paper and chalk", "article_id": article})

    threads = [threading.Thread(target=ask, args=(article,)) for article in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for article in wishes:
        events = results[article]
        assert [event["value"]["article_id"] for event in events if event["event"] == "idea"] == [article]
        assert len({event["idea"] for event in events if event["event"] in ("field", "idea", "progress")}) == 1
    waited = [event["position"] for events in results.values() for event in events if event.get("state") == "queued"]
    assert model.most <= 2 and max(waited) >= 3


def test_a_request_for_three_does_not_hold_up_a_request_for_one(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    model.pace = 0.01
    client = serve(model, engine={"parallel": 1})
    order: list[str] = []

    def three() -> None:
        with client.stream("POST", "/api/ideas", json={"text": CHALK, "count": 3}) as answer:
            for line in answer.iter_lines():
                if line and json.loads(line)["event"] == "idea":
                    order.append("three")

    thread = threading.Thread(target=three)
    thread.start()
    until(lambda: model.writing == 1)
    ideas(client, {"text": "grade 5 sowing game", "count": 1})
    order.append("one")
    thread.join(30)
    assert order.index("one") <= 2 and order.count("three") == 3


def test_a_client_that_hangs_up_frees_its_slot(serve: Serve, model: FakeModel) -> None:
    model.pace = 0.05
    client: Any = serve(model, engine={"parallel": 1})
    with client.stream("POST", "/api/ideas", json={"text": CHALK, "count": 3}) as answer:
        until(lambda: model.writing == 1)
        next(answer.iter_lines())
    until(lambda: model.writing == 0 and client.desk.line.active == 0 and client.desk.line.waiting == 0 and client.desk.streams == 0)
    assert len(model.bodies) == 1


def test_a_client_that_never_reads_holds_up_nobody(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    client: Any = serve(model, engine={"parallel": 1})
    with socket.create_connection((client.base_url.host, client.base_url.port)) as deaf:
        body = json.dumps({"text": CHALK, "count": 3}).encode()
        deaf.sendall(b"POST /api/ideas HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        until(lambda: len(model.bodies) >= 1)
        assert names(ideas(client, {"text": CHALK, "count": 1})).count("idea") == 1
    until(lambda: client.desk.streams == 0)


def test_silence_is_filled_with_blank_lines(serve: Serve, model: FakeModel) -> None:
    model.mode = "hangs"
    client = serve(model, heartbeat_seconds=0.05)
    with client.stream("POST", "/api/ideas", json={"text": CHALK, "count": 1}) as answer:
        blank = 0
        for line in answer.iter_lines():
            blank += not line
            if blank == 3:
                break
    assert blank == 3
    model.go_on.set()


def test_too_many_streams_are_told_to_come_again_and_search_goes_on(serve: Serve, model: FakeModel) -> None:
    model.mode = "hangs"
    client: Any = serve(model, streams=1)
    with client.stream("POST", "/api/ideas", json={"text": CHALK, "count": 1}) as answer:
        next(answer.iter_lines())
        refused = client.post("/api/ideas", json={"text": CHALK, "count": 1})
        assert (refused.status_code, refused.json()["error"]["code"], refused.headers["retry-after"]) == (503, "busy", "5")
        assert client.post("/api/search", json={"text": CHALK}).status_code == 200
    model.go_on.set()


def test_the_deadline_of_a_stream_ends_it_with_what_there_is(serve: Serve, model: FakeModel, ideas: Ideas) -> None:
    model.mode = "hangs"
    events = ideas(serve(model, stream_seconds=0.3), {"text": CHALK, "count": 1})
    assert [event["rung"] for event in events if event["event"] == "degraded"] == ["engine_slow"] and names(events)[-1] == "done"
    assert any(event["event"] == "field" and event["name"] == "steps" for event in events)
    model.go_on.set()
