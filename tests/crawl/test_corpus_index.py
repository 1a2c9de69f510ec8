"""A crawled corpus in the index: beside the library, or a file of it alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder
from tiny_wiki import PROSE, SETTINGS, boats

from craftlore.config import Config, SearchConfig
from craftlore.crawl.client import Client
from craftlore.crawl.run import crawl_wiki
from craftlore.crawl.seeds import Seed
from craftlore.errors import DataError
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.records import Label, Request
from craftlore.suggest.open import articles_for, build_index


@pytest.fixture
def crawled(tmp_path: Path) -> Config:
    config = Config(home=tmp_path, crawl=SETTINGS)
    wiki = boats()
    wiki.pages["Kolam"] = (PROSE, ("Boats",))
    with Client(SETTINGS, wiki.transport) as client:
        crawl_wiki(SETTINGS, (Seed("Boats", Label.CRAFTS, None),), client, None, config.crawl_dir, lambda step, done, total: None)
    return config


def test_a_finished_crawl_stands_beside_the_library_which_has_the_last_word(crawled: Config, library: Library) -> None:
    ids = [article.id for article in articles_for(crawled, library)]
    assert ids[: len(library.articles)] == list(library.articles)
    assert len(ids) == len(library.articles) + 7 and all(name.startswith("tiny:") for name in ids[-7:]), "the library tells of Kolam already"
    (crawled.crawl_dir / "manifest.json").unlink()
    assert articles_for(crawled, library) == list(library.articles.values())


def test_a_corpus_file_is_indexed_alone_and_found(crawled: Config, library: Library) -> None:
    report = build_index(crawled, library, FakeEncoder(), corpus=crawled.crawl_dir / "articles.jsonl")
    assert report.articles == 8
    found = Index(crawled.index_dir, library.patterns, SearchConfig(floor=-1), FakeEncoder()).search(Request(text="reed boats with pitch"), 3)
    assert found.hits and found.hits[0].article.id.startswith("tiny:")


@pytest.mark.parametrize(("text", "said"), [("", "holds no article"), ("{}\n", ":1: "), ("no json\n", ":1: ")])
def test_a_file_that_is_no_corpus_is_named(crawled: Config, library: Library, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(DataError, match=said):
        articles_for(crawled, library, tmp_path / "x.jsonl")
