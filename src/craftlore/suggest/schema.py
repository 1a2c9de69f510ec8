"""The decoding schema of one plan: what the model may write at all, as JSON Schema with regular expressions.

A word is either in lower case, in letters that the article uses, or one of the names that the model was shown; a number
can only be one of the source sentence that it speaks about. So other names, dates, scripts and links cannot be produced,
and summary, goal and question end with their own mark. A clause begins with somebody of the tradition who does something,
and a question with one of a few openings that cannot be answered by yes or no (two are drawn for each idea); a model that was
trained for this may ask any question that begins with a question word and give a title two parts.
Limits on length are far above what is asked for: a limit that bites would cut a sentence.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from craftlore.records import Article
from craftlore.suggest.facts import Facts
from craftlore.suggest.match import Plan
from craftlore.words import STOP, tokens

__all__ = ["CLAUSE_STARTS", "GOAL_VERBS", "QUESTION_WORDS", "agents_in", "answer_schema", "names_in", "own_letters"]

GOAL_VERBS = (
    "Explain", "Describe", "Compare", "Show", "Name", "Measure", "Predict", "Sort", "Retell", "Tell", "Find", "Record", "Count", "Locate", "Draw", "Test",
    "Perform", "Map",
)  # fmt: skip
QUESTION_WORDS = ("What", "Which", "How", "Why", "Where", "When", "Who", "Whose")
_ANYBODY = frozenset(("people", "makers", "men", "women", "children", "boys", "girls", "families", "neighbours", "mothers", "villagers", "workers"))
CLAUSE_STARTS = ("as", "just as", "the way")


def answer_schema(plan: Plan, facts: Facts, shown: Iterable[str], seed: int = 0, *, trained: bool = False) -> dict[str, Any]:
    """JSON Schema of the answer to `plan`: title, summary, one clause for each step in `facts`, goal, question.

    `shown` are the texts of the prompt whose names may be used; `seed` draws the openings of the question, which a model that was
    `trained` on pairs does not need: left to themselves, small models ask what would change with "different materials".
    """
    letters = own_letters(plan)
    names = names_in(shown)
    word = f"[a-z{letters}]+(['’-][a-z{letters}]+)*"
    token = f"({word}|{'|'.join(map(_literal, names))})" if names else f"({word})"
    start = f"([A-Z][a-z{letters}]*|{'|'.join(map(_literal, names))})" if names else f"[A-Z][a-z{letters}]*"
    asking = "|".join(QUESTION_WORDS)
    any_question = rf"(({asking})( {token},?){{4,50}}|{start}( {token},?){{2,30}}[:;] ({asking.lower()})( {token},?){{3,40}})"
    properties: dict[str, Any] = {
        "title": _text(rf"{start}((,? {token})|([:?] ({start}|{token}))){{2,12}}" if trained else rf"{start}( {token}){{2,9}}"),
        "summary": _text(rf"Pupils( {token},?){{8,60}}\."),
        **{f"step_{step}": _text(_clause(plan, fact, token)) for step, (_, fact) in facts.items()},
        "goal": _text(rf"({'|'.join(GOAL_VERBS)})( {token},?){{5,40}}\."),
        "question": _text(rf"{any_question}\?" if trained else rf"({'|'.join(_openings(plan, seed))})( {token},?){{4,50}}\?"),
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def agents_in(article: Article) -> list[str]:
    """Those who do things in the article (weavers, players, families ...), and "people" and "makers" in any case."""
    said = f" {' '.join(tokens(article.text))} "
    known = (Path(__file__).parent / "agents.txt").read_text(encoding="utf-8").split("\n")
    return ["people", "makers", *(agent for agent in known if agent and f" {agent} " in said and agent not in ("people", "makers"))]


def _clause(plan: Plan, fact: str, token: str) -> str:
    numbers = "".join(f"|{re.escape(n)}" for n in sorted(set(re.findall(r"\d+(?:[.,]\d+)?", fact))))
    return rf"({'|'.join(CLAUSE_STARTS)}) (the |many |some )?({'|'.join(agents_in(plan.article))})( ({token}{numbers}),?){{2,40}}"


def _openings(plan: Plan, seed: int) -> list[str]:
    """Two ways to begin the question, as regular expressions: one about those who keep the tradition, one about the pupils' own work beside theirs."""
    draw = random.Random(f"{plan.article.id} {plan.pattern.id} {seed}")  # noqa: S311 - variety, not secrecy
    who, product = _literal(_keepers(plan.article)), _literal(plan.pattern.product)
    theirs = [f"Why do you think {who}", f"What might {who} notice in your", f"What would you ask {who} about"]
    return [draw.choice(theirs), draw.choice([f"How is your {product} different from", f"What does your {product} have in common with"])]


def _keepers(article: Article) -> str:
    """Those of the tradition that the article speaks of most (weavers, navigators ...), else the people of its country."""
    said = f" {' '.join(tokens(article.text))} "
    crafts = [agent for agent in agents_in(article) if agent not in _ANYBODY and said.count(f" {agent} ") > 1]
    return max(crafts, key=lambda agent: said.count(f" {agent} ")) if crafts else f"people in {article.places[0]}" if article.places else "people"


def own_letters(plan: Plan) -> str:
    """Letters beyond a-z that the article itself uses (for its names), so that no other script can appear."""
    return "".join(sorted({c for c in (plan.article.title + plan.article.text).lower() if c.isalpha() and c > "z"}))


def names_in(texts: Iterable[str]) -> list[str]:
    """Capitalised words of `texts` that are names: inside a sentence, or at the head of one unless they are plain words."""
    found: dict[str, None] = {}
    for text in texts:
        for match in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text):
            word = match[0].removesuffix("'s").removesuffix("’s")
            inside = match.start() > 0 and text[: match.start()].rstrip()[-1:] not in ".!?:"
            if word[0].isupper() and inside and word.casefold() not in STOP:
                found[word] = None
    return list(found)


def _literal(text: str) -> str:
    """The text as a regular expression that every engine reads: `re.escape` also escapes spaces, and llama.cpp then accepts any string."""
    return re.sub(r"[\^$.\[\]()|{}*+?]", r"\\\g<0>", text)


def _text(pattern: str) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{pattern}$"}
