"""`craftlore verify NAME`: what a machine can measure."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.box import SIMPLE
from rich.progress import Progress
from rich.table import Column, Table

from craftlore.commands.console import chatter, print_json, results
from craftlore.config import load_config
from craftlore.dataset.scenarios import Planner
from craftlore.gold import read_gold
from craftlore.library import Library
from craftlore.safety.meaning import FILE as MEANING
from craftlore.safety.meaning import load_model
from craftlore.safety.meaning_fit import fit_model, write_model
from craftlore.suggest.open import open_encoder, open_index, open_library, open_suggester
from craftlore.suggest.pipeline import Suggester
from craftlore.verify.choice import ChoiceReport, verify_choice
from craftlore.verify.filters import verify_filters
from craftlore.verify.generations import verify_generations
from craftlore.verify.library import verify_library
from craftlore.verify.meaning import gold_requests, harmless, raised, training_rows
from craftlore.verify.patterns import CASES as PATTERN_CASES
from craftlore.verify.patterns import PatternReport, verify_patterns
from craftlore.verify.planted import LINES as PLANTED_LINES
from craftlore.verify.planted import SUITES as PLANTED_SUITES
from craftlore.verify.planted import verify_planted
from craftlore.verify.planted_fit import fit_meaning
from craftlore.verify.redteam import SUITE, as_document, from_suggester, read_cases, run_redteam
from craftlore.verify.relevance import CASES as OFF_TOPIC_CASES
from craftlore.verify.relevance import RelevanceReport, verify_relevance
from craftlore.verify.retrieval import CASES as RETRIEVAL_CASES
from craftlore.verify.retrieval import RetrievalReport, verify_retrieval
from craftlore.verify.thin import CASES as THIN_CASES
from craftlore.verify.thin import ThinReport, verify_thin

__all__ = ["verify_app"]

verify_app = typer.Typer(no_args_is_help=True, help="Measure what a machine can measure, and print the figures.")
JSON = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@verify_app.command("retrieval")
def retrieval(cases: Annotated[Path, typer.Option("--cases", help="JSON lines: id, text, fits.")] = RETRIEVAL_CASES, as_json: JSON = False) -> None:
    """How well search finds the fitting articles, and how often it rightly finds nothing."""
    config = load_config()
    library = open_library(config)
    _show(verify_retrieval(open_index(config, library)[0], library, cases), as_json)


@verify_app.command("patterns")
def patterns(cases: Annotated[Path, typer.Option("--cases", help="JSON lines: id, article, request, fits.")] = PATTERN_CASES, as_json: JSON = False) -> None:
    """How often a fitting making pattern is among the first three."""
    config = load_config()
    library = open_library(config)
    _show(verify_patterns(open_index(config, library)[0], library, cases), as_json)


@verify_app.command("filters")
def filters(as_json: JSON = False) -> None:
    """Seeded faults through the filters of training pairs: recall by kind, and sound texts that were dropped."""
    config = load_config()
    library = open_library(config)
    index, encoder, _ = open_index(config, library)
    report = verify_filters(Planner(config, library, index, encoder), read_gold(library)[0])
    if as_json:
        print_json(asdict(report))
        return
    table = Table("fault", "made", "caught", "for the right reason", box=SIMPLE)
    for rate in report.kinds:
        table.add_row(rate.kind, str(rate.made), str(rate.caught), str(rate.rightly))
    results.print(table)
    for name, count in report.wrongly.items():
        results.print(f"sound, but dropped by {name:<24} {count} of {report.untouched}")
    results.print(f"recall {report.recall:.3f}   precision {report.precision:.3f}")


@verify_app.command("choice")
def choice(split: Annotated[Literal["train", "test"], typer.Option("--split", help="Which gold requests.")] = "train", as_json: JSON = False) -> None:
    """How often article and pattern are those that the author of a gold idea chose for the same request."""
    config = load_config()
    library = open_library(config)
    index, encoder, _ = open_index(config, library)
    _show(verify_choice(Suggester(library, index, encoder, None, config), split), as_json)


@verify_app.command("thin")
def thin(cases: Annotated[Path, typer.Option("--cases", help="JSON lines: id, text, state.")] = THIN_CASES, as_json: JSON = False) -> None:
    """How often the decision that the own activities are enough, or thin, is right."""
    suggester = open_suggester(load_config())
    if suggester.engine:
        suggester.engine.close()
    _show(verify_thin(suggester, cases), as_json)


@verify_app.command("library")
def library(as_json: JSON = False) -> None:
    """Faults, coverage, counts and reading level of the library; exit code 1 if there is a fault."""
    report = verify_library(Library.load(own=load_config().library_dir, keep_going=True))
    if as_json:
        print_json(asdict(report))
    else:
        for title, columns, rows in report.tables:
            table = Table(*(Column(name, no_wrap=True) for name in columns), title=title, title_justify="left", box=SIMPLE)
            for row in rows:
                table.add_row(*row)
            results.print(table)
        for name, value in report.counts.items():
            results.print(f"{name:<34} {value}")
        for line in (*report.notes, *(f"FAULT {fault}" for fault in report.faults)):
            results.print(line, markup=False, soft_wrap=True)
        results.print(f"{'faults':<34} {len(report.faults)}")
    if report.faults:
        raise typer.Exit(1)


@verify_app.command("redteam")
def redteam(
    cases: Annotated[list[Path] | None, typer.Option("--cases", exists=True, dir_okay=False, help="Templates (.toml) or JSON lines.")] = None,
    write: Annotated[bool, typer.Option("--write/--no-write", help="Write the ideas too, or stop when it is clear what would be written.")] = True,
    failed: Annotated[bool, typer.Option("--failed", help="List every case that was not handled as expected.")] = False,
    as_json: JSON = False,
) -> None:
    """Harmful requests and their harmless look-alikes: handled and refused, by rule and grade band, with 95% intervals."""
    suggester = open_suggester(load_config())
    if not write:
        suggester.engine = None
    chosen = [case for path in cases or sorted(SUITE.glob("redteam_*.toml")) for case in read_cases(path)]
    with Progress(console=chatter, transient=True) as progress:
        task = progress.add_task("asking", total=len(chosen))
        outcomes, rates = run_redteam(chosen, from_suggester(suggester), lambda done: progress.update(task, completed=done))
    if as_json:
        print_json(as_document(outcomes, rates))
        return
    table = Table("rule", "band", "harmful", "handled", "95%", "look-alikes", "got nothing", "95%", box=SIMPLE)
    for r in rates:
        bad = (str(r.harmful), f"{r.handled / r.harmful:.3f}", _span(r.interval)) if r.harmful else ("", "", "")
        good = (str(r.benign), f"{r.refused / r.benign:.3f}", _span(r.refused_interval)) if r.benign else ("", "", "")
        table.add_row(r.rule, r.band, *bad, *good)
    results.print(table)
    for o in outcomes if failed else ():
        if not o.passed:
            results.print(f"{o.id} {'harmful' if o.harmful else 'harmless'}: expected {'|'.join(o.expected)}, got {o.got}", markup=False, soft_wrap=True)


@verify_app.command("generations")
def generations(
    folder: Annotated[Path | None, typer.Option("--from", exists=True, file_okay=False, help="Another folder with candidates.jsonl and plan.jsonl.")] = None,
    as_json: JSON = False,
) -> None:
    """What real models wrote, behind the idea gate: how many texts an auditor of its own still objects to, with 95% intervals."""
    config = load_config()
    report = verify_generations(folder or config.dataset_dir, Library.load(own=config.library_dir, keep_going=True))
    if as_json:
        print_json(asdict(report))
        return
    for name, value in asdict(report).items():
        if name != "found":
            results.print(f"{name:<18} {value}", markup=False, soft_wrap=True)
    for line in report.found:
        results.print(line, markup=False, soft_wrap=True)


@verify_app.command("relevance")
def relevance(
    cases: Annotated[Path, typer.Option("--cases", help="Pages off topic, JSON lines: kind, title, categories, lead.")] = OFF_TOPIC_CASES,
    on_topic: Annotated[Path | None, typer.Option("--on-topic", exists=True, dir_okay=False, help="More pages on topic, as for `crawl --jsonl`.")] = None,
    as_json: JSON = False,
) -> None:
    """How well the crawl keeps traditions and drops biographies, companies, albums and other kinds of pages."""
    _show(verify_relevance(Library.load(), open_encoder(load_config()), cases, on_topic), as_json)


@verify_app.command("planted")
def planted(
    cases: Annotated[list[Path] | None, typer.Option("--cases", exists=True, dir_okay=False, help="A suite of planted texts (.toml).")] = None,
    phrases: Annotated[bool, typer.Option("--phrases", help="By phrases alone, as a crawl without the encoder works.")] = False,
    fit: Annotated[bool, typer.Option("--fit", help="First fit the second opinion anew (a minute).")] = False,
    as_json: JSON = False,
) -> None:
    """Instructions planted in an article that survive the article gate, and honest sentences that it drops, with 95% intervals."""
    encoder = None if phrases else open_encoder(load_config())
    if fit and encoder:
        chatter.print("fitted on {} planted and {} honest sentences".format(*fit_meaning((PLANTED_SUITES[0], PLANTED_LINES), Library.load(), encoder)))
    rates = {suite.stem: verify_planted(suite, encoder) for suite in cases or PLANTED_SUITES}
    if as_json:
        print_json({suite: [asdict(rate) for rate in found] for suite, found in rates.items()})
        return
    for suite, found in rates.items():
        columns = (Column(name, no_wrap=True) for name in ("style", "kind", "texts", "failed", "95%"))
        table = Table(*columns, title=suite, title_justify="left", box=SIMPLE)
        for r in found:
            table.add_row(r.style, "planted" if r.planted else "honest", str(r.texts), f"{r.failed / r.texts:.3f}", _span(r.interval))
        results.print(table)
        for r in found[-2:]:
            for text in r.wrong:
                results.print(f"{'survived' if r.planted else 'dropped'}: {text}", markup=False, soft_wrap=True)


@verify_app.command("meaning")
def meaning(
    fit: Annotated[bool, typer.Option("--fit", help="Fit the second opinion anew and write its weights: a minute.")] = False, as_json: JSON = False
) -> None:
    """The second opinion of the request gate: what it catches in cross-validation, and which harmless requests it would change."""
    encoder = open_encoder(load_config())
    library = Library.load()
    files = read_gold(library)[0]
    gold = list(files.values())
    figures: dict[str, object] = {}
    if fit:
        model, checked = fit_model(training_rows(harmless(files, library)), encoder)
        write_model(model, MEANING)
        figures = {name: f"{caught}/{texts}" for name, (texts, caught) in checked.caught.items()}
        figures |= {"harmless": checked.harmless, "harmless stopped": checked.stopped, "harmless changed": checked.changed}
    for split in ("train", "test"):
        texts = [text for text, _ in gold_requests(gold, split)]
        found = raised(texts, encoder, load_model())
        figures |= {f"gold requests, {split}": len(texts), f"raised in {split}": [f"{rule}: {text}" for rule, text in found]}
    if as_json:
        print_json(figures)
    else:
        for name, value in figures.items():
            results.print(f"{name:<24} {value}", markup=False, soft_wrap=True)


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f}-{interval[1]:.3f}"


def _show(report: RetrievalReport | PatternReport | ChoiceReport | ThinReport | RelevanceReport, as_json: bool) -> None:
    values = asdict(report)
    if as_json:
        print_json(values)
        return
    for line in values.pop("wrong"):
        results.print(line, markup=False, soft_wrap=True)
    for name, value in values.items():
        results.print(f"{name:<22} {value:.3f}" if isinstance(value, float) else f"{name:<22} {value}")
