"""Runs `craftlore crawl` as its users do: a process of its own, a data folder, a settings file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from wiki_pages import seed_of

from craftlore.artifacts import read_jsonl
from craftlore.config import load_config
from craftlore.engines.catalogue import path_of
from craftlore.errors import WeightsError
from craftlore.records import Article, Label

ENCODER = "all-minilm-l6-v2"
FILES = ("articles.jsonl", "evidence.jsonl", "ledger.jsonl", "manifest.json")
SEEDS = {label: {seed_of(label): "all"} for label in Label}
"""Everything in the test wiki but the long category."""


@dataclass
class Crawler:
    """One data folder and what is crawled into it. `settings` are those of [crawl]; pauses are short, the rest is the default."""

    home: Path
    api: str
    seeds: Mapping[Label, Mapping[str, int | str]] = field(default_factory=lambda: SEEDS)
    settings: Mapping[str, object] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        """The command line; the files that it reads are written first."""
        self.home.mkdir(parents=True, exist_ok=True)
        settings = {"contact": "keeper@wiki.test", "backoff_seconds": 0.02, **self.settings}
        (self.home / "craftlore.toml").write_text(_table("crawl", settings))
        (self.home / "seeds.toml").write_text("\n".join(_table(json.dumps(label.value), rows) for label, rows in self.seeds.items()))
        return [sys.executable, "-m", "craftlore", "crawl", "--api", self.api, "--seeds", str(self.home / "seeds.toml"), *arguments]

    def borrow_weights(self) -> None:
        """Let the real encoder take part in the filters. Skips the test, saying why, where it is not on this machine."""
        weights = load_config().weights_dir.resolve()
        try:
            path_of(weights, ENCODER)
        except WeightsError as error:
            if os.environ.get("CRAFTLORE_TEST_REAL") == "1":
                raise
            pytest.skip(f"needs real weights: {error}")
        self.home.mkdir(parents=True)
        (self.home / "weights").symlink_to(weights)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"CRAFTLORE_HOME": str(self.home), "CRAFTLORE_CONFIG": str(self.home / "craftlore.toml"), "COLUMNS": "200"}

    def run(self, *arguments: str, succeeds: bool = True) -> str:
        """Crawl; what it said. With `succeeds` false it has to fail as it should: exit code 1, no traceback."""
        return self._finish(self.command(*arguments), succeeds)

    def bare(self, *arguments: str, succeeds: bool = True) -> str:
        """`craftlore crawl` with nothing but these arguments: other sources than the wiki."""
        self.command()
        return self._finish([sys.executable, "-m", "craftlore", "crawl", *arguments], succeeds)

    def _finish(self, command: Sequence[str], succeeds: bool) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == (0 if succeeds else 1) and "Traceback" not in said, said
        return said

    @property
    def folder(self) -> Path:
        return self.home / "crawl"

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of everything that a crawl hands on."""
        return {name: (self.folder / name).read_bytes() for name in FILES}

    @property
    def articles(self) -> dict[str, Article]:
        """Every article by title."""
        return {article.title: article for article in read_jsonl(self.folder / "articles.jsonl", Article)}

    def taken_out(self, title: str) -> list[str]:
        """The sentences that the article gate took out of a page."""
        return [line["sentence"] for line in self.ledger if line["sentence"] and line["title"] == title]

    @property
    def ledger(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "ledger.jsonl").read_text().splitlines()]


def _table(name: str, rows: Mapping[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in rows.items())
