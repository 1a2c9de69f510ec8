"""Groups of makers and players that a page names without naming a people: "Portuguese tile painters", "weavers in Ecuador".

Three forms, word by word as the sentence has them: a name in front of the makers, the makers and where they are, and the inhabitants
of a country as those who do it. Read only where no people is named: a people says more. The words are in `peoples.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from craftlore.errors import ConfigError
from craftlore.places import country_words, place_called
from craftlore.words import fold

__all__ = ["MOST", "groups"]

MOST = 3  # groups of one page; more would be a list of everybody
_WORD = r"[^\W\d_][\w’'ʼʻ]*(?:-[\w’'ʼʻ]+)*"
_NAME = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪİĶŁŃŅŇŌŐŘŚŞŠŢŤŪŮŹŻŽ][\w’'ʼʻ]*(?:-[\w’'ʼʻ]+)*"


@dataclass(frozen=True)
class _Forms:
    front: re.Pattern[str]
    behind: re.Pattern[str]
    doers: re.Pattern[str]
    inhabitants: frozenset[str]
    never: frozenset[str]
    joints: frozenset[str]


@cache
def _forms() -> _Forms:
    """The three forms, compiled. Raises ConfigError."""
    path = Path(__file__).parent / "peoples.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))["groups"]
        makers = rf"(?:{'|'.join([*data['makers'], *(rf'{_WORD}(?:{ending})' for ending in data['endings'])])})"
        local = rf"(?:{'|'.join(data['locals'])}|{makers})"
        name = rf"{_NAME}(?:[ ]{_NAME}){{0,2}}"
        doing, joints = "|".join(data["doing"]), "|".join(data["joints"])
        settled = "(?:[Tt]own|[Cc]ity|[Vv]illage|[Ii]sland|[Rr]egion|[Vv]alley|[Kk]ingdom)"
        often = r"(?:have[ ]|still[ ]|once[ ]|traditionally[ ])*"
        return _Forms(
            re.compile(rf"(?<![\w-])({name})[ ](?:(?!(?:{joints})\b){_WORD}[ ]){{0,2}}?{local}(?![\w-])"),
            re.compile(rf"(?<![\w-])(?:(?:[a-z]+[ ])?{makers}|{local})[ ](?:of|in|from|on|around|near)[ ](?:the[ ])?(?:{settled}[ ]of[ ])?({name})"),
            re.compile(rf"(?:(?:by|among)[ ](?:the[ ])?(?:ancient[ ])?({_NAME})(?![ ]{_WORD}s\b)|\b({_NAME})[ ]{often}(?:{doing})\b)"),
            frozenset(word for word in country_words() if word.endswith("s") and not word.endswith("ss")),
            frozenset(data["never"]),
            frozenset(data["joints"]),
        )  # fmt: skip
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(f"{path}: groups: {error}") from error


def groups(sentences: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Each group with the sentences that name it; `sentences` are (text, how evidence calls it)."""
    found: dict[str, list[str]] = {}
    for text, source in sentences:
        for group in _in(text):
            same = next((known for known in found if fold(known) == fold(group)), group)
            if same in found or len(found) < MOST:
                found.setdefault(same, []).append(source)
    return found


def _in(text: str) -> Iterator[str]:
    forms = _forms()
    for match in forms.front.finditer(text):
        if (name := _allowed(match[1], at_start=match.start() == 0)) is not None:
            yield name + match[0][len(match[1]) :]
    for match in forms.behind.finditer(text):
        place = place_called(match[1])
        if _allowed(match[1], at_start=False) and (place is None or fold(place) == fold(match[1])):  # "the Indian state" begins with no place
            yield _without_little_words(match[0])
    for match in forms.doers.finditer(text):
        name = match[1] or match[2]
        if fold(name) in forms.inhabitants and _allowed(name, at_start=False):
            yield name


def _allowed(name: str, *, at_start: bool) -> str | None:
    """The name without words that only begin a sentence, or None if it names no place and no people."""
    words = name.split(" ")
    never = _forms().never
    while words and (words[0] in never):
        words = words[1:]
    if not words or any(word in never for word in words):
        return None
    if at_start and len(words) == len(name.split(" ")) == 1 and fold(words[0]) not in country_words():
        return None  # "Skilled weavers": a capital there says nothing
    return " ".join(words)


def _without_little_words(group: str) -> str:
    """ "the weavers of Ecuador" begins with its makers, "many" and "skilled" say nothing lasting."""
    first, _, rest = group.partition(" ")
    return rest if rest and first in _forms().joints else group
