"""A real wiki behind a proxy that spoils answers: everything is asked for again, nothing is lost, the wiki's wishes are kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from crawling import SEEDS, Crawler
from fault_proxy import FAULTS, WAIT, Proxy
from mediawiki import MediaWiki
from wiki_pages import LEAVES

from craftlore.records import Label

ONE = {Label.PLAY: SEEDS[Label.PLAY]}
KEPT = 8
"""Requests that are answered before the trouble begins."""


@pytest.fixture(scope="module")
def calm(wiki: MediaWiki, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The articles of one seed, crawled undisturbed."""
    crawler = Crawler(tmp_path_factory.mktemp("calm"), wiki.api, ONE)
    crawler.run()
    return crawler.files["articles.jsonl"]


def test_every_fault_is_asked_again_and_never_more_than_three_at_once(wiki: MediaWiki, calm: bytes, tmp_path: Path) -> None:
    def plan(number: int, _: str) -> str | None:
        return FAULTS[number // 2 % len(FAULTS)] if number % 2 else None

    with Proxy(wiki.api, plan) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api, ONE, {"parallel": 3})
        crawler.run()
    assert crawler.files["articles.jsonl"] == calm
    assert {asked.fault for asked in proxy.asked} == {None, *FAULTS}
    assert 1 < proxy.most_at_once <= 3
    assert max(Counter(proxy.answered).values()) == 1, "what was answered was not asked for again"


@pytest.mark.parametrize("fault", ["429", "503", "maxlag"])
def test_a_wiki_that_asks_for_a_pause_gets_it(wiki: MediaWiki, tmp_path: Path, fault: str) -> None:
    with Proxy(wiki.api, lambda number, _: fault if number in (2, 5) else None) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api, ONE)
        crawler.run()
    for number in (2, 5):
        spoiled, after = proxy.asked[number], proxy.asked[number + 1]
        assert spoiled.answered and after.key == spoiled.key and after.came - spoiled.answered >= WAIT * 0.95


def test_a_wiki_that_stays_silent_is_asked_again(wiki: MediaWiki, tmp_path: Path) -> None:
    with Proxy(wiki.api, lambda number, _: "silent" if number == 3 else None) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api, ONE, {"timeout_seconds": 2})
        crawler.run()
    assert proxy.asked[4].key == proxy.asked[3].key and "Oware" in crawler.articles


@pytest.mark.parametrize(("fault", "says"), [("HTML", "web page"), ("500 with HTML", "HTTP 500"), ("half of the JSON", "JSON"), ("not UTF-8", "UTF-8")])
def test_a_wiki_that_never_recovers_is_an_error_and_what_was_fetched_is_kept(wiki: MediaWiki, calm: bytes, tmp_path: Path, fault: str, says: str) -> None:
    with Proxy(wiki.api, lambda number, _: fault if number >= KEPT else None) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api, ONE, {"attempts": 2})
        said = crawler.run(succeeds=False)
        assert says in said and "again" in said
        kept = len(proxy.answered)
        proxy.plan = lambda number, key: None
        crawler.run()
    assert kept == KEPT and max(Counter(proxy.answered).values()) == 1 and crawler.files["articles.jsonl"] == calm


def test_a_used_up_budget_ends_the_run_and_the_next_goes_on(wiki: MediaWiki, calm: bytes, tmp_path: Path) -> None:
    with Proxy(wiki.api) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api, ONE, {"budget": KEPT})
        assert "budget" in crawler.run(succeeds=False) and len(proxy.asked) == KEPT
        crawler.settings = {}
        crawler.run()
    assert max(Counter(proxy.answered).values()) == 1 and crawler.files["articles.jsonl"] == calm


def test_a_page_deleted_between_listing_and_fetching_is_a_line_in_the_ledger(wiki: MediaWiki, tmp_path: Path) -> None:
    twin = wiki.twin(tmp_path / "wiki")

    def plan(number: int, key: str) -> None:
        if "'parse'" in key and not gone:
            twin.delete(LEAVES)
            gone.append(number)

    gone: list[int] = []
    with twin, Proxy(twin.api, plan) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api, {Label.CRAFTS: SEEDS[Label.CRAFTS]})
        crawler.run()
    assert [line["reason"] for line in crawler.ledger if line["title"] == LEAVES] == ["gone"] and len(crawler.articles) > 30


def test_refresh_asks_next_to_nothing_when_nothing_changed_and_fetches_only_what_did(wiki: MediaWiki, tmp_path: Path) -> None:
    twin = wiki.twin(tmp_path / "wiki")
    with twin, Proxy(twin.api) as proxy:
        crawler = Crawler(tmp_path / "home", proxy.api)
        crawler.run()
        before, asked = crawler.files, len(proxy.asked)
        crawler.run("--refresh")
        assert len(proxy.asked) - asked <= 0.03 * len(crawler.articles)
        assert crawler.files == before
        text = twin.ask(action="parse", page="Oware", prop="wikitext")["parse"]["wikitext"]
        twin.edit("Oware", text.replace("== See also ==", "== News ==\nA new sentence stands here today.\n\n== See also =="))
        twin.delete("Kubb")
        asked = len(proxy.asked)
        crawler.run("--refresh")
        fetched = [one.key for one in proxy.asked[asked:] if "'parse'" in one.key]
    assert len(fetched) == 1 and "Kubb" not in crawler.articles and crawler.articles["Oware"].sentences[-1] == "A new sentence stands here today."
    assert int(crawler.articles["Oware"].revision) > 0 and len(crawler.articles) == before["articles.jsonl"].count(b"\n") - 1


def test_an_unknown_host_a_missing_contact_and_a_wrong_address_are_clear_errors(wiki: MediaWiki, tmp_path: Path) -> None:
    crawler = Crawler(tmp_path / "home", "http://no-such-host.invalid/w/api.php", ONE, {"attempts": 2})
    assert "no-such-host.invalid" in crawler.run(succeeds=False)
    crawler = Crawler(tmp_path / "home", wiki.api, ONE, {"contact": ""})
    assert "contact" in crawler.run(succeeds=False)
    crawler = Crawler(tmp_path / "home", wiki.api.replace("api.php", "index.php"), ONE, {"attempts": 2})
    assert "api.php" in crawler.run(succeeds=False)
