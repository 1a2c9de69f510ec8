"""What a terminal shows of an idea and of a hit is every word of it, whatever brackets are in it."""

from __future__ import annotations

import io

import pytest
from fakes import FakeEncoder, QueueEngine, obliging
from rich.console import Console

from craftlore.card import print_idea
from craftlore.commands.find import print_hit
from craftlore.config import SuggestConfig
from craftlore.index.passages import passages_of
from craftlore.index.search import Hit
from craftlore.library import Library
from craftlore.records import Quote, Request
from craftlore.suggest.match import fill
from craftlore.suggest.write import write_idea

ODD = "Rows [of a loom] go on [/sic] and on."


def test_a_quotation_keeps_its_brackets(library: Library) -> None:
    plan = fill(library.articles["starter:kolam"], library.patterns["dot-grid-loop-drawing"], library.items, Request(), "4")
    assert plan
    idea = write_idea(plan, QueueEngine(always=obliging), FakeEncoder(), library.items, SuggestConfig(), seed=0, deadline=9).idea
    out = Console(file=io.StringIO(), width=400)
    print_idea(idea.model_copy(update={"background": (Quote(sentence=7, text=ODD, step=1),), "kept_from_pattern": (1,)}), 1, out)
    said = out.file.getvalue()  # type: ignore[attr-defined]
    assert f"In the tradition: “{ODD}” [7]" in said and f"[7] {ODD}" in said


def test_a_hit_keeps_its_brackets(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    article = library.articles["starter:kolam"].model_copy(update={"title": "Kolam [of Tamil Nadu]", "people": ("Tamil [sic]",)})
    passage = next(iter(passages_of(article, 110)))
    print_hit(Hit(article, 0.5, (passage.model_copy(update={"text": ODD}),)))
    said = capsys.readouterr().out
    assert "Kolam [of Tamil Nadu] (Tamil [sic]; " in said and ODD in said
