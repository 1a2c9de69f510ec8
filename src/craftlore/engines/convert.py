"""From the one verified GGUF file to a folder that MLX reads, without another download.

The GGUF carries everything: weights (dequantised here, one tensor at a time, so that memory stays small), vocabulary, merges,
token types and chat template. The folder appears under its name only when it is whole; its manifest names the source's hash.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from craftlore.artifacts import read_manifest, sha256_file, write_json
from craftlore.engines.download import Progress
from craftlore.errors import EngineUnavailable, WeightsError

__all__ = ["convert_gguf", "read_tokenizer", "tensor_names"]

Dtype = Literal["float32", "float16"]
Shape = tuple[int, ...]

FORMAT = 1  # raise it when the same GGUF would give another folder
SAFETENSORS = {"float32": "F32", "float16": "F16"}
STALE_SECONDS = 3600
CONTROL, UNUSED = 3, 5  # token types of the GGUF format
END_OF_TURN = ("<|im_end|>", "<|endoftext|>")  # llama.cpp stops at both, so the MLX engine must
QWEN2_WORDS = (  # how Qwen 2 cuts text before merging; the GGUF only names it
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def convert_gguf(gguf: Path, out: Path, progress: Progress = lambda *_: None, *, dtype: Dtype = "float32") -> Path:
    """Make `out` an MLX model folder with the weights of `gguf`, and return it; nothing is done if it is that already.

    `float32` is the fastest on a CPU, `float16` halves the disk and memory on a GPU. An `out` made from other bytes is
    replaced. Raises WeightsError for a damaged file, another architecture than Qwen 2, too little disk, or an `out` that
    holds something else, and EngineUnavailable when the packages are missing.
    """
    try:
        made_from = {"stage": "convert", "format": FORMAT, "dtype": dtype, "source": gguf.name, "source_sha256": sha256_file(gguf)}
    except OSError as error:
        raise WeightsError(f"{gguf} cannot be read ({error.strerror}). Fetch it with `craftlore models pull`.") from error
    old = read_manifest(out)
    if old is not None and old == {**made_from, "files": _sizes(out)}:
        return out
    if out.exists() and (old or {}).get("stage") != "convert" and not (out.is_dir() and not any(out.iterdir())):
        raise WeightsError(f"{out} holds something that was not converted from a GGUF; it is left alone. Move it away or choose another folder.")
    with _damage_named(gguf):
        reader, package = _open(gguf)
        facts = {name: field.contents() for name, field in reader.fields.items()}
        config = _config(facts, {tensor.name: tensor for tensor in reader.tensors}, dtype)
        names = tensor_names(config)
        _check_tensors(names, reader.tensors)
        tokenizer, tokenizer_config = _tokenizer(facts, config)
    needed = sum(math.prod(shape) for _, shape in names.values()) * (4 if dtype == "float32" else 2)
    with _new_folder(out, needed) as folder:
        write_json(folder / "config.json", config)
        write_json(folder / "tokenizer.json", tokenizer)
        write_json(folder / "tokenizer_config.json", tokenizer_config)
        with _damage_named(gguf):
            _write_weights(folder / "model.safetensors", names, reader.tensors, package.dequantize, dtype, progress)
        write_json(folder / "manifest.json", {**made_from, "files": _sizes(folder)})
    return out


def read_tokenizer(gguf: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The contents of `tokenizer.json` and `tokenizer_config.json` that `convert_gguf` makes of a GGUF. Raises WeightsError."""
    with _damage_named(gguf):
        reader, _ = _open(gguf)
        facts = {name: field.contents() for name, field in reader.fields.items()}
        return _tokenizer(facts, _config(facts, {tensor.name: tensor for tensor in reader.tensors}, "float32"))


def _sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.name != "manifest.json"}


def _open(gguf: Path) -> tuple[Any, Any]:
    try:
        import gguf as package
    except ImportError as error:
        raise EngineUnavailable("converting needs the MLX packages: .venv/bin/python -m pip install -e '.[mlx]'.") from error
    return package.GGUFReader(gguf), package


@contextmanager
def _damage_named(gguf: Path) -> Iterator[None]:
    """Whatever the reader stumbles over in a damaged file becomes one WeightsError."""
    try:
        yield
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, NotImplementedError) as error:
        reason = f"has no {error}" if isinstance(error, KeyError) else f"is damaged or not a GGUF file ({error})"
        raise WeightsError(f"{gguf} {reason}. Run `craftlore models verify`, then pull it again.") from error


def _config(facts: dict[str, Any], tensors: dict[str, Any], dtype: Dtype) -> dict[str, Any]:
    if facts["general.architecture"] != "qwen2":
        raise WeightsError(f"this GGUF holds a {facts['general.architecture']!r} model; only Qwen 2 and 2.5 ('qwen2') can be converted.")
    if facts.get("qwen2.rope.scaling.type", "none") != "none":
        raise WeightsError("this GGUF stretches its context with rope scaling, which the conversion does not know. Use the plain model.")
    tokens: list[str] = facts["tokenizer.ggml.tokens"]
    ends = [tokens.index(token) for token in END_OF_TURN if token in tokens]
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_size": int(facts["qwen2.embedding_length"]),
        "intermediate_size": int(facts["qwen2.feed_forward_length"]),
        "num_hidden_layers": int(facts["qwen2.block_count"]),
        "num_attention_heads": int(facts["qwen2.attention.head_count"]),
        "num_key_value_heads": int(facts["qwen2.attention.head_count_kv"]),
        "max_position_embeddings": int(facts["qwen2.context_length"]),
        "rms_norm_eps": float(facts["qwen2.attention.layer_norm_rms_epsilon"]),
        "rope_theta": float(facts.get("qwen2.rope.freq_base", 10_000.0)),
        "vocab_size": int(tensors["token_embd.weight"].shape[1]),
        "hidden_act": "silu",
        "tie_word_embeddings": "output.weight" not in tensors,
        "torch_dtype": dtype,
        "eos_token_id": list(dict.fromkeys([int(facts["tokenizer.ggml.eos_token_id"]), *ends])),
    }


def tensor_names(config: dict[str, Any]) -> dict[str, tuple[str, Shape]]:
    """For each tensor that the GGUF must have: its name in MLX and its shape (rows first)."""
    wide, inner = config["hidden_size"], config["intermediate_size"]
    key = wide // config["num_attention_heads"] * config["num_key_value_heads"]
    vocabulary = (config["vocab_size"], wide)
    names = {"token_embd.weight": ("model.embed_tokens.weight", vocabulary), "output_norm.weight": ("model.norm.weight", (wide,))}
    if not config["tie_word_embeddings"]:
        names["output.weight"] = ("lm_head.weight", vocabulary)
    for layer in range(config["num_hidden_layers"]):
        block: dict[str, tuple[str, Shape]] = {
            "attn_norm.weight": ("input_layernorm.weight", (wide,)),
            "attn_q.weight": ("self_attn.q_proj.weight", (wide, wide)),
            "attn_q.bias": ("self_attn.q_proj.bias", (wide,)),
            "attn_k.weight": ("self_attn.k_proj.weight", (key, wide)),
            "attn_k.bias": ("self_attn.k_proj.bias", (key,)),
            "attn_v.weight": ("self_attn.v_proj.weight", (key, wide)),
            "attn_v.bias": ("self_attn.v_proj.bias", (key,)),
            "attn_output.weight": ("self_attn.o_proj.weight", (wide, wide)),
            "ffn_norm.weight": ("post_attention_layernorm.weight", (wide,)),
            "ffn_gate.weight": ("mlp.gate_proj.weight", (inner, wide)),
            "ffn_up.weight": ("mlp.up_proj.weight", (inner, wide)),
            "ffn_down.weight": ("mlp.down_proj.weight", (wide, inner)),
        }
        names |= {f"blk.{layer}.{old}": (f"model.layers.{layer}.{new}", shape) for old, (new, shape) in block.items()}
    return names


def _check_tensors(names: dict[str, tuple[str, Shape]], tensors: list[Any]) -> None:
    have = {tensor.name: tuple(int(size) for size in reversed(tensor.shape)) for tensor in tensors}
    wrong = sorted(name for name in names.keys() | have.keys() if have.get(name) != (names[name][1] if name in names else None))
    if wrong:
        raise ValueError(f"{len(wrong)} tensors are missing, unknown or of another shape, the first is {wrong[0]}")


def _tokenizer(facts: dict[str, Any], config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two tokenizer files of the Hugging Face format, from the vocabulary that the GGUF carries."""
    kind = (facts["tokenizer.ggml.model"], facts["tokenizer.ggml.pre"])
    if kind != ("gpt2", "qwen2"):
        raise WeightsError(f"this GGUF cuts text by the rules {kind[1]!r} ({kind[0]}); only those of Qwen 2 are known.")
    tokens, types = facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.token_type"]
    used = [number for number, sort in enumerate(types) if sort != UNUSED]
    vocabulary = {tokens[number]: number for number in used}
    merges = [merge.split(" ") for merge in facts["tokenizer.ggml.merges"]]
    if len(tokens) != len(types) or len(tokens) > config["vocab_size"] or len(vocabulary) != len(used):
        raise ValueError("its vocabulary has double, missing or too many tokens")
    if not all(len(pair) == 2 and {*pair, "".join(pair)} <= vocabulary.keys() for pair in merges):
        raise ValueError("a merge of its tokenizer is not in the vocabulary")
    plain = {"add_prefix_space": False, "trim_offsets": False, "use_regex": False, "type": "ByteLevel"}
    cut = {"type": "Split", "pattern": {"Regex": QWEN2_WORDS}, "behavior": "Isolated", "invert": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [{"id": n, "content": tokens[n], "special": types[n] == CONTROL, **flags} for n in used if types[n] != 1],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [cut, plain]},
        "post_processor": plain,
        "decoder": plain,
        "model": {"type": "BPE", "vocab": {text: n for text, n in vocabulary.items() if types[n] == 1}, "merges": merges},
    }
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": facts["tokenizer.chat_template"],
        "eos_token": tokens[int(facts["tokenizer.ggml.eos_token_id"])],
        "pad_token": tokens[int(facts.get("tokenizer.ggml.padding_token_id", facts["tokenizer.ggml.eos_token_id"]))],
        "model_max_length": config["max_position_embeddings"],
        "clean_up_tokenization_spaces": False,
    }
    return tokenizer, settings


@contextmanager
def _new_folder(out: Path, needed: int) -> Iterator[Path]:
    """A folder next to `out` that takes its place when the block ends without an error, and is gone otherwise."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for left in out.parent.glob(f".{out.name}.*.partial"):  # of a run that was killed; a running one keeps writing
            if all(time.time() - file.stat().st_mtime > STALE_SECONDS for file in (left, *left.iterdir())):
                shutil.rmtree(left)
        free = shutil.disk_usage(out.parent).free
        if free < needed * 1.02:
            raise WeightsError(f"{out} needs {needed / 1e9:.1f} GB, but the disk has {free / 1e9:.1f} GB free. Free some space or set CRAFTLORE_HOME.")
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.", suffix=".partial"))
        try:
            yield folder
            folder.chmod(0o755)
            if out.exists():
                shutil.rmtree(out)
            os.replace(folder, out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise WeightsError(f"cannot write {out}: {error.strerror or error}. Free some space or set CRAFTLORE_HOME to another folder.") from error


def _write_weights(
    path: Path, names: dict[str, tuple[str, Shape]], tensors: list[Any], dequantize: Callable[..., Any], dtype: Dtype, progress: Progress
) -> None:
    """A safetensors file: length of the header (8 bytes), the header as JSON, then each tensor's numbers in the header's order."""
    import numpy as np

    header: dict[str, Any] = {"__metadata__": {"format": "mlx"}}
    end = 0
    for tensor in tensors:
        name, shape = names[tensor.name]
        start, end = end, end + math.prod(shape) * np.dtype(dtype).itemsize
        header[name] = {"dtype": SAFETENSORS[dtype], "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors:
            name, shape = names[tensor.name]
            with np.errstate(all="ignore"):  # what overflows is found in the next line
                numbers = dequantize(tensor.data, tensor.tensor_type).astype(dtype).reshape(shape)
            if not np.isfinite(numbers).all():
                raise ValueError(f"{tensor.name} has numbers that are not finite in {dtype}")
            file.write(np.ascontiguousarray(numbers).data)
            progress(path.parent.name, header[name]["data_offsets"][1], end)
        file.flush()
        os.fsync(file.fileno())
