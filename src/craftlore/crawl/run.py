"""One crawl from beginning to end: a source's drafts through the filters into the corpus, its ledger and its manifest.

The files are a function of the source's answers and the settings alone: no clock, no order of arrival, no trace of an interruption.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from craftlore.artifacts import atomic_write, read_manifest, sha256_file, write_json
from craftlore.config import CrawlConfig
from craftlore.crawl.answers import Overview
from craftlore.crawl.client import Client
from craftlore.crawl.documents import documents
from craftlore.crawl.draft import Draft
from craftlore.crawl.journal import Journal
from craftlore.crawl.keep import Filters, Kept
from craftlore.crawl.ledger import ARTICLES, EVIDENCE, LEDGER, Counts, Line, Tally, Told
from craftlore.crawl.pages import drafts
from craftlore.crawl.seeds import SEEDS, Seed
from craftlore.crawl.walk import unchanged, walk
from craftlore.crawl.wiki import BATCH, Wiki, category_title
from craftlore.crawl.zim import Zim
from craftlore.errors import CrawlError
from craftlore.index.encoder import Encoder

__all__ = ["Report", "crawl_documents", "crawl_wiki", "crawl_zim"]

FORMAT = 1
JOURNAL = "journal.sqlite"
FILES = (ARTICLES, LEDGER, EVIDENCE)


@dataclass(frozen=True)
class Report:
    """What a crawl has: the counts of its corpus, and how many requests this run took."""

    folder: Path
    counts: Counts
    requests: int


def crawl_wiki(config: CrawlConfig, seeds: Sequence[Seed], client: Client, encoder: Encoder | None, out: Path, told: Told, *, refresh: bool = False) -> Report:
    """Crawl a MediaWiki into the folder `out`, going on where an earlier run stopped; `refresh` asks what has changed since.

    Raises CrawlError; whatever was answered until then is in the journal.
    """
    _claim(out, config.api)
    with Journal(out / JOURNAL, config.api) as journal:
        if refresh:
            journal.begin_visit()
        wiki, now = _look(client, journal, [category_title(seed.category) for seed in seeds])
        site = now.site
        walked = walk(seeds, now, wiki, config.depth, lambda n: told("listing categories", n, None))
        pins = {
            "from": config.api, "wiki": site.id, "software": site.software, "licence": site.licence,
            "seeds": [[seed.category, seed.label, seed.most] for seed in seeds], "depth": config.depth, "max_page_bytes": config.max_page_bytes,
            "revisions": {str(item.page.id): item.page.revision for item in walked.found},
        }  # fmt: skip
        with closing(drafts(wiki, site, walked.found, config, told)) as pages:
            counts = _write(out, pins, chain(walked.lines, pages), Filters(site.id, site.name, config.min_characters, encoder))
        journal.finish_visit(walked.sizes)
    return Report(out, counts, client.asked)


def crawl_zim(path: Path, config: CrawlConfig, encoder: Encoder | None, out: Path, told: Told) -> Report:
    """The articles of a ZIM file into the folder `out`. Raises CrawlError."""
    _claim(out, path.name)
    zim = Zim(path)
    pins = {"from": path.name, "zim": zim.uuid, "date": zim.date}
    found = zim.drafts(lambda done, total: told("reading the ZIM file", done, total))
    return Report(out, _write(out, pins, found, Filters(_slug(zim.name), zim.source, config.min_characters, encoder)), 0)


def crawl_documents(path: Path, config: CrawlConfig, encoder: Encoder | None, out: Path, told: Told) -> Report:
    """A maker's own documents into the folder `out`. Raises CrawlError."""
    _claim(out, path.name)
    found = documents(path, lambda done, total: told("reading documents", done, total))
    filters = Filters(_slug(path.stem), path.stem, config.min_characters, encoder)
    return Report(out, _write(out, {"from": path.name, "sha256": sha256_file(path)}, found, filters), 0)


def _claim(out: Path, source: str) -> None:
    """One folder, one source: a crawl never replaces the corpus of another. Raises CrawlError."""
    holds = (read_manifest(out) or {}).get("source", {}).get("from", source)
    if holds != source or ((out / JOURNAL).exists() and "://" not in source):
        raise CrawlError(f"{out} holds the crawl of {holds if holds != source else 'a wiki'}. Give --out another folder for {source}.")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-") or "own"


def _look(client: Client, journal: Journal, seeds: list[str]) -> tuple[Wiki, Overview]:
    """The wiki with the listings that still hold, and what it says now of the seeds.

    What is new is seen by asking for sizes and revisions, 50 in a request; a category with more pages than that is cheaper to list again.
    """
    sizes = journal.past_sizes()
    wiki = Wiki(client, journal)
    past = {title: wiki.past_listing(title) for title, (pages, _) in sizes.items() if pages <= BATCH}
    now = wiki.overview([*seeds, *sorted(past), *sorted({page.title for listing in past.values() for page in listing.pages})])
    return Wiki(client, journal, unchanged(past, sizes, now)), now


def _write(out: Path, pins: dict[str, Any], found: Iterable[Draft | Line], filters: Filters) -> Counts:
    """Judge every draft and write articles, ledger and evidence to `out`, the manifest last. Raises CraftloreError if the disk is full.

    Until everything is judged the files of the crawl before this one stand; then its manifest goes first.
    """
    for stray in (stray for name in FILES for stray in out.glob(f".{name}.*")):  # of a run that was killed while it wrote
        stray.unlink()
    tally = Tally()
    with ExitStack() as stack:
        articles, ledger, evidence = (stack.enter_context(atomic_write(out / name)) for name in FILES)
        for item in found:
            result = item if isinstance(item, Line) else filters.judge(item)
            if isinstance(result, Kept):
                tally.keep(result.article)
                articles.write(_line(result.article))
                evidence.write(_line(result.evidence))
            for line in result.lines if isinstance(result, Kept) else (result,):
                tally.drop(line)
                ledger.write(_line(line))
        (out / "manifest.json").unlink(missing_ok=True)
    counts = tally.counts()
    rules = {path.name: sha256_file(path) for path in sorted(Path(__file__).parent.glob("*.toml")) if path != SEEDS}
    files = {name: sha256_file(out / name) for name in FILES}
    settings = {"min_characters": filters.minimum, "encoder": filters.encoder.name if filters.encoder else None, "rules": rules}
    write_json(out / "manifest.json", {"format": FORMAT, "source": pins, "settings": settings, "counts": asdict(counts), "files": files})
    return counts


def _line(record: BaseModel) -> bytes:
    return record.model_dump_json().encode() + b"\n"
