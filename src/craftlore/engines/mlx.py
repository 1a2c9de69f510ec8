"""MLX inside this process: Apple silicon, NVIDIA or plain CPU, with JSON schemas kept by llguidance.

MLX ties its streams to threads, while a web server asks from many; so one worker thread loads the model and makes every
answer, one after the other, and the callers read from a queue. The prompt's cache is kept: prompts begin alike.
"""

from __future__ import annotations

import json
import math
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

from craftlore.engines.adapter import Adapter
from craftlore.engines.seam import Chat, Finish, Message, Piece
from craftlore.errors import Cancelled, EngineTimeout, EngineUnavailable, SchemaIgnored

__all__ = ["MlxEngine"]

TICK_SECONDS = 0.05
PREFILL_TOKENS = 64  # prompt tokens between two looks at `stop`: half a second on a slow CPU
MIN_P = 0.05  # llama.cpp's default: tokens below this share of the best one's probability are not drawn
COMPACT: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}  # small models lose themselves in blank space


class MlxEngine:
    """An MLX model folder (as `convert_gguf` writes it, or from Hugging Face), with an adapter if there is one, answering one chat at a time."""

    def __init__(self, folder: Path, model: str, *, context: int = 4096, adapter: Adapter | None = None) -> None:
        self.name, self.model, self.adapter = "mlx", model, adapter.name if adapter else None
        self._tokenizing = threading.Lock()
        self._closing = threading.Event()
        self._cached: list[int] = []
        self._cache: Any = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mlx")
        try:
            self._worker.submit(self._load, folder, adapter).result()
        except BaseException:
            self._worker.shutdown()
            raise
        self.context = min(context, self._config.get("max_position_embeddings", context))

    def count_tokens(self, messages: tuple[Message, ...]) -> int:
        return len(self._prompt(messages))

    def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
        deadline = time.monotonic() + chat.deadline_seconds
        ready: queue.SimpleQueue[Piece | None] = queue.SimpleQueue()
        stop = threading.Event()
        job = self._submit(chat, stop, ready.put)
        job.add_done_callback(lambda _: ready.put(None))
        try:
            while True:
                if cancel.is_set():
                    raise Cancelled("the generation was stopped")
                if time.monotonic() > deadline:
                    raise EngineTimeout(f"mlx had not finished after {chat.deadline_seconds:.0f} s. Try a smaller model or raise [engine] deadline_seconds.")
                try:
                    piece = ready.get(timeout=TICK_SECONDS)
                except queue.Empty:
                    continue
                if piece is not None:
                    yield piece
                elif job.cancelled():
                    raise EngineUnavailable("the mlx engine was closed")
                else:
                    return job.result()
        finally:
            stop.set()
            job.cancel()

    def close(self) -> None:
        """Stop a running answer at its next token, end the worker and let go of the weights."""
        self._closing.set()
        self._worker.shutdown(cancel_futures=True)
        self._network = self._cache = None

    def _submit(self, chat: Chat, stop: threading.Event, put: Callable[[Piece], None]) -> Future[None]:
        prompt = self._prompt(chat.messages)
        try:
            return self._worker.submit(self._answer, chat, prompt, stop, put)
        except RuntimeError as error:
            raise EngineUnavailable("the mlx engine is closed") from error

    def _load(self, folder: Path, adapter: Adapter | None) -> None:
        try:
            import llguidance.hf
            import mlx.core  # noqa: F401 - the package that is most often missing; transformers' own error would be misleading
            import mlx_lm
        except ImportError as error:
            raise EngineUnavailable(f"the mlx engine needs more packages ({error.name}): .venv/bin/python -m pip install -e '.[mlx]'.") from error
        advice = f"Run `craftlore models convert {self.model}`."
        if not (folder / "config.json").is_file() or not any(folder.glob("model*.safetensors")):
            raise EngineUnavailable(f"{folder} holds no MLX model. {advice}")  # mlx-lm would take the path for a name on the hub
        try:
            loaded: Any = mlx_lm.load(str(folder), adapter_path=str(adapter.folder) if adapter else None, return_config=True)
            self._network, self._tokenizer, self._config = loaded
            self._guidance = llguidance.hf.from_tokenizer(
                self._tokenizer._tokenizer, n_vocab=self._config["vocab_size"], eos_token=sorted(self._tokenizer.eos_token_ids)
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise EngineUnavailable(f"mlx cannot load {folder} ({error}). {advice}") from error
        if not self._tokenizer.has_chat_template:
            raise EngineUnavailable(f"{folder} has no chat template: it is not a model for chats. {advice}")
        self._silent = {*self._tokenizer.all_special_ids, *self._tokenizer.eos_token_ids}

    def _prompt(self, messages: tuple[Message, ...]) -> list[int]:
        with self._tokenizing:  # the tokenizer of transformers is not safe to share
            return list(self._tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, enable_thinking=False))

    def _answer(self, chat: Chat, prompt: list[int], stop: threading.Event, put: Callable[[Piece], None]) -> None:
        """On the worker thread: one whole answer, piece by piece into `put`."""
        guide = None if chat.schema is None else _Guide(self._guidance, chat.schema)
        text = self._tokenizer.detokenizer
        made: list[int] = []
        finish: Finish = "length"
        try:
            with closing(self._tokens(chat, prompt, guide, stop)) as tokens:
                for token in tokens:
                    made.append(token)
                    if token not in self._silent and token < len(self._tokenizer):
                        text.add_token(token)
                    if segment := text.last_segment:
                        put(Piece(segment))
                    if token in self._tokenizer.eos_token_ids or (guide is not None and guide.complete):
                        finish = "stop"
                        break
        except _Stopped:
            if self._closing.is_set():
                raise EngineUnavailable("the mlx engine was closed") from None
            return
        except (RuntimeError, MemoryError) as error:
            self._cache = None
            raise EngineUnavailable(f"mlx failed ({error}). A smaller model or [engine] context needs less memory.") from error
        finally:
            self._remember(prompt + made)
        text.finalize()
        put(Piece(text.last_segment, finish, prompt_tokens=len(prompt), completion_tokens=len(made)))

    def _tokens(self, chat: Chat, prompt: list[int], guide: _Guide | None, stop: threading.Event) -> Generator[int, None, None]:
        import mlx.core as mx
        from mlx_lm.generate import generate_step

        def look(*_: int) -> None:
            if stop.is_set() or self._closing.is_set():
                raise _Stopped

        steps = generate_step(
            mx.array(self._reuse(prompt)),
            self._network,
            max_tokens=chat.max_tokens,
            sampler=_sampler(chat.temperature, chat.seed),
            logits_processors=[guide] if guide else [],
            prompt_cache=self._cache,
            prefill_step_size=PREFILL_TOKENS,
            prompt_progress_callback=look,
        )
        with closing(steps):  # here, or its stream would be left on another thread
            for token, _ in steps:
                look()
                yield int(token)

    def _reuse(self, prompt: list[int]) -> list[int]:
        """Cut the cache back to what it shares with `prompt`, and return the tokens still to be read (one at least)."""
        from mlx_lm.models import cache

        if self._cache is None or not cache.can_trim_prompt_cache(self._cache):
            self._cache, self._cached = cache.make_prompt_cache(self._network), []
            if not cache.can_trim_prompt_cache(self._cache):
                return prompt
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._cached, prompt[:-1], strict=False)))
        cache.trim_prompt_cache(self._cache, self._cache[0].offset - shared)  # it may hold a token more than anybody was given
        self._cached = self._cached[:shared]
        return prompt[shared:]

    def _remember(self, tokens: list[int]) -> None:
        from mlx_lm.models import cache

        known = self._cache is not None and cache.can_trim_prompt_cache(self._cache)
        self._cached = tokens[: self._cache[0].offset] if known else []


class _Stopped(Exception):
    """Nobody listens any more."""


class _Guide:
    """Lets only those tokens through that can go on towards an answer in the schema. Raises SchemaIgnored when it cannot."""

    def __init__(self, tokenizer: Any, schema: dict[str, Any]) -> None:
        import llguidance

        grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema), defaults=COMPACT)
        self._matcher: Any = llguidance.LLMatcher(tokenizer, grammar, log_level=0)
        self._started = False
        self._check()

    @property
    def complete(self) -> bool:
        """Whether the answer is whole and nothing can follow."""
        return bool(self._matcher.is_stopped())

    def __call__(self, tokens: Any, logits: Any) -> Any:
        """`logits` (1 x vocabulary) with minus infinity where the schema forbids; takes in the last of `tokens` first."""
        import mlx.core as mx
        import numpy as np

        if self._started:
            self._matcher.consume_token(int(tokens[-1].item()))
        self._started = True
        self._check()
        if self.complete:
            return logits
        words = mx.array(np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint32))
        self._check()
        bits = (words[:, None] >> mx.arange(32, dtype=mx.uint32)) & 1
        return mx.where(bits.reshape(1, -1)[:, : logits.shape[-1]] == 1, logits, -math.inf)

    def _check(self) -> None:
        if self._matcher.is_error():
            raise SchemaIgnored(f"the mlx engine cannot keep to this JSON schema: {self._matcher.get_error()}")


def _sampler(temperature: float, seed: int) -> Callable[[Any], Any]:
    """Draws a token from log-probabilities; its own random key makes an answer depend on nothing but the seed."""
    import mlx.core as mx

    key = mx.random.key(seed)

    def draw(logprobs: Any) -> Any:
        nonlocal key
        if temperature == 0:
            return mx.argmax(logprobs, axis=-1)
        likely = logprobs >= mx.max(logprobs, axis=-1, keepdims=True) + math.log(MIN_P)
        key, now = mx.random.split(key)
        return mx.random.categorical(mx.where(likely, logprobs, -math.inf) / temperature, key=now)

    return draw
