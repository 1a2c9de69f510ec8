"""`craftlore finetune`: pairs to an adapter that is proven equal wherever it is served, and better than its base or refused."""

from __future__ import annotations

from dataclasses import asdict
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn

from craftlore.commands.console import chatter, print_json, results
from craftlore.config import Config, load_config
from craftlore.errors import FinetuneError, WeightsError
from craftlore.suggest.open import open_encoder, open_library

__all__ = ["finetune"]


def finetune(
    plan: Annotated[bool, typer.Option("--plan", help="Say what a run needs and how long it takes, and stop.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Accept the trained adapter, unless it is worse than its base on safety or format.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Train a LoRA adapter on the pairs of `craftlore dataset`, export it and report on it."""
    config = load_config()
    if not all(map(find_spec, ("mlx", "mlx_lm", "gguf", "matplotlib"))):
        raise FinetuneError("training needs the MLX packages: .venv/bin/python -m pip install -e '.[mlx]'.")
    if accept:
        _accept(config, as_json)
        return
    from craftlore.finetune.base import find_base
    from craftlore.finetune.blas import restart_with_openblas
    from craftlore.finetune.run import prepare

    if advice := restart_with_openblas():
        chatter.print(f"Note: {advice}", style="yellow")
    base = find_base(config)
    with chatter.status(f"reading {base.name} and the pairs, measuring two batches ..."):
        prepared = prepare(config, base)
    if not as_json or not plan:
        _print_plan(asdict(prepared.plan), chatter if as_json else results)
    if plan:
        if as_json:
            print_json(asdict(prepared.plan))
        return
    report = _run(prepared, config, resume)
    if as_json:
        print_json(report)
    else:
        _print_report(report, str(config.finetune_dir / "adapter"))


def _run(prepared: Any, config: Config, resume: bool) -> dict[str, Any]:
    from craftlore.finetune.run import Told, export_forms, report_on, train_adapter

    library = open_library(config)
    try:
        encoder = open_encoder(config)
    except WeightsError as error:
        encoder = None
        chatter.print(f"Note: {error} Sentences are chosen by shared words.", style="yellow", soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} {task.fields[now]}"))
    with Progress(*columns, console=chatter) as progress:
        steps = progress.add_task("training", total=prepared.plan.steps, now="")
        cases = progress.add_task("held-out requests", total=None, now="", visible=False)
        told = Told(
            step=lambda s: progress.update(
                steps, completed=s.step, now=f"loss {s.loss:.3f}, {s.tokens_per_second:.0f} tokens/s, {s.seconds_left / 60:.0f} min left"
            ),
            stage=lambda what: chatter.print(f"{what} ..."),
            cases=lambda done, total: progress.update(cases, completed=done, total=total, visible=True),
        )
        adapter = train_adapter(prepared, config, library, encoder, told, resume=resume)
        for form in export_forms(prepared, adapter, told):
            chatter.print(f"{form.form}: log-probabilities differ by {form.mean:.4f} on average, {form.worst:.4f} at worst, over {form.tokens} tokens")
        return report_on(prepared, adapter, config, library, encoder, told)


def _accept(config: Config, as_json: bool) -> None:
    from craftlore.finetune.report import accept

    folder = config.finetune_dir / "adapter"
    accepted = accept(folder)
    if as_json:
        print_json(accepted)
        return
    score = accepted["score"]
    results.print(f"Accepted: score {score['mean']:+.3f} ({score['low']:+.3f} to {score['high']:+.3f}) against the base.", soft_wrap=True)
    results.print(f'To serve it: [engine] model = "{config.finetune.base}" and adapter = "{folder}" in craftlore.toml.', markup=False, soft_wrap=True)


def _print_plan(plan: dict[str, Any], console: Any) -> None:
    for name, value in plan.items():
        if value is not None:
            console.print(f"{name.replace('_', ' '):<32} {f'{value:.1f}' if isinstance(value, float) else value}", soft_wrap=True)


def _print_report(report: dict[str, Any], folder: str) -> None:
    measures = list(report["cells"]["base with"])
    results.print(f"{'':<24}" + "".join(f"{name:>12}" for name in measures))
    for cell, row in report["cells"].items():
        results.print(f"{cell + ' sources':<24}" + "".join(f"{row[name]['mean']:>12.3f}" for name in measures))
    for row in report["regressions"]:
        results.print(f"Worse: {row['measure']} of {row['case']}: {row['base']:.2f} -> {row['tuned']:.2f}", markup=False)
    results.print(f"Adapter, card and figures: {folder}. If it is to be used: craftlore finetune --accept", soft_wrap=True, markup=False)
