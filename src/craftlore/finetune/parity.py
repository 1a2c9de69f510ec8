"""Is what serves what was evaluated? The forms of one adapter, side by side, token by token.

The reference is base + adapter in MLX: it answers each prompt greedily. Every other form is given the same tokens and says, for each,
its own best next token and the log-probability of the reference's. Each best token must be the same, but where the
reference's first two are nearly as likely as each other; the log-probabilities must lie within the tolerance of that form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import mlx.core as mx
import numpy as np
from mlx_lm.utils import load

from craftlore.engines.adapter import Adapter
from craftlore.engines.convert import read_tokenizer
from craftlore.engines.embedded import EmbeddedEngine
from craftlore.errors import FinetuneError

__all__ = ["Answer", "Parity", "Tolerance", "check_parity", "compare", "from_llama", "from_mlx", "greedy", "same_chat"]

SHOWN = 20  # likeliest tokens that llama.cpp tells of each place


@dataclass(frozen=True)
class Tolerance:
    """The most that the log-probability of a token may differ, on average and at worst (natural logarithm)."""

    mean: float
    worst: float


@dataclass(frozen=True)
class Answer:
    """For each place of an answer: the token, its log-probability, and how far the second likeliest lies behind the likeliest."""

    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    margins: tuple[float, ...]


@dataclass(frozen=True)
class Parity:
    """One form beside the reference: mean and worst difference of log-probabilities, and how many greedy tokens differ (near-ties apart)."""

    form: str
    tokens: int
    mean: float
    worst: float
    other_tokens: int
    near_ties: int


Told = tuple[int, float] | None
"""At one place: the likeliest token and the log-probability of the reference's; None where the form does not tell."""
Ask = Callable[[tuple[int, ...], tuple[int, ...]], list[Told]]
"""From prompt and answer tokens to what a form tells of each place of the answer."""


def greedy(folder: Path, adapter: Path | None, prompts: Sequence[Sequence[int]], length: int) -> list[Answer]:
    """The reference: `length` greedy tokens for each prompt from an MLX model with an adapter."""
    model = _network(folder, adapter)
    return [_greedy(model, tuple(prompt), length) for prompt in prompts]


def from_mlx(folder: Path, adapter: Path | None = None) -> Ask:
    """An MLX model folder as a form."""
    model = _network(folder, adapter)

    def ask(prompt: tuple[int, ...], answer: tuple[int, ...]) -> list[Told]:
        rows = _logprobs(model, prompt, answer)
        return [(int(row.argmax()), float(row[token])) for row, token in zip(rows, answer, strict=True)]

    return ask


def from_llama(gguf: Path, adapter: Adapter | None = None) -> tuple[Ask, Callable[[], None]]:
    """A GGUF file as a form, with its LoRA if given, served by llama.cpp; the second value closes it."""
    engine = EmbeddedEngine(gguf, gguf.stem, context=2048, parallel=1, adapter=adapter)
    url = f"{engine.address.removesuffix('/v1')}/completion"

    def ask(prompt: tuple[int, ...], answer: tuple[int, ...]) -> list[Told]:
        found: list[Told] = []
        with httpx.Client(headers={"Authorization": f"Bearer {engine.api_key}"}, timeout=900, trust_env=False) as client:
            for at, token in enumerate(answer):
                body = {"prompt": [*prompt, *answer[:at]], "n_predict": 1, "n_probs": SHOWN, "temperature": 0, "cache_prompt": True}
                reply = client.post(url, json=body)
                reply.raise_for_status()
                told = reply.json().get("completion_probabilities")  # absent where a token is only a part of a character
                likely = {row["id"]: row["logprob"] for row in told[0]["top_logprobs"]} if told else {}
                found.append((max(likely, key=likely.__getitem__), likely.get(token, min(likely.values()) - 1)) if likely else None)
        return found

    return ask, engine.close


def compare(form: str, reference: Sequence[Answer], ask: Ask, tolerance: Tolerance) -> Parity:
    """Put a form beside the reference; `tolerance` says what a near-tie is. Raises FinetuneError when too little can be compared."""
    differences: list[float] = []
    others = ties = 0
    for answer in reference:
        for at, told in enumerate(ask(answer.prompt, answer.tokens)):
            if told is None:
                continue
            best, logprob = told
            differences.append(abs(logprob - answer.logprobs[at]))
            if best != answer.tokens[at]:
                near = answer.margins[at] <= 2 * tolerance.worst
                ties, others = ties + near, others + (not near)
    if len(differences) * 2 < sum(len(answer.tokens) for answer in reference):
        raise FinetuneError(f"{form} told the log-probabilities of {len(differences)} tokens only; too few to say that it answers alike.")
    return Parity(form, len(differences), float(np.mean(differences)), max(differences), others, ties)


def check_parity(form: str, reference: Sequence[Answer], ask: Ask, tolerance: Tolerance) -> Parity:
    """Compare a form with the reference. Raises FinetuneError with the figures when they differ by more than `tolerance`."""
    found = compare(form, reference, ask, tolerance)
    others = found.other_tokens
    if others or not (found.mean <= tolerance.mean and found.worst <= tolerance.worst):
        raise FinetuneError(
            f"{form} does not answer like base + adapter: of {found.tokens} tokens {others} differ beyond a near-tie; log-probabilities differ by "
            f"{found.mean:.4f} on average ({tolerance.mean} allowed) and {found.worst:.4f} at worst ({tolerance.worst} allowed). Do not serve this form."
        )
    return found


def same_chat(sources: Sequence[Path]) -> str:
    """One hash of vocabulary, merges, special tokens and chat template of MLX folders and GGUF files. Raises FinetuneError if they differ."""
    hashes = {str(source): _chat_hash(source) for source in sources}
    if len(set(hashes.values())) > 1:
        listed = ", ".join(f"{source}: {found[:12]}" for source, found in hashes.items())
        raise FinetuneError(f"tokenizer or chat template differ between the forms ({listed}). Convert the base again: `craftlore models convert`.")
    return next(iter(hashes.values()))


def _chat_hash(source: Path) -> str:
    if source.is_dir():
        tokenizer, settings = (json.loads((source / name).read_text(encoding="utf-8")) for name in ("tokenizer.json", "tokenizer_config.json"))
    else:
        tokenizer, settings = read_tokenizer(source)
    added = sorted((token["id"], token["content"], token["special"]) for token in tokenizer["added_tokens"])
    merges = [merge.split(" ") if isinstance(merge, str) else merge for merge in tokenizer["model"]["merges"]]
    ends = [token["content"] if isinstance(token, dict) else token for token in (settings["eos_token"], settings["pad_token"])]
    plain = [sorted(tokenizer["model"]["vocab"].items()), merges, added, ends, settings["chat_template"]]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()


def _network(folder: Path, adapter: Path | None) -> Any:
    loaded: Any = load(str(folder), adapter_path=str(adapter) if adapter else None)
    loaded[0].eval()
    return loaded[0]


def _greedy(model: Any, prompt: tuple[int, ...], length: int) -> Answer:
    from mlx_lm.generate import generate_step

    tokens = tuple(int(token) for token, _ in generate_step(mx.array(prompt), model, max_tokens=length))
    rows = _logprobs(model, prompt, tokens)
    best = np.sort(rows, axis=-1)[:, -2:]
    logprobs = tuple(float(row[token]) for row, token in zip(rows, tokens, strict=True))
    return Answer(prompt, tokens, logprobs, tuple(float(margin) for margin in best[:, 1] - best[:, 0]))


def _logprobs(model: Any, prompt: tuple[int, ...], answer: tuple[int, ...]) -> Any:
    """Log-probabilities over the vocabulary at each place of the answer (NumPy, places x vocabulary)."""
    logits = model(mx.array([[*prompt, *answer[:-1]]]))[0, len(prompt) - 1 :].astype(mx.float32)
    return np.array(logits - mx.logsumexp(logits, axis=-1, keepdims=True))
