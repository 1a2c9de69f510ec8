"""The API says what it does: the document is fresh, its examples are valid, and whatever fits it never gets a 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from conftest import running
from fakes import FakeEncoder, QueueEngine, obliging
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import validator_for

from craftlore.config import Config
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.serve.app import create_app
from craftlore.serve.desk import desk_of
from craftlore.suggest.pipeline import Suggester

WRITTEN = Path(__file__).parents[2] / "web" / "openapi.json"


@pytest.fixture(scope="module")
def suggester(library: Library, starter_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Suggester:
    own = {"database": f"sqlite:///{tmp_path_factory.mktemp('own')}/own.db", "requests_per_minute": 0}
    config = Config.model_validate({"home": starter_home, "search": {"floor": 0.1}, "serve": own})
    encoder = FakeEncoder()
    index = Index(config.index_dir, library.patterns, config.search, encoder)
    return Suggester(library, index, encoder, QueueEngine(always=lambda chat: obliging(chat) if chat.schema else "yes"), config)


@pytest.fixture(scope="module")
def document(suggester: Suggester) -> dict[str, Any]:
    desk = desk_of(suggester)
    document = create_app(desk).openapi()
    desk.close()
    return document


def test_the_written_document_is_that_of_the_code(document: dict[str, Any]) -> None:
    assert json.loads(WRITTEN.read_text(encoding="utf-8")) == document, "run `craftlore serve --openapi web/openapi.json`"


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body and answer that has content: where it stands, and its media type object."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            places = {"body": operation.get("requestBody", {}), **operation["responses"]}
            for place, described in places.items():
                for media, kind in described.get("content", {}).items():
                    yield f"{method} {path} {place} {media}", kind


def examples_of(kind: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    """The examples beside a schema, or the schema's own."""
    schema = document["components"]["schemas"].get(kind.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1], {})
    return [kind["example"]] if "example" in kind else schema.get("examples", [])


def test_every_body_and_every_answer_has_an_example_and_each_is_valid(document: dict[str, Any]) -> None:
    found = dict(contents(document))
    assert len(found) > 40 and sum(" body " in place for place in found) == 9, "what is left out of this test is not checked"
    for place, kind in found.items():
        examples = examples_of(kind, document)
        assert examples, f"{place} has no example"
        for example in examples:
            assert validator_for({**kind["schema"], "components": document["components"]}).is_valid(example), (place, example)


def test_every_example_of_a_schema_is_valid(document: dict[str, Any]) -> None:
    checked = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            validator_for({"$ref": f"#/components/schemas/{name}", "components": document["components"]}).validate(example)
            checked += 1
    assert checked >= 6


def test_the_example_bodies_are_answered_without_an_error(client: httpx.Client, document: dict[str, Any]) -> None:
    for path in ("/api/search", "/api/ideas", "/api/drafts", "/api/feedback", "/api/activities/import"):
        for media, kind in document["paths"][path]["post"]["requestBody"]["content"].items():
            (example,) = examples_of(kind, document)
            content = example.encode() if isinstance(example, str) else json.dumps(example).encode()
            answer = client.post(path, content=content, headers={"content-type": media})
            assert answer.status_code in (200, 201, 204), (path, answer.text)


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"] and operation["operationId"], (method, path)
            errors = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert errors == {"$ref": "#/components/schemas/ErrorAnswer"}, (method, path)


def test_every_event_of_a_stream_is_in_the_document(document: dict[str, Any], suggester: Suggester) -> None:
    valid = validator_for({"$ref": "#/components/schemas/StreamEvent", "components": document["components"]})
    seen = set()
    with running(suggester) as client, client.stream("POST", "/api/ideas", json={"text": "grade 4 chalk drawing of loops", "count": 2}) as answer:
        lines = [line for line in answer.iter_lines() if line]
        for line in lines:
            valid.validate(json.loads(line))
            seen.add(json.loads(line)["event"])
    assert seen >= {"understood", "activities", "sources", "progress", "field", "idea", "done"}


@pytest.fixture(scope="module")
def client(suggester: Suggester) -> Iterator[httpx.Client]:
    with running(suggester) as client:
        yield client


def test_nothing_that_anybody_sends_is_a_server_error(client: httpx.Client, document: dict[str, Any]) -> None:
    tried = set()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()

        @given(operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
        @settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        def fits(case: schemathesis.Case) -> None:
            answer = case.call(base_url=str(client.base_url))
            assert answer.status_code < 500, (case.method, case.path, case.body, answer.text)
            if answer.status_code >= 400:
                assert {"code", "message", "field", "request_id"} == set(answer.json()["error"]), (case.method, case.path, answer.text)

        fits()
        tried.add((operation.method.upper(), operation.path))
    assert len(tried) == sum(len(operations) for operations in document["paths"].values())
