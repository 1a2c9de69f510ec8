"""`craftlore status`: what is there, what is stale or missing, and what to do next. Opens no model and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from craftlore.artifacts import read_manifest
from craftlore.commands.console import print_json, results
from craftlore.config import Config, load_config
from craftlore.engines.adapter import read_adapter
from craftlore.engines.catalogue import verify
from craftlore.engines.choose import engine_name, open_engine
from craftlore.errors import CraftloreError
from craftlore.index.build import is_current
from craftlore.library import Library
from craftlore.suggest.open import articles_for
from craftlore.suggest.prompt import VERSION

__all__ = ["Part", "parts_of", "status"]

State = Literal["ready", "stale", "missing", "unfinished", "none"]
URGENT: tuple[State, ...] = ("missing", "stale", "unfinished")  # what to do first, should there be several


@dataclass(frozen=True)
class Part:
    """One thing of the pipeline. `none` is no fault: it was never asked for. `next` is a command or a setting, where something is to be done."""

    part: str
    state: State
    what: str
    next: str | None = None


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False) -> None:
    """What is there, what is stale or missing, and what to do next. Exit code 0 whatever is found."""
    config = load_config()
    parts = list(parts_of(config))
    urgent = [part for state in URGENT for part in parts if part.state == state]
    first = urgent[0].next if urgent else None
    if as_json:
        print_json({"home": str(config.home), "parts": [asdict(part) for part in parts], "next": first})
        return
    for part in parts:
        results.print(f"{part.part:<12} {part.state:<11} {part.what}", markup=False, soft_wrap=True)
        if part.next:
            results.print(f"{'':<24} -> {part.next}", markup=False, soft_wrap=True)
    results.print(f"\nNext: {first}" if first else "\nNothing is missing or stale: `craftlore serve`.", markup=False, soft_wrap=True)


def parts_of(config: Config) -> Iterator[Part]:
    """Every part, in the order in which they are needed."""
    library, part = _library(config)
    yield part
    yield _found("encoder", "craftlore models list", lambda: _weights(config, "encoder", config.search.encoder))
    model = None
    if engine_name(config) != "server":
        model = _found("model", "craftlore models list", lambda: _weights(config, "model", config.engine.model))
        yield model
    yield _found("engine", "craftlore engines check", lambda: _engine(config, model))
    yield _found("corpus", "craftlore crawl", lambda: _corpus(config))
    yield _found("index", "craftlore index", lambda: _index(config, library))
    yield _found("activities", "change [serve] database", lambda: _activities(config))
    yield _found("dataset", "craftlore dataset", lambda: _dataset(config))
    yield _found("adapter", "craftlore finetune", lambda: _adapter(config))


def _found(part: str, remedy: str, look: Callable[[], Part]) -> Part:
    """What `look` finds; files that it can make nothing of, of another version perhaps, are stale."""
    try:
        return look()
    except (CraftloreError, OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        return Part(part, "stale", f"cannot be read ({type(error).__name__}: {error})", remedy)


def _library(config: Config) -> tuple[Library, Part]:
    """The library without files that are wrong; the starter library alone, where the own files cannot stand beside it."""
    remedy = f"correct it, or move it out of {config.library_dir}"
    try:
        library = Library.load(own=config.library_dir, keep_going=True)
    except CraftloreError as error:
        return Library.load(), Part("library", "missing", str(error), remedy)
    own = f", {config.library_dir} included" if config.library_dir.is_dir() else ""
    what = f"{len(library.articles)} traditions, {len(library.patterns)} making patterns, {len(library.activities)} activities{own}"
    if library.refused:
        return library, Part("library", "missing", f"{what}; {len(library.refused)} files are wrong: {library.refused[0]}", remedy)
    return library, Part("library", "ready", what)


def _weights(config: Config, part: str, name: str) -> Part:
    try:
        files = verify(config.weights_dir, name, hashes=False)
    except CraftloreError as error:  # a name that the catalogue does not have
        return Part(part, "missing", str(error), "craftlore models list")
    bad = {file: state for file, state in files.items() if state not in ("present", "not pinned")}
    if not bad:
        return Part(part, "ready", f"{name} (sizes are right; `craftlore models verify` reads every byte)")
    return Part(part, "missing", f"{name}: {', '.join(f'{file} {state}' for file, state in bad.items())}", f"craftlore models pull {name}")


def _engine(config: Config, model: Part | None) -> Part:
    name = engine_name(config)
    if model and model.state != "ready":
        return Part("engine", "missing", f"{name} has no model to open", model.next)
    if model:
        return Part("engine", "ready", f"{name}; `craftlore engines check` lets it write")
    try:
        engine = open_engine(config)
        engine.close()
    except CraftloreError as error:
        return Part("engine", "missing", f"server at {config.engine.url}: {error}", f"start the model server at {config.engine.url}, or change [engine]")
    return Part("engine", "ready", f"server at {config.engine.url} with {engine.model}")


def _corpus(config: Config) -> Part:
    manifest = read_manifest(config.crawl_dir)
    if manifest:
        return Part("corpus", "ready", f"{manifest['counts']['articles']} crawled articles in {config.crawl_dir}")
    if _holds_anything(config.crawl_dir):
        return Part("corpus", "unfinished", f"a crawl in {config.crawl_dir} was stopped; it goes on where it was", "craftlore crawl")
    return Part("corpus", "none", "nothing was crawled; the index is made of the library alone", "craftlore crawl --contact YOU@EXAMPLE.ORG")


def _index(config: Config, library: Library) -> Part:
    manifest = read_manifest(config.index_dir)
    if manifest is None:
        return Part("index", "missing", f"no finished index in {config.index_dir}", "craftlore index")
    what = f"{manifest['report']['articles']} articles in {manifest['report']['passages']} passages, encoder {manifest['encoder']}"
    now = articles_for(config, library)
    if is_current(now, library.patterns, config.search.encoder, config.index_dir, passage_words=config.search.passage_words):
        return Part("index", "ready", what)
    return Part("index", "stale", f"{what}; articles, patterns or settings have changed since", "craftlore index")


def _activities(config: Config) -> Part:
    import sqlalchemy as sa  # here, so that no other command waits for it

    from craftlore.serve.database import activities, drafts

    if config.serve.activities_url:
        return Part("activities", "ready", f"asked of the app's own search at {config.serve.activities_url}")
    try:
        url = sa.make_url(config.database_url)
        in_file = url.get_backend_name() == "sqlite"
        if in_file and url.database and not Path(url.database).exists():
            return Part("activities", "none", "no database yet; `craftlore serve` makes one with the starter activities")
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout" if in_file else "connect_timeout": 3})
        with engine.connect() as connection:  # not as a server does, which makes the tables that it does not find
            there = sa.inspect(connection).get_table_names()
            own, saved = (
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() if table.name in there else 0 for table in (activities, drafts)
            )
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return Part("activities", "missing", f"the database cannot be used ({reason})", "start the database, or change [serve] database")
    return Part("activities", "ready", f"{own} own activities, {saved} drafts")


def _dataset(config: Config) -> Part:
    manifest = read_manifest(config.dataset_dir)
    if manifest is None:
        if _holds_anything(config.dataset_dir):
            return Part("dataset", "unfinished", f"a run in {config.dataset_dir} was stopped; it goes on where it was", "craftlore dataset")
        return Part("dataset", "none", "no training pairs were made; serving needs none", "craftlore dataset --preview 5")
    what = f"training pairs in {config.dataset_dir}, prompt {manifest.get('prompt')}"
    if manifest.get("prompt") != VERSION:
        return Part("dataset", "stale", f"{what}; serving asks with {VERSION}", "craftlore dataset")
    return Part("dataset", "ready", what)


def _adapter(config: Config) -> Part:
    folder = config.finetune_dir / "adapter"
    if not folder.exists():
        if _holds_anything(config.finetune_dir):
            return Part("adapter", "unfinished", f"a training in {config.finetune_dir} was stopped; it goes on where it was", "craftlore finetune --resume")
        return Part("adapter", "none", "no adapter was trained; serving needs none", "craftlore finetune --plan")
    try:
        found = read_adapter(folder)
    except CraftloreError as error:
        return Part("adapter", "unfinished", str(error), "craftlore finetune --resume")
    if not (folder / "report.json").exists():
        return Part("adapter", "unfinished", f"{found.name} for {found.base}; not compared with its base", "craftlore finetune --resume")
    if not (folder / "accepted.json").exists():
        return Part("adapter", "unfinished", f"{found.name} for {found.base}; not accepted yet", "craftlore finetune --accept")
    used = config.engine.adapter == str(folder)
    return Part("adapter", "ready", f"{found.name} for {found.base}{'' if used else '; not in use'}", None if used else f'set [engine] adapter = "{folder}"')


def _holds_anything(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
