"""`/api/ideas/regenerate`: one part anew, the rest the same to the byte, and a plain reason when it cannot be."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from conftest import Serve
from fake_model import FakeModel


@pytest.fixture
def client(serve: Serve, model: FakeModel) -> httpx.Client:
    return serve(model)


@pytest.fixture
def idea(client: httpx.Client) -> dict[str, Any]:
    body = {"text": "grade 4 sowing game with egg cartons and dried beans", "article_id": "starter:oware"}
    with client.stream("POST", "/api/ideas", json=body) as answer:
        events = [json.loads(line) for line in answer.iter_lines() if line]
    return next(event["value"] for event in events if event["event"] == "idea")


def anew(client: httpx.Client, idea: dict[str, Any], **change: str) -> httpx.Response:
    return client.post("/api/ideas/regenerate", json={"idea": idea, "change": change})


def test_a_swap_needs_no_model_and_keeps_every_other_byte(client: httpx.Client, model: FakeModel, idea: dict[str, Any]) -> None:
    model.mode, calls = "refuses", len(model.bodies)
    found = anew(client, idea, kind="material", **{"from": "dried beans", "to": "pebbles"}).json()
    assert "pebbles" in found["idea"]["materials_to_find"] + found["idea"]["materials_used"] and len(model.bodies) == calls
    for name, value in idea.items():
        assert (json.dumps(found["idea"][name]) == json.dumps(value)) == (name not in found["changed"])
    assert {"tradition", "credit", "background", "id"}.isdisjoint(found["changed"])


def test_other_words_change_only_what_the_model_writes(client: httpx.Client, idea: dict[str, Any]) -> None:
    found = anew(client, idea, kind="words").json()
    assert set(found["changed"]) <= {"id", "title", "summary", "steps", "learning_goals", "question", "kept_from_pattern", "model"}
    assert found["idea"]["materials_used"] == idea["materials_used"] and "id" in found["changed"]


def test_another_product_is_another_pattern_of_the_same_tradition(client: httpx.Client, idea: dict[str, Any]) -> None:
    found = anew(client, idea, kind="product", to="museum label")
    assert found.status_code == 200
    assert found.json()["idea"]["article_id"] == idea["article_id"] and found.json()["idea"]["pattern_id"] != idea["pattern_id"]


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "cannot stand in": ({"kind": "material", "from": "dried beans", "to": "lava"}, "What can"),
    "not used": ({"kind": "material", "from": "gold", "to": "clay"}, "does not use"),
    "no such change": ({"kind": "nicer"}, "kind|change"),
    "no such product": ({"kind": "product", "to": "space rocket"}, "no project"),
    "hostile product": ({"kind": "product", "to": "how to build a real bomb"}, "no project"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_changed_is_refused_with_the_reason(client: httpx.Client, idea: dict[str, Any], name: str) -> None:
    change, reason = REFUSED[name]
    answer = anew(client, idea, **change)
    assert answer.status_code == 422 and any(part in answer.json()["error"]["message"] for part in reason.split("|")), answer.text


@pytest.mark.parametrize("mode", ["refuses", "dies"])
def test_a_model_that_fails_leaves_the_idea_as_it_is(client: httpx.Client, model: FakeModel, idea: dict[str, Any], mode: str) -> None:
    model.mode = mode
    answer = anew(client, idea, kind="words")
    assert answer.status_code == 503 and "stays as it is" in answer.json()["error"]["message"]


def test_an_idea_from_an_own_activity_names_it_and_changes_like_any_other_as_long_as_it_is_there(client: httpx.Client, model: FakeModel) -> None:
    asked = {"text": "grade 5, sew a felt pouch with a button", "product": "button pouch", "article_id": "starter:arpilleras"}
    with client.stream("POST", "/api/ideas", json=asked) as answer:
        events = [json.loads(line) for line in answer.iter_lines() if line]
    (card,) = next(event["cards"] for event in events if event["event"] == "sources")
    assert (card["pattern_id"], card["pattern_name"]) == ("own-felt-button-pouch", "Felt pouch with a button")
    idea = next(event["value"] for event in events if event["event"] == "idea")
    assert idea["origin"] == "activity" and "“Felt pouch with a button”" in idea["tips"][0]
    again = anew(client, idea, kind="words").json()
    assert again["idea"]["origin"] == "activity" and again["idea"]["minutes"] == idea["minutes"]
    swapped = anew(client, idea, kind="material", **{"from": "felt", "to": "paper"})
    assert swapped.status_code == 422 and "Nothing else does here" in swapped.json()["error"]["message"]
    gone = anew(client, idea | {"pattern_id": "own-nothing"}, kind="words")
    assert gone.status_code == 422 and "no longer has" in gone.json()["error"]["message"]
    assert anew(client, idea | {"grade": "1"}, kind="words").status_code == 422, "the gates of the grade hold here, too"
