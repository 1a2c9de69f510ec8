"""The seam: what a language model is asked, what it answers, and the checks that hold for every engine.

An engine only has to count tokens and to stream pieces of text; deadline, cancelling, empty and cut-off answers and a
prompt that does not fit are decided here, once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from craftlore.errors import Cancelled, CutOff, EmptyCompletion, EngineTimeout, PromptTooLong

__all__ = ["Chat", "Completion", "Engine", "Finish", "Message", "Piece", "complete", "stream"]

Finish = Literal["stop", "length"]
Message = dict[str, str]


@dataclass(frozen=True)
class Chat:
    """One question: chat messages, an optional JSON schema for the answer, and the sampling."""

    messages: tuple[Message, ...]
    schema: dict[str, Any] | None = None
    max_tokens: int = 700
    temperature: float = 0.0
    seed: int = 0
    deadline_seconds: float = 180


@dataclass(frozen=True)
class Piece:
    """A bit of the answer. The last piece carries `finish` and, where the engine tells, the token counts."""

    text: str = ""
    finish: Finish | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True)
class Completion:
    """A whole answer, with token counts and seconds (to the first piece, and in all)."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    first_piece_seconds: float
    seconds: float

    @property
    def tokens_per_second(self) -> float:
        """Tokens decoded a second, the time to the first piece not counted."""
        return self.completion_tokens / max(self.seconds - self.first_piece_seconds, 1e-9)


class Engine(Protocol):
    """A language model that answers chats. `context` is the most tokens of prompt and answer together, `adapter` names its fine-tuning."""

    name: str
    model: str
    adapter: str | None
    context: int

    def count_tokens(self, messages: tuple[Message, ...]) -> int:
        """Tokens of the prompt as the model will see it, chat template included (an upper estimate where unknown)."""
        ...

    def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
        """The answer, piece by piece; ends soon after `cancel` is set. Raises EngineUnavailable or EngineTimeout."""
        ...

    def close(self) -> None: ...


def stream(engine: Engine, chat: Chat, cancel: threading.Event | None = None) -> Iterator[Piece]:
    """Ask `engine`, checking everything on the way.

    Raises PromptTooLong before the call, EngineTimeout at the deadline, Cancelled when `cancel` is set, EmptyCompletion
    and CutOff when the answer is over and nothing or only a part of it came.
    """
    cancel = cancel or threading.Event()
    needed = engine.count_tokens(chat.messages)
    if needed + chat.max_tokens > engine.context:
        raise PromptTooLong(
            f"the prompt has {needed} tokens and the answer may take {chat.max_tokens}, but {engine.name} holds {engine.context}. "
            "Shorten the request, or raise [engine] context."
        )
    deadline = time.monotonic() + chat.deadline_seconds
    finish: Finish | None = None
    empty = True
    pieces = engine.pieces(chat, cancel)
    try:
        for piece in pieces:
            if cancel.is_set():
                raise Cancelled("the generation was stopped")
            if time.monotonic() > deadline:
                raise EngineTimeout(
                    f"{engine.name} had not finished after {chat.deadline_seconds:.0f} s. Try a smaller model or raise [engine] deadline_seconds."
                )
            empty = empty and not piece.text.strip()
            finish = piece.finish or finish
            yield piece
    finally:  # closing ends the engine; `cancel` stays as it is, since answers written side by side share it
        close = getattr(pieces, "close", None)
        if close:
            close()
    if cancel.is_set():
        raise Cancelled("the generation was stopped")
    if empty:
        raise EmptyCompletion(f"{engine.name} returned nothing. Check it with `craftlore engines check`.")
    if finish != "stop":
        raise CutOff(f"{engine.name} was cut off after {chat.max_tokens} tokens")


@dataclass
class _Tally:
    parts: list[str] = field(default_factory=list)
    prompt: int | None = None
    completion: int | None = None


def complete(engine: Engine, chat: Chat, cancel: threading.Event | None = None, heard: Callable[[str], None] = lambda _: None) -> Completion:
    """The whole answer; the same errors as `stream`. `heard` is called with the text so far whenever it has grown."""
    started = time.perf_counter()
    first: float | None = None
    tally = _Tally()
    for piece in stream(engine, chat, cancel):
        if piece.text and first is None:
            first = time.perf_counter() - started
        tally.parts.append(piece.text)
        if piece.text:
            heard("".join(tally.parts))
        tally.prompt = piece.prompt_tokens if piece.prompt_tokens is not None else tally.prompt
        tally.completion = piece.completion_tokens if piece.completion_tokens is not None else tally.completion
    return Completion(
        text="".join(tally.parts),
        prompt_tokens=tally.prompt if tally.prompt is not None else engine.count_tokens(chat.messages),
        completion_tokens=tally.completion if tally.completion is not None else len(tally.parts),
        first_piece_seconds=first or 0.0,
        seconds=time.perf_counter() - started,
    )
