"""Which article is for training, validation or testing: by article and never by row, so that no sentence is on both sides.

The articles of the gold test set are for testing. Without any, a share of the articles is taken, label by label and place by
place in turn, so that small corpora are balanced too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from craftlore.dataset.records import Row, Split
from craftlore.errors import DatasetError
from craftlore.gold import Gold
from craftlore.records import Article
from craftlore.words import tokens

__all__ = ["overlap", "split_articles"]

TEST_SHARE = 0.2  # of the articles, where no gold idea says which
FEWEST = 3
RUN = 8  # words in a row that two rows share


def split_articles(articles: Sequence[Article], gold: Mapping[str, Gold], valid_share: float, seed: int) -> dict[str, Split]:
    """The split of every article by id. Raises DatasetError for a corpus that is too small to be split."""
    if len(articles) < FEWEST:
        raise DatasetError(f"the corpus has {len(articles)} article(s); train, valid and test need at least {FEWEST}. Crawl or add more articles.")
    test = {a.id for a in articles if a.id in gold and gold[a.id].split == "test"}
    test = test or _spread(articles, max(1, round(TEST_SHARE * len(articles))), seed)
    rest = [a for a in articles if a.id not in test]
    valid = _spread(rest, max(1, round(valid_share * len(rest))), seed) if valid_share and len(rest) > 1 else set()
    return {a.id: "test" if a.id in test else "valid" if a.id in valid else "train" for a in articles}


def _spread(articles: Sequence[Article], count: int, seed: int) -> set[str]:
    """`count` articles, each from the label and the continent that had the fewest so far."""
    draw = random.Random(seed)  # noqa: S311 - variety, not secrecy
    left = sorted(articles, key=lambda a: a.id)
    draw.shuffle(left)
    taken: Counter[object] = Counter()
    chosen: set[str] = set()
    for _ in range(min(count, len(left))):
        article = min(left, key=lambda a: (taken[a.labels[0]], taken[a.continent]))
        left.remove(article)
        taken.update((article.labels[0], article.continent))
        chosen.add(article.id)
    return chosen


def overlap(rows: Iterable[Row]) -> dict[str, int]:
    """What two splits share: articles, requests, and runs of eight words of the answers, counted for each pair of splits."""
    by_split: dict[Split, list[Row]] = {"train": [], "valid": [], "test": []}
    for row in rows:
        by_split[row.split].append(row)
    counts = {}
    pairs: tuple[tuple[Split, Split], ...] = (("train", "valid"), ("train", "test"), ("valid", "test"))
    for left, right in pairs:
        for what, of in (("articles", _articles), ("requests", _requests), ("runs of 8 words", _runs)):
            counts[f"{what} in {left} and {right}"] = len(of(by_split[left]) & of(by_split[right]))
    return counts


def _articles(rows: Iterable[Row]) -> set[str]:
    return {row.article_id for row in rows if row.article_id}


def _requests(rows: Iterable[Row]) -> set[str]:
    return {" ".join(tokens(row.request)) for row in rows}


def _runs(rows: Iterable[Row]) -> set[tuple[str, ...]]:
    said = (tokens(row.messages[-1]["content"]) for row in rows)
    return {tuple(words[at : at + RUN]) for words in said for at in range(len(words) - RUN + 1)}
