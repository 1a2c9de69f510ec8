"""The seam with real weights: Qwen 2.5 Coder 0.5B through the embedded llama.cpp, and what the whole pipeline makes of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import FakeEncoder

from craftlore.config import Config, load_config
from craftlore.engines.catalogue import path_of
from craftlore.engines.check import check_engine
from craftlore.engines.embedded import EmbeddedEngine
from craftlore.engines.seam import Chat, complete, stream
from craftlore.engines.server import ServerEngine
from craftlore.errors import Cancelled, CutOff, EngineUnavailable, PromptTooLong, WeightsError
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.suggest.pipeline import Suggester
from craftlore.suggest.write import Written
from craftlore.verify.ideas import audit_idea

pytestmark = pytest.mark.real

MODEL = "qwen2.5-coder-0.5b"
OLLAMA = "http://127.0.0.1:11434/v1"
KITE: Any = ({"role": "user", "content": "Say in a few words what a kite is made of."},)
SHORT = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^[a-z]+( [a-z]+){3,7}$"}}, "required": ["a"], "additionalProperties": False}


@pytest.fixture(scope="module")
def engine() -> Iterator[EmbeddedEngine]:
    try:
        weights = path_of(load_config().weights_dir, MODEL)
    except WeightsError as error:
        if os.environ.get("CRAFTLORE_TEST_REAL") == "1":
            raise
        pytest.skip(f"needs real weights: {error}")
    made = EmbeddedEngine(weights, MODEL, context=2048, parallel=1, threads=1)  # more threads wait for each other on a busy machine
    yield made
    made.close()


def test_the_engine_passes_its_own_check(engine: EmbeddedEngine) -> None:
    report = check_engine(engine)
    assert (report["engine"], report["model"]) == ("embedded", MODEL) and report["context"] >= 2048
    assert report["prompt_tokens"] > 20 and report["completion_tokens"] > 5


def test_an_answer_streams_piece_by_piece_with_the_counts_at_the_end(engine: EmbeddedEngine) -> None:
    pieces = list(stream(engine, Chat(KITE, SHORT, max_tokens=40)))
    assert sum(bool(piece.text) for piece in pieces) > 3 and [piece.finish for piece in pieces if piece.finish] == ["stop"]
    assert next(piece.prompt_tokens for piece in reversed(pieces) if piece.prompt_tokens) == engine.count_tokens(KITE)


def test_cancelling_ends_a_long_answer_and_the_engine_goes_on(engine: EmbeddedEngine) -> None:
    cancel, seen = threading.Event(), 0
    with pytest.raises(Cancelled):
        for seen, _ in enumerate(stream(engine, Chat(KITE, max_tokens=1500), cancel), 1):
            if seen == 3:
                cancel.set()
    assert seen == 3 and complete(engine, Chat(KITE, SHORT, max_tokens=40)).text


def test_the_same_seed_gives_the_same_text_and_so_does_the_server(engine: EmbeddedEngine) -> None:
    chat = Chat(KITE, SHORT, max_tokens=40, temperature=0, seed=7)
    texts = {complete(engine, chat).text for _ in range(2)}
    server = ServerEngine(engine.address, MODEL, api_key=engine.api_key)
    try:
        texts.add(complete(server, chat).text)
        assert server.count_tokens(KITE) == engine.count_tokens(KITE)
    finally:
        server.close()
    assert len(texts) == 1


def test_without_the_key_the_engine_answers_nobody(engine: EmbeddedEngine) -> None:
    stranger: ServerEngine | None = None
    with pytest.raises(EngineUnavailable):
        stranger = ServerEngine(engine.address, MODEL, api_key="guessed")
        complete(stranger, Chat(KITE, max_tokens=5))
    if stranger:
        stranger.close()


def test_an_answer_that_hits_its_limit_is_cut_off(engine: EmbeddedEngine) -> None:
    with pytest.raises(CutOff):
        complete(engine, Chat(KITE, max_tokens=3))


def test_a_prompt_longer_than_the_context_is_refused_before_the_call(engine: EmbeddedEngine) -> None:
    chat: Any = ({"role": "user", "content": "kite " * 2100},)
    with pytest.raises(PromptTooLong, match=r"has 2\d\d\d tokens"):
        next(iter(stream(engine, Chat(chat, max_tokens=10))))


def test_one_idea_of_the_pipeline_passes_the_whole_audit(engine: EmbeddedEngine, library: Library, starter_home: Path) -> None:
    config = Config.model_validate({"home": starter_home, "engine": {"parallel": 1}, "search": {"floor": 0.1}, "suggest": {"retries": 1, "max_tokens": 400}})
    encoder = FakeEncoder()
    seen: list[Written] = []
    index = Index(config.index_dir, library.patterns, config.search, encoder)
    suggester = Suggester(library, index, encoder, engine, config, watch=seen.append)
    found = suggester.suggest("grade 4, chalk, loops around dots on the ground", count=1)
    assert len(found.ideas) == 1 and not found.degraded and found.ideas[0].model and found.ideas[0].model.name == MODEL
    assert any(attempt.answer for attempt in seen[0].attempts), "the model kept to the schema at least once"
    audit = audit_idea(found.ideas[0], library)
    assert all(audit.values()), audit


def test_ollama_answers_through_the_same_seam() -> None:
    try:
        listed = httpx.get(f"{OLLAMA}/models", timeout=2, trust_env=False).json().get("data")
    except (httpx.HTTPError, ValueError) as error:
        pytest.skip(f"no Ollama listens on 127.0.0.1:11434 ({type(error).__name__})")
    if not listed:
        pytest.skip("Ollama listens on 127.0.0.1:11434 but has no model: `ollama pull qwen2.5:0.5b`")
    engine = ServerEngine(OLLAMA)
    try:
        assert check_engine(engine)["answer"].endswith(".")
    finally:
        engine.close()
