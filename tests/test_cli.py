"""The command as people run it: results on stdout, chatter on stderr, exit codes 0, 1 and 2, and never a traceback."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.main

from craftlore.cli import app, main
from craftlore.engines.catalogue import catalogue
from craftlore.log import StepLog, open_log

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run(*words)` in an empty folder with a data folder of its own; no output may ever show a traceback."""

    def call(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CRAFTLORE")}
        env = clean | {"CRAFTLORE_HOME": str(tmp_path / "home"), "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1"} | environment
        done = subprocess.run([sys.executable, "-m", "craftlore", *words], env=env, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=60)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        assert done.returncode in (0, 1, 2)
        return done

    return call


@pytest.fixture
def indexed(run: Run, tmp_path: Path, starter_home: Path) -> Run:
    """`run` with an index, but no weights."""
    shutil.copytree(starter_home / "index", tmp_path / "home" / "index")
    return run


def commands() -> list[tuple[str, ...]]:
    top = typer.main.get_command(app)
    groups = {(name,): command for name, command in top.commands.items()}  # type: ignore[attr-defined]
    inner = [(*path, name) for path, command in groups.items() for name in getattr(command, "commands", {})]
    return [(), *groups, *inner]


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.returncode == 0 and "Usage:" in done.stdout and not done.stderr


def test_the_commands_are_those_of_the_design() -> None:
    assert {("index",), ("search",), ("suggest",), ("models", "list"), ("models", "pull"), ("engines", "check"), ("verify", "retrieval")} <= set(commands())


@pytest.mark.parametrize(
    "words", [("nonsense",), ("search", "x", "--limit", "0"), ("suggest", "x", "--count", "many"), ("search", "x", "--wrong"), ("models", "lst")]
)
def test_wrong_usage_is_exit_2(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2 and not done.stdout and "Usage" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("models", "verify", "gpt-9"), "no model is called 'gpt-9'. Known: "),
        (("models", "pull", "gpt-9"), "no model is called 'gpt-9'"),
        (("engines", "check", "--model", "gpt-9"), "no model is called 'gpt-9'"),
        (("engines", "check", "--engine", "steam"), "--engine steam"),
        (("suggest", "paper", "--engine", "steam"), "--engine steam"),
        (("engines", "check", "--engine", "embedded"), "craftlore models pull"),
        (("index",), "craftlore models pull all-minilm-l6-v2"),
        (("search", "paper"), "Run `craftlore index`"),
        (("suggest", "paper"), "Run `craftlore index`"),
        (("verify", "retrieval"), "Run `craftlore index`"),
        (("search", "paper", "--grade", "99"), "'99' is no grade"),
        (("search", "paper", "--label", "Cooking"), "none of the nine labels"),
        (("search", ""), "Say what you are looking for"),
        (("search",), "Say what you are looking for"),
        (("search", "a" * 100_000), "100000 characters"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_a_known_error_is_one_message_and_exit_1(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("Error: ") and said in done.stderr


@pytest.mark.parametrize(
    ("text", "said"), [("[engine]\nmdel = 'x'", "engine.mdel: is not a setting"), ("[engine\n", "not valid TOML"), ("[suggest]\ncount = 99", "suggest.count")]
)
def test_a_bad_setting_is_named(run: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "craftlore.toml").write_text(text)
    done = run("models", "list")
    assert done.returncode == 1 and said in done.stderr and not done.stdout
    assert run("models", "list", CRAFTLORE_CONFIG="gone.toml").returncode == 1


def test_version_and_list_are_results(run: Run) -> None:
    assert run("--version").stdout.count(".") == 2
    rows = json.loads(run("models", "list", "--json").stdout)["models"]
    assert [row["name"] for row in rows] == list(catalogue()) and {row["state"] for row in rows} == {"missing"}
    assert all(name in run("models", "list").stdout for name in catalogue())


def test_a_search_by_words_prints_hits_and_says_what_is_missing(indexed: Run) -> None:
    done = indexed("search", "loops drawn around dots", "--limit", "2")
    assert done.returncode == 0 and "starter:kolam" in done.stdout and "models pull" in done.stderr and "models pull" not in done.stdout
    found = json.loads(indexed("search", "loops drawn around dots", "--limit", "2", "--json").stdout)
    assert len(found["results"]) == 2 and found["results"][0]["article_id"] == "starter:kolam" and found["nothing_found"] is False and found["degraded"]


def test_without_a_model_sources_are_printed_with_the_reason(indexed: Run) -> None:
    words = ("suggest", "grade 4 chalk, dots and loops", "--engine", "embedded")
    done = indexed(*words)
    assert done.returncode == 0 and "Kolam" in done.stdout and "No idea could be written" in done.stdout and "craftlore models pull" in done.stderr
    found = json.loads(indexed(*words, "--json").stdout)
    assert found["ideas"] == [] and found["sources"] and any("models pull" in line for line in found["degraded"]) and found["understood"]["grade"] == "4"


def test_a_declined_request_is_an_answer(indexed: Run) -> None:
    found = json.loads(indexed("suggest", "who won the match", "--json").stdout)
    assert found["declined"]["disposition"] == "redirect" and found["ideas"] == found["sources"] == []


@pytest.mark.parametrize("text", ["\udcff\udcfe paper", "[bold]paper[/nope] [/]", "paper \x1b[31m", "--", "纸 paper"])
def test_odd_characters_break_nothing(indexed: Run, text: str) -> None:
    assert indexed("suggest", "--engine", "embedded", "--material", text, "--region", text, "--", text).returncode in (0, 1)


def test_a_terminal_that_cannot_show_a_letter_breaks_nothing(indexed: Run) -> None:
    done = indexed("search", "Māori string games whai", "--json", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and json.loads(done.stdout)["results"]
    assert indexed("suggest", "māori string games", "--engine", "embedded", PYTHONUTF8="0", PYTHONIOENCODING="ascii").returncode == 0


@pytest.mark.parametrize("line", ['{"id": "one", "text": "paper", "fits": []}', '{"id": "S1"}', "{", '{"id": "S1", "text": "", "fits": []}'])
def test_a_bad_case_file_is_named(indexed: Run, tmp_path: Path, line: str) -> None:
    (tmp_path / "cases.jsonl").write_text(line)
    for kind in ("retrieval", "patterns"):
        assert indexed("verify", kind, "--cases", "cases.jsonl").returncode == 1
    assert indexed("verify", "retrieval", "--cases", "gone.jsonl").returncode == 1


def test_the_shipped_answers_are_put_in_place_once_and_only_for_a_teacher_that_is_there(indexed: Run, tmp_path: Path) -> None:
    journal = tmp_path / "home" / "dataset" / "candidates.jsonl"
    done = indexed("dataset", "--starter", "--engine", "embedded", "--teacher", "qwen2.5-coder-1.5b")
    assert done.returncode == 1 and "models pull" in done.stderr and not journal.exists()
    journal.parent.mkdir(parents=True)
    journal.write_text("{}\n", encoding="utf-8")
    done = indexed("dataset", "--starter", "--filters", "only")
    assert done.returncode == 1 and "is there already" in done.stderr and journal.read_text(encoding="utf-8") == "{}\n"


def test_a_full_disk_is_one_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device", "index.new/bm25")

    monkeypatch.setattr("craftlore.cli.app", full)
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr()
    assert said.err == "Error: index.new/bm25: No space left on device. Free some space or set CRAFTLORE_HOME to another folder.\n" and not said.out


def test_a_log_line_that_a_full_disk_does_not_take_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logging, "raiseExceptions", True)
    open_log(tmp_path / "log.jsonl")
    (handler,) = logging.getLogger("craftlore.steps").handlers
    with monkeypatch.context() as disk:
        disk.setattr(handler, "flush", full)
        with StepLog("r").step("search"):
            pass
    assert capsys.readouterr().err == ""
