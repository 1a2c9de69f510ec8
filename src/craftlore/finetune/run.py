"""The whole stage: rows and base -> plan -> training -> the best adapter in every form, proven equal -> report."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from craftlore.artifacts import sha256_file, write_json
from craftlore.config import Config
from craftlore.engines.adapter import Adapter, read_adapter
from craftlore.engines.catalogue import catalogue
from craftlore.errors import FinetuneError
from craftlore.finetune import checkpoint
from craftlore.finetune.base import Base
from craftlore.finetune.export import fuse, halve, write_gguf, write_modelfile
from craftlore.finetune.network import Network, open_network
from craftlore.finetune.parity import Parity, Tolerance, check_parity, compare, from_llama, from_mlx, greedy, same_chat
from craftlore.finetune.plan import RunPlan, check_memory, free_memory, memory_estimate, plan_run
from craftlore.finetune.report import build_report, measure_cells, write_card
from craftlore.finetune.rows import Row, read_rows, shared_beginning
from craftlore.finetune.task import cases_of, mean_of, measure
from craftlore.finetune.train import Score, Step, Training
from craftlore.gold import read_gold
from craftlore.index.encoder import Encoder
from craftlore.library import Library

__all__ = ["Prepared", "Told", "export_forms", "prepare", "report_on", "take_out", "train_adapter"]

FUSED = "model-q8_0.gguf"
PROMPTS, ANSWER = 4, 32  # held-out prompts of the parity test, and tokens of each answer
CLOSE = Tolerance(mean=0.001, worst=0.02)
# llama.cpp rounds activations and the key-value cache, and Q8_0 the weights besides: measured in docs/log.md, with room for other prompts.
ROUNDED = Tolerance(mean=0.03, worst=0.4)


@dataclass(frozen=True)
class Told:
    """Who hears of progress."""

    step: Callable[[Step], None] = lambda _: None
    stage: Callable[[str], None] = lambda _: None
    cases: Callable[[int, int], None] = lambda done, total: None


@dataclass(frozen=True)
class Prepared:
    """A base, its data and what the run is called by: the hash of settings, data and base."""

    base: Base
    network: Network
    train: list[Row]
    valid: list[Row]
    plan: RunPlan
    run: dict[str, Any]
    folder: Path


def prepare(config: Config, base: Base) -> Prepared:
    """Read and check everything, and measure what a step costs. Raises FinetuneError before anything is written."""
    settings, data = config.finetune, config.dataset_dir
    weights = sum(file.stat().st_size for file in base.folder.glob("*.safetensors"))
    check_memory(weights * 1.1 / 1e9, free_memory())
    network = open_network(base.folder, settings)
    words = network.config["vocab_size"]
    train = read_rows(data / "train.jsonl", network.tokenizer, words, at_least=settings.batch, most_tokens=settings.max_tokens)
    valid = read_rows(data / "valid.jsonl", network.tokenizer, words, at_least=1, most_tokens=settings.max_tokens)
    if both := sorted({row.article or "" for row in train} & {row.article for row in valid if row.article}):
        raise FinetuneError(f"{len(both)} articles are in train.jsonl and in valid.jsonl, the first is {both[0]}: the split leaks. Make it again.")
    beginning = shared_beginning([*train, *valid])
    estimate = memory_estimate(weights, network.config, train, settings, len(beginning))
    check_memory(estimate, free_memory())
    if beginning:
        network.share(beginning)
    run: dict[str, Any] = {
        "settings": settings.model_dump(),
        "data": {name: sha256_file(data / name) for name in ("train.jsonl", "valid.jsonl")},
        "rows": {"train": len(train), "valid": len(valid)},
        "chat_sha256": same_chat([base.folder]),
        "base": {"base": base.name, "base_sha256": base.sha256},
    }
    run["base"]["name"] = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:8]
    return Prepared(base, network, train, valid, plan_run(network, train, valid, settings, estimate), run, config.finetune_dir)


def train_adapter(prepared: Prepared, config: Config, library: Library, encoder: Encoder | None, told: Told, *, resume: bool) -> Path:
    """Train, or go on; the folder of the best adapter. Raises FinetuneError for a run of other settings or data, or one to be resumed."""
    folder, path = prepared.folder, prepared.folder / "run.json"
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        changed = [key for key in ("settings", "data", "base", "chat_sha256") if old.get(key) != prepared.run[key]]
        if changed or not resume:
            why = f"holds a run with other {', '.join(changed)}" if changed else "holds a run already"
            remedy = "Move it away to start anew" + ("" if changed else ", or go on with --resume")
            raise FinetuneError(f"{folder} {why}. {remedy}.")
    write_json(path, prepared.run)
    score = _scorer(prepared, config, library, encoder) if config.finetune.task_cases else None
    training = Training(prepared.network, prepared.train, prepared.valid, config.finetune, folder, prepared.run["base"], score, told.step)
    best = training.run()
    write_json(path, {**prepared.run, "best": best})
    return take_out(folder, checkpoint.path_at(folder / "checkpoints", best["step"]), prepared.network)


def take_out(folder: Path, chosen: Path, network: Network) -> Path:
    """The checkpoint `chosen` as the adapter folder, which is whole or absent.

    The adapter of another run goes, and what was measured and accepted of it; that of this run is there already.
    """
    out, partial = folder / "adapter", folder / ".adapter.partial"
    if (out / "run.json").exists() and (out / "run.json").read_bytes() == (folder / "run.json").read_bytes():
        return out
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    halve(chosen, partial, network)
    for name in ("run.json", "curve.jsonl", "curve.png"):
        shutil.copyfile(folder / name, partial / name)
    shutil.rmtree(out, ignore_errors=True)
    os.replace(partial, out)
    return out


def export_forms(prepared: Prepared, adapter: Path, told: Told, rounded: Tolerance = ROUNDED) -> list[Parity]:
    """The fused models and the Modelfile beside the adapter, each compared with base + adapter. Raises FinetuneError on a mismatch.

    The first line is the base alone, unchecked: how much the adapter changes, beside which the other differences are to be read.
    """
    out = prepared.folder / "fused"
    told.stage("fusing")
    fused = fuse(prepared.base.folder, adapter, out / "mlx")
    gguf = write_gguf(fused, out / FUSED)
    write_modelfile(out, FUSED, 4096)
    told.stage("comparing the forms")
    same_chat([prepared.base.folder, fused, gguf, *([prepared.base.gguf] if prepared.base.gguf else [])])
    prompts = [row.tokens[: row.answer] for row in prepared.valid[:PROMPTS]]
    reference = greedy(prepared.base.folder, adapter, prompts, ANSWER)
    found = [compare("base without adapter", reference, from_mlx(prepared.base.folder), rounded)]
    found.append(check_parity("fused, MLX", reference, from_mlx(fused), CLOSE))
    forms: list[tuple[str, Path, Adapter | None]] = [("fused, GGUF Q8_0", gguf, None)]
    if prepared.base.gguf:
        forms.append(("base GGUF + GGUF LoRA", prepared.base.gguf, read_adapter(adapter)))
    for name, path, lora in forms:
        ask, close = from_llama(path, lora)
        try:
            found.append(check_parity(name, reference, ask, rounded))
        finally:
            close()
    write_json(adapter / "parity.json", [asdict(one) for one in found])
    return found


def report_on(prepared: Prepared, adapter: Path, config: Config, library: Library, encoder: Encoder | None, told: Told) -> dict[str, Any]:
    """The four cells on the gold test set, written as report.json and card.md beside the adapter."""
    told.stage("base against tuned")
    gold, _ = read_gold(library)
    seen = {row.article for row in (*prepared.train, *prepared.valid)}
    articles = [article for article, rows in gold.items() if rows.split == "test" and article not in seen]
    cases = cases_of(library, gold, articles, config.finetune.report_cases or None, config.finetune.seed)
    if not cases:
        raise FinetuneError("every gold test article is in the training data, so nothing is left to report on. Run `craftlore dataset` again.")
    run = json.loads((prepared.folder / "run.json").read_text(encoding="utf-8"))
    results = measure_cells(
        cases, lambda tuned: prepared.base.engine(adapter if tuned else None),
        lambda case, engine: measure(case, engine, encoder, library, config.suggest),
        prepared.folder / f"cells-{run['base']['name']}-{run['best']['step']}.jsonl", told.cases,
    )  # fmt: skip
    report = build_report(results, config.finetune.seed)
    write_json(adapter / "report.json", report)
    parity = json.loads((adapter / "parity.json").read_text(encoding="utf-8"))
    known = catalogue().get(prepared.base.name)
    write_card(adapter / "card.md", run, report, parity, known.licence if known else "that of the base")
    return report


def _scorer(prepared: Prepared, config: Config, library: Library, encoder: Encoder | None) -> Score | None:
    """Measures the task on gold requests of the articles held out for validation, with the engine that serves."""
    gold, _ = read_gold(library)
    cases = cases_of(library, gold, {row.article for row in prepared.valid if row.article}, config.finetune.task_cases, config.finetune.seed)

    def score(adapter: Path) -> dict[str, float]:
        engine = prepared.base.engine(adapter)
        try:
            return mean_of([measure(case, engine, encoder, library, config.suggest) for case in cases])
        finally:
            engine.close()

    return score if cases else None
