"""The loss curve: one JSON line for each step and each evaluation, and the same as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from craftlore.artifacts import atomic_write
from craftlore.errors import FinetuneError

__all__ = ["Curve"]


class Curve:
    """The lines of `path`. What a killed run wrote after its last checkpoint is dropped by `cut`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: list[dict[str, Any]] = []
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    self.lines.append(json.loads(line))
                except ValueError:  # the last line of a killed run
                    break

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "validation_loss" in line]

    def cut(self, step: int) -> None:
        """Keep what was known at the checkpoint of `step`."""
        self.lines = [line for line in self.lines if line["step"] <= step]
        with atomic_write(self._path) as file:
            file.write("".join(json.dumps(line) + "\n" for line in self.lines).encode())

    def add(self, **line: Any) -> None:
        self.lines.append(line)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise FinetuneError(f"cannot write {self._path}: {error.strerror}. Free some space, then `craftlore finetune --resume`.") from error

    def draw(self, path: Path) -> None:
        """Training and validation loss against steps, and the task's score where it was measured."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        steps = [line for line in self.lines if "loss" in line]
        axes.plot([line["step"] for line in steps], [line["loss"] for line in steps], label="training loss", linewidth=0.8)
        axes.plot([e["step"] for e in self.evaluations], [e["validation_loss"] for e in self.evaluations], "o-", label="validation loss")
        scored = [e for e in self.evaluations if e.get("score") is not None]
        axes.set(xlabel="step", ylabel="cross-entropy of an answer token")
        handles, labels = axes.get_legend_handles_labels()
        if scored:
            other = axes.twinx()
            other.set(ylabel="fields right at the first try", ylim=(0, 1))
            handles += other.plot([e["step"] for e in scored], [e["score"] for e in scored], "s--", color="tab:green")
            labels.append("task score")
        axes.legend(handles, labels)
        with atomic_write(path) as file:
            figure.savefig(file, format="png", dpi=110)
