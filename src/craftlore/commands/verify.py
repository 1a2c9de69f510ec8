"""`craftlore verify retrieval|patterns|library|redteam`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.progress import Progress
from rich.table import Column, Table

from craftlore.commands.console import chatter, print_json, results
from craftlore.config import load_config
from craftlore.library import Library
from craftlore.suggest.open import open_index, open_library, open_suggester
from craftlore.verify.library import verify_library
from craftlore.verify.patterns import CASES as PATTERN_CASES
from craftlore.verify.patterns import PatternReport, verify_patterns
from craftlore.verify.redteam import SUITE, as_document, from_suggester, read_cases, run_redteam
from craftlore.verify.retrieval import CASES as RETRIEVAL_CASES
from craftlore.verify.retrieval import RetrievalReport, verify_retrieval

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


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f}-{interval[1]:.3f}"


def _show(report: RetrievalReport | PatternReport, as_json: bool) -> None:
    values = asdict(report)
    if as_json:
        print_json(values)
        return
    for line in values.pop("wrong"):
        results.print(line, markup=False, soft_wrap=True)
    for name, value in values.items():
        results.print(f"{name:<22} {value:.3f}" if isinstance(value, float) else f"{name:<22} {value}")
