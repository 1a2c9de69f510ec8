"""The decoding schema of one plan: what the model may write at all, as JSON Schema with regular expressions.

Names, numbers and scripts that the article and the pattern do not have cannot be produced; every string ends with a full
stop or a question mark; each step begins with the pattern's own verb and so stays in the pattern's order.
"""

from __future__ import annotations

import re
from typing import Any

from craftlore.suggest.match import Plan
from craftlore.words import STOP

__all__ = ["answer_schema", "own_letters"]

# Words that may start with a capital in the middle of a sentence although no article has them.
_ALWAYS = ("I",)


def answer_schema(plan: Plan, sentences: tuple[int, ...]) -> dict[str, Any]:
    """JSON Schema for the answer to `plan`, whose background is chosen from the sentence numbers `sentences`."""
    letters = own_letters(plan)
    word = f"[a-z{letters}]+(['-][a-z{letters}]+)?"
    name = "|".join(map(re.escape, _names(plan)))
    token = f"({word}|{name})" if name else f"({word})"
    properties: dict[str, Any] = {
        "background": {"type": "array", "items": {"type": "integer", "enum": list(sentences)}, "minItems": 2, "maxItems": 3},
        "title": {"type": "string", "pattern": rf"^[A-Z][a-z{letters}]+( {token}){{1,7}}$"},
        "summary": {"type": "string", "pattern": _prose(token, 10, 32)},
        **{f"step_{n}": {"type": "string", "pattern": _step(step, token)} for n, step in enumerate(plan.steps, 1)},
        "question": {"type": "string", "pattern": rf"^(How|What|Why|Which|Where|Who) {token}(,? {token}){{5,22}}\?$"},
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def own_letters(plan: Plan) -> str:
    """Letters beyond a-z that the article itself uses (for its names), so that no other script can appear."""
    return "".join(sorted({c for c in (plan.article.title + plan.article.text).lower() if c.isalpha() and c > "z"}))


def _prose(token: str, least: int, most: int) -> str:
    return rf"^[A-Z][a-z]+(,? {token}){{{least},{most}}}\.$"


def _step(step: str, token: str) -> str:
    verb = re.escape(step.split()[0])
    numbers = "|".join(sorted({re.escape(n) for n in re.findall(r"\d+(?:\.\d+)?", step)}))
    piece = f"({token}|{numbers})" if numbers else token
    return rf"^{verb}(,?:?\.? {piece}){{6,45}}\.$"


def _names(plan: Plan) -> list[str]:
    """Capitalised words of the article's own names and the words that begin its sentences elsewhere capitalised."""
    text = " ".join((plan.article.title, *plan.article.people, *plan.article.places, plan.article.text))
    inside = re.findall(r"(?<![.!?:] )(?<!^)\b[A-Z][^\W\d_]+(?:['-][^\W\d_]+)*", text)
    named = (plan.article.title, *plan.article.people, *plan.article.places)
    return sorted({*inside, *(w for n in named for w in re.findall(r"\b[A-Z][^\W\d_]+", n)), *_ALWAYS} - {w.capitalize() for w in STOP})[:40]
