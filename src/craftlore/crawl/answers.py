"""What a MediaWiki answers, read from its JSON: the wiki itself, categories, listings, pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from craftlore.errors import CrawlError

__all__ = ["Category", "Listing", "Merged", "Overview", "Page", "Rendered", "Site", "Size", "listing_of", "site_of", "size_of"]

Size = tuple[int, int]
"""Pages and sub-categories that a wiki counts in a category."""


@dataclass(frozen=True)
class Site:
    """What a wiki says about itself; `script` is the address of its index.php."""

    id: str
    name: str
    language: str
    licence: str
    software: str
    script: str

    def url(self, title: str, revision: int) -> str:
        """The address of one revision."""
        return f"{self.script}?title={quote(title.replace(' ', '_'), safe=':/()')}&oldid={revision}"


@dataclass(frozen=True)
class Page:
    """One article and its newest revision at the time of the listing; `size` in bytes of wikitext."""

    id: int
    title: str
    revision: int
    timestamp: str
    size: int


@dataclass(frozen=True)
class Category:
    """What a wiki knows of a category: `title` is its own, where redirects lead."""

    title: str
    exists: bool
    size: Size


@dataclass(frozen=True)
class Overview:
    """One look at a wiki: what it is, the categories that were asked for, by the title in the question, and newest revisions by page id."""

    site: Site
    categories: Mapping[str, Category]
    revisions: Mapping[int, int]


@dataclass(frozen=True)
class Listing:
    """The members of a category: articles with redirects resolved, and sub-categories with their sizes; both by title."""

    pages: tuple[Page, ...]
    subcategories: Mapping[str, Size]


@dataclass(frozen=True)
class Rendered:
    """One revision as the wiki renders it; hidden (maintenance) categories left out."""

    html: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """The parts of an answer put together: pages by title, where normalised and redirected titles lead, the wiki about itself."""

    pages: dict[str, dict[str, Any]]
    renamed: dict[str, str]
    about: dict[str, Any]

    def leads_to(self, title: str) -> str:
        """The title that an answer uses for the one in the question."""
        seen = {title}
        while (following := self.renamed.get(title, title)) not in seen:
            seen.add(title := following)
        return title


def site_of(about: Mapping[str, Any], api: str) -> Site:
    """A wiki's `siteinfo`. Raises CrawlError if it lacks what every MediaWiki says."""
    try:
        general, rights = about["general"], about.get("rightsinfo", {})
        return Site(
            id=re.sub(r"[^a-z0-9_-]+", "-", general["wikiid"].lower()),
            name=general["sitename"],
            language=general["lang"],
            licence=rights.get("text") or rights.get("url") or "not stated by the wiki",
            software=general["generator"],
            script=urljoin(api, general["server"]) + general["script"],  # Wikimedia leaves the scheme out of `server`
        )
    except KeyError as error:
        raise CrawlError(f"{api} does not say its {error}; is this a MediaWiki?") from error


def listing_of(by_title: Mapping[str, Mapping[str, Any]]) -> Listing:
    """The members of a category among an answer's pages."""
    pages = [by_title[title] for title in sorted(by_title)]
    articles = tuple(
        Page(page["pageid"], page["title"], newest["revid"], newest["timestamp"], newest["size"])
        for page in pages
        if page["ns"] == 0
        for newest in page.get("revisions", ())[:1]
    )
    return Listing(articles, {page["title"]: size_of(page) for page in pages if page["ns"] == 14})


def size_of(page: Mapping[str, Any]) -> Size:
    """The size of a category, (0, 0) where the wiki counts nothing in it."""
    info = page.get("categoryinfo", {})
    return info.get("pages", 0), info.get("subcats", 0)
