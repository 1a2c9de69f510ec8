"""One structured line for each step: request id, step, milliseconds, outcome, rule ids and counts; never the teacher's text."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

__all__ = ["StepLog", "open_log"]

_logger = logging.getLogger("craftlore.steps")


def open_log(path: Path) -> None:
    """Send the step lines to `path` (rotated at 5 MB); if it cannot be opened, to standard error. Lines that a full disk does not take are lost."""
    logging.raiseExceptions = False  # else such a line prints a traceback in the middle of a teacher's answer
    handler: logging.Handler
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=5_000_000, backupCount=3, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    for old in list(_logger.handlers):
        _logger.removeHandler(old)
        old.close()
    _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False


class StepLog:
    """The steps of one request; `timings` keeps the milliseconds of each for the answer."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.timings: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, **facts: Any) -> Iterator[dict[str, Any]]:
        """Time a step; the block may add facts (counts, rule ids, an `outcome`) to the dictionary it gets."""
        started = time.perf_counter()
        found: dict[str, Any] = {"outcome": "ok", **facts}
        try:
            yield found
        except BaseException as error:
            found["outcome"] = type(error).__name__
            raise
        finally:
            elapsed = round((time.perf_counter() - started) * 1000, 1)
            self.timings[name] = round(self.timings.get(name, 0) + elapsed, 1)
            line = {"time": round(time.time(), 3), "request": self.request_id, "step": name, "ms": elapsed, **found}
            _logger.info(json.dumps(line, ensure_ascii=False))
