"""The MLX engine keeps the promises of the seam: exact counts, schema, seed, stop, cancel, deadline, whole characters."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_convert import tiny_gguf

from craftlore.config import load_config
from craftlore.engines.catalogue import path_of
from craftlore.engines.convert import convert_gguf
from craftlore.engines.embedded import EmbeddedEngine
from craftlore.engines.mlx import MlxEngine
from craftlore.engines.seam import Chat, complete, stream
from craftlore.errors import Cancelled, CutOff, EngineTimeout, EngineUnavailable, PromptTooLong, SchemaIgnored, WeightsError

for package in ("mlx.core", "mlx_lm", "llguidance"):
    pytest.importorskip(package, reason='needs pip install "craftlore[mlx]"')

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of transformers

RECITED = "Kolam: கோ🎨"
ASK = ({"role": "user", "content": "A kolam?"},)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"title": {"type": "string", "pattern": "^[A-Z][a-z ]{5,30}[.]$"}, "n": {"type": "integer", "minimum": 1, "maximum": 12}},
    "required": ["title", "n"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Iterator[MlxEngine]:
    made = MlxEngine(convert_gguf(tiny, tiny.with_name("mlx")), "tiny", context=400)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reciter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlxEngine]:
    home = tmp_path_factory.mktemp("reciter")
    made = MlxEngine(convert_gguf(tiny_gguf(home / "r.gguf", recite=RECITED), home / "mlx"), "reciter")
    yield made
    made.close()


def test_an_answer_streams_in_whole_characters_and_stops(reciter: MlxEngine) -> None:
    pieces = list(stream(reciter, Chat(ASK, max_tokens=99)))
    assert "".join(piece.text for piece in pieces) == RECITED
    assert len(pieces) > 5
    assert not any("�" in piece.text for piece in pieces)
    assert pieces[-1].finish == "stop"
    assert pieces[-1].prompt_tokens == reciter.count_tokens(ASK)
    assert (pieces[-1].completion_tokens or 0) > len(pieces) - 1


def test_the_context_is_at_most_the_models(reciter: MlxEngine, engine: MlxEngine) -> None:
    assert (reciter.context, engine.context) == (512, 400)
    with pytest.raises(PromptTooLong):
        complete(engine, Chat(ASK, max_tokens=390))


def test_a_token_limit_is_a_cut_off(engine: MlxEngine) -> None:
    with pytest.raises(CutOff):
        complete(engine, Chat(ASK, max_tokens=5))


@pytest.mark.parametrize("seed", range(4))
def test_a_schema_is_kept_whatever_the_model_wants(engine: MlxEngine, seed: int) -> None:
    answer = complete(engine, Chat(ASK, SCHEMA, max_tokens=120, temperature=1.5, seed=seed))
    found = json.loads(answer.text)
    assert list(found) == ["title", "n"]
    assert found["title"].endswith(".") and 1 <= found["n"] <= 12


def test_a_schema_can_ask_for_any_script(engine: MlxEngine) -> None:
    pieces = list(stream(engine, Chat(ASK, {"enum": ["கோலம் 🎨 ñandutí"]}, max_tokens=120)))
    assert json.loads("".join(piece.text for piece in pieces)) == "கோலம் 🎨 ñandutí"
    assert not any("�" in piece.text for piece in pieces)


def test_an_impossible_schema_is_refused_loudly(engine: MlxEngine) -> None:
    for schema in ({"type": "no such type"}, {"type": "string", "pattern": "(?=lookahead)"}, {"type": "array", "uniqueItems": True}):
        with pytest.raises(SchemaIgnored, match="schema"):
            complete(engine, Chat(ASK, schema, max_tokens=99))


def test_the_seed_decides(engine: MlxEngine) -> None:
    def ask(seed: int, question: tuple[dict[str, str], ...] = ASK) -> str:
        return complete(engine, Chat(question, SCHEMA, max_tokens=120, temperature=1.5, seed=seed)).text

    first = ask(1)
    assert ask(2) != first
    ask(1, ({"role": "user", "content": "Another question, which shares the beginning."},))
    assert ask(1) == first  # the kept prompt cache changes nothing


def test_a_cancel_and_a_deadline_end_the_answer_and_the_next_one_is_right(engine: MlxEngine) -> None:
    long, short = Chat(ASK, max_tokens=350), Chat(ASK, SCHEMA, max_tokens=120)
    before = complete(engine, short).text
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        for _ in stream(engine, long, cancel):
            cancel.set()
    with pytest.raises(EngineTimeout):
        complete(engine, Chat(ASK, max_tokens=350, deadline_seconds=1e-6))
    assert complete(engine, short).text == before


def test_chats_from_many_threads_come_one_after_the_other(reciter: MlxEngine) -> None:
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(complete(reciter, Chat(ASK, max_tokens=99)).text)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == [RECITED] * 4


def test_a_closed_engine_says_so(tiny: Path) -> None:
    made = MlxEngine(convert_gguf(tiny, tiny.with_name("mlx")), "tiny")
    running = made.pieces(Chat(ASK, max_tokens=400), threading.Event())
    next(running)
    made.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        list(running)
    with pytest.raises(EngineUnavailable, match="closed"):
        complete(made, Chat(ASK, max_tokens=99))


def test_missing_packages_and_folders_name_the_remedy(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineUnavailable, match="craftlore models convert tiny"):
        MlxEngine(tmp_path, "tiny")
    folder = convert_gguf(tiny, tmp_path / "mlx")
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(EngineUnavailable, match="craftlore models convert tiny"):
        MlxEngine(folder, "tiny")
    monkeypatch.setitem(sys.modules, "mlx_lm", None)
    with pytest.raises(EngineUnavailable, match=r"pip install -e '\.\[mlx\]'"):
        MlxEngine(folder, "tiny")


def test_llama_cpp_and_mlx_read_the_same_file_alike(tiny: Path, engine: MlxEngine) -> None:
    """Full precision on both sides, a random model: one wrong name, scale or rotation would change every token."""
    other = EmbeddedEngine(tiny, "tiny", context=512, parallel=1, threads=1)
    try:
        asked = [({"role": "user", "content": text},) for text in ("A kolam?", "கோலம் 🎨 at dawn, with rice flour.", "12 puppets")]
        for messages in asked:
            chat = Chat(messages, max_tokens=12)
            assert other.count_tokens(messages) == engine.count_tokens(messages)
            mine = "".join(piece.text for piece in engine.pieces(chat, threading.Event()))
            assert "".join(piece.text for piece in other.pieces(chat, threading.Event())).strip("� ") == mine.strip("� ")
    finally:
        other.close()


@pytest.mark.real
def test_the_real_model_answers_and_keeps_the_schema(tmp_path: Path) -> None:
    name = "qwen2.5-coder-0.5b"
    try:
        source = path_of(load_config().weights_dir, name)
    except WeightsError as error:
        pytest.skip(str(error))
    real = MlxEngine(convert_gguf(source, tmp_path / "mlx"), name)
    try:
        question = ({"role": "user", "content": "What is the capital of France? Answer with the one word only."},)
        assert complete(real, Chat(question, max_tokens=12)).text.strip(" .") == "Paris"
        kind = {"type": "object", "properties": {"city": {"type": "string", "pattern": "^[A-Z][a-z]+$"}}, "required": ["city"], "additionalProperties": False}
        assert json.loads(complete(real, Chat(question, kind, max_tokens=20)).text) == {"city": "Paris"}
    finally:
        real.close()
        shutil.rmtree(tmp_path / "mlx")  # pytest would keep 2.5 GB of each of the last runs
