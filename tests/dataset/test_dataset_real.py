"""Training pairs from a real Ollama: real answers through the filters, and a context that is too small found out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from craftlore.artifacts import read_jsonl
from craftlore.config import Config
from craftlore.dataset.ask import from_engine
from craftlore.dataset.records import Candidate
from craftlore.dataset.run import Inputs, preview
from craftlore.engines.server import ServerEngine
from craftlore.errors import PromptTooLong

pytestmark = pytest.mark.real

OLLAMA = f"http://{os.environ.get('OLLAMA_HOST', '127.0.0.1:11434')}"
ARTICLES = ("oware", "kolam", "azulejo", "khipu")


@pytest.fixture(scope="module")
def model() -> str:
    """The first model of the Ollama on this machine."""
    try:
        listed = httpx.get(f"{OLLAMA}/v1/models", timeout=2, trust_env=False).json().get("data")
    except (httpx.HTTPError, ValueError) as error:
        pytest.skip(f"no Ollama listens on {OLLAMA} ({type(error).__name__}): scripts/with-ollama make test")
    if not listed:
        pytest.skip(f"Ollama listens on {OLLAMA} but has no model: `ollama pull qwen2.5:0.5b`")
    return str(listed[0]["id"])


@pytest.fixture
def too_small(model: str) -> Iterator[str]:
    """The same weights with a context that the fixed part of the prompt alone nearly fills."""
    name = "craftlore-too-small"
    body = {"model": name, "from": model, "parameters": {"num_ctx": 800}, "stream": False}
    httpx.post(f"{OLLAMA}/api/create", json=body, timeout=120, trust_env=False).raise_for_status()
    yield name
    httpx.request("DELETE", f"{OLLAMA}/api/delete", json={"model": name}, timeout=30, trust_env=False)


def test_a_real_ollama_writes_pairs_and_the_filters_sort_them(inputs_for: Callable[..., Inputs], model: str, tmp_path: Path) -> None:
    inputs, engine = inputs_for(ARTICLES, candidates=2), ServerEngine(OLLAMA + "/v1", model)
    try:
        answered = preview(inputs, tmp_path, from_engine(engine, _patient(inputs)), 3)
    finally:
        engine.close()
    candidates = read_jsonl(tmp_path / "candidates.jsonl", Candidate)
    assert len(answered) == 3 and candidates and all(c.error or c.prompt_tokens > 700 for c in candidates)
    assert not [d for a in answered for d in a.choice.drops if d.filter == "schema" and d.number >= 0], (
        "Ollama keeps to the decoding schema, expressions included"
    )
    assert sum(len(a.choice.texts) for a in answered) >= 4, "the smallest model writes some sound texts"


def test_a_context_that_cuts_the_prompt_is_found_out(inputs_for: Callable[..., Inputs], too_small: str, tmp_path: Path) -> None:
    inputs, engine = inputs_for(ARTICLES), ServerEngine(OLLAMA + "/v1", too_small)
    try:
        with pytest.raises(PromptTooLong, match=r"num_ctx"):
            preview(inputs, tmp_path, from_engine(engine, _patient(inputs)), 1)
    finally:
        engine.close()
    assert not read_jsonl(tmp_path / "candidates.jsonl", Candidate)


def _patient(inputs: Inputs) -> Config:
    """Settings with a deadline for busy machines."""
    engine = inputs.planner.config.engine
    return inputs.planner.config.model_copy(update={"engine": engine.model_copy(update={"deadline_seconds": 600, "parallel": 1})})
