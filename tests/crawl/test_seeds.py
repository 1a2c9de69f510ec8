"""Seeds: what ships can be read, and a typo is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from craftlore.crawl.seeds import Seed, read_seeds
from craftlore.errors import CrawlError
from craftlore.records import Label


def test_the_shipped_seeds_cover_all_nine_labels() -> None:
    seeds = read_seeds()
    assert {seed.label for seed in seeds} == set(Label)
    assert 40 <= len(seeds) <= 50


def test_a_seed_has_label_and_cap(tmp_path: Path) -> None:
    file = tmp_path / "seeds.toml"
    file.write_text('["Play and games"]\n"string_figures" = "all"\nKites = 12\n', encoding="utf-8")
    assert read_seeds(file) == (Seed("String figures", Label.PLAY, None), Seed("Kites", Label.PLAY, 12))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["Play and games"]\nKites = "all"\n\n["Plays"]\nMancala = "all"\n', ":4: 'Plays' is no label"),
        ('["Play and games"]\nKites = "all"\n["Visual arts"]\nMasks = 3\n"kites" = 5\n', "stands under 'Play and games' already"),
        ('["Play and games"]\nKites = "all"\n["Visual arts"]\nKites = 5\n', ":4: 'Kites' stands under"),
        ('["Play and games"]\nKites = "all"\nKites = 3\n', "line 3"),
        ('["Play and games"]\n', ":1: 'Play and games' has no categories"),
        ('["Play and games"]\nMancala = 0\n', ":2: 'Mancala' = 0"),
        ('["Play and games"]\n"Category:Mancala" = 3\n', ":2: 'Category:Mancala' is no category name"),
        ('["Play and games"]\nMancala = "al"\n', ":2: 'Mancala' = 'al'"),
        ("", "no seeds"),
    ],
)  # fmt: skip
def test_a_typo_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "seeds.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CrawlError) as error:
        read_seeds(file)
    assert str(file) in str(error.value) and said in str(error.value)
