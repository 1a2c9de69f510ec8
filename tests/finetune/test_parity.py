"""What serves is what was trained: all forms answer alike, and a form that does not is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten

from craftlore.artifacts import sha256_file
from craftlore.config import FinetuneConfig
from craftlore.engines.adapter import read_adapter
from craftlore.engines.embedded import EmbeddedEngine
from craftlore.engines.mlx import MlxEngine
from craftlore.errors import EngineUnavailable, FinetuneError
from craftlore.finetune.export import fuse, halve, write_adapter, write_gguf
from craftlore.finetune.network import open_network
from craftlore.finetune.parity import Tolerance, check_parity, from_llama, from_mlx, greedy, same_chat

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of transformers
CLOSE, HALF, EIGHT_BITS = Tolerance(0.001, 0.01), Tolerance(0.005, 0.05), Tolerance(0.1, 0.6)  # llama.cpp keeps keys and values in 16 bits
QUESTIONS = ("A kolam?", "Why do you think weavers in Ghana name their cloth?", "12 puppets, கோலம்")


@pytest.fixture(scope="module")
def adapter(tiny: Path, settings: FinetuneConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that changes every answer, of random numbers."""
    network = open_network(tiny.with_name("mlx"), settings)
    mx.random.seed(3)
    weights = [(name, mx.random.normal(value.shape) * 0.08) for name, value in tree_flatten(network.model.trainable_parameters())]
    network.model.load_weights(weights, strict=False)
    whole, folder = tmp_path_factory.mktemp("checkpoint"), tmp_path_factory.mktemp("adapter")
    write_adapter(whole, network, {"base": "tiny", "base_sha256": sha256_file(tiny), "name": "test"})
    halve(whole, folder, network)
    return folder


def test_what_ships_is_half_as_large_in_both_forms(adapter: Path) -> None:
    weights: Any = mx.load(str(adapter / "adapters.safetensors"))
    assert {value.dtype for value in weights.values()} == {mx.float16}
    sizes = [(adapter / name).stat().st_size for name in ("adapters.safetensors", "adapter.gguf")]
    assert all(2 * sum(value.size for value in weights.values()) < size < 2.5 * sum(value.size for value in weights.values()) + 4096 for size in sizes)


@pytest.fixture(scope="module")
def reference(tiny: Path, adapter: Path) -> list[Any]:
    network = open_network(tiny.with_name("mlx"), FinetuneConfig(layers=1))
    prompts = [network.tokenizer.apply_chat_template([{"role": "user", "content": text}], add_generation_prompt=True) for text in QUESTIONS]
    return greedy(tiny.with_name("mlx"), adapter, prompts, 16)


@pytest.fixture(scope="module")
def fused(tiny: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fuse(tiny.with_name("mlx"), adapter, tmp_path_factory.mktemp("fused") / "mlx")


def test_the_fused_model_answers_like_base_and_adapter(fused: Path, reference: list[Any]) -> None:
    assert check_parity("fused", reference, from_mlx(fused), CLOSE).tokens == 48


def test_the_gguf_adapter_answers_like_the_mlx_adapter(tiny: Path, adapter: Path, reference: list[Any]) -> None:
    ask, close = from_llama(tiny, read_adapter(adapter))
    try:
        found = check_parity("GGUF LoRA", reference, ask, HALF)
    finally:
        close()
    print(found)


def test_the_fused_gguf_answers_like_base_and_adapter_and_speaks_the_same_chat(tiny: Path, fused: Path, reference: list[Any], tmp_path: Path) -> None:
    made = write_gguf(fused, tmp_path / "fused.gguf")
    ask, close = from_llama(made)
    try:
        print(check_parity("fused GGUF", reference, ask, EIGHT_BITS))
    finally:
        close()
    assert len(same_chat([fused, made])) == 64


def test_base_without_adapter_is_no_parity(tiny: Path, reference: list[Any]) -> None:
    with pytest.raises(FinetuneError, match=r"base does not answer like base \+ adapter: of 48 tokens \d+ differ"):
        check_parity("base", reference, from_mlx(tiny.with_name("mlx")), EIGHT_BITS)


@pytest.mark.parametrize("wrong", ["alpha", "transposed"])
def test_a_gguf_adapter_with_another_scale_or_swapped_matrices_is_found(tiny: Path, adapter: Path, reference: list[Any], tmp_path: Path, wrong: str) -> None:
    folder = shutil.copytree(adapter, tmp_path / "wrong")
    network = open_network(tiny.with_name("mlx"), FinetuneConfig(rank=4, layers=2, scale=4 if wrong == "alpha" else 8))
    weights = mx.load(str(adapter / "adapters.safetensors"))
    if wrong == "transposed":
        weights = {name: mx.flip(value, axis=0) if name.endswith("lora_a") else value for name, value in weights.items()}
    network.model.load_weights(list(weights.items()), strict=False)
    write_adapter(folder, network, json.loads((adapter / "adapter_config.json").read_text()))
    ask, close = from_llama(tiny, read_adapter(folder))
    try:
        with pytest.raises(FinetuneError, match="GGUF LoRA does not answer"):
            check_parity("GGUF LoRA", reference, ask, HALF)
    finally:
        close()


def test_both_engines_serve_the_adapter_and_name_it(tiny: Path, adapter: Path) -> None:
    found = read_adapter(adapter)
    for engine in (EmbeddedEngine(tiny, "tiny", context=512, adapter=found), MlxEngine(tiny.with_name("mlx"), "tiny", context=512, adapter=found)):
        assert engine.adapter == "tiny-lora-test"
        engine.close()


def test_an_adapter_for_another_base_and_a_folder_without_one_are_refused(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"belongs to tiny \(sha256 [0-9a-f]{12}\), not to qwen \(sha256 aaaaaaaaaaaa\)"):
        read_adapter(adapter).check_base("qwen", "a" * 64)
    with pytest.raises(EngineUnavailable, match="holds no adapter"):
        read_adapter(tmp_path)
    shutil.copy(adapter / "adapter_config.json", tmp_path)
    with pytest.raises(EngineUnavailable, match=r"has no adapters\.safetensors"):
        read_adapter(tmp_path)


def test_forms_that_speak_another_chat_are_refused(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny.with_name("mlx"), tmp_path / "other")
    words = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**words, "chat_template": words["chat_template"] + " "}))
    with pytest.raises(FinetuneError, match="chat template differ"):
        same_chat([tiny.with_name("mlx"), folder])
