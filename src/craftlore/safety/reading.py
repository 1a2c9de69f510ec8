"""How hard a text is to read: the Flesch-Kincaid grade (Kincaid, Fishburne, Rogers and Chissom, 1975).

The targets follow the Common Core quantitative bands, a step below them because pupils read while their hands work. The
figure is rough under about 100 words: it is for whole cards and articles, never for one sentence.
"""

from __future__ import annotations

import re

from craftlore.sentences import split_sentences
from craftlore.vocabulary import Band

__all__ = ["CAPS", "TARGETS", "reading_grade", "syllables"]

TARGETS: dict[Band, float] = {"K-2": 2.5, "3-5": 6.0, "6-8": 9.0, "9-12": 12.0}
CAPS: dict[Band, float] = {"K-2": 3.5, "3-5": 7.7, "6-8": 10.3, "9-12": 14.2}
_VOWELS = re.compile(r"[aeiouy]+")
_KNOWN = {"people": 2, "idea": 3, "ideas": 3, "area": 3, "areas": 3, "create": 2, "created": 3, "quiet": 2, "science": 2, "rhythm": 2}


def reading_grade(text: str, names: frozenset[str] = frozenset()) -> float:
    """The Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59; 0.0 for a text without words.

    Words in `names` (lower case) count as one syllable: a people's name is learnt, not decoded.
    """
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)
    if not words:
        return 0.0
    sentences = max(1, len(split_sentences(text)))
    sounds = sum(1 if word.casefold() in names else syllables(word) for word in words)
    return round(0.39 * len(words) / sentences + 11.8 * sounds / len(words) - 15.59, 2)


def syllables(word: str) -> int:
    """Syllables of an English word, estimated by its groups of vowels; at least 1."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if word in _KNOWN:
        return _KNOWN[word]
    count = len(_VOWELS.findall(word))
    if re.search(r"[^aeiouyl]e$|[^aeiouydt]ed$|[^aeiouysxzcgh]es$", word):  # silent: take, pulled, names
        count -= 1
    if re.search(r"i[ao]|[^q]u[ao]|eo", word) and not re.search(r"tion|cious|tial|cial", word):  # two sounds: lion, dual, video
        count += 1
    return max(1, count)
