"""The judge, last and optional: the teacher model reads the source beside the texts and says one of two words.

It sees the sentences that the texts may use. A verdict that does not come (empty, cut off, no JSON) is no verdict: the pair stays.
A small model judges poorly; this is a filter for large teachers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from craftlore.config import Config
from craftlore.dataset.records import Candidate
from craftlore.dataset.staging import Staged
from craftlore.engines.seam import Chat

__all__ = ["Judgement", "judge_chat", "judgement"]

Judgement = Literal["supported", "unsupported"]
_SCHEMA = {
    "type": "object", "properties": {"verdict": {"type": "string", "enum": ["supported", "unsupported"]}},
    "required": ["verdict"], "additionalProperties": False,
}  # fmt: skip
_SYSTEM = (
    "You compare texts for teachers with their source. Answer supported if everything that the texts tell about the tradition is in the "
    "source, and unsupported if something is not or contradicts it. The class's own project needs no support."
)


def judge_chat(staged: Staged, texts: Mapping[str, str], config: Config) -> Chat:
    """The question to the judge: the article's sentences, the project, and the texts."""
    article = staged.plan.article
    source = " ".join(article.sentences[:12] + tuple(sentence for _, sentence in staged.facts.values()))
    lines = (f"Source: {article.title}. {source}", f"Project: {staged.plan.pattern.summary}", *(f"{name}: {text}" for name, text in texts.items()))
    messages = ({"role": "system", "content": _SYSTEM}, {"role": "user", "content": "\n".join(lines)})
    return Chat(messages=messages, schema=_SCHEMA, max_tokens=20, temperature=0.0, seed=0, deadline_seconds=config.engine.deadline_seconds)


def judgement(answer: Candidate) -> Judgement | None:
    """The verdict in an answer; None if it is none."""
    try:
        verdict = json.loads(answer.text)["verdict"] if not answer.error else None
    except (ValueError, KeyError, TypeError):
        return None
    return verdict if verdict in ("supported", "unsupported") else None
