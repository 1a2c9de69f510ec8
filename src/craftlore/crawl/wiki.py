"""The few questions that a crawl puts to a MediaWiki, each answered from the journal where it can be.

Works with any MediaWiki since 1.27; no extension is needed. A listing asks for the newest revision of every member in the same
request (`generator=categorymembers`), so 500 members cost one request; a page costs one more: its rendered HTML, by revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from craftlore.crawl.answers import Category, Listing, Merged, Overview, Page, Rendered, Site, listing_of, site_of, size_of
from craftlore.crawl.client import Client
from craftlore.crawl.journal import Journal
from craftlore.errors import CrawlError

__all__ = ["BATCH", "Wiki", "category_title"]

BATCH = 50  # titles or page ids in one request; more only for accounts with special rights
GONE = frozenset({"missingtitle", "nosuchrevid", "nosuchpageid", "missingcontent-revid", "missingcontent-pageid", "permissiondenied", "pagecannotexist"})


class Wiki:
    """A MediaWiki as a crawl sees it. A listing of a category in `unchanged` may come from an earlier visit."""

    def __init__(self, client: Client, journal: Journal, unchanged: frozenset[str] = frozenset()) -> None:
        self._client, self._journal, self._unchanged = client, journal, unchanged

    def overview(self, titles: Iterable[str]) -> Overview:
        """The wiki itself, and each category or page of `titles`, 50 in a request. Raises CrawlError if there is no wiki."""
        site: Site | None = None
        categories: dict[str, Category] = {}
        revisions: dict[int, int] = {}
        for some in _in_batches(list(dict.fromkeys(titles))):
            query = {
                "action": "query", "meta": "siteinfo", "siprop": "general|rightsinfo", "prop": "categoryinfo|revisions", "rvprop": "ids", "redirects": "1",
                "titles": "|".join(some),
            }  # fmt: skip
            merged = self._merged(query, self._journal.visit)
            site = site or site_of(merged.about, self._journal.api)
            for title in some:
                page = merged.pages.get(merged.leads_to(title), {})
                exists = "categoryinfo" in page or ("pageid" in page and page["ns"] == 14)  # a category may have members and no page of its own
                categories[title] = Category(page.get("title", title), exists, size_of(page))
            revisions |= {page["pageid"]: newest["revid"] for page in merged.pages.values() for newest in page.get("revisions", ())}
        if site is None:
            raise CrawlError("there is nothing to ask for: no seeds")
        return Overview(site, categories, revisions)

    def soft_redirects(self, titles: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The categories whose page is marked as a redirect, with the categories that it links to."""
        found = {}
        for some in _in_batches(list(titles)):
            query = {"action": "query", "prop": "categories|links", "cllimit": "max", "pllimit": "max", "plnamespace": "14", "titles": "|".join(some)}
            for page in self._merged(query, self._journal.visit).pages.values():
                if any("redirect" in entry["title"].lower() for entry in page.get("categories", ())):
                    found[page["title"]] = tuple(entry["title"] for entry in page.get("links", ()))
        return found

    def stop(self) -> None:
        """Ask nothing more."""
        self._client.stop()

    def listing(self, category: str) -> Listing:
        """All members, continuation followed to the end."""
        return listing_of(self._merged(_members(category), 1 if category in self._unchanged else self._journal.visit).pages)

    def past_listing(self, category: str) -> Listing:
        """The members as of the visit before this one; empty if it was not asked for. Asks nothing."""
        try:
            return listing_of(self._merged(_members(category), 1, until=self._journal.visit - 1).pages)
        except LookupError:
            return Listing((), {})

    def known(self, page: Page) -> bool:
        """Whether the page's revision needs no request."""
        return self._journal.has(_rendering(page.revision), self._journal.visit)

    def rendered(self, page: Page) -> Rendered | str:
        """The page's revision, asked for once; or why the wiki does not show it (deleted, hidden), asked for again at the next visit."""
        answer = self._journal.answer(_rendering(page.revision), self._ask, self._journal.visit, lasts=True)
        if error := answer.get("error"):
            return str(error.get("info") or error["code"])
        parsed = answer["parse"]
        return Rendered(parsed["text"], tuple(c["category"].replace("_", " ") for c in parsed["categories"] if not c.get("hidden")))

    def _merged(self, query: Mapping[str, str], since: int, until: int | None = None) -> Merged:
        """All parts of a query with continuation."""
        merged = Merged({}, {}, {})
        for answer in self._parts(query, since, until):
            merged.about.update({key: value for key, value in answer.items() if key in ("general", "rightsinfo")})
            for page in answer.get("pages", ()):
                known = merged.pages.setdefault(page["title"], {})
                lists = {key: [*known.get(key, ()), *value] for key, value in page.items() if isinstance(value, list)}
                known.update({**page, **lists})
            merged.renamed.update({entry["from"]: entry["to"] for kind in ("normalized", "redirects") for entry in answer.get(kind, ())})
        return merged

    def _parts(self, query: Mapping[str, str], since: int, until: int | None) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            answer = self._answer({**query, **more}, since, until)
            yield answer.get("query", {})
            if answer.get("continue", more) == more:
                return
            more = answer["continue"]

    def _answer(self, query: Mapping[str, str], since: int, until: int | None = None) -> dict[str, Any]:
        if until is not None:
            known = self._journal.known(query, since, until)
            if known is None:
                raise LookupError(query)
            return known
        return self._journal.answer(query, self._ask, since)

    def _ask(self, query: Mapping[str, str]) -> dict[str, Any]:
        """One answer that may be kept. Raises CrawlError for an error that is not about a page being gone."""
        answer = self._client.ask(query)
        error = answer.get("error")
        if error and not (query["action"] == "parse" and error.get("code") in GONE):
            raise CrawlError(f"{self._journal.api} cannot answer ({error.get('code')}: {error.get('info')}). Query: {dict(query)}")
        if isinstance(answer.get("query", {}), list) or isinstance(answer.get("query", {}).get("pages"), dict):  # it does not know formatversion=2
            raise CrawlError(f"{self._journal.api} answers in the form of a MediaWiki before 1.27, which cannot be crawled. Ask its keepers for an update.")
        if not error and query["action"] not in answer and not answer.get("batchcomplete") and "continue" not in answer:
            raise CrawlError(f"{self._journal.api} gave an answer without a result; is this a MediaWiki from 1.27 on? Query: {dict(query)}")
        return answer


def category_title(name: str) -> str:
    """The name with the namespace in front that every wiki understands."""
    name = name.strip().replace("_", " ")
    return name if name.lower().startswith("category:") else f"Category:{name}"


def _members(category: str) -> dict[str, str]:
    return {
        "action": "query", "generator": "categorymembers", "gcmtitle": category, "gcmtype": "page|subcat", "gcmlimit": "max",
        "prop": "revisions|categoryinfo", "rvprop": "ids|timestamp|size", "redirects": "1",
    }  # fmt: skip


def _rendering(revision: int) -> dict[str, str]:
    return {"action": "parse", "oldid": str(revision), "prop": "text|categories", "disableeditsection": "1", "disablelimitreport": "1", "disabletoc": "1"}


def _in_batches(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
