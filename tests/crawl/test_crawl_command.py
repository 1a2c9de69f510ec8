"""`craftlore crawl` as people type it, where no wiki is needed: what it says when it cannot go on, and its report."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_wiki import SETTINGS, boats

from craftlore.crawl.client import Client
from craftlore.crawl.run import crawl_wiki
from craftlore.crawl.seeds import Seed
from craftlore.records import Label

Run = Callable[..., subprocess.CompletedProcess[str]]
CONTACT = ("--contact", "keeper@wiki.test")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CRAFTLORE")}
        env = clean | {"CRAFTLORE_HOME": str(tmp_path / "home"), "NO_COLOR": "1", "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "craftlore", "crawl", *words], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return call


def a_closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "has to say who runs it"), (("--contact", "me"), "has to say who runs it"), ((*CONTACT, "--api", "wikipedia"), "no address of an api.php"),
        ((*CONTACT, "--api", "http://no-such-host.invalid/w/api.php"), "cannot be reached"), (("--report",), "no finished crawl in"),
        ((*CONTACT, "--check-seeds", "--api", "http://no-such-host.invalid/api.php"), "cannot be reached"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_one_message(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.returncode == 1 and done.stdout == "" and done.stderr.splitlines()[-1].startswith("Error: ") and said in done.stderr


def test_a_host_where_nobody_listens_is_an_error_at_once(run: Run) -> None:
    done = run(*CONTACT, "--api", f"http://127.0.0.1:{a_closed_port()}/api.php")
    assert done.returncode == 1 and "cannot be reached" in done.stderr and "Check the address" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"), [('["Crafts and makin"]\n"Kites" = "all"\n', "seeds.toml:1"), ('["Play and games"]\n"Kites" = "al"\n', "seeds.toml:2")]
)
def test_a_typo_in_the_seeds_is_named_with_its_line(run: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "seeds.toml").write_text(text)
    done = run(*CONTACT, "--seeds", "seeds.toml")
    assert done.returncode == 1 and said in done.stderr


def test_two_sources_at_once_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    done = run("--zim", "a", "--jsonl", "a")
    assert done.returncode == 1 and "each with its own --out" in done.stderr


@pytest.mark.parametrize("words", [("--zim", "nowhere.zim"), ("--jsonl", "nowhere.jsonl"), ("--seeds", "nowhere.toml"), ("--wrong",)])
def test_wrong_usage_is_exit_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).returncode == 2


def test_the_report_counts_labels_places_and_reasons(run: Run, tmp_path: Path) -> None:
    with Client(SETTINGS, boats().transport) as client:
        seeds = (Seed("Boats", Label.CRAFTS, 2), Seed("Rafts", Label.ENGINEERING, None))
        crawl_wiki(SETTINGS.model_copy(update={"depth": 0}), seeds, client, None, tmp_path / "home" / "crawl", lambda step, done, total: None)
    found = json.loads(run("--report", "--json").stdout)
    assert found["articles"] == 4 and found["labels"] == {"Engineering and building": 2, "Crafts and making": 2} and found["dropped"] == {"cap": 3}
    shown = run("--report").stdout
    assert "Engineering and building" in shown and "cap" in shown and "4 articles" in shown
