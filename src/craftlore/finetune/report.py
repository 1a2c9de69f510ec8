"""Base against tuned on the same held-out requests, with and without sources; what got worse, by name; the model card; acceptance."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from craftlore.artifacts import atomic_write, write_json
from craftlore.engines.seam import Engine
from craftlore.errors import FinetuneError
from craftlore.finetune.task import MEASURES, Case, without_sources

__all__ = ["CELLS", "accept", "build_report", "measure_cells", "write_card"]

CELLS = ("base without", "tuned without", "base with", "tuned with")
MUST_HOLD = ("safe", "valid")  # what an adapter may not make worse: safety and format
ROUNDS = 2000  # of the bootstrap

Results = dict[str, dict[str, dict[str, float]]]
"""Cell -> case -> measures."""


def measure_cells(
    cases: Sequence[Case], open_engine: Callable[[bool], Engine], measure: Callable[[Case, Engine], dict[str, float]], journal: Path,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Results:  # fmt: skip
    """All cells, case by case. `open_engine` opens the base (False) or the tuned model (True). What is in `journal` is not asked again.

    Raises CraftloreError when the disk is full; every cell that was measured stays in the journal.
    """
    results: Results = {cell: {} for cell in CELLS}
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []:
        try:
            row = json.loads(line)
        except ValueError:  # the last line of a killed run
            break
        results[row["cell"]][row["case"]] = row["measures"]
    kept = [{"cell": cell, "case": case, "measures": found} for cell, rows in results.items() for case, found in rows.items()]
    with atomic_write(journal) as whole:
        whole.write("".join(json.dumps(row) + "\n" for row in kept).encode())
    done = len(kept)
    for who in ("base", "tuned"):
        todo = [(f"{who} {how}", case) for how in ("without", "with") for case in cases if case.id not in results[f"{who} {how}"]]
        engine = open_engine(who == "tuned") if todo else None
        for cell, case in todo:
            assert engine is not None
            found = measure(case if cell.endswith(" with") else without_sources(case), engine)
            results[cell][case.id] = found
            _append(journal, {"cell": cell, "case": case.id, "measures": found})
            done += 1
            watch(done, len(CELLS) * len(cases))
        if engine:
            engine.close()
    return results


def _append(journal: Path, row: dict[str, Any]) -> None:
    try:
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    except OSError as error:
        raise FinetuneError(f"cannot write {journal}: {error.strerror}. Free some space and run `craftlore finetune --resume`: nothing is lost.") from error


def build_report(results: Results, seed: int = 0) -> dict[str, Any]:
    """Means with 95% bootstrap intervals for each cell, the paired difference tuned - base, and every regression, safety first."""
    names = sorted(results["base with"])
    cells = {cell: {m: _interval([rows[case][m] for case in names], seed) for m in MEASURES} for cell, rows in results.items()}
    change = {
        how: {m: _interval([results[f"tuned {how}"][case][m] - results[f"base {how}"][case][m] for case in names], seed) for m in MEASURES}
        for how in ("with", "without")
    }
    regressions = [
        {"measure": m, "case": case, "base": results["base with"][case][m], "tuned": results["tuned with"][case][m]}
        for m in MEASURES
        for case in names
        if results["tuned with"][case][m] < results["base with"][case][m]
    ]
    return {"cases": len(names), "cells": cells, "change": change, "regressions": regressions}


def accept(folder: Path) -> dict[str, Any]:
    """Mark the adapter in `folder` as accepted. Raises FinetuneError if it is worse than its base on safety or format, by name."""
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FinetuneError(f"{folder} has no report to accept. Run `craftlore finetune` to its end first.") from error
    worse = [row for row in report["regressions"] if row["measure"] in MUST_HOLD]
    fallen = [m for m in MUST_HOLD for how in ("with", "without") if report["change"][how][m]["mean"] < 0]
    if fallen:
        named = ", ".join(f"{row['case']} ({row['measure']})" for row in worse) or "without sources only"
        figures = "; ".join(
            f"{m} {report['cells'][f'base {how}'][m]['mean']:.3f} -> {report['cells'][f'tuned {how}'][m]['mean']:.3f} {how} sources"
            for m in dict.fromkeys(fallen)
            for how in ("with", "without")
        )
        raise FinetuneError(f"not accepted: worse than its base on {' and '.join(dict.fromkeys(fallen))} ({figures}). Cases: {named}. The base stays in use.")
    accepted = {"score": report["change"]["with"]["score"], "safe": report["change"]["with"]["safe"], "valid": report["change"]["with"]["valid"]}
    write_json(folder / "accepted.json", accepted)
    return accepted


def write_card(path: Path, run: dict[str, Any], report: dict[str, Any], parity: Sequence[dict[str, Any]], licence: str) -> None:
    """The model card: data, base, licence, figures, limits, how to reproduce."""
    cells = "\n".join(f"| {cell} sources | " + " | ".join(_shown(row[m]) for m in MEASURES) + " |" for cell, row in report["cells"].items())
    changes = "\n".join(f"| tuned - base, {how} sources | " + " | ".join(_shown(row[m]) for m in MEASURES) + " |" for how, row in report["change"].items())
    worse = "\n".join(f"- {row['measure']}: {row['case']} ({row['base']:.2f} -> {row['tuned']:.2f})" for row in report["regressions"]) or "- none"
    forms = "\n".join(f"| {row['form']} | {row['tokens']} | {row['mean']:.4f} | {row['worst']:.4f} | {row['near_ties']} |" for row in parity)
    path.write_text(
        f"""# {run["base"]["base"]} with LoRA {run["base"]["name"]}

An adapter for Craftlore: it puts one tradition and one making pattern into a few short texts for a class.

**Base** {run["base"]["base"]}, sha256 `{run["base"]["base_sha256"]}`, licence {licence}; the adapter is under the same licence.
**Data** {run["rows"]["train"]} training rows (sha256 `{run["data"]["train.jsonl"]}`), {run["rows"]["valid"]} for validation
(`{run["data"]["valid.jsonl"]}`); no article is in both, and none of those below is in either.
**Chosen** the checkpoint of step {run["best"]["step"]}: validation loss {run["best"]["validation_loss"]:.4f}.
**Again** put `run.json`'s settings under [finetune] in `craftlore.toml`, and the data with these hashes into the dataset folder: `craftlore finetune`.

## Held-out requests ({report["cases"]}), first answers only, mean and 95% bootstrap interval
| | {" | ".join(MEASURES)} |
|---|{"---|" * len(MEASURES)}
{cells}
{changes}

## What got worse (with sources)
{worse}

## The same in every form: log-probabilities beside base + adapter in MLX
| form | tokens | mean difference | worst | near-ties |
|---|---|---|---|---|
{forms}

## Limits
It writes English for the prompts of Craftlore and nothing else. It is no layer of safety: the gates of the product stay in charge.
""",
        encoding="utf-8",
    )


def _interval(values: Sequence[float], seed: int) -> dict[str, float]:
    """Mean and 95% percentile bootstrap interval over cases."""
    numbers = np.array(values, float)
    draws = np.random.default_rng(seed).integers(0, len(numbers), (ROUNDS, len(numbers)))
    low, high = np.percentile(numbers[draws].mean(axis=1), (2.5, 97.5))
    return {name: round(float(value), 6) for name, value in (("mean", numbers.mean()), ("low", low), ("high", high))}


def _shown(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
