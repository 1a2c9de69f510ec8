"""The figures that search and matching must not fall below, with the real encoder on the whole labelled sets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from craftlore.config import Config, load_config
from craftlore.errors import WeightsError
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.suggest.open import build_index, open_encoder, open_index
from craftlore.verify.patterns import verify_patterns
from craftlore.verify.retrieval import verify_retrieval


@pytest.fixture(scope="module")
def index(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The index as it would be now; vectors that this machine already has are taken over."""
    here = load_config()
    try:
        encoder = open_encoder(here)
    except WeightsError as error:
        pytest.skip(f"needs the sentence encoder: {error}")
    home = tmp_path_factory.mktemp("real")
    if here.index_dir.exists():
        shutil.copytree(here.index_dir, home / "index")
    (home / "weights").symlink_to(Path(here.weights_dir).absolute())
    config = Config(home=home)
    build_index(config, library, encoder)
    return open_index(config, library)[0]


def test_search_finds_the_fitting_and_stays_silent_on_the_rest(index: Index, library: Library) -> None:
    report = verify_retrieval(index, library)
    assert report.requests >= 50 and report.off_topic >= 20
    assert report.recall_at_5 >= 0.9, report.wrong
    assert report.off_topic_empty >= 0.95, report.wrong


def test_a_fitting_pattern_is_among_the_first_three_and_nothing_where_nothing_fits(index: Index, library: Library) -> None:
    report = verify_patterns(index, library)
    assert report.cases >= 40 and report.without >= 5
    assert report.top_3 >= 0.9, report.wrong
    assert report.nothing >= 0.8, report.wrong
