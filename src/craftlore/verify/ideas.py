"""What a machine can say of an idea by looking at it alone, beside its article and pattern: one yes or no for each property.

This does not use the checks of `suggest`: it reads the finished idea, so that a fault in those checks shows here.
"""

from __future__ import annotations

import re

from craftlore.library import Library
from craftlore.records import Idea
from craftlore.safety.policy import hazards_in, item_level
from craftlore.words import stems, tokens

__all__ = ["PROPERTIES", "audit_idea"]

PROPERTIES = (
    "things_allowed", "things_used", "right_tradition", "real_background", "own_order", "no_foreign_names", "no_foreign_numbers",
    "finished", "latin_script", "no_copied_step", "no_hazard",
)  # fmt: skip
_OPEN_END = re.compile(r"(?:,|\b(?:a|an|the|of|to|and|or|from|as|that|which|are|their|its))[.?]?$", re.I)


def audit_idea(idea: Idea, library: Library) -> dict[str, bool]:
    """`PROPERTIES` of one idea, True where all is well. Raises KeyError if its article or pattern is not in `library`."""
    article, pattern = library.articles[idea.article_id], library.patterns[idea.pattern_id].for_grade(idea.grade)
    things = (*idea.materials_used, *idea.materials_to_find, *idea.tools)
    steps = " ".join(idea.steps)
    written = (idea.title, idea.summary, *idea.learning_goals, idea.question)
    sources = " ".join(
        (article.title, *article.people, *article.places, article.text, pattern.name, pattern.summary, *pattern.steps, *pattern.goals, *pattern.questions)
    )
    return {
        "things_allowed": all(name in library.items and item_level(library.items[name], idea.grade) in "AS" for name in things),
        "things_used": all(_mentioned(name, steps) for name in things),
        "right_tradition": (idea.tradition, idea.people, idea.places, idea.labels) == (article.title, article.people, article.places, article.labels),
        "real_background": bool(idea.background) and all(quote.text == article.sentences[quote.sentence - 1] for quote in idea.background),
        "own_order": [step.split()[0].strip(",:") for step in idea.steps] == [step.split()[0].strip(",:") for step in pattern.steps],
        "no_foreign_names": not (_names((*written, *idea.steps)) - {*tokens(sources), *tokens(" ".join(things))}),
        "no_foreign_numbers": not (_numbers(" ".join((*written, steps))) - _numbers(sources)),
        "finished": all(text.strip() and not _OPEN_END.search(text) for text in (*written, *idea.steps)),
        "latin_script": not re.search(r"[Ͱ-῿⺀-￯]", " ".join((*written, steps))),
        "no_copied_step": not ({*idea.steps} & {*article.sentences}),
        "no_hazard": not hazards_in(" ".join((idea.title, idea.summary, idea.question)), idea.grade),
    }


def _mentioned(name: str, text: str) -> bool:
    return set(stems(name)) <= set(stems(text)) or name in text


def _names(texts: tuple[str, ...]) -> set[str]:
    """Folded words with a capital that do not begin a sentence."""
    inside = (match for text in texts for match in re.finditer(r"(?<=[\w,;:’'\")] )[^\W\d_]+(?:['’-][^\W\d_]+)*", text))
    return {word for match in inside if match[0][0].isupper() and len(match[0]) > 1 for word in tokens(match[0].removesuffix("'s").removesuffix("’s"))}


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)?", text))
