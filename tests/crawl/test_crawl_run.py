"""A whole crawl of a wiki in memory: the same bytes however it was interrupted, no question twice, only what changed on a refresh."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import httpx
import pytest
from tiny_wiki import PROSE, SETTINGS, TinyWiki, boats

from craftlore.config import CrawlConfig
from craftlore.crawl.client import Client
from craftlore.crawl.ledger import read_counts
from craftlore.crawl.run import Report, crawl_wiki
from craftlore.crawl.seeds import Seed
from craftlore.errors import CrawlError
from craftlore.records import Label

SEEDS = (Seed("Boats", Label.CRAFTS, None), Seed("Rafts", Label.ENGINEERING, None), Seed("Nothing", Label.PLAY, None))
FILES = ("articles.jsonl", "evidence.jsonl", "ledger.jsonl", "manifest.json")
STEPS = 15  # requests of the whole crawl


class Killed(BaseException):
    """Nothing in the crawl catches this, as nothing catches a SIGKILL."""


def crawl(wiki: TinyWiki, out: Path, config: CrawlConfig = SETTINGS, *, refresh: bool = False) -> Report:
    with Client(config, wiki.transport) as client:
        return crawl_wiki(config, SEEDS, client, None, out, lambda step, done, total: None, refresh=refresh)


def files(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES}


def titles(out: Path) -> list[str]:
    return [json.loads(line)["title"] for line in (out / "articles.jsonl").read_text().splitlines()]


def reasons(out: Path) -> list[tuple[str, str]]:
    return [(line["reason"], line["title"]) for line in map(json.loads, (out / "ledger.jsonl").read_text().splitlines())]


def test_a_crawl_pins_what_it_read(tmp_path: Path) -> None:
    report = crawl(boats(), tmp_path)
    assert titles(tmp_path) == ["Boat 1", "Boat 2", "Boat 3", "Boat 4", "Boat 5", "Raft", "Float", "Below"]
    first = json.loads((tmp_path / "articles.jsonl").read_text().splitlines()[0])
    assert first["id"] == "tiny:1" and first["revision"] == "1000" and first["source"] == "Tiny" and first["licence"] == "CC BY-SA 4.0"
    assert first["url"] == "https://wiki.test/w/index.php?title=Boat_1&oldid=1000" and first["timestamp"] == "2024-05-06T07:08:09Z"
    assert first["sections"][1]["path"] == ["Use"] and first["sections"][1]["first"] == 2 and first["categories"] == ["Boats"]
    pins = json.loads((tmp_path / "manifest.json").read_text())["source"]
    assert pins["revisions"]["1"] == 1000 and pins["from"] == SETTINGS.api and ["Boats", Label.CRAFTS, None] in pins["seeds"]
    assert report.requests == STEPS and report.counts == read_counts(tmp_path) and report.counts.articles == 8
    assert reasons(tmp_path) == [("seed-missing", "Category:Nothing")]


def test_two_crawls_of_one_wiki_are_the_same_bytes_one_or_three_at_a_time(tmp_path: Path) -> None:
    crawl(boats(), tmp_path / "a")
    crawl(boats(), tmp_path / "b", SETTINGS.model_copy(update={"parallel": 3}))
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_finished_crawl_asks_nothing_again(tmp_path: Path) -> None:
    wiki = boats()
    crawl(wiki, tmp_path)
    before = files(tmp_path)
    assert crawl(wiki, tmp_path).requests == 0 and files(tmp_path) == before


@pytest.mark.parametrize("moment", range(1, STEPS + 1))
@pytest.mark.parametrize("parallel", [1, 3])
def test_killed_at_any_request_the_next_run_goes_on_there(tmp_path: Path, moment: int, parallel: int) -> None:
    config = SETTINGS.model_copy(update={"parallel": parallel})
    crawl(boats(), tmp_path / "whole", config)
    wiki = boats()

    def kill(number: int, query: dict[str, str]) -> None:
        if number == moment:
            raise Killed

    wiki.before = kill
    with pytest.raises(Killed):
        crawl(wiki, tmp_path / "cut", config)
    assert not (tmp_path / "cut" / "manifest.json").exists()
    crawl(wiki, tmp_path / "cut", config)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")
    assert max(Counter(json.dumps(query, sort_keys=True) for query in wiki.queries).values()) == 1, "an answered question came twice"


def test_the_end_of_the_budget_is_no_loss(tmp_path: Path) -> None:
    wiki, small = boats(), SETTINGS.model_copy(update={"budget": 5})
    for _ in range(2):
        with pytest.raises(CrawlError, match="budget of 5 requests"):
            crawl(wiki, tmp_path / "a", small)
    assert crawl(wiki, tmp_path / "a", small).requests == 5
    assert crawl(wiki, tmp_path / "a", small).requests == 0, "the third run was the last"
    crawl(boats(), tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_refresh_of_an_unchanged_wiki_asks_for_revisions_alone(tmp_path: Path) -> None:
    wiki = boats()
    crawl(wiki, tmp_path)
    before, wiki.queries = files(tmp_path), []
    assert crawl(wiki, tmp_path, refresh=True).requests == 1 and files(tmp_path) == before
    assert wiki.queries[0]["prop"] == "categoryinfo|revisions"
    assert crawl(wiki, tmp_path).requests == 0 and files(tmp_path) == before


def test_a_refresh_fetches_what_changed_came_and_went(tmp_path: Path) -> None:
    wiki = boats()
    crawl(wiki, tmp_path)
    wiki.queries = []
    wiki.pages["Boat 2"] = ("<p>This page tells something entirely new about boats of reed.</p>", ("Boats",))
    wiki.edits["Boat 2"] = 7
    wiki.pages["Boat 4"] = (PROSE, ())
    wiki.edits["Boat 4"] = 1
    wiki.pages["Coracle"] = (PROSE, ("Rafts",))
    crawl(wiki, tmp_path, refresh=True)
    assert titles(tmp_path) == ["Boat 1", "Boat 2", "Boat 3", "Boat 5", "Raft", "Coracle", "Float", "Below"]
    assert [query["oldid"] for query in wiki.queries if query["action"] == "parse"] == [str(wiki.revision("Boat 2")), str(wiki.revision("Coracle"))]
    after = files(tmp_path)
    assert crawl(wiki, tmp_path).requests == 0 and files(tmp_path) == after
    crawl(wiki, tmp_path / "fresh")
    assert files(tmp_path / "fresh") == after, "a refreshed corpus is that of a fresh crawl"


def test_a_refresh_that_was_killed_goes_on_as_a_refresh(tmp_path: Path) -> None:
    wiki = boats()
    crawl(wiki, tmp_path / "a")
    wiki.edits = {"Boat 1": 1, "Boat 3": 1, "Raft": 1}
    crawl(wiki, tmp_path / "b")
    for moment in range(1, 20):
        start = wiki.arrived

        def kill(number: int, query: dict[str, str], moment: int = moment, start: int = start) -> None:
            if number == start + 2:
                raise Killed

        wiki.before = kill
        try:
            crawl(wiki, tmp_path / "a", refresh=moment == 1)
            break
        except Killed:
            continue
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_page_that_is_deleted_after_the_listing_is_a_line_of_the_ledger(tmp_path: Path) -> None:
    wiki = boats()

    def delete(number: int, query: dict[str, str]) -> httpx.Response | None:
        if query.get("oldid") == str(wiki.revision("Boat 3")):
            return httpx.Response(200, json={"error": {"code": "nosuchrevid", "info": "There is no revision with ID 3000."}})
        return None

    wiki.before = delete
    crawl(wiki, tmp_path)
    assert "Boat 3" not in titles(tmp_path) and reasons(tmp_path) == [("seed-missing", "Category:Nothing"), ("gone", "Boat 3")]
    assert crawl(wiki, tmp_path).requests == 0


def test_a_page_that_never_answers_is_named_and_asked_for_the_next_time(tmp_path: Path) -> None:
    wiki, config = boats(), SETTINGS.model_copy(update={"attempts": 2})
    wiki.before = lambda number, query: httpx.Response(500) if query.get("oldid") == "2000" else None
    crawl(wiki, tmp_path, config)
    assert ("unanswered", "Boat 2") in reasons(tmp_path) and "Boat 3" in titles(tmp_path)
    wiki.before = lambda number, query: None
    assert crawl(wiki, tmp_path, config).requests == 1
    crawl(boats(), tmp_path / "whole", config)
    assert files(tmp_path) == files(tmp_path / "whole")


def test_a_wiki_that_answers_no_page_any_more_ends_the_crawl(tmp_path: Path) -> None:
    wiki = boats()
    wiki.before = lambda number, query: httpx.Response(502) if query["action"] == "parse" and number > 9 else None
    with pytest.raises(CrawlError, match=r"HTTP 502.*Run the same command again"):
        crawl(wiki, tmp_path, SETTINGS.model_copy(update={"attempts": 1}))
    wiki.before = lambda number, query: None
    assert crawl(wiki, tmp_path).requests < STEPS


def test_what_is_too_long_is_not_fetched_and_what_is_too_short_not_kept(tmp_path: Path) -> None:
    wiki = boats()
    wiki.pages["Boat 1"] = ("<p>" + "Long. " * 1000 + "</p>", ("Boats",))
    wiki.pages["Boat 2"] = ("<p>Short.</p>", ("Boats",))
    crawl(wiki, tmp_path, SETTINGS.model_copy(update={"max_page_bytes": 5000}))
    assert reasons(tmp_path)[1:] == [("too-long", "Boat 1"), ("too-short", "Boat 2")]
    assert "1000" not in [query.get("oldid") for query in wiki.queries]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json={"hello": 1}), "answer without a result"),
        (httpx.Response(200, json={"batchcomplete": True, "query": {}}), "does not say its"),
        (httpx.Response(200, json={"error": {"code": "readapidenied", "info": "You need read permission"}}), "readapidenied: You need read permission"),
        (httpx.Response(200, json={"query": {"pages": {"1": {"pageid": 1, "ns": 14, "title": "Category:Boats"}}}}), "MediaWiki before 1.27"),
    ],
    ids=["other API", "no siteinfo", "closed wiki", "old wiki"],
)  # fmt: skip
def test_what_is_no_open_wiki_says_so_and_nothing_is_kept(tmp_path: Path, answer: httpx.Response, said: str) -> None:
    wiki = boats()
    wiki.before = lambda number, query: answer
    with pytest.raises(CrawlError, match=said):
        crawl(wiki, tmp_path)
    wiki.before = lambda number, query: None
    if said != "does not say its":
        assert crawl(wiki, tmp_path).requests == STEPS


def test_one_folder_holds_one_corpus(tmp_path: Path) -> None:
    crawl(boats(), tmp_path)
    with pytest.raises(CrawlError, match=r"holds the crawl of https://wiki\.test/w/api\.php\. Give --out"):
        crawl(boats(), tmp_path, SETTINGS.model_copy(update={"api": "https://other.test/api.php"}))
    with pytest.raises(CrawlError, match="no finished crawl"):
        read_counts(tmp_path / "elsewhere")
