"""Source: every claim in its cited sentence, the article's own culture and no other."""

from __future__ import annotations

import itertools
import re

from craftlore.dataset.staging import Staged
from craftlore.places import place_called
from craftlore.suggest.check import check_text
from craftlore.suggest.schema import agents_in
from craftlore.words import STOP, fold, stems, tokens

__all__ = ["about_tradition", "claims", "culture", "grounding", "told_of_people"]

CLAIMED = 0.7  # share of the content words of what a summary tells of the tradition that article and plan have
_ALSO_WORDS = frozenset(("polish", "china", "turkey", "chile", "jersey", "guinea"))  # in lower case these are no places
_LIGHT = frozenset(
    stems(
        "different materials change changed type types kind kinds used using look like part parts another number people "
        "did perform performs area set tradition traditional still today way"
    )
)
_ANYTHING = re.compile(r"^(?:What would change if you|How could you) .*\b(?:different|other|another)\b")
_WHY = re.compile(r"^Why do you think (?:the )?\w+ (?:in (?:the )?[A-Z]\w+ )?")
_TELLS = re.compile(r",? (?:as|like|just as|the way|which|where|the idea|an idea|a way|the art|inspired|based|following|used)\b")


def grounding(staged: Staged, name: str, text: str) -> str | None:
    """The checks of serving: own names and numbers, a finished sentence, clauses within their source sentence."""
    return check_text(name, text, staged.plan, staged.facts)


def claims(staged: Staged, name: str, text: str) -> str | None:
    """What a summary tells of the tradition has the words of article and plan; what a "why" takes for granted, those of the article."""
    parts = _TELLS.split(text, maxsplit=1)
    if name == "summary" and len(parts) > 1:
        told, known = stems(parts[1]), set(stems(f"{_article_words(staged)} {_plan_words(staged)}"))
    elif name == "question" and _WHY.match(text):
        told, known = stems(_WHY.sub("", text)), set(stems(_article_words(staged)))
    else:
        return None
    missing = [stem for stem in told if stem not in known | _LIGHT]
    return f"{missing[0]!r} is not in the source" if missing and 1 - len(missing) / len(told) < CLAIMED else None


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
    """A title and a summary name the tradition; a question has a word that the article has and the project has not."""
    article, said = staged.plan.article, set(stems(text))
    names = set(stems(" ".join((article.title, *article.people, *article.places))))
    if name == "title":
        return None if (names | set(stems(" ".join(article.tags)))) & said else "it does not name the tradition"
    if name == "summary":
        return None if names & said else "it does not name the tradition"
    if name != "question":
        return None
    if _ANYTHING.search(text):
        return "it could be asked of anything"
    told = (names | set(stems(article.text))) - set(stems(_plan_words(staged))) - _LIGHT
    return None if (told | names) & said or set(tokens(text)) & set(agents_in(article)) else "it asks nothing about the tradition"


def told_of_people(staged: Staged, name: str, text: str) -> str | None:
    """Only people do something: "as astrolabes do" and "as Change ringing is" are dropped, "as bell ringers do" is not."""
    article = staged.plan.article
    titled = set(stems(article.title))
    named = {word for who in article.people for word in tokens(who) if word not in STOP and not (" " in who and set(stems(word)) & titled)}
    for match in re.finditer(r"(?<!such) (?:as|the way) (?:the |many |some )?([\w'’-]+(?: [\w'’-]+){0,3})", text if name == "summary" else ""):
        first = match[1].split()[0]
        if set(stems(first)) & titled and not set(tokens(match[1])) & (named | set(agents_in(article))):
            return f"{first!r} is not somebody who does this"
    return None


def _article_words(staged: Staged) -> str:
    article = staged.plan.article
    return " ".join((article.title, *article.people, *article.places, article.text))


def _plan_words(staged: Staged) -> str:
    plan = staged.plan
    return " ".join((*plan.steps, *plan.filling.values(), plan.pattern.name, plan.pattern.product, plan.pattern.summary))
