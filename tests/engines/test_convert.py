"""A GGUF becomes an MLX folder with the same numbers and the same tokenizer, whole or not at all."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from craftlore.artifacts import read_manifest, sha256_file
from craftlore.engines.convert import convert_gguf
from craftlore.errors import WeightsError

gguf = pytest.importorskip("gguf", reason='needs pip install "craftlore[mlx]"')
np = pytest.importorskip("numpy")
tokenizers = pytest.importorskip("tokenizers")

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TEXT = ["Wayang kulit puppets tell stories.", "A kolam is drawn with rice flour.", "கோலம் drawn at dawn", "user assistant system", '{"title": "A kolam"}']
WIDE, INNER, HEADS, KEY_HEADS, LAYERS = 64, 128, 4, 2, 2


def tiny_vocabulary() -> tuple[list[str], list[str]]:
    """Tokens and merges of a byte-level BPE learnt from a few sentences: all 256 bytes and some merges."""
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    bpe.train_from_iterator(TEXT, tokenizers.trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, show_progress=False))
    model = json.loads(bpe.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].__getitem__), [" ".join(pair) for pair in model["merges"]]


def tiny_gguf(path: Path, *, recite: str | None = None, tied: bool = False, architecture: str = "qwen2", q8: bool = False) -> Path:
    """A Qwen 2 of two layers, random, or one that answers everything with `recite` (whose tokens must all differ)."""
    tokens, merges = tiny_vocabulary()
    plain = len(tokens)
    tokens = [*tokens, *SPECIAL, *(f"[PAD{n}]" for n in range(5))]
    rng = np.random.default_rng(7)

    def numbers(*shape: int, scale: float = 0.0 if recite else 0.3) -> Any:
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    embedding = numbers(len(tokens), WIDE, scale=1)
    tensors = {"token_embd.weight": embedding, "output_norm.weight": np.ones(WIDE, np.float32)}
    if recite:
        head = numbers(len(tokens), WIDE)
        words = tokenizers.Tokenizer(tokenizers.models.BPE(dict(zip(tokens, range(plain), strict=False)), [tuple(m.split(" ")) for m in merges]))
        words.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        chain = [*words.encode("\n").ids, *words.encode(recite).ids, tokens.index("<|im_end|>")]
        assert len(set(chain)) == len(chain), "each token can have one successor only"
        for before, after in pairwise(chain):
            head[after] = embedding[before]
        tensors["output.weight"] = head
    elif not tied:
        tensors["output.weight"] = numbers(len(tokens), WIDE, scale=1)
    key = WIDE // HEADS * KEY_HEADS
    for n in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{n}.{norm}.weight"] = np.ones(WIDE, np.float32) + numbers(WIDE)
        for name, rows in (("q", WIDE), ("k", key), ("v", key)):
            tensors[f"blk.{n}.attn_{name}.weight"], tensors[f"blk.{n}.attn_{name}.bias"] = numbers(rows, WIDE), numbers(rows)
        tensors[f"blk.{n}.attn_output.weight"] = numbers(WIDE, WIDE)
        tensors[f"blk.{n}.ffn_gate.weight"], tensors[f"blk.{n}.ffn_up.weight"] = numbers(INNER, WIDE), numbers(INNER, WIDE)
        tensors[f"blk.{n}.ffn_down.weight"] = numbers(WIDE, INNER)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(512)
    writer.add_embedding_length(WIDE)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * plain + [3] * len(SPECIAL) + [5] * 5)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template(TEMPLATE)
    eight = gguf.GGMLQuantizationType.Q8_0
    for name, values in tensors.items():
        if q8 and values.ndim == 2:
            writer.add_tensor(name, gguf.quants.quantize(values, eight), raw_dtype=eight)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("tied", [False, True])
def test_every_number_arrives_under_its_mlx_name(tmp_path: Path, tied: bool) -> None:
    mx = pytest.importorskip("mlx.core")
    source = tiny_gguf(tmp_path / "tiny.gguf", tied=tied, q8=True)
    seen: list[tuple[int, int | None]] = []
    folder = convert_gguf(source, tmp_path / "out", lambda _, done, total: seen.append((done, total)))
    config = json.loads((folder / "config.json").read_text())
    weights = mx.load(str(folder / "model.safetensors"))
    assert config["tie_word_embeddings"] is tied
    assert ("lm_head.weight" in weights) is not tied
    tensors = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(source).tensors}
    assert len(weights) == len(tensors)
    for old, new in [("token_embd.weight", "model.embed_tokens.weight"), ("blk.1.attn_k.bias", "model.layers.1.self_attn.k_proj.bias")]:
        assert np.array_equal(np.array(weights[new]), tensors[old])
    assert seen[-1][0] == seen[-1][1] == sum(value.nbytes for value in tensors.values())


def test_half_precision_halves_the_file(tmp_path: Path) -> None:
    source = tiny_gguf(tmp_path / "tiny.gguf")
    full = convert_gguf(source, tmp_path / "full") / "model.safetensors"
    half = convert_gguf(source, tmp_path / "half", dtype="float16") / "model.safetensors"
    assert half.stat().st_size < 0.6 * full.stat().st_size


def test_the_tokenizer_is_rebuilt(tmp_path: Path) -> None:
    folder = convert_gguf(tiny_gguf(tmp_path / "tiny.gguf"), tmp_path / "out")
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokens, _ = tiny_vocabulary()
    assert tokenizer.get_vocab_size() == len(tokens) + len(SPECIAL)  # padding is left out
    for text in [*TEXT, "கோலம் 🎨 don't\r\n  12 x"]:
        ids = tokenizer.encode(text).ids
        assert tokenizer.decode(ids) == text
        assert len(ids) < len(text.encode())
    assert tokenizer.encode("<|im_start|>").ids == [len(tokens) + 1]
    assert json.loads((folder / "tokenizer_config.json").read_text())["chat_template"] == TEMPLATE


def test_a_second_conversion_does_nothing_and_new_bytes_replace_the_folder(tmp_path: Path) -> None:
    source, out = tiny_gguf(tmp_path / "tiny.gguf"), tmp_path / "out"
    convert_gguf(source, out)
    before = (out / "config.json").stat().st_ino
    convert_gguf(source, out)
    assert (out / "config.json").stat().st_ino == before
    (out / "model.safetensors").write_bytes(b"cut short")
    convert_gguf(source, out)
    assert (out / "model.safetensors").stat().st_size > 100_000
    tiny_gguf(source, tied=True)
    convert_gguf(source, out)
    assert (read_manifest(out) or {})["source_sha256"] == sha256_file(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tiny.gguf"]


def test_a_stop_in_the_middle_leaves_the_old_folder(tmp_path: Path) -> None:
    source, out = tiny_gguf(tmp_path / "tiny.gguf"), tmp_path / "out"
    convert_gguf(source, out)
    manifest = read_manifest(out)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_gguf(tiny_gguf(tmp_path / "other.gguf", tied=True), out, stop)
    assert read_manifest(out) == manifest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.gguf", "out", "tiny.gguf"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("do not lose")
    with pytest.raises(WeightsError, match="left alone"):
        convert_gguf(tiny_gguf(tmp_path / "tiny.gguf"), tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").exists()


def test_another_architecture_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="'llama'"):
        convert_gguf(tiny_gguf(tmp_path / "tiny.gguf", architecture="llama"), tmp_path / "out")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no\.gguf"):
        convert_gguf(tmp_path / "no.gguf", tmp_path / "out")


def test_a_damaged_file_gives_one_clear_error_and_no_folder(tmp_path: Path) -> None:
    whole = tiny_gguf(tmp_path / "tiny.gguf").read_bytes()
    dice = random.Random(1)
    cuts = [0, 3, 4, 20, 1000, len(whole) // 2, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(8))]
    not_a_number = np.float32("nan").tobytes()
    for damaged in [*(whole[:cut] for cut in cuts), b"<html>404</html>" * 99, whole[:-8] + not_a_number * 2]:
        (tmp_path / "bad.gguf").write_bytes(damaged)
        with pytest.raises(WeightsError, match=r"bad\.gguf"):
            convert_gguf(tmp_path / "bad.gguf", tmp_path / "out")
    assert not (tmp_path / "out").exists()
