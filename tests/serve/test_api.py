"""What goes in and comes out of the API besides streams: search, errors in one shape, limits, headers, drafts, feedback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Serve, running
from fake_model import FakeModel
from fakes import QueueEngine

from craftlore.config import Config
from craftlore.library import Library
from craftlore.log import open_log
from craftlore.suggest.pipeline import Suggester

CHALK = "grade 4, chalk and string, a drawing of dots and loops for the playground"


def an_idea(client: httpx.Client) -> dict[str, Any]:
    with client.stream("POST", "/api/ideas", json={"text": CHALK, "count": 1}) as answer:
        events = [json.loads(line) for line in answer.iter_lines() if line]
    return next(event["value"] for event in events if event["event"] == "idea")


def test_search_answers_with_activities_cards_and_what_was_understood(serve: Serve) -> None:
    answer = serve().post("/api/search", json={"text": "grade 4, tubes and marbles, build a marble run", "minutes": 60})
    found = answer.json()
    assert found["activities"][0]["activity"]["id"] == "cardboard-tube-run" and found["decision"]["state"] == "enough"
    assert (found["understood"]["grade"], found["understood"]["minutes"]) == ("4", 60) and "grade" in found["inferred"] and "minutes" not in found["inferred"]
    card = found["cards"][0]
    assert card["why"].endswith(".") and set(card["missing"]).isdisjoint(found["understood"]["materials"])
    assert answer.headers["x-request-id"] == found["request_id"] and found["timings"]["search"] >= 0


def test_the_same_request_again_is_remembered(serve: Serve) -> None:
    client = serve()
    first, second = (client.post("/api/search", json={"text": CHALK}).json() for _ in range(2))
    assert list(second["timings"]) == ["remembered"] and first["request_id"] != second["request_id"]
    assert [card["article_id"] for card in first["cards"]] == [card["article_id"] for card in second["cards"]]


BAD: dict[str, tuple[dict[str, Any], int, str, str | None]] = {
    "unknown field": ({"json": {"text": "paper", "colour": "red"}}, 422, "unknown_field", "colour"),
    "wrong type": ({"json": {"text": 7}}, 422, "bad_request", "text"),
    "number as text": ({"json": {"text": "paper", "minutes": "60"}}, 422, "bad_request", "minutes"),
    "unknown grade": ({"json": {"text": "paper", "grade": "99"}}, 422, "bad_request", "grade"),
    "list of numbers": ({"json": {"text": "paper", "materials": [1]}}, 422, "bad_request", "materials.0"),
    "nothing at all": ({"json": {}}, 422, "bad_request", None),
    "too long a text": ({"json": {"text": "p" * 1500}}, 422, "bad_request", None),
    "half of a JSON": ({"content": b'{"text": "pa', "headers": {"content-type": "application/json"}}, 422, "bad_request", None),
    "no UTF-8": ({"content": b'{"text": "\xff"}', "headers": {"content-type": "application/json"}}, 400, "bad_request", None),
    "no JSON type": ({"content": b'{"text": "paper"}', "headers": {"content-type": "text/plain"}}, 422, "bad_request", None),
    "one megabyte": ({"json": {"text": "p" * 1_000_000}}, 413, "too_large", None),
    "a megabyte in chunks": ({"content": (b"p" * 1000 for _ in range(1000)), "headers": {"content-type": "application/json"}}, 413, "too_large", None),
    "another host": ({"json": {"text": "paper"}, "headers": {"host": "rebound.example"}}, 403, "forbidden", None),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_clear_error(serve: Serve, name: str) -> None:
    request, status, code, field = BAD[name]
    answer = serve().post("/api/search", **request)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (status, code, field), answer.text
    assert error["request_id"] == answer.headers["x-request-id"] and error["message"].endswith(".") and "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404), ("GET", "/api/search", 405), ("GET", "/api/articles/starter:nowhere", 404), ("GET", "/api/drafts/nowhere", 404),
        ("DELETE", "/api/drafts/nowhere", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_has_the_same_shape(serve: Serve, method: str, path: str, status: int) -> None:
    answer = serve().request(method, path)
    assert answer.status_code == status and answer.json()["error"]["request_id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/ideas", {"text": "paper", "article_id": "starter:nowhere"}), ("/api/drafts/nowhere/publish", {"version": 1})],
)  # fmt: skip
def test_an_id_that_nobody_knows_is_said_before_anything_is_done(serve: Serve, path: str, body: dict[str, Any]) -> None:
    answer = serve().post(path, json=body)
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found", answer.text


def test_things_in_the_field_are_all_there_are(serve: Serve) -> None:
    client = serve()
    understood = [
        client.post("/api/search", json={"text": CHALK, **more}).json()["understood"]["materials"] for more in ({}, {"materials": []}, {"materials": ["rope"]})
    ]
    assert understood == [["chalk", "string"], [], ["rope"]]


def test_every_answer_has_the_security_headers_and_no_cookie(serve: Serve) -> None:
    client = serve()
    for answer in (client.get("/healthz"), client.get("/"), client.get("/nowhere"), client.post("/api/search", json={"text": CHALK})):
        assert "default-src 'self'" in answer.headers["content-security-policy"] and answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer" and "set-cookie" not in answer.headers and "server" not in answer.headers


def test_another_page_may_only_call_if_the_settings_name_it(serve: Serve) -> None:
    ask = {"origin": "https://school.example", "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    assert "access-control-allow-origin" not in serve().options("/api/search", headers=ask).headers
    named = serve(origins=["https://school.example"]).options("/api/search", headers=ask)
    assert named.headers["access-control-allow-origin"] == "https://school.example" and named.status_code == 200


def test_another_page_can_read_why_it_was_refused(serve: Serve) -> None:
    client = serve(origins=["https://school.example"], requests_per_minute=1)
    answers = [client.get("/api/materials", headers={"origin": "https://school.example"}) for _ in range(3)]
    assert answers[-1].status_code == 429 and answers[-1].json()["error"]["code"] == "rate_limited"
    assert answers[-1].headers["access-control-allow-origin"] == "https://school.example"
    assert "x-request-id" in answers[-1].headers["access-control-expose-headers"]


def test_one_address_may_not_ask_without_end(serve: Serve) -> None:
    client = serve(requests_per_minute=5)
    statuses = [client.get("/api/materials").status_code for _ in range(7)]
    assert statuses[:5] == [200] * 5 and statuses[-1] == 429 and client.get("/healthz").status_code == 200


def test_an_article_is_told_with_numbered_sentences(serve: Serve) -> None:
    article = serve().get("/api/articles/starter:kolam").json()
    assert article["title"] == "Kolam" and article["sections"][0]["first"] == 1 and len(article["sections"][0]["sentences"]) > 1


def test_the_materials_are_those_of_the_vocabulary(serve: Serve) -> None:
    items = serve().get("/api/materials").json()["items"]
    assert {"chalk", "scissors"} <= {item["name"] for item in items} and next(i for i in items if i["name"] == "scissors")["tool"]


def test_a_draft_is_saved_changed_published_and_deleted(serve: Serve, model: FakeModel) -> None:
    client = serve(model)
    idea = an_idea(client)
    draft = client.post("/api/drafts", json={"idea": idea}).json()
    assert draft["version"] == 1 and draft["idea"] == idea and [d["id"] for d in client.get("/api/drafts").json()] == [draft["id"]]
    path = f"/api/drafts/{draft['id']}"
    changed = client.put(path, json={"version": 1, "idea": idea | {"title": "Our own loops"}}).json()
    assert (changed["version"], changed["idea"]["title"]) == (2, "Our own loops")
    assert not any(a["title"] == "Our own loops" for a in client.get("/api/activities?limit=200").json()["activities"]), "saving is not publishing"
    activity = client.post(f"{path}/publish", json={"version": 2}).json()
    assert activity["title"] == "Our own loops" and idea["credit"]["url"] in activity["facilitation_tips"][-1]
    assert client.get("/api/activities", params={"q": "our own loops"}).json()["activities"][0]["id"] == activity["id"]
    assert client.delete(path).status_code == 204 and client.get(path).status_code == 404


def test_two_windows_cannot_overwrite_each_other(serve: Serve, model: FakeModel) -> None:
    client = serve(model)
    idea = an_idea(client)
    path = f"/api/drafts/{client.post('/api/drafts', json={'idea': idea}).json()['id']}"
    assert client.put(path, json={"version": 1, "idea": idea | {"title": "First window"}}).status_code == 200
    late = client.put(path, json={"version": 1, "idea": idea | {"title": "Second window"}})
    assert late.status_code == 409 and late.json()["error"]["code"] == "conflict"
    assert (late.json()["current"]["version"], late.json()["current"]["idea"]["title"]) == (2, "First window")
    assert client.post(f"{path}/publish", json={"version": 1}).status_code == 409


def test_a_draft_that_is_no_idea_is_refused_with_the_field(serve: Serve, model: FakeModel) -> None:
    client = serve(model)
    answer = client.post("/api/drafts", json={"idea": an_idea(client) | {"steps": "one"}})
    assert answer.status_code == 422 and "steps" in answer.json()["error"]["message"]


def test_feedback_is_a_choice_of_words(serve: Serve) -> None:
    client = serve()
    assert client.post("/api/feedback", json={"verdict": "problem", "reason": "wrong_fact", "article_id": "starter:kolam"}).status_code == 204
    assert client.post("/api/feedback", json={"verdict": "problem", "reason": "it says that my pupil ..."}).status_code == 422
    for text in ("my pupil said that", "x" * 201, ""):
        assert client.post("/api/feedback", json={"verdict": "useful", "idea_id": text}).status_code == 422


def test_import_and_publishing_ask_for_the_token_where_one_is_set(serve: Serve) -> None:
    client = serve(review_token="sesame")
    rows = client.get("/api/activities/export").content
    send: dict[str, Any] = {"content": rows, "headers": {"content-type": "application/json"}}
    assert client.post("/api/activities/import", **send).status_code == 403
    send["headers"]["authorization"] = "Bearer sesame"
    assert client.post("/api/activities/import", **send).json() == {"imported": 64, "total": 64}


def test_ready_means_that_a_token_was_written(serve: Serve, model: FakeModel) -> None:
    client = serve(model)
    assert client.get("/readyz").json() == {"ready": True, "model": "fake-1", "index": True, "encoder": True, "reason": None}
    assert model.bodies[-1]["max_tokens"] == 1 and client.get("/readyz").status_code == 200 and len(model.bodies) == 1


@pytest.mark.parametrize("mode", ["hangs", "refuses", "empty"])
def test_a_model_that_writes_nothing_is_not_ready(serve: Serve, model: FakeModel, mode: str) -> None:
    model.mode = mode
    answer = serve(model, ready_seconds=0.3).get("/readyz")
    assert answer.status_code == 503 and not answer.json()["ready"] and answer.json()["reason"]
    model.go_on.set()


def test_the_metrics_count_what_happened(serve: Serve, model: FakeModel) -> None:
    client = serve(model)
    an_idea(client)
    client.get("/nowhere")
    text = client.get("/metrics").text
    for line in ('craftlore_ideas_total{outcome="written"} 1.0', 'craftlore_requests_total{route="other",status="404"} 1.0', "craftlore_queue_active 0.0"):
        assert line in text
    assert "chalk" not in text


def test_a_fault_of_our_own_is_one_plain_error_and_its_text_goes_nowhere(
    library: Library, starter_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken(QueueEngine):
        def count_tokens(self, messages: Any) -> int:
            raise RuntimeError("a teacher's own words")

    open_log(tmp_path / "steps.jsonl")
    config = Config.model_validate({"home": starter_home, "serve": {"database": f"sqlite:///{tmp_path / 'own.db'}"}})
    with running(Suggester(library, None, None, Broken(), config)) as client:
        answer = client.get("/readyz")
    open_log(tmp_path / "other.jsonl")
    assert (answer.status_code, answer.json()["error"]["code"], "content-security-policy" in answer.headers) == (500, "internal", True)
    logged = (tmp_path / "steps.jsonl").read_text()
    assert '"RuntimeError"' in logged and "routes_health.py:" in logged
    assert "own words" not in logged + answer.text + "".join(capfd.readouterr())


def test_a_draft_with_a_long_or_an_empty_text_is_published_or_refused_by_its_field(serve: Serve, model: FakeModel) -> None:
    client = serve(model)
    idea = an_idea(client)

    def published(**changed: Any) -> httpx.Response:
        draft = client.post("/api/drafts", json={"idea": idea | changed}).json()
        return client.post(f"/api/drafts/{draft['id']}/publish", json={"version": 1})

    assert published(title="A kite " + "a" * 72 + " of paper").status_code == 200, "the cut may fall on a hyphen"
    refused = published(summary="", background=[])
    assert refused.status_code == 422 and refused.json()["error"]["field"] == "introduction"
