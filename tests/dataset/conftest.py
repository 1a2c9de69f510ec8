"""A planner on the starter library without weights, and one scenario on stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from small import few, planner

from craftlore.dataset.known import Known
from craftlore.dataset.records import Candidate
from craftlore.dataset.run import Inputs
from craftlore.dataset.scenarios import Planner
from craftlore.dataset.staging import Staged, stage
from craftlore.library import Library


@pytest.fixture(scope="session")
def planner_for(starter_home: Path) -> Callable[..., Planner]:
    """`planner_for(scenarios=20, ...)`: a planner with these settings of [dataset]."""
    return lambda **settings: planner(starter_home, **settings)


@pytest.fixture(scope="session")
def inputs_for(starter_home: Path) -> Callable[..., Inputs]:
    """`inputs_for(articles, seed=1, ...)`: these articles of the library with their gold ideas, and no others."""

    def make(articles: Sequence[str], **settings: object) -> Inputs:
        return few(planner(starter_home, **settings), articles)

    return make


@pytest.fixture
def oware(planner_for: Callable[..., Planner], library: Library) -> Staged:
    """A request for a sowing game, on stage, without sentences beside its steps."""
    article = library.articles["starter:oware"]
    scenario = planner_for().read("s1", "served", "terse", "grade 4, egg cartons and dried beans, board game", article, "4", "sowing-game-board")
    assert scenario and scenario.request.materials == ("egg cartons", "dried beans")
    return stage(scenario.model_copy(update={"facts": {}, "seed": 1}), Known(library))


@pytest.fixture
def candidate() -> Callable[..., Candidate]:
    """`candidate(text, number=0)`: an answer as the journal has it."""
    return lambda text, number=0, **more: Candidate(call=f"c{number}", scenario="s1", number=number, model="fake-1", text=text, **more)
