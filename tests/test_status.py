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
from craftlore.library import STARTER
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
        ("activities", "craftlore.db", "", "ready"),
        ("corpus", "crawl/manifest.json", '{"pages": 5}', "stale"),
        ("index", "index/manifest.json", '{"encoder": 5}', "stale"),
        ("library", "library/articles/broken.md", "no article", "missing"),
        ("library", "library/patterns/broken.toml", "[", "missing"),
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


def test_looking_at_the_database_makes_no_tables(tmp_path: Path) -> None:
    (tmp_path / "craftlore.db").touch()
    assert states(tmp_path)["activities"].what == "0 own activities, 0 drafts"
    assert (tmp_path / "craftlore.db").stat().st_size == 0


def test_a_library_that_cannot_be_read_is_a_state_and_the_other_parts_are_told(tmp_path: Path) -> None:
    (tmp_path / "library" / "patterns").mkdir(parents=True)
    shutil.copy(STARTER / "patterns" / "stick-map.toml", tmp_path / "library" / "patterns")
    found = states(tmp_path)
    assert found["library"].state == "missing" and "both called" in found["library"].what and found["index"].state == "missing"


def test_an_adapter_is_in_order_once_it_is_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "finetune" / "adapter"
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text('{"base": "tiny", "base_sha256": "ab", "name": "x"}')
    for name in ("adapters.safetensors", "adapter.gguf"):
        (folder / name).touch()
    found = states(tmp_path)["adapter"]
    assert found.state == "unfinished" and found.next == "craftlore finetune --resume"
    (folder / "report.json").write_text("{}")
    found = states(tmp_path)["adapter"]
    assert found.state == "unfinished" and "not accepted yet" in found.what and found.next == "craftlore finetune --accept"
    (folder / "accepted.json").write_text("{}")
    assert states(tmp_path)["adapter"].state == "ready"
