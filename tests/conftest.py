"""Here so that `fakes.py` beside it can be imported by every test; what several folders need is a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from craftlore.index.build import build
from craftlore.library import Library


@pytest.fixture(scope="session")
def library() -> Library:
    """The starter library."""
    return Library.load()


@pytest.fixture(scope="session")
def starter_home(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an index of the starter library, made by the fake encoder; no weights. Tests only read it."""
    home = tmp_path_factory.mktemp("home")
    build(list(library.articles.values()), library.patterns, FakeEncoder(), home / "index", passage_words=110)
    return home
