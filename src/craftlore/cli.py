"""The `craftlore` command. One exception boundary: an error that we raise on purpose, or one of the disk, is one message and exit code 1."""

from __future__ import annotations

import io
import sys

import typer

from craftlore import __version__
from craftlore.commands import find
from craftlore.commands.console import chatter
from craftlore.commands.crawl import crawl
from craftlore.commands.dataset import dataset
from craftlore.commands.finetune import finetune
from craftlore.commands.library import library_app
from craftlore.commands.models import engines_app, models_app
from craftlore.commands.serve import serve, trace
from craftlore.commands.status import status
from craftlore.commands.verify import verify_app
from craftlore.errors import CraftloreError

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(models_app, name="models")
app.add_typer(engines_app, name="engines")
app.command()(crawl)
app.command()(dataset)
app.command()(finetune)
app.command()(find.index)
app.command()(find.search)
app.command()(find.suggest)
app.command()(serve)
app.command()(status)
app.command()(trace)
app.add_typer(library_app, name="library")
app.add_typer(verify_app, name="verify")


@app.callback(invoke_without_command=True)
def craftlore(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """Class projects rooted in the real arts and traditions of the world, from a small model on your own machine."""
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line: exit 0, 1 with a message for a known error, 2 for wrong usage, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")  # a pipe on Windows is cp1252, which has no macron
    try:
        app()
    except CraftloreError as error:
        chatter.print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        chatter.print("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a full disk or a folder that may not be written: any command can meet one at any line
        where = f"{error.filename}: " if error.filename else ""
        remedy = "Free some space or set CRAFTLORE_HOME to another folder."
        chatter.print(f"Error: {where}{error.strerror or error}. {remedy}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
