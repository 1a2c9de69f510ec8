"""What a page says of itself beside its text: people, places, access, techniques, tags; each value with the words that say so.

Read from the title, the categories and the first sentences, and for access, techniques and tags from the whole page, by the
word lists of `peoples.toml`, `derive.toml` and `places.toml`. What nothing says stays empty. An access tag found by words is a
first guess on the careful side: the communities decide.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from craftlore.crawl.draft import Draft
from craftlore.crawl.groups import groups
from craftlore.errors import ConfigError
from craftlore.library import Library
from craftlore.places import find_places, names_within, place_called
from craftlore.records import Continent
from craftlore.vocabulary import Access
from craftlore.words import fold, stems

__all__ = ["Derived", "derive"]

OPENING = 3  # sentences of the lead that name who and where
LEAD = 8  # of those that name makers
_FRONT = ("title", "category", "lead")
_HERE = Path(__file__).parent
_MEMBERS = r"(?:peoples?|women|men|families|weavers|makers|carvers|potters|artists|artisans|players|dancers|singers|communit(?:y|ies)|villages|nation|culture)"
_CAPITAL = r"[A-ZĀÁÀÂÄÅÉÈÍÎÓÖŌÚÜŠŽŁÇÑʻ'][\w’ʼʻ'-]+"
_ASIDE = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|\b(?:from|in|is) (?:the )?\w+(?: \w+)? (?:word|term|name|phrase|language|for)\b[^,.;]*"
    r"|\bin \w+, (?:a|the) language\b|\blanguages? of the \w+"
)
_ELSE = re.compile(r" (?:[Cc]ountry|[Ll]anguages?|[Ss]ea|[Mm]ountains|[Dd]esert|[Rr]iver|[Ii]slands?|[Rr]egency|[Pp]eninsula)\b")  # land and speech, not people
_NO_PLACE = re.compile(r"words and phrases|language|loanwords|articles|wikipedia|webarchive|pages|cs1|stubs|commons|descent|diaspora|inventions", re.I)


@dataclass(frozen=True)
class Derived:
    """Values as `Article` has them; `evidence` tells for "field: value" which title, category or sentence said it."""

    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    continent: Continent | None = None
    access: Access = "open"
    access_reason: str | None = None
    techniques: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)


def derive(draft: Draft) -> Derived:
    """All that the word lists find. Evidence is a few words of the source for each value, at most three."""
    places = _places(draft)
    people = _people(draft)
    access, reason, said = _access(draft)
    techniques = _techniques(draft)
    tags = {tag: [f"{where}: {text}" for where, text in hits] for tag, pattern in _lists().tags.items() if len(hits := _hits(pattern, draft)) > _often(draft)}
    found = [*_told("people", people), *_told("places", places), *_told("techniques", techniques), *_told("tags", tags)]
    evidence = {key: tuple(dict.fromkeys(words))[:3] for key, words in [*found, *([("access: " + access, said)] if said else [])]}
    return Derived(tuple(people), tuple(places), _continent(places), access, reason, tuple(techniques), tuple(tags), evidence)


def _often(draft: Draft) -> float:
    return max(1, len(draft.sentences) / 40)


def _told(name: str, values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Sequence[str]]]:
    return ((f"{name}: {value}", words) for value, words in values.items())


@dataclass(frozen=True)
class _Sign:
    what: str
    weight: int
    least: int
    once_in: int
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class _Lists:
    peoples: Mapping[str, str]
    people: re.Pattern[str]
    ambiguous: frozenset[str]
    pan: frozenset[str]
    continents: Mapping[Continent, tuple[str, ...]]
    signs: tuple[_Sign, ...]
    study_only: int
    ask: int
    tags: Mapping[str, re.Pattern[str]]


@cache
def _lists() -> _Lists:
    """The word lists, compiled. Raises ConfigError naming file and part."""
    part = "peoples.toml"
    try:
        names: dict[str, Any] = tomllib.loads((_HERE / part).read_text(encoding="utf-8"))
        peoples = {word: people for people, words in names["peoples"].items() for word in words}
        longest = "|".join(re.escape(word) for word in sorted(peoples, key=len, reverse=True))
        part = "derive.toml"
        data: dict[str, Any] = tomllib.loads((_HERE / part).read_text(encoding="utf-8"))
        signs = tuple(_Sign(row["what"], row["weight"], row["least"], row["once_in"], _words(row["patterns"])) for row in data["access"]["signs"])
        tags = {tag: _words(patterns) for tag, patterns in data["tags"].items()}
        continents = {cast(Continent, name): tuple(regions) for name, regions in data["continents"].items()}
        return _Lists(peoples, re.compile(rf"(?<!\w)({longest})(?!\w)"), frozenset(names["ambiguous"]), frozenset(names["pan"]), continents, signs,
                      data["access"]["study_only"], data["access"]["ask"], tags)  # fmt: skip
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(f"{_HERE / part}: {error}") from error


def _words(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def _places_to_look(draft: Draft) -> Iterator[tuple[str, str]]:
    """What names who and where, as (text, how evidence calls it): title, categories, opening sentences without asides."""
    yield draft.title, f"title: {draft.title}"
    for category in draft.categories:
        if not _NO_PLACE.search(category):
            yield category, f"category: {category}"
    for number, sentence in enumerate(draft.lead[:OPENING], 1):
        yield _ASIDE.sub(" ", sentence), f"sentence {number}: {sentence[:160]}"


def _people(draft: Draft) -> dict[str, list[str]]:
    """Peoples named in front, else makers named in the lead ("weavers in Ecuador"), else peoples that the page comes back to."""
    found: dict[str, list[str]] = {}
    for text, source in _places_to_look(draft):
        for name in _named(text):
            found.setdefault(name, []).append(source)
    lead = ((_ASIDE.sub(" ", sentence), f"sentence {number}: {sentence[:160]}") for number, sentence in enumerate(draft.lead[:LEAD], 1))
    return found or groups(lead) or _again_and_again(draft)


def _named(text: str) -> Iterator[str]:
    """The peoples of the list that a text names, and whatever stands in front of "people" with a capital."""
    lists = _lists()
    for match in lists.people.finditer(text):
        if _ELSE.match(text, match.end()):
            continue
        members = re.match(rf"(?:-speaking)? {_MEMBERS}\b", text[match.end() :])
        if match[1] not in lists.ambiguous or members:
            yield lists.peoples[match[1]]
    for match in re.finditer(rf"\b({_CAPITAL}(?:[ -]{_CAPITAL})?) (?:people|peoples)\b", text):
        name = match[1].removeprefix("The ")
        if name != "The" and not {name, *name.split()} & lists.pan and not find_places(name) and not any(name in known for known in lists.peoples):
            yield name


def _again_and_again(draft: Draft) -> dict[str, list[str]]:
    """Peoples of the list in three sentences and in one of twelve."""
    peoples: dict[str, list[str]] = {}
    for number, sentence in enumerate(draft.sentences, 1):
        for name in dict.fromkeys(_named(sentence)):
            peoples.setdefault(name, []).append(f"sentence {number}: {sentence[:160]}")
    return {name: said for name, said in peoples.items() if len(said) >= max(3, len(draft.sentences) / 12)}


def _places(draft: Draft) -> dict[str, list[str]]:
    """Countries and territories that the title, a category or the first sentence names, or two of the opening sentences."""
    weight: Counter[str] = Counter()
    found: dict[str, list[str]] = {}
    for text, source in _places_to_look(draft):
        for place in find_places(text):
            if len(names_within(place)) == 1 and place in _lists().continents:
                continue
            weight[place] += 1 if source.startswith("sentence") and not source.startswith("sentence 1:") else 2
            found.setdefault(place, []).append(source)
    countries = [place for place in found if not _is_region(place)]
    kept = [place for place in countries if weight[place] > 1] or countries[:1]
    return {place: found[place] for place in sorted(kept, key=lambda place: -weight[place])[:4]}


def _is_region(place: str) -> bool:
    """Whether the name holds several countries, as "West Africa" does."""
    return sum(place_called(word) not in (place, None) for word in names_within(place)) > 1


def _continent(places: Iterable[str]) -> Continent | None:
    for place in places:
        for continent, regions in _lists().continents.items():
            if any(fold(place) in names_within(region) for region in regions):
                return continent
    return None


def _hits(pattern: re.Pattern[str], draft: Draft) -> list[tuple[str, str]]:
    """What a pattern finds in title, categories and sentences: where, and the words with the text around them."""
    texts = [("title", draft.title), *(("category", category) for category in draft.categories)]
    texts += [(f"lead, sentence {n}" if n <= OPENING else f"sentence {n}", sentence) for n, sentence in enumerate(draft.sentences, 1)]
    return [(where, f"{match[0]!r} in {text[:160]!r}") for where, text in texts for match in pattern.finditer(fold(text))]


def _access(draft: Draft) -> tuple[Access, str | None, list[str]]:
    lists = _lists()
    points, said, first = 0, [], ""
    for sign in lists.signs:
        hits = _hits(sign.pattern, draft)
        if sum(3 if where.startswith(_FRONT) else 1 for where, _ in hits) >= max(sign.least, len(draft.sentences) / sign.once_in):
            points += sign.weight
            first = first or sign.what
            said += [f"{where}: {text}" for where, text in hits[:2]]
    if points >= lists.study_only:
        return "study_only", f"The source speaks of {first}: pupils study about this tradition and copy nothing of it until its community says otherwise.", said
    if points >= lists.ask:
        return "ask", f"The source speaks of {first}: pupils use the technique with designs of their own, and a community educator can be invited.", said
    return "open", None, []


@cache
def _known_techniques() -> tuple[tuple[str, frozenset[str]], ...]:
    """The techniques that making patterns know, with their stems."""
    names = dict.fromkeys(technique for pattern in Library.load().patterns.values() for technique in pattern.techniques)
    return tuple((name, frozenset(stems(name))) for name in names)


def _techniques(draft: Draft) -> dict[str, list[str]]:
    """Techniques of the making patterns that the page names: in title, category, heading or opening, or in two sentences.

    One word of a technique is enough only when the technique is one word: "pipe making" is not said by "pipe".
    """
    spoken = [*_places_to_look(draft), *((heading, f"heading: {heading}") for heading in draft.headings)]
    sure = len(spoken)
    spoken += [(sentence, f"sentence {number}: {sentence[:160]}") for number, sentence in enumerate(draft.sentences, 1)]
    said = [(frozenset(stems(text)), fold(text)) for text, _ in spoken]
    found = {}
    for name, words in _known_techniques():
        whole = len(words) > 1 or " " not in name
        hits = [n for n, (stemmed, folded) in enumerate(said) if (words <= stemmed if whole else name in folded)]
        if any(n < sure for n in hits) or len(hits) > 1:
            found[name] = [spoken[n][1] for n in hits]
    return found
