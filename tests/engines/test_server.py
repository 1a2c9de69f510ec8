"""Any server of chat completions that behaves: questions go out as asked, answers and counts come in."""

from __future__ import annotations

from typing import Any

import pytest
from fake_server import Server

from craftlore.engines.seam import Chat, complete
from craftlore.engines.server import ServerEngine
from craftlore.errors import EngineUnavailable

CHAT = Chat(({"role": "user", "content": "a kite for grade 4"},), max_tokens=20, deadline_seconds=20)


def counting(server: Server) -> None:
    server.routes |= {
        "/apply-template": {"prompt": "<user> a kite"},
        "/tokenize": {"tokens": list(range(17))},
        "/props": {"default_generation_settings": {"n_ctx": 2048}},
    }


def test_a_streamed_answer_is_joined(server: Server, ask: Any) -> None:
    answer = complete(ask(), CHAT)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("Cut paper.", 9, 4)


def test_the_question_goes_out_as_asked(server: Server, ask: Any) -> None:
    complete(ask("big", api_key="secret"), Chat(CHAT.messages, {"type": "object"}, 33, 0.5, 7, 20))
    sent = server.bodies[-1]
    assert (sent["model"], sent["max_tokens"], sent["temperature"], sent["seed"], sent["key"]) == ("big", 33, 0.5, 7, "Bearer secret")
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert "cache_prompt" not in sent


def test_llama_server_counts_its_own_tokens_and_context(server: Server, ask: Any) -> None:
    counting(server)
    engine = ask(context=512)
    assert (engine.count_tokens(CHAT.messages), engine.context) == (17, 2048)
    complete(engine, CHAT)
    assert server.bodies[-1]["cache_prompt"] is True


def test_without_a_tokenizer_the_estimate_errs_upwards(ask: Any) -> None:
    engine = ask(context=512)
    assert engine.context == 512
    assert engine.count_tokens(({"role": "user", "content": "x" * 300},)) >= 100
    assert engine.count_tokens(({"role": "user", "content": "ü🎨" * 100},)) >= 200


@pytest.mark.parametrize(("model", "name"), [(None, "tiny:latest"), ("tiny", "tiny"), ("big", "big")])
def test_a_model_is_chosen_from_those_there(ask: Any, model: str | None, name: str) -> None:
    assert ask(model).model == name


@pytest.mark.parametrize("rows", [[], None])
def test_a_server_without_models_is_told_apart(server: Server, ask: Any, rows: list[Any] | None) -> None:
    server.routes["/v1/models"] = {"data": rows}
    with pytest.raises(EngineUnavailable, match=r"it has: none.*ollama pull"):
        ask("tiny")


def test_a_model_that_is_not_there_is_answered_with_those_that_are(ask: Any) -> None:
    with pytest.raises(EngineUnavailable, match="has no model 'huge'; it has: tiny:latest, big"):
        ask("huge")


@pytest.mark.parametrize("answer", [b"<html>", [1], 5, {"data": [{}]}, {"data": 5}, {"data": ["x"]}])
def test_what_is_no_language_model_is_said_so(server: Server, ask: Any, answer: Any) -> None:
    server.routes["/v1/models"] = answer
    with pytest.raises(EngineUnavailable, match="address of a language model"):
        ask()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "", "ftp://x/v1", "http://a b/v1", "http://\x00/v1", "localhost:11434/v1"])
def test_an_address_where_nobody_answers_is_no_traceback(url: str) -> None:
    with pytest.raises(EngineUnavailable, match=r"no language model answers at .*Start the server, or set"):
        ServerEngine(url)


@pytest.mark.parametrize(
    ("props", "tokenize"),
    [
        ({"default_generation_settings": {}}, {"tokens": [1]}), ([], b"no json"), (b"no json", {}), ({"default_generation_settings": {"n_ctx": "many"}}, [1]),
    ],
)  # fmt: skip
def test_odd_answers_about_tokens_end_in_no_traceback(server: Server, ask: Any, props: Any, tokenize: Any) -> None:
    counting(server)
    server.routes |= {"/props": props, "/tokenize": tokenize}
    engine = ask(context=512)
    assert engine.context == 512
    if tokenize == {"tokens": [1]}:
        assert engine.count_tokens(CHAT.messages) == 1
    else:
        with pytest.raises(EngineUnavailable, match="cannot count tokens"):
            engine.count_tokens(CHAT.messages)
