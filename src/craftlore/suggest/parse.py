"""Free text and typed fields to a Request, and what was understood. Typed fields win; spelling is forgiven.

Materials are recognised by name, alias or a near spelling; "no scissors" and "without glue" go to `without`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError
from rapidfuzz import fuzz, process

from craftlore.errors import RequestError
from craftlore.library import Library
from craftlore.places import find_place
from craftlore.records import Label, Request
from craftlore.suggest.grades import find_grade, parse_grade
from craftlore.words import STOP, fold, stem, stems, tokens

__all__ = ["MAX_CHARACTERS", "Fields", "Understood", "check_length", "names_something", "understand"]

MAX_CHARACTERS = 1000
NEAR = 87  # rapidfuzz ratio from which two words of five letters or more count as the same
_NO = frozenset("no not without dont don't cannot can't cant avoid except minus zero non haven't havent hate ohne sin sans".split())  # noqa: SIM905 - a list of words
_VAGUE = frozenset(
    stem(word)
    for word in """picture figure performance test panel drawing strip wheel cutting music record chart play story tale piece sheet frame part bed code
    band label map card song orchestra survey dance skill""".split()  # noqa: SIM905 - a list of words
)
_HOURS = {
    "half an hour": 30,
    "half hour": 30,
    "an hour": 60,
    "one hour": 60,
    "a lesson": 45,
    "one lesson": 45,
    "one period": 45,
    "two lessons": 90,
    "two periods": 90,
    "double lesson": 90,
    "double period": 90,
}
_LABELS = {
    Label.CRAFTS: "craft crafts textile textiles fibre fiber sewing handicraft",
    Label.VISUAL: "painting printmaking visual drawing",
    Label.SCIENCE: "science investigation investigations experiment experiments biology botany chemistry ecology garden gardening nature stem-science",
    Label.STORY: "storytelling literature literacy ela drama theatre theater puppetry poetry",
    Label.ENGINEERING: "engineering stem construction physics architecture",
    Label.MATHEMATICS: "math maths mathematics geometry symmetry numeracy",
    Label.MUSIC: "music rhythm dance song concert band",
    Label.SKY: "astronomy navigation sky calendar timekeeping sundial",
    Label.PLAY: "game games recess playground play pe sport sports",
}


@dataclass(frozen=True)
class Fields:
    """What the teacher typed into fields of their own; None or empty where nothing was typed.

    `only` says that `materials` are all that there are: then none is read out of the text, not even if the field is empty.
    """

    grade: str | None = None
    materials: tuple[str, ...] = ()
    product: str | None = None
    minutes: int | None = None
    label: str | None = None
    region: str | None = None
    without: tuple[str, ...] = ()
    only: bool = False


@dataclass(frozen=True)
class Understood:
    """The request, which of its fields were read from free text, and what could not be placed, in plain sentences."""

    request: Request
    inferred: frozenset[str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """What requests are read with: `things` by their words, one-word names of things by first letter, products and what tells each, own places."""

    things: Mapping[tuple[str, ...], str]
    near: Mapping[str, Mapping[str, str]]
    products: Sequence[tuple[str, frozenset[str], int, frozenset[str]]]
    regions: Mapping[str, str]


@lru_cache(maxsize=4)
def _known(library: Library) -> _Known:
    names = {alias: name for name, item in library.items.items() for alias in (name, *item.aliases)}
    near: dict[str, dict[str, str]] = {}
    for alias, name in names.items():
        if " " not in alias:
            near.setdefault(alias[0], {})[alias] = name
    regions: dict[str, str] = {}
    for name in (name for a in library.articles.values() for name in (*a.places, *a.people)):
        regions.setdefault(" ".join(tokens(name)), name)
    return _Known(_alias_table(names), near, tuple(_products(library, names)), regions)


def understand(text: str, library: Library, fields: Fields = Fields()) -> Understood:
    """Read a teacher's request. Raises RequestError for empty or overlong text and for fields that cannot be right."""
    clean = _clean(text)
    known = _known(library)
    notes: list[str] = []
    folded = fold(clean)
    have, without = _materials(clean, known)
    typed = tuple(dict.fromkeys(_typed_material(name, known, notes) for name in fields.materials))
    ruled_out = [_typed_material(name, known, notes) for name in fields.without]
    without = list(dict.fromkeys((*ruled_out, *(name for name in without if name not in typed))))
    grade = _typed_grade(fields.grade) if fields.grade else find_grade(folded)
    if grade is None:
        notes.append("No grade was given, so the rules for grade 3 apply. Say the grade to get a better fit.")
    found: dict[str, object] = {
        "grade": grade,
        "materials": typed if fields.only else tuple(dict.fromkeys((*typed, *(m for m in have if m not in without)))),
        "product": fields.product or _product(clean, known),
        "minutes": fields.minutes if fields.minutes is not None else _minutes(folded),
        "label": _typed_label(fields.label) if fields.label else _label(clean),
        "region": fields.region or _region(clean, known),
    }
    try:
        request = Request.model_validate({"text": clean, **found, "without": tuple(without)})
    except ValidationError as error:
        problem = error.errors()[0]
        raise RequestError(f"{problem['loc'][0]}: {problem['msg']}") from error
    if not (clean or typed or request.product or request.label or request.region):
        raise RequestError('Say what you are looking for, for example: "grade 4, chalk and string, something for the playground".')
    return Understood(request, frozenset(name for name in found if found[name] and not getattr(fields, name)), tuple(notes))


def names_something(text: str, library: Library) -> bool:
    """Whether a text is nothing but the name of a thing of the vocabulary, or of a product of a making pattern."""
    known, words = _known(library), tuple(tokens(text))
    return words in known.things or any(words == tuple(tokens(product)) for product, *_ in known.products)


def check_length(text: str) -> None:
    """Raise RequestError for a text that nobody would type, before anything reads it; what is invisible in it does not count."""
    if len(text) > MAX_CHARACTERS * 20 or sum(unicodedata.category(c) not in ("Cf", "Cs", "Co") for c in text) > MAX_CHARACTERS:
        raise RequestError(f"the request has {len(text)} characters; {MAX_CHARACTERS} are enough. Say in a sentence or two what you need.")


def _clean(text: str) -> str:
    check_length(text)
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in unicodedata.normalize("NFKC", text)
        if unicodedata.category(c) not in ("Cf", "Cs", "Co")
    )
    clean = " ".join(kept.split())
    check_length(clean)  # again: a compatibility form can stand for many letters
    return clean


def _typed_grade(value: str) -> str:
    grade = parse_grade(value)
    if grade is None:
        raise RequestError(f"{value!r} is no grade that I know: write K or a number from 1 to 12 (a range counts as its youngest).")
    return grade


def _typed_label(value: str) -> str:
    names = {label.value.casefold(): label.value for label in Label}
    if value.casefold() not in names:
        raise RequestError(f"{value!r} is none of the nine labels: {', '.join(names.values())}.")
    return names[value.casefold()]


def _typed_material(name: str, known: _Known, notes: list[str]) -> str:
    found, _ = _materials(_clean(name), known)
    if found:
        return found[0]
    notes.append(f"{name!r} is not in the vocabulary of classroom things, so no making pattern can use it.")
    return _clean(name) or "?"


def _materials(text: str, known: _Known) -> tuple[list[str], list[str]]:
    """Names of the things that a text mentions, and of those that it rules out, each in order of mention."""
    words = tokens(text.replace("/", " "))
    stemmed = [stem(word) for word in words]
    have: dict[str, None] = {}
    without: dict[str, None] = {}
    position = 0
    while position < len(words):
        name, length = _thing_at(words, stemmed, position, known.things) if words[position] not in STOP else (None, 1)
        name = name or (_near_thing(words[position], known.near) if words[position] not in STOP else None)
        if name:
            ruled_out = _ruled_out(words, position)
            (without if ruled_out else have)[name] = None
        position += length
    return list(have), list(without)


def _ruled_out(words: list[str], position: int) -> bool:
    """Whether a "no" governs the word at `position`: directly, or across "or" as in "no glue or paint"."""
    for back in range(position - 1, max(position - 6, -1), -1):
        if words[back] in _NO:
            return True
        if words[back] not in {"or", "any", "the", "a", "real", "have", "want", "use", "of", "our", "nor", "on", "in", "from", "with", "more"} and not (
            back == position - 2 and words[position - 1] == "or"
        ):
            return False
    return False


def _alias_table(names: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Names by the stems of their words, and by the words as they are: "compasses" draw circles, a "compass" points north."""
    exact = {tuple(tokens(alias)): name for alias, name in names.items()}
    return {tuple(map(stem, words)): name for words, name in exact.items()} | exact


def _thing_at(words: list[str], stemmed: list[str], at: int, table: Mapping[tuple[str, ...], str]) -> tuple[str | None, int]:
    for length in (4, 3, 2, 1):
        end = at + length
        name = table.get(tuple(words[at:end])) or table.get(tuple(stemmed[at:end])) if end <= len(words) else None
        if name:
            return name, length
    return None, 1


def _near_thing(word: str, near: Mapping[str, Mapping[str, str]]) -> str | None:
    """The thing that a misspelt word of five letters or more means; its first letter is trusted."""
    owner = near.get(word[0], {}) if len(word) >= 5 else {}
    match = process.extractOne(word, owner.keys(), scorer=fuzz.ratio, score_cutoff=NEAR)
    return owner[match[0]] if match else None


def _minutes(text: str) -> int | None:
    match = re.search(r"\b(\d{1,3})(?:\s*(?:-|to)\s*\d{1,3})?\s*-?\s*(?:min|mins|minutes?|minuten|mn)\b", text)
    if match:
        return min(max(int(match[1]), 5), 600)
    match = re.search(r"\b(\d(?:[.,]5)?)\s*(?:h|hr|hrs|hours?)\b", text)
    if match:
        return min(max(int(float(match[1].replace(",", ".")) * 60), 5), 600)
    return next((minutes for words, minutes in _HOURS.items() if words in text), None)


def _products(library: Library, names: Iterable[str]) -> Iterator[tuple[str, frozenset[str], int, frozenset[str]]]:
    """Each product of a making pattern, its stems, how many words it has, and the words that mean it alone, if there are any."""
    products = [product for product in dict.fromkeys(p.product for p in library.patterns.values()) if stems(product)]
    heads = Counter(stems(product)[-1] for product in products)
    things = {word for alias in names for word in stems(alias)}
    for product in products:
        words, last = stems(product), tokens(product)[-1]
        alone = heads[words[-1]] == 1 and words[-1] not in things and words[-1] not in _VAGUE
        yield product, frozenset(words), len(words), frozenset((last, f"{last}s", last.removesuffix("s")) if alone else ())


def _product(text: str, known: _Known) -> str | None:
    """The product of a making pattern that a text names: by all its words, or by a last word that means this product alone."""
    wanted, said = set(stems(text)), set(tokens(text))
    best: tuple[int, str] | None = None
    for product, words, length, alone in known.products:
        score = 2 * length if words <= wanted else int(bool(alone & said))  # the word itself: a recorder is no record
        if score and (best is None or score > best[0]):
            best = (score, product)
    return best[1] if best else None


def _label(text: str) -> str | None:
    said = set(tokens(text))
    hits = [label for label, words in _LABELS.items() if said & set(words.split())]
    return hits[0].value if len(hits) == 1 else None


def _region(text: str, known: _Known) -> str | None:
    place = find_place(text)
    if place:
        return place
    said = f" {' '.join(tokens(text))} "
    return next((name for words, name in known.regions.items() if f" {words} " in said), None)
