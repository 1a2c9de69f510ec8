"""A draft to an article of the corpus, or to the line of the ledger that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from craftlore.crawl.article_gate import clean
from craftlore.crawl.derive import derive
from craftlore.crawl.draft import Draft, Sections
from craftlore.crawl.ledger import Evidence, Line
from craftlore.crawl.relevance import labels_of, off_topic
from craftlore.errors import CrawlError
from craftlore.index.encoder import Encoder
from craftlore.records import Article, Section

__all__ = ["Filters", "Kept"]


@dataclass(frozen=True)
class Kept:
    """An article with the evidence for what was derived, and the sentences that were taken out of it."""

    article: Article
    evidence: Evidence
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Filters:
    """The gates that every page passes, whatever its source. Without an encoder patterns alone decide what is on topic."""

    prefix: str
    source: str
    minimum: int
    encoder: Encoder | None

    def judge(self, draft: Draft) -> Kept | Line:
        """The article, or the first reason against it."""
        sections, taken_out = clean(draft.sections, draft.language, self.encoder)
        draft = replace(draft, sections=sections)
        if not sections or draft.characters < self.minimum:
            return _line("too-short", draft, f"{draft.characters} characters of prose; at least {self.minimum} are needed (min_characters)")
        if drop := off_topic(draft, self.encoder):
            return _line(drop.reason, draft, drop.detail)
        if not draft.labels:
            if self.encoder is None:
                raise CrawlError("a source without a category tree needs the sentence encoder to choose labels. Run `craftlore models pull all-minilm-l6-v2`.")
            draft = replace(draft, labels=labels_of(draft, self.encoder))
        derived = derive(draft)
        article = Article(
            id=f"{self.prefix}:{draft.page_id}", title=draft.title, url=draft.url, language=draft.language, revision=draft.revision,
            timestamp=draft.timestamp, licence=draft.licence, source=self.source, labels=draft.labels, categories=draft.categories,
            people=derived.people, places=derived.places, continent=derived.continent, access=derived.access,
            access_reason=derived.access_reason, techniques=derived.techniques, tags=derived.tags, sections=tuple(_numbered(sections)),
        )  # fmt: skip
        lines = tuple(_line(one.reason, draft, " / ".join(one.path) or "lead", one.text) for one in taken_out)
        return Kept(article, Evidence(id=article.id, title=article.title, found=derived.evidence), lines)


def _numbered(sections: Sections) -> Iterator[Section]:
    first = 1
    for path, sentences in sections:
        yield Section(path=path, first=first, sentences=sentences)
        first += len(sentences)


def _line(reason: str, draft: Draft, detail: str, sentence: str | None = None) -> Line:
    return Line(reason=reason, title=draft.title, page=draft.page_id, labels=draft.labels, detail=detail, sentence=sentence)
