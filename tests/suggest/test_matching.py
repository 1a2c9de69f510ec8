"""What is made where little fits: a studied request needs no product, and the nearest thing to make comes before nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from craftlore.config import SearchConfig
from craftlore.index.search import Hit, Index
from craftlore.library import Library
from craftlore.records import Disposition, Request, Verdict
from craftlore.suggest import matching
from craftlore.suggest.matching import Matching

STUDY = Verdict(rule="R09-sacred", disposition=Disposition.STUDY_ABOUT, why="It is only studied.")


@pytest.fixture
def index(starter_home: Path, library: Library) -> Index:
    return Index(starter_home / "index", library.patterns, SearchConfig(floor=0.1), FakeEncoder())


def hits(library: Library, *names: str) -> list[Hit]:
    return [Hit(library.articles[f"starter:{name}"], 1.0, ()) for name in names]


def test_a_studied_request_is_studied_whatever_product_it_names(index: Index, library: Library) -> None:
    request = Request(text="folded stars", product="folded star", grade="7")
    [plan] = Matching(library, index, request, "7", study=STUDY).plans(hits(library, "oware"))
    assert plan.pattern.kind == "study" and plan.article.access == "study_only" and plan.article.access_reason == STUDY.why
    assert Matching(library, index, request, "7").plans(hits(library, "oware")) == [], "and none is made of what does not fit"


def test_before_nothing_comes_the_nearest_thing_to_make(index: Index, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when every open article that was found would best be studied about."""
    ranked = matching.rank_patterns
    monkeypatch.setattr(matching, "rank_patterns", lambda *args: sorted(ranked(*args), key=lambda pair: pair[0].kind == "make"))
    match = Matching(library, index, Request(text="chance and counting", grade="4"), "4")
    assert match._scored(hits(library, "oware", "yutnori")) == []
    plans = match.plans(hits(library, "oware", "yutnori"))
    assert plans and all(plan.pattern.kind == "make" for plan in plans)
