"""The stage over a real Ray cluster on this machine: several processes, one of them killed half way, the same set in the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import QueueEngine
from willing import WillingServer, willing

from craftlore.config import Config
from craftlore.dataset.ask import from_engine
from craftlore.dataset.cluster import over_ray
from craftlore.dataset.generate import Answered
from craftlore.dataset.run import Inputs, run
from craftlore.errors import DatasetError, EngineUnavailable

ARTICLES = ("oware", "kolam", "azulejo", "khipu")
pytest.importorskip("ray", reason="Ray is not installed: .venv/bin/python -m pip install -e '.[ray]'")


def served(inputs: Inputs, url: str) -> Config:
    engine = inputs.planner.config.engine.model_copy(update={"name": "server", "url": url, "parallel": 2})
    return inputs.planner.config.model_copy(update={"engine": engine})


def workers() -> list[int]:
    """Processes with a teacher, by their titles, of the cluster that this process started and of no other."""
    parents, found = {}, []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            title, status = (process / "cmdline").read_bytes(), (process / "stat").read_text(encoding="utf-8")
        except OSError:
            continue
        parents[int(process.name)] = int(status.rpartition(")")[2].split()[1])
        if title.startswith(b"ray::Worker"):
            found.append(int(process.name))
    return [worker for worker in found if os.getpid() in _above(worker, parents)]


def _above(process: int, parents: dict[int, int]) -> list[int]:
    above = []
    while process := parents.get(process, 0):
        above.append(process)
    return above


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_worker_killed_half_way_costs_nothing(inputs_for: Callable[..., Inputs], tmp_path: Path) -> None:
    inputs = inputs_for(ARTICLES)
    run(inputs, tmp_path / "alone", from_engine(QueueEngine("x", always=willing), inputs.planner.config), lambda total, each: None)
    killed: list[int] = []

    def told(total: int, each: Answered) -> None:
        if not killed and len(journal.read_bytes().splitlines()) > 8:
            killed.append(workers()[0])
            os.kill(killed[0], signal.SIGKILL)

    journal = tmp_path / "spread" / "candidates.jsonl"
    with WillingServer(seconds=0.05) as server:
        run(inputs, tmp_path / "spread", over_ray(served(inputs, server.url), "local"), told)
    assert killed, "the test has to kill one"
    alone, spread = ((tmp_path / name / "pairs.jsonl").read_text(encoding="utf-8") for name in ("alone", "spread"))
    assert spread == alone.replace('"fake-1"', '"willing-1"')


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_what_stops_a_worker_stops_the_run_with_its_message(inputs_for: Callable[..., Inputs], tmp_path: Path) -> None:
    inputs = inputs_for(ARTICLES)
    with pytest.raises(EngineUnavailable, match=r"no language model answers at http://127.0.0.1:9"):
        run(inputs, tmp_path, over_ray(served(inputs, "http://127.0.0.1:9/v1"), "local"), lambda total, each: None)


def test_a_cluster_that_is_not_there_is_said(inputs_for: Callable[..., Inputs], tmp_path: Path) -> None:
    inputs = inputs_for(ARTICLES)
    with pytest.raises(DatasetError, match=r"no Ray cluster answers at 127.0.0.1:1.*ray start --head"):
        run(inputs, tmp_path, over_ray(inputs.planner.config, "127.0.0.1:1"), lambda total, each: None)
