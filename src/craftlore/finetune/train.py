"""The training loop: steps, checkpoints, evaluations, and the best of them kept.

Whatever a step needs is a function of its number (rows, learning rate, random numbers) or stands in the last checkpoint, so a
run that was killed goes on along the same curve.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.optimizers as optim
from mlx.utils import tree_map

from craftlore.config import FinetuneConfig
from craftlore.errors import FinetuneError
from craftlore.finetune import checkpoint
from craftlore.finetune.batches import order_of_steps
from craftlore.finetune.curve import Curve
from craftlore.finetune.network import Network
from craftlore.finetune.rows import Row

__all__ = ["Score", "Step", "Training", "best_of"]

Score = Callable[[Path], dict[str, float]]
"""Measures the task with the adapter in a folder; `score` is what the best checkpoint is chosen by, higher is better."""
FLOOR = 0.1  # the share of the learning rate that is left at the end
RECENT = 2  # checkpoints kept besides the best one


@dataclass(frozen=True)
class Step:
    """How far it is: `tokens_per_second` counts whole rows, as they would be without anything shared or kept."""

    step: int
    steps: int
    loss: float
    tokens_per_second: float
    seconds_left: float


def best_of(evaluations: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The evaluation of the best trained checkpoint: the highest score first, then the lowest validation loss."""
    return min((line for line in evaluations if line["step"]), key=_rank, default=None)


def _rank(line: dict[str, Any]) -> tuple[float, float]:
    return -(line.get("score") or 0.0), line["validation_loss"]


@dataclass
class Training:
    """One run in `folder`. `base` names what was trained on, and is written beside every checkpoint."""

    network: Network
    train: Sequence[Row]
    valid: Sequence[Row]
    settings: FinetuneConfig
    folder: Path
    base: dict[str, str]
    score: Score | None = None
    watch: Callable[[Step], None] = lambda _: None

    def __post_init__(self) -> None:
        s = self.settings
        self._order = order_of_steps([len(row.tokens) for row in self.train], s.batch, s.accumulate, s.epochs, s.seed)
        self._optimizer: Any = optim.Adam(_schedule(s, len(self._order)), bias_correction=True)
        self._curve = Curve(self.folder / "curve.jsonl")
        self._checkpoints = self.folder / "checkpoints"
        self._optimizer.init(self.network.model.trainable_parameters())

    def run(self) -> dict[str, Any]:
        """Train to the end, or until nothing gets better; the evaluation of the best checkpoint. Raises FinetuneError."""
        step = checkpoint.latest(self._checkpoints) or 0
        if step:
            checkpoint.restore(self._checkpoints, step, self.network, self._optimizer)
        self._curve.cut(step)
        started, first, tokens = time.monotonic(), step, 0
        while True:
            if step % self.settings.evaluate_every == 0 or step == len(self._order):
                if step not in (line["step"] for line in self._curve.evaluations):
                    self._evaluate(step)
                if step == len(self._order) or self._stopped():
                    break
            loss, rows_tokens = self._step(step)
            step, tokens = step + 1, tokens + rows_tokens
            seconds = time.monotonic() - started
            self._curve.add(step=step, loss=loss, learning_rate=float(self._optimizer.learning_rate), seconds=round(seconds, 2))
            self.watch(Step(step, len(self._order), loss, tokens / seconds, seconds / (step - first) * (len(self._order) - step)))
            if step % self.settings.save_every == 0 or step % self.settings.evaluate_every == 0 or step == len(self._order):
                self._save(step)
        best = best_of(self._curve.evaluations)
        assert best is not None
        return best

    def _step(self, step: int) -> tuple[float, int]:
        """One step of the optimizer on the mean loss of its answer tokens."""
        mx.random.seed(self.settings.seed * 1_000_003 + step)  # for dropout
        total, count, gradients = 0.0, 0, None
        for batch in self._order[step]:
            value, gradient, answers = self.network.gradient([self.train[row] for row in batch])
            gradients = gradient if gradients is None else tree_map(mx.add, gradients, gradient)
            mx.eval(value, gradients)
            total, count = total + float(value), count + answers
        if not math.isfinite(total):
            rows = [row + 1 for batch in self._order[step] for row in batch]
            raise FinetuneError(
                f"the loss is {total} at step {step + 1}, learning rate {float(self._optimizer.learning_rate):.2g}, rows {rows}. The checkpoints before "
                "are whole. Lower [finetune] learning_rate or scale and start again."
            )
        self._optimizer.update(self.network.model, tree_map(lambda g: g / count, gradients))
        mx.eval(self.network.model.trainable_parameters(), self._optimizer.state)
        return total / count, sum(len(self.train[row].tokens) for batch in self._order[step] for row in batch)

    def _evaluate(self, step: int) -> None:
        self.network.model.eval()
        total, count = 0.0, 0
        for start in range(0, len(self.valid), self.settings.batch):
            value, answers = self.network.loss(self.valid[start : start + self.settings.batch])
            total, count = total + float(value), count + answers
        self.network.model.train()
        task = self.score(checkpoint.path_at(self._checkpoints, step)) if self.score and step else {}
        self._curve.add(step=step, validation_loss=total / count, **task)
        self._curve.draw(self.folder / "curve.png")

    def _save(self, step: int) -> None:
        best = best_of(self._curve.evaluations)
        checkpoint.save(self._checkpoints, step, self.network, self._optimizer, self.base)
        recent = sorted(int(path.name.removeprefix("step-")) for path in self._checkpoints.glob("step-*"))[-RECENT:]
        checkpoint.clean(self._checkpoints, (*recent, *([best["step"]] if best else [])))

    def _stopped(self) -> bool:
        """Whether the last `patience` evaluations brought nothing better."""
        trained = [line for line in self._curve.evaluations if line["step"]]
        best = best_of(trained)
        return best is not None and len(trained) - 1 - trained.index(best) >= self.settings.patience


def _schedule(settings: FinetuneConfig, steps: int) -> Any:
    """Learning rate by step: a linear rise, then down to `FLOOR` of it along the chosen line."""
    rise = round(steps * settings.warmup)
    rate, rest = settings.learning_rate, max(steps - rise, 1)
    if settings.schedule == "cosine":
        after: Any = optim.cosine_decay(rate, rest, rate * FLOOR)
    elif settings.schedule == "linear":
        after = optim.linear_schedule(rate, rate * FLOOR, rest)
    else:
        after = lambda _: mx.array(rate)  # noqa: E731 - the other two are such functions
    return optim.join_schedules([optim.linear_schedule(rate / (rise + 1), rate, rise), after], [rise]) if rise else after
