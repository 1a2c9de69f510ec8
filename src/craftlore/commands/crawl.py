"""`craftlore crawl`: a wiki, a ZIM file or a maker's own documents become the corpus."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from craftlore.commands.console import chatter, print_json, results
from craftlore.config import Config, CrawlConfig, load_config
from craftlore.crawl.check import SeedCheck, check_seeds
from craftlore.crawl.client import Client
from craftlore.crawl.ledger import Counts, read_counts
from craftlore.crawl.run import crawl_documents, crawl_wiki, crawl_zim
from craftlore.crawl.seeds import SEEDS, read_seeds
from craftlore.errors import CrawlError, WeightsError
from craftlore.index.encoder import Encoder
from craftlore.suggest.open import open_encoder

__all__ = ["crawl"]

PLACES_SHOWN = 25


def crawl(
    api: Annotated[str | None, typer.Option("--api", help="The api.php of a MediaWiki; the setting `api` if not given.")] = None,
    seeds: Annotated[Path, typer.Option("--seeds", exists=True, dir_okay=False, show_default=False, help="Another list of categories (TOML).")] = SEEDS,
    zim: Annotated[Path | None, typer.Option("--zim", exists=True, dir_okay=False, help="Read an offline wiki instead (needs the extra `zim`).")] = None,
    jsonl: Annotated[Path | None, typer.Option("--jsonl", exists=True, dir_okay=False, help="Read your own documents instead, one JSON object a line.")] = None,
    contact: Annotated[str | None, typer.Option("--contact", help="Your mail address or web page; the wiki's operators see it.")] = None,
    out: Annotated[Path | None, typer.Option("--out", file_okay=False, help="Folder of this corpus; `crawl` in the data folder if not given.")] = None,
    check: Annotated[bool, typer.Option("--check-seeds", help="Only ask which seed categories the wiki has, and how large they are.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask what has changed since the last crawl and fetch only that.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Only show what the corpus holds and what was dropped, by reason.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:  # fmt: skip
    """Collect articles about hands-on traditions. Stopped at any moment, the same command goes on where it was."""
    config = load_config()
    settings = _settings(config, api, contact)
    folder = out or config.crawl_dir
    if report:
        _show(read_counts(folder), as_json)
        return
    if zim and jsonl:
        raise CrawlError("--zim and --jsonl are two corpora: crawl one after the other, each with its own --out.")
    if check:
        with Client(settings) as client:
            _show_check(check_seeds(settings, client, read_seeds(seeds)), as_json)
        return
    encoder = _encoder(config)
    with _Bars() as told:
        if zim:
            done = crawl_zim(zim, settings, encoder, folder, told)
        elif jsonl:
            done = crawl_documents(jsonl, settings, encoder, folder, told)
        else:
            chosen = read_seeds(seeds)
            with Client(settings) as client:
                done = crawl_wiki(settings, chosen, client, encoder, folder, told, refresh=refresh)
    _show(done.counts, as_json, requests=done.requests)
    if unanswered := done.counts.dropped.get("unanswered"):
        chatter.print(f"{unanswered} pages were not answered; the same command asks for them again.", style="yellow")
    if not as_json:
        results.print(f"The corpus is in {folder}. Run `craftlore index` to make it findable.", markup=False, soft_wrap=True)


def _settings(config: Config, api: str | None, contact: str | None) -> CrawlConfig:
    given = {"api": api, "contact": contact}
    return config.crawl.model_copy(update={key: value for key, value in given.items() if value})


def _encoder(config: Config) -> Encoder | None:
    try:
        return open_encoder(config)
    except WeightsError as error:
        chatter.print(f"Note: patterns alone decide what is on topic: {error}", style="yellow", markup=False, soft_wrap=True)
        return None


def _show(counts: Counts, as_json: bool, requests: int | None = None) -> None:
    if as_json:
        print_json({**asdict(counts), **({} if requests is None else {"requests": requests})})
        return
    places = dict(list(counts.places.items())[:PLACES_SHOWN])
    if hidden := len(counts.places) - len(places):
        places[f"... and {hidden} more"] = sum(list(counts.places.values())[PLACES_SHOWN:])
    shown = {"label": counts.labels, "place": places, "access": counts.access, "pages dropped": counts.dropped, "sentences dropped": counts.dropped_sentences}
    for title, rows in shown.items():
        if rows:
            table = Table(title, "", box=SIMPLE)
            table.columns[1].justify = "right"
            for name, number in rows.items():
                table.add_row(name, str(number))
            results.print(table)
    asked = "" if requests is None else f"; {requests} requests in this run"
    results.print(f"{counts.articles} articles, {counts.sentences} sentences{asked}.")


def _show_check(checks: list[SeedCheck], as_json: bool) -> None:
    if as_json:
        print_json({"seeds": [asdict(check) for check in checks]})
        return
    table = Table("category", "label", "pages", "sub-categories", "state", box=SIMPLE)
    for check in checks:
        table.add_row(check.category, check.label.value, str(check.pages), str(check.subcategories), check.state if check.state == "ok" else check.detail)
    results.print(table)
    wrong = [check.category for check in checks if check.state != "ok"]
    results.print(f"{len(checks) - len(wrong)} of {len(checks)} categories are in order{': look at ' + ', '.join(wrong) if wrong else ''}.", soft_wrap=True)


class _Bars:
    """A bar for each step of a crawl; the time left is that of the requests still to make, at the pace of the last ones."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=chatter)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, step: str, done: int, total: int | None) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)
