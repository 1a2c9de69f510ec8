"""The pages of a walk as drafts: asked for by revision, a few at the same time, handed on in the order of the walk."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from craftlore.config import CrawlConfig
from craftlore.crawl.answers import Rendered, Site
from craftlore.crawl.client import Unanswered
from craftlore.crawl.draft import Draft
from craftlore.crawl.ledger import Line, Told
from craftlore.crawl.prose import read_html, to_sections
from craftlore.crawl.walk import Found
from craftlore.crawl.wiki import Wiki

__all__ = ["drafts"]

IN_A_ROW = 3  # pages without an answer after which it is the wiki and not the page


def drafts(wiki: Wiki, site: Site, found: Sequence[Found], config: CrawlConfig, told: Told) -> Generator[Draft | Line, None, None]:
    """One draft or one line of the ledger for each page. `told` hears of the pages that need a request apart from all others.

    Raises CrawlError when the wiki cannot be asked any longer; the answers so far are in the journal.
    """
    missing = sum(item.page.size <= config.max_page_bytes and not wiki.known(item.page) for item in found)
    asked = failed = 0
    with closing(_ahead(wiki, found, config)) as pages:
        for number, (item, known, job) in enumerate(pages, 1):
            if job is None:
                yield _line("too-long", item, f"{item.page.size} bytes of wikitext; at most {config.max_page_bytes} are fetched (max_page_bytes)")
            elif isinstance(answer := _result(job), Unanswered):
                failed += 1
                if failed == IN_A_ROW:
                    raise answer
                yield _line("unanswered", item, str(answer))
            else:
                failed = 0
                yield _line("gone", item, answer) if isinstance(answer, str) else _draft(site, item, answer)
            asked += not known
            if missing:
                told("fetching pages", asked, missing)
            told("judging pages", number, len(found))


def _result(job: Future[Rendered | str]) -> Rendered | str | Unanswered:
    try:
        return job.result()
    except Unanswered as error:
        return error


def _ahead(wiki: Wiki, found: Sequence[Found], config: CrawlConfig) -> Generator[tuple[Found, bool, Future[Rendered | str] | None], None, None]:
    """Each page, whether it needs no request, and its answer to come (None: too long), a few pages ahead of who takes them."""
    pool = ThreadPoolExecutor(config.parallel, "crawl")
    ahead: deque[tuple[Found, bool, Future[Rendered | str] | None]] = deque()
    try:
        for item in found:
            if item.page.size > config.max_page_bytes:
                ahead.append((item, True, None))
            else:
                ahead.append((item, wiki.known(item.page), pool.submit(wiki.rendered, item.page)))
            if len(ahead) > 2 * config.parallel:
                yield ahead.popleft()
        yield from ahead
    finally:
        wiki.stop()
        pool.shutdown(cancel_futures=True)  # what is on its way is waited for, so that its answer is kept


def _draft(site: Site, item: Found, rendered: Rendered) -> Draft:
    page = item.page
    return Draft(
        title=page.title, url=site.url(page.title, page.revision), language=site.language, page_id=str(page.id), revision=str(page.revision),
        timestamp=page.timestamp, licence=site.licence, categories=rendered.categories, labels=item.labels,
        sections=to_sections(read_html(rendered.html), site.language),
    )  # fmt: skip


def _line(reason: str, item: Found, detail: str) -> Line:
    return Line(reason=reason, title=item.page.title, page=str(item.page.id), labels=item.labels, detail=detail)
