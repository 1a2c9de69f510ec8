"""A crawl beside Wikipedia-API, the usual Python wrapper: same wiki, same job, same run.

The wiki is a real MediaWiki (Debian's package) on loopback that holds the starter library in wikitext, dressed in templates,
references, tables, hidden text and all else that is no prose (`tests/crawl`), so the truth is known to the letter. The job:
every page of nine seed categories and of one level below them, with title, sections, categories and revision. Wikipedia-API
fixes its host; it is given a transport (a seam of its own constructor) that sends its requests to the same wiki.

Printed for both: requests an article, seconds (the sides take turns; the first turn of each only warms the wiki's caches), how many
words agree with the truth, how many words of junk came along. For ours also: overlap with the wiki's plain-text extracts for
every page (wanted: >= 0.98), and requests an article of a refresh when nothing changed (wanted: <= 0.03). Loopback has no latency,
so on the open internet fewer requests weigh more than here; ours also judges, derives and writes the corpus in that time.

    apt-get install --no-install-recommends mediawiki php-cli php-sqlite3 php-xml php-mbstring php-intl php-curl
    .venv/bin/python bench/crawl.py [--rounds 3] [--parallel 1]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import wikipediaapi

from craftlore.artifacts import read_jsonl
from craftlore.config import CrawlConfig
from craftlore.crawl.client import Client
from craftlore.crawl.ledger import ARTICLES, LEDGER, Line
from craftlore.crawl.run import crawl_wiki
from craftlore.crawl.seeds import Seed
from craftlore.library import Library
from craftlore.records import Article, Label

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "crawl"))
from fidelity import overlap, plain_text, told
from mediawiki import MediaWiki, missing
from wiki_pages import LONG, every_page, seed_of

SEEDS = tuple(Seed(seed_of(label), label, None) for label in Label)
POINTERS = {"See also", "Notes", "References", "Further reading", "External links"}


class ToTheWiki(httpx.HTTPTransport):
    """Sends what is meant for the encyclopedia to the wiki on loopback, and counts."""

    def __init__(self, api: str) -> None:
        super().__init__()
        self._api, self.requests = httpx.URL(api), 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        request.url = self._api.copy_with(query=request.url.query)
        request.headers["Host"] = self._api.netloc.decode()
        return super().handle_request(request)


@dataclass(frozen=True)
class Turn:
    """What one side did: seconds, requests, and the text of every page by title."""

    seconds: float
    requests: int
    pages: dict[str, str]


def ours(wiki: MediaWiki, out: Path, parallel: int, *, refresh: bool = False) -> Turn:
    config = CrawlConfig(api=wiki.api, contact="bench@wiki.test", parallel=parallel)
    started = time.perf_counter()
    with Client(config) as client:
        done = crawl_wiki(config, SEEDS, client, None, out, lambda step, n, total: None, refresh=refresh)
    seconds = time.perf_counter() - started
    return Turn(seconds, done.requests, {article.title: text_of(article) for article in read_jsonl(out / ARTICLES, Article)})


def text_of(article: Article) -> str:
    return " ".join(told(tuple((section.path, section.sentences) for section in article.sections)))


def theirs(wiki: MediaWiki) -> Turn:
    transport = ToTheWiki(wiki.api)
    started = time.perf_counter()
    reader = wikipediaapi.Wikipedia("bench (bench@wiki.test)", "en", transport=transport)
    pages: dict[str, str] = {}
    for label in Label:
        for title, page in members(reader.page(f"Category:{seed_of(label)}")):
            if title not in pages:
                _ = page.categories, page.lastrevid
                pages[title] = " ".join([page.summary, *sections(page.sections)])
    return Turn(time.perf_counter() - started, transport.requests, pages)


def members(category: wikipediaapi.WikipediaPage) -> Iterator[tuple[str, wikipediaapi.WikipediaPage]]:
    """The articles of a category and of one level below."""
    for title, page in category.categorymembers.items():
        if page.ns == wikipediaapi.Namespace.CATEGORY:
            yield from ((name, below) for name, below in page.categorymembers.items() if below.ns == wikipediaapi.Namespace.MAIN)
        else:
            yield title, page


def sections(found: list[wikipediaapi.WikipediaPageSection]) -> Iterator[str]:
    for section in found:
        if section.title not in POINTERS:
            yield from (section.title, section.text, *sections(section.sections))


def describe(name: str, turns: list[Turn], truth: dict[str, str]) -> tuple[float, float]:
    """Print one line of the table; requests an article and seconds."""
    pages = turns[-1].pages
    shares = [overlap([pages[title]], text) for title, text in truth.items() if title in pages]
    junk = sum(text.count("Junk") for text in pages.values())
    requests, seconds = turns[-1].requests / len(pages), statistics.median(turn.seconds for turn in turns)
    print(f"{name:16}{len(pages):9}{requests:18.2f}{seconds:10.2f}{statistics.fmean(shares):18.4f}{junk:12}")
    return requests, seconds


def read_by_the_crawl(turn: Turn, ledger: Path) -> dict[str, list[str]]:
    """The text of every article and the sentences that the article gate took out of it."""
    lines = read_jsonl(ledger, Line)
    return {title: [text, *(line.sentence for line in lines if line.sentence and line.title == title)] for title, text in turn.pages.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parallel", type=int, default=1, choices=[1, 2, 3], help="requests at once of ours; Wikipedia-API makes one")
    args = parser.parse_args()
    if reason := missing():
        sys.exit(reason)
    library = list(Library.load().articles.values())
    truth = {article.title: text_of(article) for article in library}
    with tempfile.TemporaryDirectory() as folder:
        made = MediaWiki(Path(folder) / "wiki")
        made.load(page for page in every_page(library) if page.title != LONG)  # ours leaves pages of two megabytes unread, which would be no fair race
        with made as wiki:
            turns: dict[str, list[Turn]] = {"craftlore": [], "Wikipedia-API": []}
            sides: dict[str, Callable[[int], Turn]] = {
                "craftlore": lambda n: ours(wiki, Path(folder) / f"crawl{n}", args.parallel),
                "Wikipedia-API": lambda n: theirs(wiki),
            }
            for number in range(args.rounds + 1):
                for name, side in sides.items():
                    turns[name].append(side(number))
                    print(f"turn {number} {name}: {turns[name][-1].seconds:.2f} s", file=sys.stderr)
            again = ours(wiki, Path(folder) / "crawl0", args.parallel, refresh=True)
            extracts = [overlap(texts, plain_text(wiki, title)) for title, texts in read_by_the_crawl(again, Path(folder) / "crawl0" / LEDGER).items()]
    print(f"{'':16}{'articles':>9}{'requests/article':>18}{'seconds':>10}{'words as written':>18}{'junk words':>12}")
    mine, other = (describe(name, some[1:], truth) for name, some in turns.items())
    print(f"ratio, Wikipedia-API / craftlore: requests an article {other[0] / mine[0]:.2f}, seconds {other[1] / mine[1]:.2f}")
    print(f"overlap with the wiki's own plain text: lowest {min(extracts):.4f}, mean {statistics.fmean(extracts):.4f}, {len(extracts)} pages (wanted: >= 0.98)")
    print(f"refresh, nothing changed: {again.requests} requests, {again.requests / len(again.pages):.4f} an article (wanted: <= 0.03)")


if __name__ == "__main__":
    main()
