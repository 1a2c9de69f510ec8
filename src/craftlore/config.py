"""Every setting and its only default. `craftlore.toml` in the working folder overrides them; an unknown key is an error."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from craftlore.errors import ConfigError
from craftlore.records import GRADES

__all__ = ["Config", "EngineConfig", "SearchConfig", "SuggestConfig", "load_config", "with_engine"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineConfig(_Settings):
    """Which language model answers, and within which bounds."""

    name: Literal["auto", "embedded", "server", "mlx"] = "auto"
    model: str = "qwen2.5-coder-1.5b"
    url: str = "http://127.0.0.1:11434/v1"
    served_model: str | None = None
    context: int = Field(default=4096, ge=512)
    parallel: int = Field(default=2, ge=1, le=32)
    threads: int = Field(default=0, ge=0)
    deadline_seconds: float = Field(default=180, gt=0)


class SearchConfig(_Settings):
    """How articles are found. The floors were chosen on the even-numbered half of the labelled requests (docs/log.md)."""

    encoder: str = "all-minilm-l6-v2"
    passage_words: int = Field(default=110, ge=30, le=400)
    candidates: int = Field(default=60, ge=5)
    rrf_k: int = Field(default=10, ge=1)
    floor: float = Field(default=0.26, ge=-1, le=1)


class SuggestConfig(_Settings):
    """How ideas are written."""

    count: int = Field(default=3, ge=1, le=9)
    temperature: float = Field(default=0.3, ge=0, le=2)
    retries: int = Field(default=2, ge=0, le=5)
    max_tokens: int = Field(default=700, ge=100)
    default_grade: str = Field(default="3", pattern=rf"^({'|'.join(GRADES)})$")


class Config(_Settings):
    """All settings. `home` holds weights, index and logs; `$CRAFTLORE_HOME` wins over the file."""

    home: Path = Path("data")
    engine: EngineConfig = EngineConfig()
    search: SearchConfig = SearchConfig()
    suggest: SuggestConfig = SuggestConfig()

    @property
    def library_dir(self) -> Path:
        """The maker's own articles, patterns and activities; they stand beside the starter library."""
        return self.home / "library"

    @property
    def weights_dir(self) -> Path:
        return self.home / "weights"

    @property
    def index_dir(self) -> Path:
        return self.home / "index"

    @property
    def log_file(self) -> Path:
        return self.home / "logs" / "steps.jsonl"


def load_config(path: Path | None = None) -> Config:
    """Settings from `path`, else `$CRAFTLORE_CONFIG`, else `./craftlore.toml` if there is one. Raises ConfigError."""
    named = path or (Path(os.environ["CRAFTLORE_CONFIG"]) if "CRAFTLORE_CONFIG" in os.environ else None)
    file = named or Path("craftlore.toml")
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8")) if named or file.exists() else {}
        if "CRAFTLORE_HOME" in os.environ:
            settings["home"] = os.environ["CRAFTLORE_HOME"]
        return Config.model_validate(settings)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        reason = "is not a setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        raise ConfigError(f"{file}: {key}: {reason}. See the commented craftlore.toml of the project for all settings.") from error


def with_engine(config: Config, name: str | None, model: str | None) -> Config:
    """`config` with the engine and the model of the command line, where they were given. Raises ConfigError."""
    updates = {key: value for key, value in (("name", name), ("model", model)) if value}
    try:
        return config.model_copy(update={"engine": EngineConfig.model_validate({**config.engine.model_dump(), **updates})})
    except ValidationError as error:
        raise ConfigError(f"--engine {name}: {error.errors()[0]['msg']}.") from error
