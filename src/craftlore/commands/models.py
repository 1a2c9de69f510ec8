"""`craftlore models list|pull|verify|convert` and `craftlore engines check`."""

from __future__ import annotations

from typing import Annotated

import typer

from craftlore.commands.console import DownloadBars, chatter, print_json, results
from craftlore.config import load_config, with_engine
from craftlore.engines.catalogue import catalogue, find, path_of, verify
from craftlore.engines.check import check_engine
from craftlore.engines.choose import engine_name, open_engine
from craftlore.engines.convert import convert_gguf
from craftlore.engines.download import pull
from craftlore.errors import WeightsError

__all__ = ["engines_app", "models_app"]

models_app = typer.Typer(no_args_is_help=True, help="Model files: what there is, fetching, checking.")
engines_app = typer.Typer(no_args_is_help=True, help="Language model engines.")
JSON = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@models_app.command("list")
def list_models(as_json: JSON = False) -> None:
    """All models of the catalogue, with licence, and what is on this machine."""
    config = load_config()
    rows = []
    for name, model in catalogue().items():
        states = set(verify(config.weights_dir, name, hashes=False).values())
        state = states.pop() if len(states) == 1 else "partly there"
        size = sum(file.bytes or 0 for file in model.all_files)
        rows.append({"name": name, "state": state, "bytes": size or None, "licence": model.licence, "summary": model.summary})
    if as_json:
        print_json({"models": rows})
        return
    for row in rows:
        size_text = f"{row['bytes'] / 1e6:7.0f} MB" if isinstance(row["bytes"], int) else "         ?"
        results.print(f"{row['name']:<24} {row['state']:<12} {size_text}  {row['licence']:<22} {row['summary']}", soft_wrap=True)


@models_app.command("pull")
def pull_models(
    names: Annotated[list[str] | None, typer.Argument(help="Names from `craftlore models list`; the configured model and encoder by default.")] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Accept files whose hash is not in the catalogue, and keep to that hash from then on.")] = False,
) -> None:
    """Fetch models: sources in order, resumable, used only if the sha256 is right."""
    config = load_config()
    with DownloadBars() as progress:
        for name in names or [config.search.encoder, config.engine.model]:
            for line in pull(config.weights_dir, name, progress, allow_pin=pin):
                chatter.print(f"{name}/{line}", soft_wrap=True)


@models_app.command("convert")
def convert_models(names: Annotated[list[str] | None, typer.Argument(help="GGUF models; the base of [finetune] by default.")] = None) -> None:
    """Make MLX folders of GGUF models on this machine, from the same verified bytes."""
    config = load_config()
    with DownloadBars() as progress:
        for name in names or [config.finetune.base]:
            if find(name).format != "gguf":
                raise WeightsError(f"{name} is {find(name).format} already; only GGUF models are converted.")
            results.print(str(convert_gguf(path_of(config.weights_dir, name), config.weights_dir / f"{name}-mlx", progress)), soft_wrap=True)


@models_app.command("verify")
def verify_models(
    names: Annotated[list[str] | None, typer.Argument(help="Names; all that are on this machine by default.")] = None, as_json: JSON = False
) -> None:
    """Read every byte of the models and compare the hashes."""
    home = load_config().weights_dir
    chosen = names or [name for name in catalogue() if set(verify(home, name, hashes=False).values()) != {"missing"}]
    found = {name: verify(home, name) for name in chosen}
    if as_json:
        print_json(found)
    else:
        for name, files in found.items():
            for file, state in files.items():
                results.print(f"{name}/{file}: {state}", soft_wrap=True)
    bad = [f"{name}/{file}: {state}" for name, files in found.items() for file, state in files.items() if state != "present"]
    if bad:
        raise WeightsError(f"not all right: {'; '.join(bad)}. Run `craftlore models pull NAME`.")


@engines_app.command("check")
def check(
    engine: Annotated[str | None, typer.Option("--engine", help="auto, embedded, server or mlx.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A model of the catalogue.")] = None,
    as_json: JSON = False,
) -> None:
    """Run one real completion under a JSON schema and report tokens a second."""
    config = with_engine(load_config(), engine, model)
    chatter.print(f"Opening the {engine_name(config)} engine with {config.engine.model} ...")
    opened = open_engine(config)
    try:
        report = check_engine(opened)
    finally:
        opened.close()
    if as_json:
        print_json(report)
    else:
        for key, value in report.items():
            results.print(f"{key:<22} {value}", soft_wrap=True)
