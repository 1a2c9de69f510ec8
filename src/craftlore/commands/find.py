"""`craftlore index`, `craftlore search` and `craftlore suggest`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress

from craftlore.card import print_idea
from craftlore.commands.console import chatter, print_json, results
from craftlore.config import Config, load_config, with_engine
from craftlore.index.search import Hit, SearchResult
from craftlore.library import Library
from craftlore.log import open_log
from craftlore.suggest.open import build_index, open_encoder, open_index, open_library, open_suggester
from craftlore.suggest.parse import Fields, understand
from craftlore.suggest.pipeline import Suggestions

__all__ = ["index", "print_hit", "search", "suggest"]

JSON = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Text = Annotated[str, typer.Argument(help="What you are looking for, in your own words.")]
Grade = Annotated[str | None, typer.Option("--grade", help="K or 1 to 12; a range counts as its youngest.")]
Material = Annotated[list[str] | None, typer.Option("--material", help="A thing that you have; may be given several times.")]
Product = Annotated[str | None, typer.Option("--product", help="What the class should end up with.")]
Minutes = Annotated[int | None, typer.Option("--minutes", min=5, max=600, help="Time at hand.")]
Label = Annotated[str | None, typer.Option("--label", help="One of the nine labels, for example 'Visual arts'.")]
Region = Annotated[str | None, typer.Option("--region", help="A country, people or region.")]


def index(
    corpus: Annotated[Path | None, typer.Option("--corpus", exists=True, dir_okay=False, help="Index the articles of this file instead.")] = None,
    as_json: JSON = False,
) -> None:
    """Bring the index up to date with the library and the crawled corpus; only what changed is encoded."""
    config = load_config()
    library = open_library(config)
    with Progress(console=chatter, transient=True) as progress:
        task = progress.add_task("encoding", total=None)
        report = build_index(config, library, open_encoder(config), lambda done, total: progress.update(task, completed=done, total=total), corpus)
    if as_json:
        print_json(report.__dict__)
        return
    results.print(f"{report.articles} articles, {report.passages} passages; {report.encoded} texts encoded, {report.reused} taken over.")
    for article_id in report.without_pattern:
        results.print(f"No making pattern fits {article_id}: it is only studied about.")


def search(
    text: Text = "", grade: Grade = None, material: Material = None, product: Product = None, label: Label = None, region: Region = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50)] = 5, as_json: JSON = False,
) -> None:  # fmt: skip
    """Find articles for a request, without a language model."""
    config, library = _ready()
    understood = understand(text, library, Fields(grade, tuple(material or ()), product, None, label, region))
    opened, _, missing = open_index(config, library)
    found = opened.search(understood.request, limit, understood.inferred)
    for line in missing:
        chatter.print(f"Note: {line}", style="yellow", markup=False, soft_wrap=True)
    if as_json:
        print_json(_search_document(found))
        return
    if found.nothing_found:
        results.print("Nothing found. Try other words, a material or a place.")
    for hit in found.hits:
        print_hit(hit)


def print_hit(hit: Hit) -> None:
    """Print one article that was found, with the beginning of its best passage."""
    article = hit.article
    where = f"({', '.join(article.people)}; {', '.join(article.places)})  {article.id}  {hit.score:.4f}"
    results.print(f"[bold]{escape(article.title)}[/bold] {escape(where)}", soft_wrap=True)
    results.print(f"   {hit.passages[0].text[:200]} ...", markup=False)


def suggest(
    text: Text = "", grade: Grade = None, material: Material = None, product: Product = None, minutes: Minutes = None,
    label: Label = None, region: Region = None,
    count: Annotated[int | None, typer.Option("--count", min=1, max=9, help="How many ideas.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another number, other wording.")] = 0,
    engine: Annotated[str | None, typer.Option("--engine", help="auto, embedded, server or mlx.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A model of the catalogue.")] = None,
    as_json: JSON = False,
) -> None:  # fmt: skip
    """Suggest class projects, each rooted in one real tradition."""
    config, _ = _ready(engine, model)
    with contextlib.ExitStack() as stack:
        if not as_json:
            status = stack.enter_context(chatter.status("reading the request ..."))
        suggester = open_suggester(config)
        if suggester.engine:
            stack.callback(suggester.engine.close)
        found = suggester.suggest(
            text, Fields(grade, tuple(material or ()), product, minutes, label, region), count=count, seed=seed,
            told=(lambda _: None) if as_json else status.update,
        )  # fmt: skip
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_suggestions(found)


def _ready(engine: str | None = None, model: str | None = None) -> tuple[Config, Library]:
    """The configuration and the library, with the step log open."""
    config = with_engine(load_config(), engine, model)
    open_log(config.log_file)
    return config, open_library(config)


def _search_document(found: SearchResult) -> dict[str, object]:
    rows = [
        {"article_id": h.article.id, "title": h.article.title, "score": h.score, "passages": [p.model_dump(mode="json") for p in h.passages]}
        for h in found.hits
    ]
    return {"results": rows, "nothing_found": found.nothing_found, "degraded": list(found.degraded)}


def _print_suggestions(found: Suggestions) -> None:
    request = found.understood
    said = {"grade": request.grade, "things": ", ".join(request.materials), "without": ", ".join(request.without), "product": request.product,
            "minutes": request.minutes, "label": request.label, "region": request.region}  # fmt: skip
    chatter.print("Understood: " + (" · ".join(f"{key}: {value}" for key, value in said.items() if value) or "the words as they stand"), markup=False)
    for line in (*found.notes, *(verdict.why for verdict in found.verdicts)):
        results.print(f"Note: {line}", style="yellow", markup=False)
    if found.declined:
        results.print(found.declined.why, markup=False)
    for number, idea in enumerate(found.ideas, 1):
        print_idea(idea, number, results)
    if found.sources and not found.ideas:
        results.print(
            "No idea could be written, but these traditions fit: " + "; ".join(f"{s.title} ({', '.join(s.people)})" for s in found.sources), markup=False
        )
    for line in found.degraded:
        chatter.print(f"Note: {line}", style="yellow", markup=False)
