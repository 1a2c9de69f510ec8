"""The one prompt builder: training and serving ask in exactly the same words (`prompts/idea.v2.md`).

Instructions and worked examples come first and never change, so that an engine with a prefix cache reads them once.
Article sentences and the teacher's materials are data in the last message, each sentence with its number; the teacher's own
text never enters a prompt. What the policy asks of the model for this plan stands behind them, in lines of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from craftlore.safety.instructions import instructions
from craftlore.suggest.facts import Facts
from craftlore.suggest.match import Plan

__all__ = ["VERSION", "build_messages", "examples", "listed", "shown_texts"]

VERSION = "idea.v2"
Message = dict[str, str]


@cache
def _fixed() -> tuple[Message, ...]:
    text = (Path(__file__).parent / "prompts" / f"{VERSION}.md").read_text(encoding="utf-8")
    parts = re.split(r"^# (system|user|assistant)\n", text, flags=re.M)[1:]
    return tuple({"role": role, "content": content.strip()} for role, content in zip(parts[::2], parts[1::2], strict=True))


def examples() -> tuple[str, ...]:
    """The answers of the worked examples, so that a copied one can be told from an own one."""
    return tuple(message["content"] for message in _fixed() if message["role"] == "assistant")


def build_messages(plan: Plan, facts: Facts, complaint: str = "") -> tuple[Message, ...]:
    """The chat for one plan. `complaint` says what was wrong with the answer before, if there was one."""
    article, pattern = plan.article, plan.pattern
    things = listed(list(dict.fromkeys((*plan.used, *plan.to_find, *plan.tools))))
    lines = [
        f"Tradition: {_data(article.title)} ({_data(', '.join(article.people))}; {_data(', '.join(article.places))})",
        f"About: {_data(article.sentences[0])}",
        f"Project: {pattern.name}, grade {plan.grade}. {pattern.summary} They use {things}.",
    ]
    lines += [f"Rule: {line}" for line in instructions(article.access, plan.grade)]
    lines += [f"Source for step_{step} (sentence {number}): {_data(sentence)}" for step, (number, sentence) in facts.items()]
    if complaint:
        lines.append(f"Write it anew. Last time: {complaint}")
    return (*_fixed(), {"role": "user", "content": "\n".join(lines)})


def _data(text: str) -> str:
    """A text of the source on one line, without signs that could end its place: chat marks, tags, headings. Others stay as they are."""
    return re.sub(r"<(?=[|/!a-zA-Z])", "< ", re.sub(r"\s*[\r\n\u2028\u2029]+\s*", " ", text)).removeprefix("# ")


def shown_texts(plan: Plan, facts: Facts) -> tuple[str, ...]:
    """The texts whose names the model may use."""
    article = plan.article
    heads = tuple(f"x {name}" for name in (article.title, *article.people, *article.places))
    return (*heads, article.sentences[0], *(sentence for _, sentence in facts.values()))


def listed(names: Sequence[str]) -> str:
    """Names as a sentence says them: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
