"""The task is measured as serving checks it; what got worse is named; a bad adapter is not accepted."""

from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEncoder, QueueEngine, obliging

from craftlore.config import SuggestConfig
from craftlore.engines.seam import Chat
from craftlore.errors import CraftloreError, FinetuneError
from craftlore.finetune.report import CELLS, accept, build_report, measure_cells, write_card
from craftlore.finetune.task import Case, cases_of, mean_of, measure, without_sources
from craftlore.gold import read_gold
from craftlore.library import Library
from craftlore.suggest.write import write_idea

SETTINGS = SuggestConfig()


@pytest.fixture(scope="module")
def cases(library: Library) -> list[Case]:
    gold, _ = read_gold(library)
    return cases_of(library, gold, ["starter:kolam", "starter:oware"])


def dangerous(chat: Chat) -> str:
    answer = json.loads(obliging(chat))
    return json.dumps({**answer, "summary": answer["summary"].replace("Pupils try", "Pupils light candles, melt wax and try")})


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def results_of(cases: list[Case], library: Library, tuned: Callable[[Chat], str], journal: Path) -> Any:
    encoder = FakeEncoder()

    def opened(is_tuned: bool) -> QueueEngine:
        return QueueEngine(always=tuned if is_tuned else obliging)

    return measure_cells(cases, opened, lambda case, engine: measure(case, engine, encoder, library, SETTINGS), journal)


def test_cases_are_gold_plans_of_these_articles_alone(library: Library, cases: list[Case]) -> None:
    gold, _ = read_gold(library)
    assert {case.plan.article.id for case in cases} == {"starter:kolam", "starter:oware"}
    assert cases_of(library, gold, ["starter:kolam", "starter:oware"], 2, seed=1) == cases_of(library, gold, ["starter:oware", "starter:kolam"], 2, seed=1)
    bare = without_sources(cases[0])
    assert len(bare.plan.article.sentences) == 1 and bare.plan.steps == cases[0].plan.steps


def test_each_measure_falls_for_its_own_fault(library: Library, cases: list[Case]) -> None:
    def measured(answer: Callable[[Chat], str]) -> dict[str, float]:
        return mean_of([measure(case, QueueEngine(always=answer), FakeEncoder(), library, SETTINGS) for case in cases])

    good = measured(obliging)
    assert good["valid"] == good["safe"] == 1 and good["culture"] > 0
    assert measured(lambda _: "no JSON")["valid"] == 0
    assert measured(dangerous)["safe"] < 1
    stranger = measured(lambda chat: json.dumps({**json.loads(obliging(chat)), "title": "A Zulu dance in our class"}))
    assert stranger["culture"] == 0 and stranger["valid"] == 1


def test_an_idea_names_the_adapter_that_wrote_it(library: Library, cases: list[Case]) -> None:
    engine = QueueEngine(always=obliging)
    engine.adapter = "tiny-lora-test"
    idea = write_idea(cases[0].plan, engine, FakeEncoder(), library.items, SETTINGS, seed=0, deadline=9).idea
    assert idea.model and idea.model.adapter == "tiny-lora-test"


def test_a_stopped_report_goes_on_where_it_was(library: Library, cases: list[Case], tmp_path: Path) -> None:
    journal = tmp_path / "cells.jsonl"
    whole = results_of(cases, library, obliging, journal)
    lines = journal.read_text().splitlines(keepends=True)
    assert len(lines) == len(CELLS) * len(cases)
    journal.write_text("".join(lines[:5]) + lines[5][:20])
    assert results_of(cases, library, obliging, journal) == whole


def test_a_full_disk_costs_no_cell_that_was_measured(library: Library, cases: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tmp_path / "cells.jsonl"
    whole = results_of(cases, library, obliging, journal)
    kept = "".join(journal.read_text().splitlines(keepends=True)[:5])
    journal.write_text(kept)
    with monkeypatch.context() as disk, pytest.raises(CraftloreError, match=r"cannot write .*cells\.jsonl"):
        disk.setattr(os, "fsync", full)
        results_of(cases, library, obliging, journal)
    assert journal.read_text() == kept
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) + 30, before[1]))
    try:
        with pytest.raises(FinetuneError, match=r"cannot write .*cells\.jsonl: .*Free some space"):
            results_of(cases, library, obliging, journal)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert results_of(cases, library, obliging, journal) == whole


def test_a_bad_adapter_is_refused_by_name_and_a_sound_one_accepted(library: Library, cases: list[Case], tmp_path: Path) -> None:
    for name, tuned in (("bad", dangerous), ("broken", lambda _: "Sure! Here is"), ("good", obliging)):
        folder = tmp_path / name
        folder.mkdir()
        report = build_report(results_of(cases, library, tuned, folder / "cells.jsonl"))
        (folder / "report.json").write_text(json.dumps(report))
        if name == "good":
            assert report["regressions"] == [] and accept(folder)["score"]["mean"] == 0
            assert (folder / "accepted.json").exists()
            continue
        assert report["regressions"][0]["measure"] == ("safe" if name == "bad" else "valid")
        with pytest.raises(FinetuneError, match=f"worse than its base on {'safe' if name == 'bad' else 'valid'}.*(kolam|oware)-"):
            accept(folder)
        assert not (folder / "accepted.json").exists()
    with pytest.raises(FinetuneError, match="no report"):
        accept(tmp_path)


def test_the_intervals_hold_the_mean_and_the_card_has_every_figure(library: Library, cases: list[Case], tmp_path: Path) -> None:
    report = build_report(results_of(cases, library, dangerous, tmp_path / "cells.jsonl"))
    for row in report["cells"].values():
        assert all(0 <= value["low"] <= value["mean"] <= value["high"] <= 1 for value in row.values())
    run = {
        "base": {"base": "tiny", "base_sha256": "ab", "name": "x"}, "data": {"train.jsonl": "cd", "valid.jsonl": "ef"}, "rows": {"train": 4, "valid": 2},
        "best": {"step": 8, "validation_loss": 1.5},
    }  # fmt: skip
    write_card(tmp_path / "card.md", run, report, [{"form": "fused", "tokens": 9, "mean": 0.1, "worst": 0.2, "near_ties": 0}], "Apache-2.0")
    card = (tmp_path / "card.md").read_text()
    assert all(text in card for text in ("`ab`", "`cd`", "| tuned with sources |", "- safe: ", "| fused | 9 |", "Apache-2.0"))
