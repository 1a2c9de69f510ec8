"""The journal of answered calls: one line each, on disk before the next call starts, so that `kill -9` loses nothing."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path

from pydantic import ValidationError

from craftlore.dataset.records import Candidate
from craftlore.errors import DatasetError

__all__ = ["Journal"]


class Journal:
    """`candidates.jsonl`, append-only. A last line that was cut off by a crash is dropped; any other bad line is an error.

    Open it in one process at a time: a second one is refused. `found` maps a call's hash to its candidate.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)  # a buffer would keep what a full disk did not take
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise DatasetError(f"another `craftlore dataset` is writing {path}. Wait for it, or stop it first.") from error
        except OSError as error:
            raise self._full(error) from error
        try:
            self.found = self._read()
        except BaseException:
            self._file.close()
            raise

    def add(self, candidate: Candidate) -> None:
        """Append one candidate and wait until the disk has it. Raises DatasetError if it does not take it."""
        line = candidate.model_dump_json().encode() + b"\n"
        with self._lock:
            end = self._file.seek(0, os.SEEK_END)
            try:
                if (self._file.write(line) or 0) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(self._file.fileno())
            except OSError as error:
                os.ftruncate(self._file.fileno(), end)
                raise self._full(error) from error
            self.found[candidate.call] = candidate

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> dict[str, Candidate]:
        self._file.seek(0)
        lines = self._file.read().split(b"\n")
        if unfinished := lines.pop():
            os.ftruncate(self._file.fileno(), self._file.seek(0, os.SEEK_END) - len(unfinished))
        found = {}
        for number, line in enumerate(lines, 1):
            try:
                candidate = Candidate.model_validate_json(line)
            except ValidationError as error:
                problem = error.errors()[0]["msg"]
                raise DatasetError(f"{self._path}:{number}: is no candidate ({problem}). Delete this line, and its call is made again.") from error
            found[candidate.call] = candidate
        return found

    def _full(self, error: OSError) -> DatasetError:
        return DatasetError(f"cannot write {self._path}: {error.strerror}. All finished calls are kept; free some space and run `craftlore dataset` again.")
