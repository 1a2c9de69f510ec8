"""From seeds to pages: order, depth, cycles, redirects, caps, and what is said about seeds that lead nowhere."""

from __future__ import annotations

import pytest
from tiny_wiki import SETTINGS, TinyWiki, boats

from craftlore.crawl.answers import listing_of
from craftlore.crawl.check import check_seeds
from craftlore.crawl.client import Client
from craftlore.crawl.journal import Journal
from craftlore.crawl.seeds import Seed
from craftlore.crawl.walk import Walk, walk
from craftlore.crawl.wiki import Wiki, category_title
from craftlore.errors import CrawlError
from craftlore.records import Label

CRAFTS, PLAY = Label.CRAFTS, Label.PLAY


def walked(wiki: TinyWiki, *seeds: Seed, depth: int = 1) -> Walk:
    with Client(SETTINGS, wiki.transport) as client, Journal(None, SETTINGS.api) as journal:
        asked = Wiki(client, journal)
        return walk(seeds, asked.overview([category_title(seed.category) for seed in seeds]), asked, depth)


def titles(found: Walk) -> list[str]:
    return [item.page.title for item in found.found]


def test_a_long_category_is_followed_to_its_end_and_sub_categories_come_after() -> None:
    assert titles(walked(boats(), Seed("Boats", CRAFTS, None))) == ["Boat 1", "Boat 2", "Boat 3", "Boat 4", "Boat 5", "Raft", "Float"]


@pytest.mark.parametrize(("depth", "last"), [(0, "Raft"), (1, "Float"), (2, "Below"), (5, "Below")])
def test_depth_is_counted_in_levels_and_a_cycle_ends(depth: int, last: str) -> None:
    assert titles(walked(boats(), Seed("Boats", CRAFTS, None), depth=depth))[-1] == last


def test_a_page_that_two_seeds_lead_to_comes_once_with_both_labels() -> None:
    found = walked(boats(), Seed("Rafts", PLAY, None), Seed("Boats", CRAFTS, None), depth=0)
    labels = {item.page.title: item.labels for item in found.found}
    assert titles(found)[:2] == ["Float", "Raft"] and len(set(titles(found))) == len(titles(found))
    assert labels["Raft"] == (CRAFTS, PLAY) and labels["Float"] == (PLAY,) and labels["Boat 1"] == (CRAFTS,)


def test_a_redirect_is_its_target_and_every_category_is_asked_for_once() -> None:
    wiki = boats()
    assert "Old raft" not in titles(walked(wiki, Seed("Boats", CRAFTS, None), Seed("Rafts", PLAY, None)))
    asked = [(query["gcmtitle"], query.get("gcmcontinue")) for query in wiki.queries if "gcmtitle" in query]
    assert len(asked) == len(set(asked))


def test_a_cap_leaves_out_the_last_and_says_so_unless_another_seed_takes_them() -> None:
    found = walked(boats(), Seed("Boats", CRAFTS, 2), Seed("Rafts", PLAY, None), depth=0)
    assert titles(found) == ["Boat 1", "Boat 2", "Float", "Raft"]
    assert [(line.reason, line.title) for line in found.lines] == [("cap", "Boat 3"), ("cap", "Boat 4"), ("cap", "Boat 5")]


def test_seeds_that_lead_nowhere_are_named() -> None:
    seeds = [Seed(name, CRAFTS, None) for name in ("Boats", "Nothing", "Empty", "Marked", "Ships")]
    found = {line.title: line.reason for line in walked(boats(), *seeds).lines}
    assert found == {
        "Category:Nothing": "seed-missing", "Category:Empty": "seed-empty", "Category:Marked": "seed-redirected", "Category:Ships": "seed-redirected",
    }  # fmt: skip
    wiki = boats()
    with Client(SETTINGS, wiki.transport) as client:
        checks = check_seeds(SETTINGS, client, seeds)
    assert [(check.state, check.pages, check.subcategories) for check in checks][:2] == [("ok", 6, 1), ("seed-missing", 0, 0)]
    assert len(wiki.queries) == 2 and "which was taken" in checks[-1].detail


def test_a_wiki_with_none_of_the_seeds_is_an_error() -> None:
    with pytest.raises(CrawlError, match="none of the seed categories"):
        walked(boats(), Seed("Nothing", CRAFTS, None))


def test_portals_templates_files_and_talk_are_no_articles() -> None:
    newest = [{"revid": 7, "timestamp": "2024-05-06T07:08:09Z", "size": 70}]
    spaces = {
        "Kite": 0,
        "Talk:Kite": 1,
        "User:Somebody": 2,
        "Project:Kites": 4,
        "File:Kite.jpg": 6,
        "Template:Kites": 10,
        "Portal:Kites": 100,
        "Draft:Kite": 118,
    }
    pages = {title: {"ns": ns, "pageid": n, "title": title, "revisions": newest} for n, (title, ns) in enumerate(spaces.items(), 1)}
    assert [page.title for page in listing_of(pages).pages] == ["Kite"] and listing_of(pages).subcategories == {}
