"""Files that are either whole or absent, and the manifest that is written last and so says a stage is complete."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from craftlore.errors import CraftloreError, DataError

__all__ = ["atomic_write", "read_jsonl", "read_manifest", "sha256_file", "write_json", "write_jsonl"]

R = TypeVar("R", bound=BaseModel)


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that appears under `path` only when the block ends without an error.

    Raises CraftloreError when the disk is full or the folder cannot be written; nothing half-written stays behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115 - closed below
    except OSError as error:
        raise CraftloreError(f"cannot write {path}: {error.strerror}. Free some space or set CRAFTLORE_HOME to another folder.") from error
    try:
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(handle.name, path)
    except BaseException as error:
        Path(handle.name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CraftloreError(f"cannot write {path}: {error.strerror}. Free some space or set CRAFTLORE_HOME to another folder.") from error
        raise


def write_json(path: Path, value: Any) -> None:
    """One JSON document, sorted keys, atomically."""
    with atomic_write(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n")


def write_jsonl(path: Path, records: Iterable[BaseModel]) -> None:
    """One record a line, atomically."""
    with atomic_write(path) as file:
        for record in records:
            file.write(record.model_dump_json().encode() + b"\n")


def read_jsonl(path: Path, model: type[R]) -> list[R]:
    """The records of a JSON Lines file. Raises DataError with the line number of the first bad one."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    records: list[R] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            records.append(model.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors()[0]
            raise DataError(f"{path}:{number}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error
    return records


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a finished stage, or None if the stage has not finished or its manifest is damaged."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
