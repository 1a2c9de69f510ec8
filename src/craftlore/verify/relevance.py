"""How well the crawl tells traditions from the biographies, companies and albums that stand beside them in the same categories.

Off topic: `data/off_topic.jsonl`, drafts of our own about real topics (title, categories, opening). The patterns were tuned on its
odd lines; the even ones are held out. On topic: the starter library, and whatever file of documents is given. A second file,
`data/heldout_pages.jsonl`, was written later, with pages of both kinds: pages off topic that avoid the usual first words, and
traditions that look like species, places or works. It only measures; what it gets wrong is not listed, so that nobody tunes on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from craftlore.artifacts import read_jsonl
from craftlore.crawl.documents import documents
from craftlore.crawl.draft import Draft, Sections
from craftlore.crawl.relevance import off_topic
from craftlore.index.encoder import Encoder
from craftlore.library import Library
from craftlore.sentences import split_sentences

__all__ = ["CASES", "RelevanceReport", "verify_relevance"]

CASES = Path(__file__).parent / "data" / "off_topic.jsonl"
PAGES = Path(__file__).parent / "data" / "heldout_pages.jsonl"


class _OffTopic(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    title: str
    categories: tuple[str, ...]
    lead: str
    on_topic: bool = False


@dataclass(frozen=True)
class RelevanceReport:
    """Precision is that of a crawl with as many pages off topic as on topic; `wrong` lists what the tuned half and the articles got wrong."""

    on_topic: int
    recall: float
    off_topic: int
    off_topic_kept: int
    precision: float
    held_out_off_topic: int
    held_out_kept: int
    held_out_precision: float
    second_on_topic: int
    second_recall: float
    second_off_topic: int
    second_kept: int
    second_precision: float
    wrong: list[str]


def verify_relevance(library: Library, encoder: Encoder | None, cases: Path = CASES, extra: Path | None = None) -> RelevanceReport:
    """Judge all pages. Raises DataError or CrawlError if a file cannot be read."""
    good = [_draft(a.title, a.categories, tuple((s.path, s.sentences) for s in a.sections)) for a in library.articles.values()]
    if extra:
        good += [page for page in documents(extra, lambda done, total: None) if isinstance(page, Draft)]
    bad = [_page(row) for row in read_jsonl(cases, _OffTopic)]
    second = [_page(row) for row in read_jsonl(PAGES, _OffTopic) if row.on_topic], [_page(row) for row in read_jsonl(PAGES, _OffTopic) if not row.on_topic]
    tuned, held_out = bad[0::2], bad[1::2]
    lost = [f"lost: {page.title} ({drop.reason}, {drop.detail})" for page in good if (drop := off_topic(page, encoder))]
    kept, kept_held_out = _kept(tuned, encoder), _kept(held_out, encoder)
    recall = 1 - len(lost) / len(good)
    found, slipped = (len(_kept(pages, encoder)) for pages in second)
    share = found / len(second[0])
    return RelevanceReport(
        len(good), recall, len(tuned), len(kept), _precision(recall, len(kept) / len(tuned)), len(held_out), len(kept_held_out),
        _precision(recall, len(kept_held_out) / len(held_out)),
        len(second[0]), share, len(second[1]), slipped, _precision(share, slipped / len(second[1])), [*lost, *(f"kept: {title}" for title in kept)],
    )  # fmt: skip


def _page(row: _OffTopic) -> Draft:
    return _draft(row.title, row.categories, (((), tuple(split_sentences(row.lead))),))


def _draft(title: str, categories: tuple[str, ...], sections: Sections) -> Draft:
    return Draft(title, "", "en", "0", "0", None, "", categories, (), sections)


def _kept(pages: Iterable[Draft], encoder: Encoder | None) -> list[str]:
    return [page.title for page in pages if not off_topic(page, encoder)]


def _precision(recall: float, kept: float) -> float:
    return recall / (recall + kept) if recall + kept else 0.0
