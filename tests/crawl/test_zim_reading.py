"""ZIM files, made here with libzim itself: metadata into records, redirects passed over, damage named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import FakeEncoder
from tiny_wiki import SETTINGS

from craftlore.artifacts import read_jsonl
from craftlore.crawl.run import crawl_zim
from craftlore.errors import CrawlError
from craftlore.records import Article

writer = pytest.importorskip("libzim.writer", reason="libzim is not installed: .venv/bin/python -m pip install -e '.[zim]'")
TEXT = "<p>Traditional toys: kites and spinning tops are made at home. {}</p><h2>Making</h2><p>Split a reed and bend it slowly.</p>"


class Page(writer.Item):  # type: ignore[misc, name-defined]
    def __init__(self, path: str, title: str, html: bytes, mimetype: str = "text/html") -> None:
        super().__init__()
        self._facts = (path, title, html, mimetype)

    def get_path(self) -> str:
        return self._facts[0]

    def get_title(self) -> str:
        return self._facts[1]

    def get_mimetype(self) -> str:
        return self._facts[3]

    def get_contentprovider(self) -> object:
        return writer.StringProvider(self._facts[2])

    def get_hints(self) -> dict[object, int]:
        return {writer.Hint.FRONT_ARTICLE: self._facts[3] == "text/html"}


def make(path: Path) -> Path:
    with writer.Creator(path).config_indexing(False, "eng") as creator:
        facts = {"Name": "Tiny_en", "Title": "Tiny", "Creator": "Tiny Wiki", "Language": "eng", "Date": "2024-05-06", "License": "CC BY-SA 4.0"}
        for name, value in facts.items():
            creator.add_metadata(name, value)
        for title in ("Top", "Kite"):
            html = f'<html><head><link rel="canonical" href="https://wiki.test/{title}"></head><body>{TEXT.format(title)}</body></html>'
            creator.add_item(Page(f"A/{title}", f"{title} (toy)", html.encode()))
        creator.add_item(Page("A/Bare", "Bare toy", TEXT.format("Bare.").encode()))
        creator.add_item(Page("A/Bad", "Bad", b"<p>\xff\xfe</p>"))
        creator.add_item(Page("I/x.css", "", b"p {}", "text/css"))
        creator.add_redirection("A/Spinning", "Spinning", "A/Top", {})
    return path


def crawl(path: Path, out: Path) -> list[Article]:
    crawl_zim(path, SETTINGS, FakeEncoder(), out, lambda step, done, total: None)
    return read_jsonl(out / "articles.jsonl", Article)


def test_a_zim_becomes_a_corpus_in_the_order_of_its_paths(tmp_path: Path) -> None:
    articles = crawl(make(tmp_path / "tiny.zim"), tmp_path / "out")
    assert [article.title for article in articles] == ["Bare toy", "Kite (toy)", "Top (toy)"]
    bare, kite, _ = articles
    assert kite.id.startswith("tiny_en:") and kite.url == "https://wiki.test/Kite" and bare.url == "zim:Tiny_en/A/Bare"
    assert (kite.licence, kite.source, kite.revision, kite.language, kite.timestamp) == ("CC BY-SA 4.0", "Tiny Wiki", "2024-05-06", "en", None)
    assert kite.labels and kite.sections[1].path == ("Making",) and "unreadable" in (tmp_path / "out" / "ledger.jsonl").read_text()
    before = (tmp_path / "out" / "articles.jsonl").read_bytes()
    crawl(tmp_path / "tiny.zim", tmp_path / "out")
    assert (tmp_path / "out" / "articles.jsonl").read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "byte", "none of it", "empty"])
def test_a_damaged_zim_is_named(tmp_path: Path, damage: str) -> None:
    path = make(tmp_path / "tiny.zim")
    whole = path.read_bytes()
    middle = len(whole) // 2
    changed = {"cut": whole[:middle], "byte": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :], "none of it": b"x" * 500, "empty": b""}
    path.write_bytes(changed[damage])
    with pytest.raises(CrawlError, match=r"tiny\.zim: (not a ZIM file that can be read|the file is damaged)"):
        crawl(path, tmp_path / "out")


def test_libzim_is_not_imported_unless_a_zim_is_asked_for() -> None:
    code = "import sys, craftlore.cli, craftlore.crawl.zim; sys.exit('libzim' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
