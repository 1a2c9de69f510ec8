"""`craftlore status`: each state of each part, from real files, and one run of the command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from craftlore.commands.status import Part, parts_of
from craftlore.config import Config
from craftlore.suggest.prompt import VERSION


def states(home: Path, **settings: Any) -> dict[str, Part]:
    return {part.part: part for part in parts_of(Config.model_validate({"home": home} | settings))}


def test_an_empty_home_says_what_to_fetch_and_what_was_never_asked_for(tmp_path: Path) -> None:
    found = states(tmp_path, engine={"name": "embedded"})
    assert [found[name].state for name in ("library", "encoder", "model", "engine", "index")] == ["ready", *["missing"] * 4]
    assert found["model"].next == "craftlore models pull qwen2.5-coder-1.5b" == found["engine"].next and found["index"].next == "craftlore index"
    assert [found[name].state for name in ("corpus", "activities", "dataset", "adapter")] == ["none"] * 4
    assert not any(tmp_path.iterdir()), "looking makes nothing"


def test_an_index_of_other_articles_or_settings_is_stale(starter_home: Path, tmp_path: Path) -> None:
    shutil.copytree(starter_home / "index", tmp_path / "index")
    manifest = tmp_path / "index" / "manifest.json"
    settings = {"encoder": "fake", "passage_words": 110}
    current = Config.model_validate({"home": tmp_path})
    assert _index(current.model_copy(update={"search": current.search.model_copy(update=settings)})).state == "ready"
    assert _index(current.model_copy(update={"search": current.search.model_copy(update=settings | {"passage_words": 90})})).state == "stale"
    own = tmp_path / "library" / "articles"
    own.mkdir(parents=True)
    article = next(Path("src/craftlore/starter/articles").resolve().glob("*.md"))
    (own / "another.md").write_text(article.read_text(encoding="utf-8").replace('title = "', 'title = "Another '), encoding="utf-8")
    assert _index(current.model_copy(update={"search": current.search.model_copy(update=settings)})).state == "stale"
    manifest.unlink()
    assert _index(current).state == "missing"


def _index(config: Config) -> Part:
    return next(part for part in parts_of(config) if part.part == "index")


@pytest.mark.parametrize(
    ("part", "file", "content", "state"),
    [
        ("corpus", "crawl/journal.sqlite", "", "unfinished"),
        ("dataset", "dataset/plan.json", "{}", "unfinished"),
        ("dataset", "dataset/manifest.json", '{"prompt": "idea.v0"}', "stale"),
        ("dataset", "dataset/manifest.json", json.dumps({"prompt": VERSION}), "ready"),
        ("adapter", "finetune/plan.json", "{}", "unfinished"),
        ("adapter", "finetune/adapter/adapter_config.json", "{}", "unfinished"),
        ("activities", "craftlore.db", "no database", "missing"),
    ],
)
def test_what_was_begun_is_told_from_what_is_done(tmp_path: Path, part: str, file: str, content: str, state: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content)
    found = states(tmp_path)[part]
    assert found.state == state and bool(found.next) == (state != "ready")


def test_a_model_server_that_is_not_there_is_missing(tmp_path: Path) -> None:
    found = states(tmp_path, engine={"name": "server", "url": "http://127.0.0.1:9/v1"})
    assert found["engine"].state == "missing" and "127.0.0.1:9" in found["engine"].what and "model" not in found


def test_the_command_names_the_first_thing_to_do(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("CRAFTLORE")} | {"CRAFTLORE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "craftlore", "status"]
    told, document = (
        subprocess.run([*command, *more], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True) for more in ((), ("--json",))
    )
    assert "Next: craftlore models pull all-minilm-l6-v2" in told.stdout and not told.stderr
    assert json.loads(document.stdout)["next"] == "craftlore models pull all-minilm-l6-v2"
    assert {part["part"] for part in json.loads(document.stdout)["parts"]} >= {"library", "encoder", "engine", "index", "activities", "dataset", "adapter"}
