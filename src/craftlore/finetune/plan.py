"""What a run will need, said before its first step: device, memory, speed, hours; measured on two real batches."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx

from craftlore.config import FinetuneConfig
from craftlore.errors import FinetuneError
from craftlore.finetune.batches import order_of_steps
from craftlore.finetune.blas import ADVICE, needed
from craftlore.finetune.network import Network
from craftlore.finetune.rows import Row

__all__ = ["RunPlan", "check_memory", "free_memory", "memory_estimate", "plan_run"]

CASE_SECONDS = 6.0  # one held-out request on two cores with the 0.5B; a GPU is quicker


@dataclass(frozen=True)
class RunPlan:
    """Gigabytes, tokens of whole rows a second (first epoch, later ones) and hours; `advice` if something would make it quicker."""

    device: str
    rows: int
    steps: int
    tokens_a_row: float
    shared_tokens: int
    memory_estimate_gb: float
    memory_measured_gb: float
    memory_free_gb: float
    first_epoch_tokens_per_second: float
    later_tokens_per_second: float
    hours: float
    advice: str | None


def memory_estimate(weights: int, config: dict[str, int], rows: Sequence[Row], settings: FinetuneConfig, shared: int) -> float:
    """Gigabytes that training takes: weights, what a step keeps for the way back, the head's logits, and the kept trunk."""
    wide, inner, layers = config["hidden_size"], config["intermediate_size"], min(settings.layers, config["num_hidden_layers"])
    longest = sorted((len(row.tokens) for row in rows), reverse=True)[: settings.batch]
    answers = sorted((len(row.tokens) - row.answer for row in rows), reverse=True)[: settings.batch]
    tokens = shared + sum(max(length - shared, 0) for length in longest)
    kept = tokens * (12 * wide + 6 * inner) * 4 * (1 if settings.grad_checkpoint else layers)
    trunk = min(settings.trunk_cache_gb * 1e9, sum(max(len(row.tokens) - shared, 0) for row in rows) * wide * 2)
    return (weights * 1.1 + kept + sum(answers) * config["vocab_size"] * 4 * 3 + trunk) / 1e9


def free_memory() -> float:
    """Gigabytes of memory that are free (Linux), else all that the machine has."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        line = next(line for line in meminfo.read_text(encoding="ascii").splitlines() if line.startswith("MemAvailable"))
        return int(line.split()[1]) * 1024 / 1e9
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def check_memory(estimate: float, free: float) -> None:
    """Raises FinetuneError when training cannot fit."""
    if estimate > free:
        raise FinetuneError(
            f"training needs about {estimate:.1f} GB of memory and {free:.1f} GB are free. Lower [finetune] batch, layers or trunk_cache_gb, "
            "set grad_checkpoint = true, or choose a smaller base."
        )


def plan_run(network: Network, train: Sequence[Row], valid: Sequence[Row], settings: FinetuneConfig, estimate: float) -> RunPlan:
    """Measure one batch of middle length, first as in the first epoch, then as in the later ones."""
    order = order_of_steps([len(row.tokens) for row in train], settings.batch, settings.accumulate, settings.epochs, settings.seed)
    middle = sorted(train, key=lambda row: len(row.tokens))[len(train) // 2 :][: settings.batch] or list(train)
    tokens = sum(len(row.tokens) for row in middle)
    mx.reset_peak_memory()
    first, later = _seconds(network, middle), _seconds(network, middle)
    batches = sum(len(step) for step in order) / settings.epochs
    evaluations = len(order) // settings.evaluate_every + 2
    checking = evaluations * (len(valid) / settings.batch * later / 2 + settings.task_cases * CASE_SECONDS)
    seconds = batches * (first + (settings.epochs - 1) * later) + checking
    info = mx.device_info()
    return RunPlan(
        device=f"{mx.default_device().type.name.upper()} ({info.get('device_name', 'unknown')}, {os.cpu_count()} cores)",
        rows=len(train), steps=len(order), tokens_a_row=sum(len(row.tokens) for row in train) / len(train), shared_tokens=len(network.shared),
        memory_estimate_gb=estimate, memory_measured_gb=mx.get_peak_memory() / 1e9, memory_free_gb=free_memory(),
        first_epoch_tokens_per_second=tokens / first, later_tokens_per_second=tokens / later, hours=seconds / 3600, advice=ADVICE if needed() else None,
    )  # fmt: skip


def _seconds(network: Network, rows: Sequence[Row]) -> float:
    started = time.perf_counter()
    mx.eval(network.gradient(rows)[:2])
    return time.perf_counter() - started
