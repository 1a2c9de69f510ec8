"""`craftlore dataset`: articles to training pairs."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.box import SIMPLE
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from craftlore.artifacts import atomic_write
from craftlore.commands.console import chatter, print_json, results
from craftlore.config import Config, DatasetConfig, load_config
from craftlore.dataset.answers import TEACHER_ANSWERS, read_answers
from craftlore.dataset.ask import from_engine, from_journal
from craftlore.dataset.generate import Answered
from craftlore.dataset.run import Ask, Inputs, Report, preview, run
from craftlore.dataset.scenarios import Planner
from craftlore.engines.choose import open_engine
from craftlore.errors import ConfigError, DatasetError
from craftlore.gold import read_gold
from craftlore.log import open_log
from craftlore.suggest.open import open_index, open_library

__all__ = ["dataset"]


def dataset(
    show: Annotated[int | None, typer.Option("--preview", min=1, max=50, help="Only make and show so many pairs.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="Of the teacher model: server, embedded, mlx or auto.")] = None,
    teacher: Annotated[str | None, typer.Option("--teacher", help="The teacher model, by the name that the server or the catalogue has for it.")] = None,
    scenarios: Annotated[int | None, typer.Option("--scenarios", min=1, help="Requests of its own, beside those of the gold ideas.")] = None,
    filters: Annotated[Literal["only"] | None, typer.Option("--filters", help="only: make no calls; filter again what was answered.")] = None,
    starter: Annotated[bool, typer.Option("--starter", help="Begin with the teacher's answers that ship; calls made there are not made again.")] = False,
    ray: Annotated[str | None, typer.Option("--ray", help="Address of a Ray cluster, or `local`; each worker opens the engine.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Make training pairs. Stop it at any time: the next run goes on from the last answer."""
    config = _settings(load_config(), engine, teacher, scenarios)
    open_log(config.log_file)
    library = open_library(config)
    index, encoder, missing = open_index(config, library)
    for line in missing:
        chatter.print(f"Note: {line}", style="yellow", markup=False, soft_wrap=True)
    gold, declined = read_gold(library)
    planner = Planner(config, replace(library, articles=index.articles), index, encoder)
    inputs = Inputs(planner, {i: rows for i, rows in gold.items() if i in index.articles}, declined, read_answers())
    with _way(config, filters, ray) as way:  # before the planning, which takes a minute: a teacher that is not there is said at once
        if starter:
            _begin_with_starter(config)
        if show:
            _show_pairs(preview(inputs, config.dataset_dir, way, show), as_json)
            return
        with _Bar() as bar:
            report = run(inputs, config.dataset_dir, way, bar)
    if as_json:
        print_json(asdict(report))
    else:
        _print(report, config)


def _settings(config: Config, engine: str | None, teacher: str | None, scenarios: int | None) -> Config:
    """The configuration with the teacher as its engine. Raises ConfigError for an engine that there is not."""
    given = {"engine": engine, "teacher": teacher, "scenarios": scenarios}
    try:
        settings = DatasetConfig.model_validate({**config.dataset.model_dump(), **{key: value for key, value in given.items() if value}})
    except ValidationError as error:
        raise ConfigError(f"--engine {engine}: {error.errors()[0]['msg']}.") from error
    name = "served_model" if settings.engine == "server" else "model"
    return config.model_copy(update={"dataset": settings, "engine": config.engine.model_copy(update={"name": settings.engine, name: settings.teacher})})


def _begin_with_starter(config: Config) -> None:
    """Put the journal that ships into the dataset folder. Raises DatasetError where one with answers is already."""
    journal = config.dataset_dir / "candidates.jsonl"
    if journal.exists() and journal.stat().st_size:
        raise DatasetError(f"{journal} is there already: --starter begins a new run. Leave it out to go on, or move the folder away.")
    with gzip.open(TEACHER_ANSWERS) as shipped, atomic_write(journal) as file:
        shutil.copyfileobj(shipped, file)


@contextlib.contextmanager
def _way(config: Config, filters: str | None, ray: str | None) -> Iterator[Ask]:
    """How scenarios are answered. Raises EngineError or WeightsError for a teacher that is not there."""
    if filters:
        yield from_journal(config)
    elif ray:
        from craftlore.dataset.cluster import over_ray

        yield over_ray(config, ray)
    else:
        with contextlib.closing(open_engine(config)) as engine:
            yield from_engine(engine, config)


class _Bar:
    """Progress on standard error: scenarios done, pairs kept, pairs a minute, time left."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
        self._progress = Progress(*columns, console=chatter, speed_estimate_period=900)
        self._task = self._progress.add_task("planning", total=None)
        self._pairs, self._new, self._started = 0, 0, time.monotonic()

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, total: int, answered: Answered) -> None:
        self._pairs += not answered.choice.missing
        if answered.asked and not self._new:
            self._started = time.monotonic()  # what was in the journal costs no time
        self._new += bool(answered.asked and not answered.choice.missing)
        speed = self._new / max((time.monotonic() - self._started) / 60, 1 / 60)
        self._progress.update(self._task, description=f"{self._pairs} pairs, {speed:.1f} a minute", total=total, advance=1)


def _show_pairs(answered: Sequence[Answered], as_json: bool) -> None:
    if as_json:
        print_json([{"request": a.staged.scenario.text, "texts": a.choice.texts, "missing": a.choice.missing} for a in answered])
        return
    for each in answered:
        plan = each.staged.plan
        results.print(f"\n{each.staged.scenario.text}", style="bold", markup=False, soft_wrap=True)
        results.print(f"   {plan.article.title} x {plan.pattern.name}, grade {plan.grade}", markup=False, soft_wrap=True)
        for name, text in each.choice.texts.items():
            results.print(f"   {name}: {text}", markup=False, soft_wrap=True)
        for drop in each.choice.drops:
            results.print(f"   dropped, {drop.field} by {drop.filter}: {drop.reason}: {drop.text}", style="yellow", markup=False, soft_wrap=True)


def _print(report: Report, config: Config) -> None:
    results.print(f"{report.pairs} pairs of {report.scenarios} scenarios, {report.calls} calls ({report.failed_calls} without an answer).")
    results.print("rows: " + ", ".join(f"{split} {report.rows.get(split, 0)}" for split in ("train", "valid", "test")))
    results.print("kinds: " + ", ".join(f"{kind} {count}" for kind, count in report.kinds.items()))
    table = Table("dropped by", "times", box=SIMPLE)
    for name, count in report.dropped.items():
        table.add_row(name, str(count))
    results.print(table)
    for what, count in report.overlaps.items():
        results.print(f"{what}: {count}")
    results.print(f"Read {config.dataset_dir / 'card.md'} and {config.dataset_dir / 'read-40.md'} before you train on it.", markup=False, soft_wrap=True)
