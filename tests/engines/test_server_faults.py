"""Servers that misbehave in the middle of an answer: each fault has its own error, none leaves a connection hanging."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from fake_server import ANSWER, Server, event

from craftlore.engines.seam import Chat, complete, stream
from craftlore.errors import Cancelled, CutOff, EmptyCompletion, EngineTimeout, EngineUnavailable, PromptTooLong

CHAT = Chat(({"role": "user", "content": "a kite for grade 4"},), max_tokens=20, deadline_seconds=20)
SOON = Chat(CHAT.messages, max_tokens=20, deadline_seconds=0.3)


@pytest.mark.parametrize("error", [{"error": {"message": "slot crashed"}}, {"error": "slot crashed"}])
def test_an_error_event_is_told_in_the_words_of_the_server(server: Server, ask: Any, error: dict[str, Any]) -> None:
    server.chat = [event("Cut "), f"data: {json.dumps(error)}\n\n"]
    with pytest.raises(EngineUnavailable, match="slot crashed"):
        complete(ask(), CHAT)


@pytest.mark.parametrize("status", [400, 500])
def test_a_prompt_too_long_is_told_apart_from_other_refusals(server: Server, ask: Any, status: int) -> None:
    server.status = status
    server.chat = ['{"error": {"code": 400, "message": "the request exceeds the available context size", "n_ctx": 512}}']
    with pytest.raises(PromptTooLong, match="context size"):
        complete(ask(), CHAT)


@pytest.mark.parametrize("body", ['{"error": "no such model"}', '["no such model"]', "<html>no such model", '{"message": "no such model"}'])
def test_a_refusal_carries_status_and_reason(server: Server, ask: Any, body: str) -> None:
    server.status, server.chat = 404, [body]
    with pytest.raises(EngineUnavailable, match=r"refused the request \(404\).*no such model"):
        complete(ask(), CHAT)


def test_a_dropped_connection_is_no_answer(server: Server, ask: Any) -> None:
    server.chat, server.ending = ANSWER[:2], "drop"
    seen = []
    with pytest.raises(EngineUnavailable, match="Start the server"):
        seen.extend(piece.text for piece in stream(ask(), CHAT))


def test_a_stream_that_ends_without_a_reason_is_cut_off(server: Server, ask: Any) -> None:
    server.chat = ANSWER[:2]
    with pytest.raises(CutOff):
        complete(ask(), CHAT)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_did_not_stop_by_itself_is_cut_off(server: Server, ask: Any, reason: str) -> None:
    server.chat = [event("Cut "), event(finish=reason)]
    with pytest.raises(CutOff):
        complete(ask(), CHAT)


@pytest.mark.parametrize(
    "garbage",
    ["data: {half\n\n", "data: 5\n\n", "data: [1]\n\n", "data: null\n\n", 'data: {"choices": 5}\n\n', 'data: {"choices": ["x"]}\n\n', 'data: {"usage": 5}\n\n'],
)
def test_garbage_in_the_stream_is_no_traceback(server: Server, ask: Any, garbage: str) -> None:
    server.chat = [event("Cut "), garbage]
    with pytest.raises(EngineUnavailable, match="no event stream"):
        complete(ask(), CHAT)


@pytest.mark.parametrize("chat", [[], ["data: [DONE]\n\n"], ["<html>hello</html>\n"], [": ping\n\n" * 50], ["\x00\n\n"]])
def test_nothing_usable_is_an_empty_answer(server: Server, ask: Any, chat: list[str]) -> None:
    server.chat = chat
    with pytest.raises(EmptyCompletion):
        complete(ask(), CHAT)


def test_an_event_cut_in_two_chunks_is_one_event(server: Server, ask: Any) -> None:
    whole = "".join(ANSWER)
    server.chat = [whole[i : i + 7] for i in range(0, len(whole), 7)]
    assert complete(ask(), CHAT).text == "Cut paper."


def test_letters_of_every_script_arrive(server: Server, ask: Any) -> None:
    server.chat = [event("கோலம் 🎨 \u2028 naïve"), event(finish="stop")]
    assert complete(ask(), CHAT).text == "கோலம் 🎨 \u2028 naïve"


@pytest.mark.parametrize("chat", [[], ANSWER[:1]])
def test_a_server_that_hangs_is_left_at_the_deadline(server: Server, ask: Any, chat: list[str]) -> None:
    server.chat, server.ending = chat, "hang"
    with pytest.raises(EngineTimeout, match="sent nothing"):
        complete(ask(), SOON)


def test_cancelling_hangs_up(server: Server, ask: Any) -> None:
    cancel = threading.Event()
    engine = ask()
    with pytest.raises(Cancelled):
        for _ in stream(engine, CHAT, cancel):
            cancel.set()
    cancel.clear()
    assert complete(engine, CHAT, cancel).text == "Cut paper.", "the engine serves the next answer"


def test_a_server_that_cuts_prompts_without_a_word_is_found_out(server: Server, ask: Any) -> None:
    long = Chat(({"role": "user", "content": "kite " * 1000},), max_tokens=20, deadline_seconds=20)
    with pytest.raises(PromptTooLong, match=r"read only 9 tokens .*num_ctx"):
        complete(ask(context=100_000), long)


def test_a_server_that_dies_between_two_answers_is_named(server: Server, ask: Any) -> None:
    engine = ask()
    server.shutdown()
    server.server_close()
    with pytest.raises(EngineUnavailable, match=r"no language model answers at http://127\.0\.0\.1"):
        complete(engine, CHAT)
