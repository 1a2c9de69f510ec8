"""Every setting and its only default. `craftlore.toml` in the working folder overrides them; an unknown key is an error."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from craftlore.errors import ConfigError
from craftlore.records import GRADES

__all__ = [
    "Config",
    "CrawlConfig",
    "DatasetConfig",
    "EngineConfig",
    "FinetuneConfig",
    "SearchConfig",
    "ServeConfig",
    "SuggestConfig",
    "load_config",
    "with_engine",
]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineConfig(_Settings):
    """Which language model answers, and within which bounds."""

    name: Literal["auto", "embedded", "server", "mlx"] = "auto"
    model: str = "qwen2.5-coder-1.5b"
    url: str = "http://127.0.0.1:11434/v1"
    served_model: str | None = None
    adapter: str = "auto"
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


class CrawlConfig(_Settings):
    """Which wiki is asked, how politely, and what is too short or too long to keep.

    `contact` goes into the User-Agent and has no default: whoever runs a crawl has to be reachable (Wikimedia's User-Agent policy).
    """

    api: str = "https://en.wikipedia.org/w/api.php"
    contact: str = ""
    depth: int = Field(default=1, ge=0, le=5)
    min_characters: int = Field(default=800, ge=0)
    max_page_bytes: int = Field(default=1_000_000, ge=1000)
    parallel: int = Field(default=1, ge=1, le=3)
    budget: int = Field(default=50_000, ge=1)
    maxlag: int = Field(default=5, ge=1)
    timeout_seconds: float = Field(default=60, gt=0)
    attempts: int = Field(default=8, ge=1)
    backoff_seconds: float = Field(default=1, ge=0)
    backoff_ceiling_seconds: float = Field(default=120, ge=0)


class FinetuneConfig(_Settings):
    """How an adapter is trained. Layers are counted from the last one; a step takes `batch` x `accumulate` rows."""

    base: str = "qwen2.5-coder-0.5b"
    rank: int = Field(default=8, ge=1, le=256)
    layers: int = Field(default=8, ge=1)
    scale: float = Field(default=2.0, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    learning_rate: float = Field(default=3e-4, gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(default=0.05, ge=0, lt=1)
    epochs: int = Field(default=3, ge=1)
    batch: int = Field(default=8, ge=1)
    accumulate: int = Field(default=1, ge=1)
    max_tokens: int = Field(default=2048, ge=32)
    grad_checkpoint: bool = False
    trunk_cache_gb: float = Field(default=2.0, ge=0)
    save_every: int = Field(default=10, ge=1)
    evaluate_every: int = Field(default=40, ge=1)
    task_cases: int = Field(default=16, ge=0)
    report_cases: int = Field(default=0, ge=0)
    patience: int = Field(default=3, ge=1)
    seed: int = Field(default=0, ge=0)


class DatasetConfig(_Settings):
    """How training pairs are made: by which teacher model, how many, and where filters draw the line."""

    engine: Literal["auto", "embedded", "server", "mlx"] = "server"
    teacher: str = "qwen2.5:7b"
    scenarios: int = Field(default=450, ge=1)
    candidates: int = Field(default=5, ge=1, le=16)
    temperature: float = Field(default=0.6, ge=0, le=2)
    seed: int = 0
    valid_share: float = Field(default=0.1, ge=0, le=0.5)
    declined_share: float = Field(default=0.04, ge=0, le=0.2)
    alike: float = Field(default=88, ge=50, le=100)
    judge: bool = False


class ServeConfig(_Settings):
    """Where the server listens, whom it answers, and within which bounds. `review_token` guards import and publishing where it is set."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    origins: tuple[str, ...] = ()
    frame_ancestors: str = "'self'"
    review_token: str = ""
    requests_per_minute: int = Field(default=240, ge=0)
    max_body_bytes: int = Field(default=200_000, ge=1000)
    max_import_bytes: int = Field(default=20_000_000, ge=1000)
    streams: int = Field(default=64, ge=1)
    stream_seconds: float = Field(default=300, gt=0)
    heartbeat_seconds: float = Field(default=5, gt=0)
    ready_seconds: float = Field(default=20, gt=0)
    database: str = ""
    activities_url: str = ""
    activities_seconds: float = Field(default=2, gt=0)


class Config(_Settings):
    """All settings. `home` holds weights, index and logs; `$CRAFTLORE_HOME` wins over the file."""

    home: Path = Path("data")
    engine: EngineConfig = EngineConfig()
    search: SearchConfig = SearchConfig()
    suggest: SuggestConfig = SuggestConfig()
    finetune: FinetuneConfig = FinetuneConfig()
    crawl: CrawlConfig = CrawlConfig()
    dataset: DatasetConfig = DatasetConfig()
    serve: ServeConfig = ServeConfig()

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
    def crawl_dir(self) -> Path:
        return self.home / "crawl"

    @property
    def dataset_dir(self) -> Path:
        return self.home / "dataset"

    @property
    def finetune_dir(self) -> Path:
        return self.home / "finetune"

    @property
    def database_url(self) -> str:
        """Where own activities and drafts are kept: a SQLite file, unless the settings name another database."""
        return self.serve.database or f"sqlite:///{self.home / 'craftlore.db'}"

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
