"""Search is tested on a small part of the starter library, so that writing more of it changes no ranking here."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from craftlore.index.build import build
from craftlore.library import Library

ARTICLES = """
azulejo clay-pot-water-cooling cordel-literature fenjan-water-clock gumboot-dance hopi-katsina-figures jantar-mantar-jaipur kamishibai kente
kinderdijk-windmills kolam kubb marshall-islands-stick-charts mola oware papel-picado plant-dyeing-in-chinchero qeswachaka-rope-bridge
siku-panpipes sona-sand-drawings steelpan three-sisters-planting wayang-kulit whai-string-games windcatchers-of-yazd
yangliuqing-new-year-prints zellige
"""
PATTERNS = """
body-percussion-sequence card-loom-strip companion-planting-tub dot-grid-loop-drawing evaporation-cooling-test folded-paper-cutting
folded-story-booklet geometric-tile-mosaic hocket-pipes interview-questions knock-down-throwing-game layered-cutout museum-label
one-line-drawing-puzzle picture-card-theatre pitch-sorted-containers plant-dye-test repeating-tile-panel shadow-clock shadow-puppet-play
simplified-motif-emblem sinking-bowl-timer soft-sheet-relief-print sowing-game-board stick-map string-figure-sequence then-and-now-panel
twisted-rope-bridge wind-tower-model wind-wheel-lift
"""


@pytest.fixture(scope="session")
def library() -> Library:
    """Three articles for each label, and the patterns for them."""
    whole = Library.load()
    articles = {f"starter:{name}": whole.articles[f"starter:{name}"] for name in ARTICLES.split()}
    return Library(articles, {name: whole.patterns[name] for name in PATTERNS.split()}, whole.items)


@pytest.fixture(scope="session")
def starter_home(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    build(list(library.articles.values()), library.patterns, FakeEncoder(), home / "index", passage_words=110)
    return home
