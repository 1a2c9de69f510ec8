"""One call of the teacher model: asked, checked against its context, and turned into a candidate or a counted failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from craftlore.config import Config
from craftlore.dataset.records import Candidate
from craftlore.dataset.staging import Staged, call_id, chat_for
from craftlore.engines.seam import Chat, Engine, complete, stream
from craftlore.errors import CutOff, EmptyCompletion, EngineTimeout, EngineUnavailable, PromptTooLong
from craftlore.suggest.prompt import build_messages

__all__ = ["Teacher"]

WAITS = (1.0, 3.0, 9.0)  # seconds before each further try of a server that is away
SPARSEST = 5.5  # bytes of English in one token, at most: fewer tokens than this says means that the prompt was cut
Wait = Callable[[float], object]


@dataclass
class Teacher:
    """The teacher model with the settings of the run. `wait` sleeps, and is another thing in a test."""

    engine: Engine
    config: Config
    wait: Wait = time.sleep
    _fixed: int = 0

    def ask(self, staged: Staged, number: int, fields: Sequence[str], given: Mapping[str, str], cancel: threading.Event) -> Candidate:
        """Candidate `number` of a scenario, for `fields` alone, beside what is `given`, if there are any.

        An answer that is empty, cut off or late is a candidate with an `error`. Raises PromptTooLong if the server cut the prompt,
        and EngineUnavailable when it stays away.
        """
        chat = chat_for(staged, number, self.config, fields, given)
        made = Candidate(
            call=call_id(chat, self.engine.model), scenario=staged.scenario.id, number=number, model=self.engine.model, fields=tuple(fields), given=dict(given)
        )  # fmt: skip
        return self.answer(chat, made, cancel, self._fixed)

    def answer(self, chat: Chat, made: Candidate, cancel: threading.Event, fixed: int = 0) -> Candidate:
        """`made` with the answer to `chat`, or with the reason why there is none. `fixed` tokens of its prompt are known to be there."""
        reasons: list[str] = []
        for pause in (*WAITS, None):
            try:
                answer = complete(self.engine, chat, cancel)
            except (EmptyCompletion, CutOff, EngineTimeout) as error:
                return made.model_copy(update={"error": f"{type(error).__name__}: {error}", "retries": tuple(reasons)})
            except EngineUnavailable as error:
                if pause is None or cancel.is_set():
                    raise
                reasons.append(str(error))
                self.wait(pause)
                continue
            self._whole_prompt(chat, answer.prompt_tokens, fixed)
            return made.model_copy(
                update={"text": answer.text, "retries": tuple(reasons), "prompt_tokens": answer.prompt_tokens,
                        "completion_tokens": answer.completion_tokens, "seconds": round(answer.seconds, 2)}
            )  # fmt: skip
        raise AssertionError("unreachable")

    def warm_up(self, staged: Staged) -> None:
        """Read the fixed part of the prompt once: it is then in the server's cache, and its token count is known.

        Raises PromptTooLong, EngineUnavailable or EngineTimeout before any row is made.
        """
        fixed = build_messages(staged.plan, staged.facts)[:-1]
        chat = replace(chat_for(staged, 0, self.config), messages=(*fixed, {"role": "user", "content": "x"}), schema=None, max_tokens=1)
        told = None
        try:
            for piece in stream(self.engine, chat):
                told = piece.prompt_tokens if piece.prompt_tokens is not None else told
        except (CutOff, EmptyCompletion):
            pass  # one token is no answer, and none was wanted
        self._fixed = told or 0

    def _whole_prompt(self, chat: Chat, read: int, fixed: int) -> None:
        """Raise PromptTooLong unless the server read the last message beside the fixed part, and all of it fits its context.

        Ollama cuts a prompt by leaving out whole messages, or by its first half; either shows as fewer tokens than the text has.
        """
        own = len(chat.messages[-1]["content"].encode()) / SPARSEST
        if read < fixed - 2 + own:
            raise PromptTooLong(
                f"{self.engine.name} read {read} tokens of a prompt that has at least {fixed + own:.0f}: its context is too small, and it cuts "
                "without a word. Raise it (Ollama: PARAMETER num_ctx 4096 in the Modelfile, or OLLAMA_CONTEXT_LENGTH=4096)."
            )
        if read + chat.max_tokens > self.engine.context:
            raise PromptTooLong(f"the prompt has {read} tokens and the answer may take {chat.max_tokens}; [engine] context is {self.engine.context}. Raise it.")
