"""A few articles of the starter library, planned with the fake encoder: what most tests of this folder run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fakes import FakeEncoder

from craftlore.config import Config
from craftlore.dataset.run import Inputs
from craftlore.dataset.scenarios import Planner
from craftlore.gold import read_gold
from craftlore.index.search import Index
from craftlore.library import Library


def planner(home: Path, **settings: object) -> Planner:
    """A planner on the index in `home` with these settings of [dataset]; 12 scenarios unless told."""
    config = Config.model_validate({"home": home, "engine": {"parallel": 2}, "search": {"floor": 0.1}, "dataset": {"scenarios": 12, **settings}})
    library = Library.load()
    return Planner(config, library, Index(config.index_dir, library.patterns, config.search, FakeEncoder()), FakeEncoder())


def few(whole: Planner, articles: Sequence[str]) -> Inputs:
    """Those articles with their gold ideas, and no others."""
    gold, declined = read_gold(whole.library)
    ids = [f"starter:{name}" for name in articles]
    library = replace(whole.library, articles={i: whole.library.articles[i] for i in ids})
    return Inputs(Planner(whole.config, library, whole.index, whole.encoder), {i: gold[i] for i in ids if i in gold}, declined)
