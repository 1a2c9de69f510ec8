"""The articles of a ZIM file (an offline Wikipedia) as drafts.

A ZIM holds the same HTML as the wiki, but no revision numbers and no category tree: its date stands for the revision, and labels are
chosen by the anchors of `relevance.toml`. libzim is GPL-3, so it is imported here only, when a ZIM is asked for.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser

from craftlore.crawl.draft import Draft
from craftlore.crawl.ledger import Line
from craftlore.crawl.prose import read_html, to_sections
from craftlore.errors import CrawlError

__all__ = ["Zim"]

# ISO 639-3, which a ZIM uses, to the codes of wikis and of the sentence splitter.
LANGUAGES = {
    "ara": "ar", "ben": "bn", "deu": "de", "eng": "en", "fas": "fa", "fra": "fr", "hin": "hi", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko",
    "nld": "nl", "pol": "pl", "por": "pt", "rus": "ru", "spa": "es", "swa": "sw", "swe": "sv", "tam": "ta", "tur": "tr", "ukr": "uk", "zho": "zh",
}  # fmt: skip


class Zim:
    """An opened ZIM file, checked for damage. Raises CrawlError without libzim, and for a file that is no whole ZIM."""

    def __init__(self, path: Path) -> None:
        try:
            reader = importlib.import_module("libzim.reader")
        except ImportError as error:
            raise CrawlError("reading a ZIM needs libzim (GPL-3), an extra: `.venv/bin/python -m pip install -e '.[zim]'`.") from error
        self._path = path
        try:
            self._archive: Any = reader.Archive(path)
            sound = self._archive.check()
        except (RuntimeError, OSError) as error:
            raise CrawlError(f"{path}: not a ZIM file that can be read ({error})") from error
        if not sound:
            raise CrawlError(f"{path}: the file is damaged (its checksum is wrong). Fetch it again.")
        self.name = self._about("Name") or path.stem
        self.source = self._about("Creator") or self._about("Title") or self.name
        self.date = self._about("Date") or "undated"
        self.uuid = str(self._archive.uuid)

    def drafts(self, told: Callable[[int, int], None]) -> Iterator[Draft | Line]:
        """The articles in the order of their paths; redirects and what is no page are passed over."""
        total = self._archive.all_entry_count
        for number in range(total):
            told(number + 1, total)
            try:
                entry = self._archive._get_entry_by_id(number)
                item = None if entry.is_redirect else entry.get_item()
                html = bytes(item.content) if item and item.mimetype.startswith("text/html") else None
            except (RuntimeError, KeyError, IndexError) as error:
                raise CrawlError(f"{self._path}: entry {number} cannot be read ({error}). Fetch the file again.") from error
            if html is None:
                continue
            try:
                yield self._draft(entry.path, entry.title, html.decode())
            except UnicodeDecodeError as error:
                yield Line(reason="unreadable", title=entry.title or entry.path, detail=f"not valid UTF-8: {error}")

    def _draft(self, path: str, title: str, html: str) -> Draft:
        code = self._about("Language").split(",")[0]
        language = LANGUAGES.get(code, code or "en")
        link = LexborHTMLParser(html).css_first('link[rel="canonical"]')
        source = self._about("Source").rstrip("/")
        url = (link.attributes.get("href") if link else None) or f"{source or 'zim:' + self.name}/{quote(path)}"
        return Draft(
            title=title or path.replace("_", " "), url=url, language=language, page_id=hashlib.sha256(path.encode()).hexdigest()[:12],
            revision=self.date, timestamp=None, licence=self._about("License") or "not stated by the ZIM file", categories=(), labels=(),
            sections=to_sections(read_html(html), language),
        )  # fmt: skip

    def _about(self, key: str) -> str:
        try:
            return bytes(self._archive.get_metadata(key)).decode(errors="replace").strip()
        except RuntimeError:
            return ""
