"""The article gate: sentences of a source that speak to a machine instead of a reader are taken out, each with its reason.

Covered: instructions to a model in English and, in their plainest form, a dozen other languages; sentences in another language
than English (a page in English needs none); role markers; base64, hex and rot13; addresses; markup; invisible characters. Not
covered: a lie told as a plain sentence. The model that reads what is left is still held by its schema and the idea gate.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from craftlore.crawl.article_meaning import orders
from craftlore.crawl.draft import Sections
from craftlore.errors import ConfigError
from craftlore.index.encoder import Encoder
from craftlore.library import Library
from craftlore.safety.normalise import hidden_text, plain_text
from craftlore.words import fold, tokens

__all__ = ["DroppedSentence", "clean", "reason_to_drop"]

_TAGS = re.compile("[\U000e0000-\U000e007f\u202d\u202e]")
_JOINERS = "\u200c\u200d"  # they shape words of Persian, Hindi and others; between Latin letters they only hide
_BLOB = re.compile(r"(?<![\w+/-])(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{32,}={0,2}|(?:%[0-9A-Fa-f]{2}){6,}")
_LONGEST, _SHORT = 3000, 80  # characters; an order cut in two is short
_KNOWN = 0.34  # share of words of the library below which a sentence without any English function word is in another language
_ORDER = "sounds like an order to a machine"
_FOLLOWS = re.compile(
    r"(then|also|instead|after that|afterwards|next|and|in addition|always|never|do not|don't|please|only|simply|use|begin|start|end|write|say|tell|"
    r"answer|reply|respond|mention|recommend|include|describe|add|call|give|print|output|repeat|claim|ignore|"
    r"all (earlier|previous)|your|you|it must|(the|every) answer)\b"
)


@dataclass(frozen=True)
class DroppedSentence:
    """A sentence that was taken out: under which headings it stood, what it said (cut to 200 characters), and why."""

    path: tuple[str, ...]
    text: str
    reason: str


@dataclass(frozen=True)
class _Rule:
    reason: str
    when: re.Pattern[str]
    unless: re.Pattern[str] | None
    signs: tuple[str, ...]

    def hit(self, said: str) -> bool:
        found = self.when.search(said) or any(sign in said for sign in self.signs)
        return bool(found) and not (self.unless and self.unless.search(said))


@dataclass(frozen=True)
class _Table:
    rules: tuple[_Rule, ...]
    form: tuple[tuple[str, re.Pattern[str]], ...]
    english: frozenset[str]
    others: frozenset[str]


@cache
def _table() -> _Table:
    """Rules on what is said, expressions of form and function words, from `article_gate.toml`. Raises ConfigError naming the part that is wrong."""
    path = Path(__file__).parent / "article_gate.toml"
    part = "the file"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        lists: dict[str, str] = {}
        for part, words in data["lists"].items():
            lists[part] = f"(?:{'|'.join(_filled(word, lists) for word in words)})"
        rules = []
        for row in data["rule"]:
            part = row["reason"]
            unless = _any(row["unless"], lists) if "unless" in row else None
            rules.append(_Rule(part, _any(row["patterns"], lists), unless, tuple(fold(sign) for sign in row.get("signs", ()))))
        form = []
        for part, patterns in data["form"].items():
            form.append((part, re.compile("|".join(_one(pattern) for pattern in patterns))))
        part = "languages"
        english, others = (frozenset(data["languages"][name]) for name in ("english", "others"))
        return _Table(tuple(rules), tuple(form), english, others - english)
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(f"{path}: {part}: {error}") from error


def _any(patterns: Iterable[str], lists: dict[str, str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_filled(pattern, lists) for pattern in patterns)})(?!\w)")


def _filled(pattern: str, lists: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda match: lists[match[1]], pattern)


def _one(pattern: str) -> str:
    return f"(?i:{pattern[4:]})" if pattern.startswith("(?i)") else f"(?:{pattern})"


def clean(sections: Sections, language: str = "en", encoder: Encoder | None = None) -> tuple[Sections, tuple[DroppedSentence, ...]]:
    """The sections without what must not reach a model, and what was taken out. A section left empty goes with its heading.

    With an encoder, sentences that no phrase gave away are judged by their meaning too.
    """
    kept: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    dropped: list[DroppedSentence] = []
    for path, sentences in sections:
        if reason := next((why for heading in path if (why := reason_to_drop(heading, language))), None):
            dropped += [DroppedSentence(path, sentence[:200], f"{reason} (heading)") for sentence in sentences]
            continue
        reasons = _reasons(sentences, language, encoder)
        dropped += [DroppedSentence(path, sentence[:200], why) for sentence, why in zip(sentences, reasons, strict=True) if why]
        if left := tuple(visible for sentence, why in zip(sentences, reasons, strict=True) if not why and (visible := _visible(sentence))):
            kept.append((path, left))
    return tuple(kept), tuple(dropped)


def _reasons(sentences: tuple[str, ...], language: str, encoder: Encoder | None) -> list[str | None]:
    """A reason for each sentence that goes: by itself, as the order that follows such a sentence, or together with its neighbour."""
    reasons = [reason_to_drop(sentence, language) for sentence in sentences]
    for n in range(1, len(sentences)):
        before, here = sentences[n - 1], sentences[n]
        if reasons[n] is None and _spoken(reasons[n - 1]) and _FOLLOWS.match(fold(here)):
            reasons[n] = f"{reasons[n - 1]} (goes on)"
        elif reasons[n - 1] is None and reasons[n] is None and len(before) < _SHORT and _table().rules[0].hit(fold(plain_text(f"{before[:-1]} {here}"))):
            reasons[n - 1] = reasons[n] = f"{_table().rules[0].reason} (over two sentences)"
    if encoder and language == "en":
        return [why or (_ORDER if orders(sentence, encoder) else None) for why, sentence in zip(reasons, sentences, strict=True)]
    return reasons


def _spoken(reason: str | None) -> bool:
    return bool(reason) and any(rule.reason == str(reason).removesuffix(" (goes on)") for rule in _table().rules)


def reason_to_drop(sentence: str, language: str = "en") -> str | None:
    """Why one sentence of a page in `language` must not reach a model, or None. Well under a millisecond."""
    if len(sentence) > _LONGEST:
        return "longer than any sentence"
    if _TAGS.search(sentence):
        return "invisible characters"
    visible = _visible(sentence)
    for reason, expression in _table().form:
        if expression.search(visible):
            return reason
    if _BLOB.search(visible):
        return "encoded"
    plain = plain_text(visible)
    if why := _said(fold(plain)):
        return why
    if (hidden := hidden_text(plain)) and (not _respelled(plain, hidden) or _said(fold(hidden))):
        return "encoded"
    if language == "en" and _foreign(plain):
        return "another language"
    return None


def _respelled(plain: str, hidden: str) -> bool:
    """Whether only digits and signs were read as letters, as in "1st": that alone is no disguise."""
    return len(plain) == len(hidden) and all(a == b or not a.isalpha() for a, b in zip(plain, hidden, strict=True))


def _foreign(plain: str) -> bool:
    """Whether the sentence is not in English: mostly another script, or function words of other languages and none of English."""
    letters = [c for c in plain if c.isalpha()]
    if len(letters) > 11 and sum(ord(c) > 0x24F for c in letters) > 0.6 * len(letters):
        return True
    words, table = [word for word in tokens(plain) if word.isalpha()], _table()
    if len(words) < 4 or table.english.intersection(words):
        return False
    other = [word for word in words if word in table.others]
    if len(words) > 4 and len(set(other)) > 1 and len(other) >= len(words) / 4:
        return True
    return sum(word in _known_words() for word in words) < _KNOWN * len(words)


@cache
def _known_words() -> frozenset[str]:
    """The words of the library: plain English about makers and making, enough to tell it from another language."""
    library = Library.load()
    texts = [sentence for article in library.articles.values() for sentence in article.sentences]
    texts += [step for pattern in library.patterns.values() for step in pattern.steps]
    return frozenset(word for text in texts for word in tokens(text))


def _said(folded: str) -> str | None:
    return next((rule.reason for rule in _table().rules if rule.hit(folded)), None)


def _visible(sentence: str) -> str:
    """The sentence without characters that nobody sees; joiners stay between letters that need them."""
    if sentence.isascii():
        return sentence.strip()
    shown = []
    for number, character in enumerate(sentence):
        if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn", "Cs"):
            before = sentence[number - 1] if number else " "
            if character not in _JOINERS or before.isascii() or unicodedata.name(before, "").startswith("LATIN"):
                continue
        shown.append(character)
    return "".join(shown).strip()
