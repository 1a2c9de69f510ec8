"""An encoder without weights and an engine without a model: same input, same output, and they tell what they were asked."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from craftlore.engines.seam import Chat, Message, Piece
from craftlore.index.encoder import DIMENSIONS, Encoder
from craftlore.words import stems


class FakeEncoder(Encoder):
    """Stems counted into 384 boxes, so texts that share words are close. `seen` keeps what was encoded."""

    def __init__(self, name: str = "fake") -> None:
        self.name, self.seen = name, []

    def encode(self, texts: Sequence[str]) -> Any:
        self.seen += texts
        return np.stack([self._one(text) for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)

    def _one(self, text: str) -> Any:
        vector = np.zeros(DIMENSIONS, np.float32)
        for stem in stems(text):
            vector[zlib.crc32(stem.encode()) % DIMENSIONS] += 1
        return vector / max(float(np.linalg.norm(vector)), 1e-12)


class QueueEngine:
    """Answers from a queue: a text, pieces, or an error to raise. With `always` every further answer is made from the chat."""

    name, model, adapter, context = "fake", "fake-1", None, 4096

    def __init__(self, *queue: str | list[Piece] | Exception, always: Callable[[Chat], str] | None = None) -> None:
        self.queue, self.always, self.chats = list(queue), always, []

    def count_tokens(self, messages: tuple[Message, ...]) -> int:
        return sum(len(m["content"]) for m in messages) // 4

    def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
        self.chats.append(chat)
        answer = self.queue.pop(0) if self.queue else self.always(chat) if self.always else AssertionError("one call more than expected")
        if isinstance(answer, Exception):
            raise answer
        yield from ([Piece(answer), Piece(finish="stop")] if isinstance(answer, str) else answer)

    def close(self) -> None: ...


def last_message(chat: Chat) -> str:
    return chat.messages[-1]["content"]


def obliging(chat: Chat) -> str:
    """A sound answer to any prompt, in the words of the prompt."""
    said = re.search(r"Tradition: (.+?) \((.+?); (.+?)\)\n", last_message(chat))
    project = re.search(r"Project: (.+?), grade", last_message(chat))
    assert said and project and chat.schema
    name, making = said[1], project[1].lower()
    answer = {
        "title": f"{name} in our class",
        "summary": f"Pupils try {making}, as people do in {name}.",
        "goal": f"Explain what {making} has to do with {name}.",
        "question": f"How does your own work with {making} differ from {name}?",
    }
    return json.dumps({field: answer.get(field, "as people do it too") for field in chat.schema["properties"]})
