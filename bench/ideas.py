"""Sixty requests to ideas, on real weights: how often everything is right, how fast, with and without making patterns.

    .venv/bin/python bench/ideas.py [--models NAME[+ADAPTER] ...] [--modes with without] [--limit N] [--out DIR] [--table-only]

ADAPTER is the folder of a fine-tuned adapter, or `starter` for the one that ships; without it the base answers alone.

Every idea is kept as a line in DIR (default: data/bench), so an interrupted run goes on where it was, and the ideas can be
read. "Without" gives the model the article alone and lets it invent materials from the allowed list, and the steps.
The properties are judged by `craftlore.verify.ideas`, which does not share code with the checks that guard generation.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from without_pattern import write_without_pattern

from craftlore.config import Config, load_config
from craftlore.errors import EngineError
from craftlore.library import Library
from craftlore.records import Idea, band_of
from craftlore.safety.idea_gate import screen_field
from craftlore.safety.reading import CAPS, TARGETS, reading_grade
from craftlore.suggest.open import build_index, open_encoder, open_suggester
from craftlore.suggest.pipeline import Suggester
from craftlore.suggest.write import Written
from craftlore.verify.ideas import PROPERTIES, audit_idea
from craftlore.words import tokens

REQUESTS = Path(__file__).with_name("requests.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"])
    parser.add_argument("--modes", nargs="+", choices=["with", "without"], default=["with", "without"])
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table-only", action="store_true", help="print the table of what is there already")
    options = parser.parse_args()
    config = load_config()
    out = options.out or config.home / "bench"
    out.mkdir(parents=True, exist_ok=True)
    library = Library.load()
    requests = [json.loads(line) for line in REQUESTS.read_text(encoding="utf-8").splitlines()][: options.limit]
    if not options.table_only:
        build_index(config, library, open_encoder(config))
        for model in options.models:
            run_model(config, model, options.modes, requests, out)
    print_table([(model, mode, read(file_of(out, model, mode))[: options.limit]) for model in options.models for mode in options.modes], library)


def run_model(config: Config, model: str, modes: list[str], requests: list[dict[str, str]], out: Path) -> None:
    """All requests on one model, one idea for each, one after the other; what is in the file already is not done again."""
    base, _, adapter = model.partition("+")
    chosen = Config.model_validate({**config.model_dump(), "engine": {**config.engine.model_dump(), "model": base, "adapter": adapter, "parallel": 1}})
    suggester = open_suggester(chosen)
    if suggester.engine is None:
        raise SystemExit("; ".join(d.message for d in suggester.degraded))
    try:
        for mode in modes:
            path = file_of(out, model, mode)
            done = {row["id"] for row in read(path)}
            for request in requests:
                if request["id"] not in done:
                    row = one(suggester, request["text"], mode)
                    with path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({"id": request["id"], "text": request["text"], **row}, ensure_ascii=False) + "\n")
                    print(f"{model} {mode} {request['id']} {row['seconds']:.1f} s", file=sys.stderr)
    finally:
        suggester.engine.close()


def file_of(out: Path, model: str, mode: str) -> Path:
    return out / f"ideas-{model.replace('/', '_')}-{mode}.jsonl"


def one(suggester: Suggester, text: str, mode: str) -> dict[str, Any]:
    """One request; `faults` has one entry for each call of the model (empty if everything was right)."""
    started = time.perf_counter()
    if mode == "without":
        try:
            return {**write_without_pattern(suggester, text), "seconds": time.perf_counter() - started}
        except EngineError as error:
            return {"idea": None, "why": str(error), "faults": [{"answer": str(error)}], "seconds": time.perf_counter() - started}
    seen: list[Written] = []
    suggester.watch = seen.append
    found = suggester.suggest(text, count=1)
    written = seen[0] if seen else None
    attempts = written.attempts if written else ()
    completions = [a.completion for a in attempts if a.completion]
    return {
        "idea": written.idea.model_dump(mode="json") if written else None,
        "why": found.declined.why if found.declined else "; ".join(found.degraded),
        "faults": [a.faults for a in attempts],
        "first": attempts[0].answer.fields if attempts and attempts[0].answer else {},
        "filled_by_code": written.filled_by_code if written else (),
        "tokens_per_second": statistics.mean(c.tokens_per_second for c in completions) if completions else None,
        "seconds": time.perf_counter() - started,
    }


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def print_table(runs: list[tuple[str, str, list[dict[str, Any]]]], library: Library) -> None:
    """One column for each model and mode."""
    columns = {f"{model.removeprefix('qwen2.5-')} {mode}": figures(rows, mode, library) for model, mode, rows in runs if rows}
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    print(f"{'':<28}" + "".join(f"{name:>22}" for name in columns))
    for name in names:
        print(f"{name:<28}" + "".join(f"{column.get(name, '-'):>22}" for column in columns.values()))


def figures(rows: list[dict[str, Any]], mode: str, library: Library) -> dict[str, str]:
    made = [row for row in rows if row["idea"]]
    seconds = sorted(row["seconds"] for row in made) or [0.0]
    first = sum(not row["faults"][0] for row in made)
    essential = sum(not {"title", "summary", "answer"} & set(row["faults"][0]) for row in made)
    rates = {
        "requests": str(len(rows)),
        "ideas": str(len(made)),
        "no flaw at the first try": share(first, len(made)),
        "no second call needed": share(essential, len(made)),
        "seconds an idea, median": f"{statistics.median(seconds):.1f}",
        "seconds an idea, p90": f"{seconds[int(len(seconds) * 0.9) - 1]:.1f}",
        "tokens a second": f"{statistics.median(row['tokens_per_second'] for row in made if row.get('tokens_per_second')):.1f}" if made else "-",
    }
    if mode == "without":
        audits = [row["audit"] for row in made]
    else:
        audits = [{"schema_valid": True, **audit_idea(Idea.model_validate_json(json.dumps(row["idea"])), library)} for row in made]
        rates["clauses written by the model"] = share(
            sum(len(r["idea"]["steps"]) - len(r["idea"]["kept_from_pattern"]) for r in made), sum(len(r["idea"]["steps"]) for r in made)
        )
        rates["goal, question by the model"] = share(sum(2 - len({"goal", "question"} & set(r["filled_by_code"])) for r in made), 2 * len(made))
        rates["gate stops a first text"] = share(sum(bool(stopped(r, library)) for r in made), len(made))
        rates["steps within reading cap"] = share(sum(reads(r["idea"]) <= CAPS[band_of(r["idea"]["grade"])] for r in made), len(made))
        rates["reading grade over target"] = f"{statistics.mean(reads(r['idea']) - TARGETS[band_of(r['idea']['grade'])] for r in made):+.1f}"
    for name in ("schema_valid", *PROPERTIES):
        if audits and name in audits[0]:
            rates[name] = share(sum(audit[name] for audit in audits), len(audits))
    rates["every property"] = share(sum(all(audit.values()) for audit in audits), len(audits))
    return rates


def stopped(row: dict[str, Any], library: Library) -> list[str]:
    """The fields of the first answer, before any was left out, that the idea gate does not let through."""
    idea = row["idea"]
    return [
        name for name, text in row["first"].items()
        if screen_field(text, idea["grade"], library.articles[idea["article_id"]], handled=name not in ("goal", "question"))
    ]  # fmt: skip


def reads(idea: dict[str, Any]) -> float:
    """The Flesch-Kincaid grade of the steps; names of the tradition count as known."""
    return reading_grade(" ".join(idea["steps"]), frozenset(tokens(" ".join((idea["tradition"], *idea["people"], *idea["places"])))))


def share(part: int, whole: int) -> str:
    return f"{part}/{whole} {part / whole:.0%}" if whole else "-"


if __name__ == "__main__":
    main()
