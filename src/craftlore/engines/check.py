"""One real constrained completion: proof that an engine answers, keeps to a JSON schema, and how fast."""

from __future__ import annotations

import json
import re
from typing import Any

from craftlore.engines.seam import Chat, Engine, complete
from craftlore.errors import SchemaIgnored

__all__ = ["check_engine"]

_SENTENCE = r"^[A-Z][a-z]+( [a-z]+,?){5,40}\.$"
_CHAT = Chat(
    messages=(
        {"role": "system", "content": "You describe crafts in one plain sentence."},
        {"role": "user", "content": "What is a kite made of, and how many points has a diamond kite? Answer in JSON."},
    ),
    schema={
        "type": "object",
        "properties": {"sentence": {"type": "string", "pattern": _SENTENCE}, "points": {"type": "integer", "enum": [3, 4, 5]}},
        "required": ["sentence", "points"],
        "additionalProperties": False,
    },
    max_tokens=120,
)


def check_engine(engine: Engine) -> dict[str, Any]:
    """Ask once and measure. Raises EngineError, SchemaIgnored among them when the answer breaks the schema."""
    completion = complete(engine, _CHAT)
    try:
        answer = json.loads(completion.text)
    except ValueError as error:
        raise SchemaIgnored(
            f"{engine.name} did not answer with JSON ({completion.text[:80]!r}): it ignores the schema. Use another engine or server."
        ) from error
    if set(answer) != {"sentence", "points"} or answer["points"] not in (3, 4, 5) or not re.match(_SENTENCE, str(answer["sentence"])):
        raise SchemaIgnored(f"{engine.name} answered {answer!r}, which breaks the schema. Use another engine or server.")
    return {
        "engine": engine.name,
        "model": engine.model,
        "context": engine.context,
        "answer": answer["sentence"],
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "first_piece_seconds": round(completion.first_piece_seconds, 2),
        "tokens_per_second": round(completion.tokens_per_second, 1),
    }
