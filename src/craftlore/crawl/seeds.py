"""The categories that a crawl begins with (`seeds.toml`, or a file of a maker's own): name, label, and how many articles at most."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from craftlore.errors import CrawlError
from craftlore.records import LABELS, Label

__all__ = ["SEEDS", "Seed", "read_seeds"]

SEEDS = Path(__file__).parent / "seeds.toml"


@dataclass(frozen=True)
class Seed:
    """One category, without the wiki's word for "Category:". `most` is the largest number of articles to take, None for all."""

    category: str
    label: Label
    most: int | None


def read_seeds(path: Path = SEEDS) -> tuple[Seed, ...]:
    """The seeds in the order of the file. Raises CrawlError with file and line for a typo, a duplicate or an empty file."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CrawlError(f"{path}: the seeds cannot be read: {error}") from error
    seeds: dict[str, Seed] = {}
    for label, rows in tables.items():
        if label not in LABELS:
            raise CrawlError(f"{path}{_line(text, label)}: {label!r} is no label; use one of: {', '.join(LABELS)}")
        for seed in _seeds(path, text, Label(label), rows):
            if twin := seeds.get(seed.category):
                where = f"{path}{_line(text, seed.category, last=True)}"
                raise CrawlError(f"{where}: {seed.category!r} stands under {twin.label.value!r} already; give it one label")
            seeds[seed.category] = seed
    if not seeds:
        raise CrawlError(f'{path}: no seeds. Write a label in brackets and below it lines such as "Basket weaving" = "all".')
    return tuple(seeds.values())


def _seeds(path: Path, text: str, label: Label, rows: Any) -> Iterator[Seed]:
    if not isinstance(rows, dict) or not rows:
        raise CrawlError(f'{path}{_line(text, label.value)}: {label.value!r} has no categories; write lines such as "Basket weaving" = "all" below it')
    for name, most in rows.items():
        category = " ".join(name.replace("_", " ").split())
        if not category or re.search(r"[\[\]{}|#<>]|^category:", category, re.I):
            raise CrawlError(f"{path}{_line(text, name)}: {name!r} is no category name; write it without the prefix and without brackets")
        if most != "all" and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
            raise CrawlError(f'{path}{_line(text, name)}: {name!r} = {most!r}; write "all" or a number of articles from 1 up')
        yield Seed(category[0].upper() + category[1:], label, None if most == "all" else most)


def _line(text: str, key: str, *, last: bool = False) -> str:
    """`:N` of the line on which a quoted or a bare key or a table begins, or nothing."""
    numbers = [n for n, line in enumerate(text.splitlines(), 1) if re.match(rf"""\s*\[?\s*["']?{re.escape(key)}["']?\s*[\]=]""", line)]
    return f":{numbers[-1 if last else 0]}" if numbers else ""
