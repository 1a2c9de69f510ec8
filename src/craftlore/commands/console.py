"""Results go to standard output, chatter and progress to standard error."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn

__all__ = ["DownloadBars", "chatter", "print_json", "results"]

results = Console(highlight=False, soft_wrap=False)
chatter = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output, as it is (no wrapping, no colours)."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


class DownloadBars:
    """A progress bar for each file that is fetched; call it as a `craftlore.engines.download.Progress`."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=chatter)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> DownloadBars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)
