"""The adapter in the forms that serve: for MLX, for llama.cpp, and fused into whole models for both.

Every form holds the same numbers: a LoRA product counts `scale` in MLX and alpha / rank in llama.cpp.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import gguf
import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.utils import dequantize_model, load

from craftlore.artifacts import write_json
from craftlore.engines.convert import tensor_names
from craftlore.errors import FinetuneError
from craftlore.finetune.network import Network

__all__ = ["fuse", "halve", "write_adapter", "write_gguf", "write_modelfile"]

NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5  # token types of the GGUF format
MODELFILE = '''FROM ./{gguf}
PARAMETER num_ctx {context}
PARAMETER stop <|im_end|>
TEMPLATE """{{{{- range .Messages }}}}<|im_start|>{{{{ .Role }}}}
{{{{ .Content }}}}<|im_end|>
{{{{ end }}}}<|im_start|>assistant
"""
'''


def write_adapter(folder: Path, network: Network, base: dict[str, str]) -> None:
    """Write `adapters.safetensors` and `adapter_config.json` as mlx-lm reads them, and `adapter.gguf` for llama.cpp."""
    settings = network.settings
    lora = {"rank": settings.rank, "scale": settings.scale, "dropout": settings.dropout}
    write_json(folder / "adapter_config.json", {"fine_tune_type": "lora", "num_layers": network.layers, "lora_parameters": lora, **base})
    _write_weights(folder, dict(tree_flatten(network.model.trainable_parameters())), network, mx.float32)


def halve(checkpoint: Path, out: Path, network: Network) -> None:
    """The adapter of a checkpoint with its numbers rounded to 16 bits: half as large, and what is measured and shipped."""
    weights: Any = mx.load(str(checkpoint / "adapters.safetensors"))
    _write_weights(out, weights, network, mx.float16)
    shutil.copyfile(checkpoint / "adapter_config.json", out / "adapter_config.json")


def _write_weights(folder: Path, weights: dict[str, mx.array], network: Network, kind: mx.Dtype) -> None:
    settings = network.settings
    weights = {name: values.astype(kind) for name, values in weights.items()}
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
    writer = gguf.GGUFWriter(folder / "adapter.gguf", network.config["model_type"])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, settings.scale * settings.rank)
    names = {new.removesuffix(".weight"): old for old, (new, _) in tensor_names(network.config).items()}
    for name, values in weights.items():
        module, _, part = name.rpartition(".")
        writer.add_tensor(f"{names[module]}.{part}", np.ascontiguousarray(np.array(values).T))
    _finish(writer)


def fuse(base: Path, adapter: Path, out: Path) -> Path:
    """A whole MLX model folder with the adapter added to the weights; a quantised base is dequantised. Raises FinetuneError."""
    loaded: Any = load(str(base), adapter_path=str(adapter), return_config=True)
    model, _, config = loaded
    lora: dict[str, mx.array] = {name: value for name, value in dict(tree_flatten(model.parameters())).items() if ".lora_" in name}
    model.update(tree_unflatten([(name, value.astype(mx.float32)) for name, value in lora.items()]))  # at rest it has 16 bits
    model.update_modules(tree_unflatten([(name, module.fuse(dequantize=True)) for name, module in model.named_modules() if hasattr(module, "fuse")]))
    if config.pop("quantization", None):
        config.pop("quantization_config", None)
        model = dequantize_model(model)
    weights = dict(tree_flatten(model.parameters()))
    _check_space(out.parent, sum(value.nbytes for value in weights.values()))
    out.mkdir(parents=True, exist_ok=True)
    try:
        mx.save_safetensors(str(out / "model.safetensors"), weights, {"format": "mlx"})
        write_json(out / "config.json", config)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copyfile(base / name, out / name)
    except (OSError, RuntimeError) as error:
        raise FinetuneError(f"the fused model cannot be written to {out} ({error}). The adapter itself is whole.") from error
    return out


def write_gguf(folder: Path, out: Path, kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.Q8_0) -> Path:
    """A GGUF of an MLX model folder: matrices of this kind, the rest in full precision. The way back from `convert_gguf`."""
    config = _json(folder / "config.json")
    weights: Any = mx.load(str(folder / "model.safetensors"))
    _check_space(out.parent, sum(value.size for value in weights.values()) * 34 // 32)
    writer = gguf.GGUFWriter(out, config["model_type"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    _add_tokenizer(writer, folder, config["vocab_size"])
    for old, (new, _) in tensor_names(config).items():
        values = np.array(weights[new].astype(mx.float32))
        if values.ndim == 2:
            writer.add_tensor(old, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(old, values)
    _finish(writer)
    return out


def write_modelfile(folder: Path, model: str, context: int) -> Path:
    """A Modelfile beside `model` in `folder`, for `ollama create NAME -f Modelfile`; its template writes what the chat template writes."""
    path = folder / "Modelfile"
    path.write_text(MODELFILE.format(gguf=model, context=context), encoding="utf-8")
    return path


def _add_tokenizer(writer: Any, folder: Path, size: int) -> None:
    tokenizer, settings = _json(folder / "tokenizer.json"), _json(folder / "tokenizer_config.json")
    words, added = tokenizer["model"]["vocab"], tokenizer["added_tokens"]
    tokens, types = [f"[PAD{number}]" for number in range(size)], [UNUSED] * size
    for text, number in words.items():
        tokens[number], types[number] = text, NORMAL
    for token in added:
        tokens[token["id"]], types[token["id"]] = token["content"], CONTROL if token["special"] else USER_DEFINED
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(tokens.index(_text(settings["eos_token"])))
    writer.add_pad_token_id(tokens.index(_text(settings["pad_token"])))
    writer.add_add_bos_token(False)
    writer.add_chat_template(settings["chat_template"])


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _text(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token)


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _check_space(folder: Path, needed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed * 1.02:
        raise FinetuneError(f"{folder} needs {needed / 1e9:.1f} GB for this form of the model, and {free / 1e9:.1f} GB are free. Free some space.")
