"""`craftlore verify retrieval|patterns|library`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Column, Table

from craftlore.commands.console import print_json, results
from craftlore.config import load_config
from craftlore.library import Library
from craftlore.suggest.open import open_index, open_library
from craftlore.verify.library import verify_library
from craftlore.verify.patterns import CASES as PATTERN_CASES
from craftlore.verify.patterns import PatternReport, verify_patterns
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


def _show(report: RetrievalReport | PatternReport, as_json: bool) -> None:
    values = asdict(report)
    if as_json:
        print_json(values)
        return
    for line in values.pop("wrong"):
        results.print(line, markup=False, soft_wrap=True)
    for name, value in values.items():
        results.print(f"{name:<22} {value:.3f}" if isinstance(value, float) else f"{name:<22} {value}")
