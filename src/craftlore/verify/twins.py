"""Near-duplicates in the library: two articles that share runs of words, two steps or ideas that say the same."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from craftlore.words import tokens

__all__ = ["alike", "shared_runs"]

RUN = 8  # words in a row
Named = tuple[str, str, str]
"""Owner, place within it, text."""


def shared_runs(texts: Mapping[str, str], most: int = 2) -> list[str]:
    """Pairs of texts (by name) that have more than `most` runs of eight words in common, with one of the runs."""
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, text in texts.items():
        words = tokens(text)
        for start in range(len(words) - RUN + 1):
            owners[tuple(words[start : start + RUN])].add(name)
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run, names in owners.items():
        for pair in itertools.combinations(sorted(names), 2):
            shared[pair].append(" ".join(run))
    return [f"{a} and {b} share {len(runs)} runs of words, for example {runs[0]!r}" for (a, b), runs in sorted(shared.items()) if len(runs) > most]


def alike(rows: Iterable[Named], least: float) -> list[str]:
    """Pairs of texts of different owners whose similarity (0-100, normalised edit distance over words and letters) is `least` or more."""
    known: Sequence[Named] = list(rows)
    folded = [" ".join(tokens(text)) for _, _, text in known]
    if not folded:
        return []
    scores = process.cdist(folded, folded, scorer=fuzz.ratio, score_cutoff=least, dtype=np.uint8)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(np.triu(scores, 1)) if known[i][0] != known[j][0]]
    return [f"{known[i][0]} {known[i][1]} and {known[j][0]} {known[j][1]} are {scores[i, j]}% alike: {known[i][2]!r}" for i, j in pairs]
