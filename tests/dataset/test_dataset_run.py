"""The whole stage with a teacher that is no model: kept, dropped, split, resumed after a crash, and stopped with a clear message."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import QueueEngine
from willing import WillingServer, willing

from craftlore.artifacts import read_jsonl
from craftlore.dataset.ask import from_engine, from_journal
from craftlore.dataset.journal import Journal
from craftlore.dataset.records import Candidate, Drop, Row
from craftlore.dataset.run import Inputs, preview, run
from craftlore.engines.seam import Chat, Piece
from craftlore.engines.server import ServerEngine
from craftlore.errors import CutOff, DatasetError, EngineUnavailable, PromptTooLong, SchemaIgnored
from craftlore.suggest.prompt import build_messages

ARTICLES = ("oware", "kolam", "azulejo", "khipu", "kente", "hopi-katsina-figures", "sashiko", "origami")
OUTPUT = ("train.jsonl", "valid.jsonl", "test.jsonl", "pairs.jsonl", "ledger.jsonl", "card.md", "read-40.md", "manifest.json")
Make = Callable[..., Inputs]


def quiet(_: int, __: object) -> None: ...


def ask(inputs: Inputs, engine: Any) -> Any:
    return from_engine(engine, inputs.planner.config)


def outputs(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in OUTPUT}


@pytest.fixture(scope="module")
def made(inputs_for: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished dataset."""
    folder, inputs = tmp_path_factory.mktemp("made") / "dataset", inputs_for(ARTICLES)
    run(inputs, folder, ask(inputs, QueueEngine("x", always=willing)), quiet)
    return folder


def test_rows_are_chats_with_the_prompt_and_the_answer_of_serving(made: Path) -> None:
    rows = read_jsonl(made / "train.jsonl", Row)
    assert len(rows) >= 10
    for row in (row for row in rows if row.kind != "declined"):
        assert [m["role"] for m in row.messages] == ["system", "user", "assistant", "user", "assistant", "user", "assistant"]
        answer = json.loads(row.messages[-1]["content"])
        assert list(answer)[:2] == ["title", "summary"] and list(answer)[-2:] == ["goal", "question"] and set(answer) == set(row.written_by)
        assert row.request not in row.messages[-2]["content"], "the teacher's own text never enters a prompt"
        assert row.revision and row.licence == "CC BY-SA 4.0"


def test_the_prompt_of_a_row_is_that_of_the_prompt_builder(made: Path, inputs_for: Make) -> None:
    from craftlore.dataset.known import Known
    from craftlore.dataset.records import Scenario
    from craftlore.dataset.staging import stage

    known = Known(inputs_for(ARTICLES).planner.library)
    scenarios = {s.id: stage(s, known) for s in read_jsonl(made / "plan.jsonl", Scenario)}
    rows = [row for row in read_jsonl(made / "pairs.jsonl", Row) if row.kind != "declined"]
    assert all(row.messages[:-1] == build_messages(scenarios[row.scenario].plan, scenarios[row.scenario].facts) for row in rows)


def test_no_article_is_on_two_sides_and_the_overlap_is_printed(made: Path) -> None:
    sides = {name: {row.article_id for row in read_jsonl(made / f"{name}.jsonl", Row) if row.article_id} for name in ("train", "valid", "test")}
    assert not sides["train"] & sides["valid"] and not sides["train"] & sides["test"] and not sides["valid"] & sides["test"]
    assert "articles in train and test: 0" in (made / "card.md").read_text(encoding="utf-8")


def test_gold_fields_are_kept_where_they_pass_and_the_teacher_writes_the_rest(made: Path) -> None:
    writers = Counter(w for row in read_jsonl(made / "pairs.jsonl", Row) if row.kind == "gold" for w in row.written_by.values())
    assert writers["gold"] > 5 and writers["fake-1"] >= 3


def test_every_dropped_text_is_in_the_ledger_with_its_reason(made: Path) -> None:
    drops = read_jsonl(made / "ledger.jsonl", Drop)
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    assert Counter(drop.filter for drop in drops) == manifest["dropped"] and all(drop.reason for drop in drops)
    assert any(drop.filter == "schema" and drop.reason.startswith("no JSON") for drop in drops), "one seed in seven gives no JSON"
    kept = {row.scenario for row in read_jsonl(made / "pairs.jsonl", Row) if row.kind != "declined"}
    lost = {drop.scenario for drop in drops if drop.number is None}
    assert not kept & lost and len(kept) + len(lost) == manifest["scenarios"]


def test_filters_run_again_without_a_model_and_give_the_same_bytes(made: Path, inputs_for: Make) -> None:
    before, inputs = outputs(made), inputs_for(ARTICLES)
    run(inputs, made, from_journal(inputs.planner.config), quiet)
    assert outputs(made) == before


def test_the_same_bytes_whatever_the_order_and_no_call_is_made_twice_after_a_stop(made: Path, inputs_for: Make, tmp_path: Path) -> None:
    inputs, calls = inputs_for(ARTICLES), []

    def dies(chat: Chat) -> str:
        calls.append(chat.seed)
        if len(calls) > 9:
            raise EngineUnavailable("gone")
        return willing(chat)

    class Dying(QueueEngine):
        def pieces(self, chat: Chat, cancel: Any) -> Any:
            yield from [Piece(dies(chat)), Piece(finish="stop")]

    with pytest.raises(EngineUnavailable):
        run(inputs, tmp_path, waitless(inputs, Dying()), quiet)
    assert not (tmp_path / "manifest.json").exists()
    kept = read_jsonl(tmp_path / "candidates.jsonl", Candidate)
    assert 0 < len(kept) <= 9
    engine = QueueEngine("x", always=willing)
    run(inputs, tmp_path, ask(inputs, engine), quiet)
    after = read_jsonl(tmp_path / "candidates.jsonl", Candidate)
    assert len({c.call for c in after}) == len(after) == len(kept) + len(engine.chats) - 1, "the warm-up is no candidate"
    assert outputs(tmp_path) == outputs(made)


def waitless(inputs: Inputs, engine: Any) -> Any:
    """`from_engine` whose teacher does not sleep between tries."""
    from craftlore.dataset.generate import generate
    from craftlore.dataset.teacher import Teacher

    teacher = Teacher(engine, inputs.planner.config, wait=lambda _: None)
    return lambda work, journal, told: (generate(work, teacher, journal, told, 2), frozenset())


def test_whichever_worker_fails_the_others_stop(inputs_for: Make, tmp_path: Path) -> None:
    class OneFails(QueueEngine):
        def pieces(self, chat: Chat, cancel: Any) -> Any:
            if threading.current_thread().name.endswith("_1"):
                raise EngineUnavailable("gone")
            self.chats.append(chat)
            time.sleep(0.05)
            yield from [Piece(willing(chat)), Piece(finish="stop")]

    inputs, engine = inputs_for(ARTICLES), OneFails()
    with pytest.raises(EngineUnavailable):
        run(inputs, tmp_path, waitless(inputs, engine), quiet)
    assert len(engine.chats) < 10, "not the whole plan, by the worker that is well"


def test_a_second_run_is_refused_before_it_touches_anything(made: Path, inputs_for: Make) -> None:
    before, inputs = outputs(made), inputs_for(ARTICLES)
    with Journal(made / "candidates.jsonl"), pytest.raises(DatasetError, match="another `craftlore dataset`"):
        run(inputs, made, from_journal(inputs.planner.config), quiet)
    assert outputs(made) == before


@pytest.mark.parametrize("damage", ["another library", "half a file"])
def test_a_plan_that_can_no_longer_be_made_is_drawn_anew(made: Path, inputs_for: Make, tmp_path: Path, damage: str) -> None:
    folder, inputs = Path(shutil.copytree(made, tmp_path / "dataset")), inputs_for(ARTICLES)
    first, *rest = (folder / "plan.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    row = json.loads(first)
    stale = json.dumps({**row, "filling": dict.fromkeys(row["filling"], "moon dust")}) + "\n" if damage == "another library" else first[:50]
    (folder / "plan.jsonl").write_text("".join((stale, *rest)), encoding="utf-8")
    run(inputs, folder, from_journal(inputs.planner.config), quiet)
    assert outputs(folder) == outputs(made)


def test_an_answer_that_is_cut_off_or_empty_is_a_counted_failure(inputs_for: Make, tmp_path: Path) -> None:
    inputs = inputs_for(ARTICLES)
    engine = QueueEngine("x", [Piece("half", "length")], CutOff("cut off"), "", always=willing)
    report = run(inputs, tmp_path, ask(inputs, engine), quiet)
    assert report.failed_calls == 3 and report.dropped["answer"] == 3
    reasons = {drop.reason.split(":")[0] for drop in read_jsonl(tmp_path / "ledger.jsonl", Drop) if drop.filter == "answer"}
    assert reasons == {"CutOff", "EmptyCompletion"}


def test_a_model_that_ignores_the_schema_is_told_after_the_first_answers(inputs_for: Make, tmp_path: Path) -> None:
    inputs, engine = inputs_for(ARTICLES), QueueEngine("x", always=lambda chat: "Here is a nice project!")
    with pytest.raises(SchemaIgnored, match=r"this model or server ignores it.*craftlore engines check"):
        run(inputs, tmp_path, ask(inputs, engine), quiet)
    assert len(engine.chats) < 20 and (tmp_path / "candidates.jsonl").stat().st_size


def test_a_teacher_that_gives_nothing_usable_is_told_with_the_commonest_reasons(inputs_for: Make, tmp_path: Path) -> None:
    inputs = replace(inputs_for(ARTICLES), gold={})  # people's own words would be pairs without any teacher
    engine = QueueEngine("x", always=lambda chat: json.dumps(dict.fromkeys(chat.schema["properties"], "Hm.") if chat.schema else {}))
    with pytest.raises(DatasetError, match=r"gave a pair.*ledger.jsonl tells why: .*schema"):
        run(inputs, tmp_path, ask(inputs, engine), quiet)


def test_a_server_that_cuts_prompts_is_found_out_at_the_first_row(inputs_for: Make, tmp_path: Path) -> None:
    inputs = inputs_for(ARTICLES)
    whole = sum(len(m["content"].encode()) for m in build_messages(*_some_plan(inputs))[:-1]) // 4
    with WillingServer(context=whole + 20) as server, pytest.raises(PromptTooLong, match=r"its context is too small.*num_ctx"):
        run(inputs, tmp_path, ask(inputs, ServerEngine(server.url)), quiet)
    assert not read_jsonl(tmp_path / "candidates.jsonl", Candidate)


def _some_plan(inputs: Inputs) -> Any:
    from craftlore.records import Request
    from craftlore.suggest.match import fill

    library = inputs.planner.library
    plan = fill(library.articles["starter:oware"], library.patterns["sowing-game-board"], library.items, Request(), "4")
    assert plan
    return plan, {}


def test_preview_keeps_its_calls_for_the_long_run(inputs_for: Make, tmp_path: Path) -> None:
    inputs, engine = inputs_for(ARTICLES), QueueEngine("x", always=willing)
    shown = preview(inputs, tmp_path, ask(inputs, engine), 3)
    assert len(shown) == 3 and any(each.choice.texts for each in shown) and not (tmp_path / "pairs.jsonl").exists()
    again = QueueEngine("x", always=willing)
    run(inputs, tmp_path, ask(inputs, again), quiet)
    assert not {c.seed for c in engine.chats[1:]} & {c.seed for c in again.chats[1:]}


def test_kill_9_in_the_middle_loses_nothing_and_repeats_nothing(starter_home: Path, tmp_path: Path, made: Path) -> None:
    """A real process, a real server, a real SIGKILL; the finished set is that of a run that was left in peace."""
    folder = tmp_path / "dataset"
    with WillingServer(seconds=0.02) as server:
        command = [sys.executable, str(Path(__file__).parent / "one_run.py"), str(starter_home), str(folder), server.url, *ARTICLES]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.asked) < 15 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL and not (folder / "manifest.json").exists()
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        candidates = read_jsonl(folder / "candidates.jsonl", Candidate)
        assert len({c.call for c in candidates}) == len(candidates)
        assert len(server.asked) - len(candidates) <= 2, "only what was on its way is asked again"
    peaceful = (made / "pairs.jsonl").read_text(encoding="utf-8").replace('"fake-1"', '"willing-1"')
    assert (folder / "pairs.jsonl").read_text(encoding="utf-8") == peaceful


def test_without_a_server_the_command_says_so_before_the_first_row(starter_home: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    os.symlink(starter_home / "index", tmp_path / "home" / "index")
    (tmp_path / "c.toml").write_text('[engine]\nurl = "http://127.0.0.1:9/v1"\n[dataset]\nscenarios = 2\n', encoding="utf-8")
    env = {**os.environ, "CRAFTLORE_HOME": str(tmp_path / "home"), "CRAFTLORE_CONFIG": str(tmp_path / "c.toml")}
    done = subprocess.run([sys.executable, "-m", "craftlore", "dataset"], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "no language model answers at http://127.0.0.1:9" in done.stderr.replace("\n", " ") and "Traceback" not in done.stderr
