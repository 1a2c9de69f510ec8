"""A tiny Qwen 2 with the real tokenizer where the real weights are, and a few dozen chats to learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import mlx.core as mx
import pytest
from mlx.utils import tree_flatten
from mlx_lm.models.qwen2 import Model, ModelArgs

from craftlore.artifacts import write_json
from craftlore.config import FinetuneConfig, load_config
from craftlore.engines.catalogue import path_of
from craftlore.engines.convert import read_tokenizer
from craftlore.errors import WeightsError

REAL = "qwen2.5-coder-0.5b"
SHAPE: dict[str, Any] = {
    "model_type": "qwen2", "hidden_size": 64, "num_hidden_layers": 4, "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2,
    "rms_norm_eps": 1e-6, "max_position_embeddings": 1024, "rope_theta": 1_000_000.0, "tie_word_embeddings": True,
}  # fmt: skip
TRADITIONS = ("kolam", "kente", "oware", "sashiko", "khipu", "siku", "zellige", "wau", "mola", "adire", "kubb", "angklung")


@pytest.fixture(scope="session")
def settings() -> FinetuneConfig:
    return FinetuneConfig(rank=4, layers=2, batch=4, epochs=3, scale=8, learning_rate=2e-2, max_tokens=300, save_every=2, evaluate_every=4, task_cases=0)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The GGUF of a random model with the tokenizer of the real 0.5B; `tiny.with_name("mlx")` is the same for MLX."""
    try:
        source = path_of(load_config().weights_dir, REAL)
    except WeightsError as error:
        pytest.skip(f"the real tokenizer is inside the weights: {error}")
    from craftlore.finetune.export import write_gguf

    home = tmp_path_factory.mktemp("tiny")
    folder = home / "mlx"
    folder.mkdir()
    tokenizer, words = read_tokenizer(source)
    size = max(max(tokenizer["model"]["vocab"].values()), *(token["id"] for token in tokenizer["added_tokens"])) + 1
    ends = [token["id"] for token in tokenizer["added_tokens"] if token["content"] in ("<|im_end|>", "<|endoftext|>")]
    config = {**SHAPE, "vocab_size": -(-size // 32) * 32, "eos_token_id": ends}
    mx.random.seed(1)
    model = Model(ModelArgs.from_dict(config))
    weights = {name: value * (3 if "proj.weight" in name else 1) for name, value in tree_flatten(model.parameters())}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    write_json(folder / "config.json", config)
    write_json(folder / "tokenizer.json", tokenizer)
    write_json(folder / "tokenizer_config.json", words)
    return write_gguf(folder, home / "tiny.gguf", gguf.GGMLQuantizationType.F32)


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.jsonl with 16 rows and valid.jsonl with 6, which begin alike and differ in length."""
    home = tmp_path_factory.mktemp("pairs")
    rows = [chat(name, number) for number in range(3) for name in TRADITIONS]
    for name, part in (("train", rows[:16]), ("valid", rows[24:30])):
        (home / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    return home


def chat(name: str, number: int) -> dict[str, Any]:
    asked = f"Tradition: {name}.{' It is drawn, woven or played.' * number}"
    answer = json.dumps({"title": f"Our {name}"})
    messages = [{"role": "system", "content": "You help teachers."}, {"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "article_id": f"starter:{name}"}
