"""What was not kept, line by line, and what was: the ledger, the evidence and the counts of a crawl."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from craftlore.artifacts import read_manifest
from craftlore.errors import CrawlError
from craftlore.records import Article, Label
from craftlore.vocabulary import Record

__all__ = ["ARTICLES", "EVIDENCE", "LEDGER", "Counts", "Evidence", "Line", "Tally", "Told", "read_counts"]

ARTICLES, LEDGER, EVIDENCE = "articles.jsonl", "ledger.jsonl", "evidence.jsonl"
Told = Callable[[str, int, int | None], None]
"""Hears how far a crawl is: the step, how much is done, of how much if that is known."""


class Line(Record):
    """One thing that did not become part of the corpus: a seed, a page or (with `sentence`) one sentence of a page that did."""

    reason: str
    title: str
    detail: str
    page: str = ""
    labels: tuple[Label, ...] = ()
    sentence: str | None = None


class Evidence(Record):
    """Why an article's derived values are what they are: for each value the category, sentence or word that says so."""

    id: str
    title: str
    found: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Counts:
    """Articles by label, place and access, lines of the ledger by reason, pages and sentences apart; the largest first."""

    articles: int
    sentences: int
    labels: dict[str, int]
    places: dict[str, int]
    access: dict[str, int]
    dropped: dict[str, int]
    dropped_sentences: dict[str, int]


class Tally:
    """Counts a corpus while it is written."""

    def __init__(self) -> None:
        self._articles = self._sentences = 0
        self._labels, self._places, self._access, self._dropped, self._taken_out = (Counter[str]() for _ in range(5))

    def keep(self, article: Article) -> None:
        self._articles += 1
        self._sentences += len(article.sentences)
        self._labels.update(label.value for label in article.labels)
        self._places.update(article.places or ("(not known)",))
        self._access[article.access] += 1

    def drop(self, line: Line) -> None:
        (self._dropped if line.sentence is None else self._taken_out)[line.reason] += 1

    def counts(self) -> Counts:
        return Counts(self._articles, self._sentences, *map(_ranked, (self._labels, self._places, self._access, self._dropped, self._taken_out)))


def read_counts(folder: Path) -> Counts:
    """The counts of a finished crawl. Raises CrawlError if there is none in the folder."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise CrawlError(f"there is no finished crawl in {folder}. Run `craftlore crawl`, again if it was stopped.")
    counts = manifest["counts"]
    return Counts(counts["articles"], counts["sentences"], *(_ranked(counts[name]) for name in ("labels", "places", "access", "dropped", "dropped_sentences")))


def _ranked(counter: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))
