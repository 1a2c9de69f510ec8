"""A page as the source told it, cleaned, before anything is judged or derived: what the filters of the crawl work on."""

from __future__ import annotations

from dataclasses import dataclass

from craftlore.records import Label

__all__ = ["Draft", "Drop", "Sections"]

Sections = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Heading path (empty for the lead) and the sentences below it, in the order of the page."""


@dataclass(frozen=True)
class Draft:
    """One page. `labels` come from the seeds that led to it; a source without a category tree has none yet."""

    title: str
    url: str
    language: str
    page_id: str
    revision: str
    timestamp: str | None
    licence: str
    categories: tuple[str, ...]
    labels: tuple[Label, ...]
    sections: Sections

    @property
    def lead(self) -> tuple[str, ...]:
        """The sentences above the first heading."""
        return tuple(sentence for path, sentences in self.sections if not path for sentence in sentences)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(path[-1] for path, _ in self.sections if path)

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(sentence for _, sentences in self.sections for sentence in sentences)

    @property
    def characters(self) -> int:
        """Length of the prose, headings not counted."""
        return sum(len(sentence) + 1 for sentence in self.sentences)


@dataclass(frozen=True)
class Drop:
    """Why a page is not kept: `reason` is a code to count by, `detail` says it for this page."""

    reason: str
    detail: str
