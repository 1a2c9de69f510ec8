"""`craftlore library add`: a teacher's or a museum's own article, making pattern or activity joins the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from craftlore.artifacts import atomic_write
from craftlore.commands.console import results
from craftlore.config import load_config
from craftlore.errors import LibraryError
from craftlore.suggest.open import open_library
from craftlore.verify.newcomer import check_newcomer, read_newcomer, shelf_of

__all__ = ["library_app"]

library_app = typer.Typer(no_args_is_help=True, help="Your own articles, making patterns and activities beside the starter library.")


@library_app.callback()
def library() -> None:
    """Keep `add` a sub-command although it is the only one."""


@library_app.command("add")
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An article (.md), a making pattern or an activity (.toml).")],
    check: Annotated[bool, typer.Option("--check", help="Only check; add nothing.")] = False,
) -> None:
    """Check a new file, name every fault with its place, and add it if there is none."""
    config = load_config()
    known = open_library(config)
    record = read_newcomer(file, known)
    if faults := check_newcomer(record, known):
        raise LibraryError("\n  ".join((f"{file} was not added:", *faults)))
    if check:
        results.print(f"{file} is in order.", markup=False, soft_wrap=True)
        return
    place = config.library_dir / shelf_of(file) / file.name
    with atomic_write(place) as out:
        out.write(file.read_bytes())
    results.print(f"{file} is now {place}. Run `craftlore index` to make it findable.", markup=False, soft_wrap=True)
