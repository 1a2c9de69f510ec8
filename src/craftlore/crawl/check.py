"""Which seeds a wiki has: asked before a crawl, so that a typo costs one request and not a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from craftlore.config import CrawlConfig
from craftlore.crawl.client import Client
from craftlore.crawl.journal import Journal
from craftlore.crawl.seeds import Seed
from craftlore.crawl.walk import remarks
from craftlore.crawl.wiki import Wiki, category_title
from craftlore.records import Label

__all__ = ["SeedCheck", "check_seeds"]


@dataclass(frozen=True)
class SeedCheck:
    """One seed as the wiki sees it; `state` is `ok` or the reason code that a crawl's ledger would have."""

    category: str
    label: Label
    state: str
    pages: int
    subcategories: int
    detail: str


def check_seeds(config: CrawlConfig, client: Client, seeds: Sequence[Seed]) -> list[SeedCheck]:
    """Existence and size of every seed, 50 in a request; nothing is kept. Raises CrawlError."""
    with Journal(None, config.api) as journal:
        wiki = Wiki(client, journal)
        now = wiki.overview([category_title(seed.category) for seed in seeds])
        lines = {line.title: line for line in remarks(seeds, now, wiki)}
    checks = []
    for seed in seeds:
        title = category_title(seed.category)
        line = lines.get(title)
        checks.append(SeedCheck(seed.category, seed.label, line.reason if line else "ok", *now.categories[title].size, line.detail if line else ""))
    return checks
