"""A MediaWiki API in memory, as a transport: what a crawl asks for, and nothing else. The real one is in `mediawiki.py`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from craftlore.config import CrawlConfig

API = "https://wiki.test/w/api.php"
SETTINGS = CrawlConfig(api=API, contact="keeper@wiki.test", backoff_seconds=0, min_characters=40)
PROSE = "<p>People here plait reed into round boats with a willow frame and black pitch.</p>"


@dataclass
class TinyWiki:
    """Pages by title: HTML and categories. Members come in parts of `part`; `queries` keeps every question that was answered.

    `before` may raise, or answer in the wiki's place, whenever a request comes in.
    """

    pages: dict[str, tuple[str, tuple[str, ...]]]
    redirects: dict[str, str] = field(default_factory=dict)
    part: int = 3
    before: Callable[[int, dict[str, str]], httpx.Response | None] = lambda number, query: None
    queries: list[dict[str, str]] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)
    arrived: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        query = dict(parse_qsl((request.url.query or request.content).decode()))
        with self._lock:
            self.arrived += 1
            number = self.arrived
        if instead := self.before(number, query):
            return instead
        with self._lock:
            self.queries.append(query)
            made = self._parse(query) if query["action"] == "parse" else self._query(query)
        return httpx.Response(200, content=json.dumps(made).encode())

    def revision(self, title: str) -> int:
        return 1000 * (list(self.pages).index(title) + 1) + self.edits.get(title, 0)

    def _parse(self, query: dict[str, str]) -> dict[str, Any]:
        for title, (html, categories) in self.pages.items():
            if str(self.revision(title)) == query["oldid"]:
                text = f'<div class="mw-parser-output">{html}</div>'
                return {"parse": {"title": title, "text": text, "categories": [{"category": c.replace(" ", "_")} for c in categories]}}
        return {"error": {"code": "nosuchrevid", "info": f"There is no revision with ID {query['oldid']}."}}

    def _query(self, query: dict[str, str]) -> dict[str, Any]:
        general = {"wikiid": "tiny", "sitename": "Tiny", "lang": "en", "generator": "MediaWiki 1.39", "server": "//wiki.test", "script": "/w/index.php"}
        answer: dict[str, Any] = {"query": {"general": general, "rightsinfo": {"text": "CC BY-SA 4.0"}}, "batchcomplete": True}
        if "gcmtitle" in query:
            members = [title for title, (_, categories) in self.pages.items() if query["gcmtitle"].partition(":")[2] in categories]
            start = int(query.get("gcmcontinue", 0))
            titles = members[start : start + self.part]
            if start + self.part < len(members):
                answer["continue"] = {"gcmcontinue": str(start + self.part), "continue": "gcmcontinue||"}
        else:
            titles = query["titles"].split("|")
        targets = [self.redirects.get(title, title) for title in titles]
        answer["query"]["redirects"] = [{"from": a, "to": b} for a, b in zip(titles, targets, strict=True) if a != b]
        answer["query"]["pages"] = [self._page(title, query["prop"]) for title in dict.fromkeys(targets)]
        return answer

    def _page(self, title: str, prop: str) -> dict[str, Any]:
        name = title.partition(":")[2]
        within = [t for t, (_, categories) in self.pages.items() if name and name in categories]
        page: dict[str, Any] = {"ns": 14 if title.startswith("Category:") else 0, "title": title}
        if within:
            below = sum(t.startswith("Category:") for t in within)
            page["categoryinfo"] = {"pages": len(within) - below, "subcats": below}
        if title not in self.pages:
            return page | {"missing": True}
        html, categories = self.pages[title]
        if prop == "categories|links":
            page["categories"] = [{"title": f"Category:{c}"} for c in categories]
        newest = {"revid": self.revision(title), "timestamp": "2024-05-06T07:08:09Z", "size": len(html)}
        return page | {"pageid": list(self.pages).index(title) + 1, "revisions": [newest]}


def boats() -> TinyWiki:
    """Eight articles, sub-categories two deep, a cycle, a redirect, an empty and a marked category."""
    wiki = TinyWiki({f"Boat {n}": (PROSE + f"<h2>Use</h2><p>Boat number {n} carries two people and their nets.</p>", ("Boats",)) for n in range(1, 6)})
    wiki.pages |= {
        "Category:Boats": ("", ("Category:Rafts",)), "Category:Rafts": ("", ("Boats",)), "Category:Deep": ("", ("Rafts",)),
        "Raft": (PROSE, ("Rafts", "Boats")), "Old raft": ("", ("Rafts",)), "Float": (PROSE, ("Hidden",)), "Below": (PROSE, ("Deep",)),
        "Category:Empty": ("", ()), "Category:Marked": ("", ("Redirected categories",)), "Category:Ships": ("", ()),
    }  # fmt: skip
    wiki.pages["Category:Boats"] = ("", ("Rafts",))
    wiki.redirects = {"Old raft": "Float", "Category:Ships": "Category:Boats"}
    return wiki
