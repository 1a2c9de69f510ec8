"""The real wiki, set up once for all tests here that read it; a test that changes a wiki makes a twin of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mediawiki
import pytest
from crawling import Crawler
from mediawiki import MediaWiki
from wiki_pages import every_page

from craftlore.library import Library


@pytest.fixture(scope="session")
def wiki(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWiki]:
    """A MediaWiki that holds the starter library, dressed, and every difficulty; tests only read it."""
    if reason := mediawiki.missing():
        pytest.skip(reason)
    made = MediaWiki(tmp_path_factory.mktemp("wiki") / "wiki")
    made.load(every_page(list(library.articles.values())))
    with made:
        yield made


@pytest.fixture(scope="session")
def crawled(wiki: MediaWiki, tmp_path_factory: pytest.TempPathFactory) -> Crawler:
    """An undisturbed crawl of the whole wiki, patterns alone as the filter; tests only read it."""
    crawler = Crawler(tmp_path_factory.mktemp("crawled"), wiki.api)
    crawler.run()
    return crawler


@pytest.fixture(scope="session")
def sifted(wiki: MediaWiki, tmp_path_factory: pytest.TempPathFactory) -> Crawler:
    """The same crawl with the real encoder among the filters; tests only read it."""
    crawler = Crawler(tmp_path_factory.mktemp("sifted") / "home", wiki.api)
    crawler.borrow_weights()
    crawler.run()
    return crawler


@pytest.fixture
def crawler(wiki: MediaWiki, tmp_path: Path) -> Crawler:
    """A fresh data folder for the whole wiki."""
    return Crawler(tmp_path / "home", wiki.api)
