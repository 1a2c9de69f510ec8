"""Chat rows to tokens: what a row may look like, and every fault found before the first step, with its numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

from craftlore.errors import FinetuneError

__all__ = ["Row", "read_rows", "shared_beginning"]


@dataclass(frozen=True)
class Row:
    """One chat: `tokens` up to the end of the answer, which begins at `answer`; `article` is where it comes from, if known."""

    tokens: tuple[int, ...]
    answer: int
    article: str | None = None


def read_rows(path: Path, tokenizer: Any, vocabulary: int, *, at_least: int, most_tokens: int) -> list[Row]:
    """The rows of a JSON Lines file of `{"messages": [...]}`, tokenised with the model's own chat template.

    Raises FinetuneError, naming the lines, for fewer rows than `at_least`, a row of another format, a row over `most_tokens`, and a
    tokenizer or template that does not belong to the model of `vocabulary` tokens.
    """
    try:
        lines = [(number, line) for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if line.strip()]
        found = [(number, json.loads(line)) for number, line in lines]
    except OSError as error:
        raise FinetuneError(f"{path} cannot be read ({error.strerror}). Make training pairs with `craftlore dataset`.") from error
    except ValueError as error:
        raise FinetuneError(f"{path} is no JSON Lines file ({error}). Make it again with `craftlore dataset`.") from error
    wrong = [(number, sorted(row) if isinstance(row, dict) else type(row).__name__) for number, row in found if not _is_chat(row)]
    if wrong:
        raise FinetuneError(
            f"{path} mixes formats: {len(wrong)} of {len(found)} rows are no chat that ends with the assistant, the first is line {wrong[0][0]} "
            f"with {wrong[0][1]}. Every row needs `messages` of role and content."
        )
    if len(found) < at_least:
        raise FinetuneError(f"{path} has {len(found)} rows, and a batch takes {at_least}. Make more pairs, or lower [finetune] batch.")
    rows = [(number, _row(row, tokenizer, vocabulary, f"{path}:{number}")) for number, row in found]
    long = [(len(row.tokens), number) for number, row in rows if len(row.tokens) > most_tokens]
    if long:
        raise FinetuneError(
            f"{path} has {len(long)} rows of more than {most_tokens} tokens; the longest, line {max(long)[1]}, has {max(long)[0]}. "
            "Shorten them, or raise [finetune] max_tokens."
        )
    return [row for _, row in rows]


def shared_beginning(rows: Sequence[Row]) -> tuple[int, ...]:
    """The beginning that saves most if it is read once: its length times the rows that begin with it. It ends before any answer."""
    prompts = sorted(row.tokens[: row.answer - 1] for row in rows)
    best: tuple[int, ...] = ()
    for left, right in pairwise(prompts):
        same = tuple(token for token, _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
        if _saved(same, prompts) > _saved(best, prompts):
            best = same
    return best


def _saved(beginning: tuple[int, ...], prompts: list[tuple[int, ...]]) -> int:
    return len(beginning) * (sum(prompt[: len(beginning)] == beginning for prompt in prompts) - 1)


def _is_chat(row: Any) -> bool:
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list) or len(messages) < 2 or not all(isinstance(message, dict) for message in messages):
        return False
    return all(isinstance(m.get("role"), str) and isinstance(m.get("content"), str) for m in messages) and messages[-1]["role"] == "assistant"


def _row(row: dict[str, Any], tokenizer: Any, vocabulary: int, where: str) -> Row:
    messages = row["messages"]
    prompt = list(tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True))
    tokens = list(tokenizer.apply_chat_template(messages))
    if tokens[: len(prompt)] != prompt:
        raise FinetuneError(f"{where}: with its answer the chat begins otherwise than without: the tokenizer's chat template does not suit training.")
    ends = [at for at, token in enumerate(tokens) if token in tokenizer.eos_token_ids and at >= len(prompt)]
    if not ends:
        raise FinetuneError(f"{where}: no answer ends with an end token {sorted(tokenizer.eos_token_ids)}: this tokenizer is of another model.")
    if max(tokens) >= vocabulary:
        raise FinetuneError(f"{where}: the tokenizer made the token {max(tokens)}, and the model knows {vocabulary}: this tokenizer is of another model.")
    answer = tokenizer.decode(tokens[len(prompt) : ends[-1]])
    if answer != messages[-1]["content"]:
        raise FinetuneError(f"{where}: the answer comes back from the tokenizer as {answer[:60]!r}: this tokenizer is of another model.")
    article = row.get("article_id")
    return Row(tuple(tokens[: ends[-1] + 1]), len(prompt), article if isinstance(article, str) else None)
