"""Reading a grade out of free text: American grades first, then ages, school years and a few other languages."""

from __future__ import annotations

import re

from craftlore.records import GRADES

__all__ = ["find_grade", "parse_grade"]

_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "primero": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "quinto": 5, "sexto": 6,
}  # fmt: skip
_NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
_STAGES = [
    (r"pre-?k|preschool|nursery|kinder(?:garten|garden|gartners?|gartners|s)?|kindergart[a-z]*|\bkg\b|reception class", 0),
    (r"elementary|primary school|lower primary", 1),
    (r"middle school|junior high", 6),
    (r"high school|secondary school|senior high", 9),
    (r"freshm[ae]n", 9),
    (r"sophomores?", 10),
    (r"\bjuniors?\b(?! high)", 11),
    (r"\bseniors?\b(?! high)", 12),
]
_N = r"(1[0-2]|[1-9]|k)"
_ORDINAL = rf"(?:{_N}\s*(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}))"
_DASH = r"\s*(?:-|–|to|and|&|/|or|,)\s*"
_PATTERNS = [
    rf"\b(?:grades?|grds?|grd|gr|klasse|class|classe|kl|g)\.?\s*{_N}(?:{_DASH}{_N})?\b(?!\s*(?:min|hour|h\b|cm|m\b|kids|pupils|students|groups))",
    rf"\b{_ORDINAL}(?:{_DASH}{_ORDINAL})?\s*-?\s*(?:grade?r?s?|gr|grd|class|grado)\b",
    rf"\b{_N}\.\s*klasse\b",
    rf"\b{_N}(?:{_DASH}{_N})?\s*(?:grade?r?s?|gr|grd)\b",
    rf"\bgrades?\s+({'|'.join(_NUMBER_WORDS)})\b",
    r"\b(?:math|maths|geometry|algebra|art|science|english|history|physics|chemistry|biology|music|ela)\s+(1[0-2]|[1-9])\b(?=\s*[:,.;]|$)",
    r"\b(k)\s*-\s*(?:1[0-2]|[1-9])\b",
    r"\b([1-9]|1[0-2])(?:st|nd|rd|th|to|do|ero)\b(?!\s*(?:century|c\b|cent|of|place|time|anniversary|street))",
    r"(?:^|[,;(]\s*)(k)\b(?!-?\w)|\b(k)\b(?=\s*(?:class|kids|grade|-1|/1|,|:|$))",
]  # fmt: skip
_AGES = [
    r"\bag(?:e|es|ed)\s*(?:of\s*)?(\d{1,2})",
    r"\b(\d{1,2})(?:\s*(?:-|–|to|and)\s*\d{1,2})?\s*-?\s*(?:years?|yrs?|yr|y)[\s-]*(?:olds?|o)\b",
    r"\b(\d{1,2})\s*(?:yo\b|y/o)",
    r"\bwith (\d{1,2}) years\b",
]
_SCHOOL_YEAR = r"\byears?\s*(1[0-3]|[1-9])(?:\s*(?:-|–|to|and|&|/)\s*(?:1[0-3]|[1-9]))?\b(?!\s*old)"


def parse_grade(value: str) -> str | None:
    """A typed grade such as `4`, `K`, `grade 4`, `3-5` as a single grade (the youngest of a range), or None."""
    text = value.strip().upper().removeprefix("GRADE").strip()
    first = re.split(r"\s*(?:-|–|TO)\s*", text)[0]
    first = {"KINDERGARTEN": "K", "PREK": "K", "PRE": "K"}.get(first, first).removesuffix("TH").removesuffix("ST").removesuffix("ND").removesuffix("RD")
    return first if first in GRADES else find_grade(value.casefold())


def find_grade(text: str) -> str | None:
    """The grade that a request speaks of (the youngest if several), or None. `text` is folded to lower case."""
    grades = [_value(group) for pattern in _PATTERNS for match in re.finditer(pattern, text) for group in match.groups() if group]
    if not grades:
        grades = [min(max(int(m[1]) - 5, 0), 12) for pattern in _AGES for m in re.finditer(pattern, text) if 4 <= int(m[1]) <= 18]
    if not grades:
        grades = [max(int(m[1]) - 1, 0) for m in re.finditer(_SCHOOL_YEAR, text)]
    if not grades:
        grades = [grade for pattern, grade in _STAGES if re.search(pattern, text)]
    return GRADES[min(grades)] if grades else None


def _value(word: str) -> int:
    if word == "k":
        return 0
    return _ORDINALS.get(word) or _NUMBER_WORDS.get(word) or int(word)
