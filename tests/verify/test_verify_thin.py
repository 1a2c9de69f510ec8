"""The decision on own activities, measured on the labelled requests; by words alone here, with the encoder where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from craftlore.config import Config, load_config
from craftlore.errors import DataError, WeightsError
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.suggest.open import open_encoder
from craftlore.suggest.pipeline import Suggester
from craftlore.verify.thin import verify_thin


def test_the_line_between_enough_and_thin_holds_by_words_alone(library: Library, starter_home: Path) -> None:
    config = Config.model_validate({"home": starter_home})
    index = Index(config.index_dir, library.patterns, config.search, None)
    report = verify_thin(Suggester(library, index, None, None, config))
    assert report.requests == 60 and report.right_even >= 0.9 and report.right_odd >= 0.85, report.wrong


@pytest.mark.real
def test_and_with_the_encoder_on_the_half_that_did_not_draw_it(library: Library) -> None:
    config = load_config()
    try:
        encoder = open_encoder(config)
    except WeightsError as error:
        pytest.skip(f"needs the sentence encoder: {error}")
    if not (config.index_dir / "manifest.json").exists():
        pytest.skip("needs an index: craftlore index")
    index = Index(config.index_dir, library.patterns, config.search, encoder)
    report = verify_thin(Suggester(library, index, encoder, None, config))
    assert report.right_odd >= 0.85 and report.right_even >= 0.9, report.wrong


def test_a_file_of_something_else_is_an_error(library: Library, starter_home: Path, tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text('{"id": "x1", "text": "paper", "state": "enough"}\n')
    config = Config.model_validate({"home": starter_home})
    with pytest.raises(DataError, match=r"cases\.jsonl:1: id"):
        verify_thin(Suggester(library, None, None, None, config), tmp_path / "cases.jsonl")
