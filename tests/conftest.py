"""Here so that `fakes.py` beside it can be imported by every test; what several folders need is a fixture."""

from __future__ import annotations

import pytest

from craftlore.library import Library


@pytest.fixture(scope="session")
def library() -> Library:
    """The starter library."""
    return Library.load()
