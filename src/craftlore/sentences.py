"""Prose to sentences: one splitter for crawled pages and for the starter library."""

from __future__ import annotations

import re

from sentencex import segment

__all__ = ["split_sentences"]

# The segmenter breaks after these; what follows a measure or a date always belongs to the same sentence.
_GLUE = re.compile(r"(?:\b(?:approx|ca|c|cf|fig|figs|no|nos|vol|pp|ed|eds|fl|r|b|d|St|Mt|Ft|Dr|Mr|Mrs|Ms|vs|incl|est|max|min))\.$", re.I)


def split_sentences(text: str, language: str = "en") -> list[str]:
    """The sentences of a paragraph, stripped, in order; abbreviations and decimals do not end one."""
    sentences: list[str] = []
    for piece in segment(language, " ".join(text.split())):
        piece = piece.strip()
        if not piece:
            continue
        if sentences and _GLUE.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece)
    return sentences
