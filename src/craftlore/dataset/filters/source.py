"""Source: every claim in its cited sentence, the article's own culture and no other."""

from __future__ import annotations

import itertools
import re

from craftlore.dataset.staging import Staged
from craftlore.places import place_called
from craftlore.suggest.check import check_field
from craftlore.suggest.schema import agents_in
from craftlore.words import STOP, fold, stems, tokens

__all__ = ["about_tradition", "claims", "culture", "grounding", "told_of_people"]

CLAIMED = 0.7  # share of the content words of what a summary tells of the tradition that article and plan have
_ALSO_WORDS = frozenset(("polish", "china", "turkey", "chile", "jersey", "guinea"))  # in lower case these are no places
_LIGHT = frozenset(stems("different materials change changed type types kind kinds used using look like part parts another number people"))
_ANYTHING = re.compile(
    r"^(?:What would change if you|How could you) .*\b(?:different|other|another) (?:types?|kinds?|materials?|methods?|colou?rs?|shapes?|way)\b"
)
_TELLS = re.compile(r",? (?:as|like|just as|the way|which|where|the idea|an idea|a way|the art|inspired|based|following|used)\b")


def grounding(staged: Staged, name: str, text: str) -> str | None:
    """The checks of serving: own names and numbers, a finished sentence, clauses within their source sentence."""
    return check_field(name, text, staged.plan, staged.facts)


def claims(staged: Staged, name: str, text: str) -> str | None:
    """What a summary tells of the tradition may use the words of the article and of the plan."""
    parts = _TELLS.split(text, maxsplit=1)
    if name != "summary" or len(parts) < 2:
        return None
    told = [stem for stem in stems(parts[1])]
    known = set(stems(f"{_article_words(staged)} {_plan_words(staged)}"))
    missing = [stem for stem in told if stem not in known]
    return f"{missing[0]!r} is not in the source" if told and 1 - len(missing) / len(told) < CLAIMED else None


def culture(staged: Staged, _: str, text: str) -> str | None:
    """Another people, another place, another tradition of the library."""
    article, own = staged.plan.article, fold(f"{_article_words(staged)} {_plan_words(staged)}")
    said = set(tokens(own))
    for name, owner in staged.known.traditions_in(text):
        if owner != article.id and not set(tokens(name)) - STOP <= said:
            return f"{name!r} is of another tradition"
    places = {article.continent, *map(place_called, (*article.places, *article.people))}
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)
    for word in (*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))):
        place = None if word in _ALSO_WORDS else place_called(word.removesuffix("'s").removesuffix("’s"))
        if place and place not in places and fold(word) not in own and fold(place) not in own:
            return f"{word!r} is another place"
    return None


def about_tradition(staged: Staged, name: str, text: str) -> str | None:
    """A title names the tradition or something of its own; a question has a word that the article has and the project has not."""
    article, said = staged.plan.article, set(stems(text))
    own = set(stems(" ".join((article.title, *article.people, *article.places, *article.tags))))
    if name == "title":
        return None if own & said else "it does not name the tradition"
    if name == "question" and _ANYTHING.search(text):
        return "it could be asked of anything"
    if name == "question":
        told = (own | set(stems(article.text))) - set(stems(_plan_words(staged))) - _LIGHT
        keepers = {word for word in tokens(text) if word in agents_in(article)}
        return None if (told | own) & said or keepers else "it asks nothing about the tradition"
    return None


def told_of_people(staged: Staged, name: str, text: str) -> str | None:
    """ "as ... do" needs people: a thing, a place or the tradition's own name does nothing."""
    match = re.search(r",? (?:just as|as|like|the way) (?:the |many |some )?((?:[\w'’-]+ ?){1,4})", text)
    if name != "summary" or not match:
        return None
    article, words = staged.plan.article, match[1].split()
    people = {word for name in article.people for word in tokens(name)} | set(agents_in(article))
    if set(tokens(match[1])) & people:
        return None
    return f"{words[0]!r} is not somebody who does this" if set(stems(words[0])) & set(stems(article.title)) else None


def _article_words(staged: Staged) -> str:
    article = staged.plan.article
    return " ".join((article.title, *article.people, *article.places, article.text))


def _plan_words(staged: Staged) -> str:
    plan = staged.plan
    return " ".join((*plan.steps, *plan.filling.values(), plan.pattern.name, plan.pattern.product, plan.pattern.summary))
