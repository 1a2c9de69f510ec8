"""The other half of behaviour, as far as a model can see it: requests that get one friendly sentence instead of an idea.

Serving decides these by code, before any model is asked; the rows are for a model that is asked without that code. Cases are
the gold requests without an idea and `declined.toml`, each beside a look-alike that is served in full.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process

from craftlore.dataset.records import Row, Scenario, Split
from craftlore.dataset.scenarios import Planner
from craftlore.gold import Declined
from craftlore.safety.screen import screen_request
from craftlore.suggest.prompt import VERSION
from craftlore.vocabulary import FromFile, Text

__all__ = ["Case", "cases", "declined_rows", "look_alikes"]


class Case(FromFile):
    """One request that is declined by the policy, and a look-alike that is served from `article`."""

    declined: Text
    disposition: str
    look_alike: Text
    article: str


def cases() -> tuple[Case, ...]:
    """The cases for training; never those of the red team."""
    path = Path(__file__).parent / "declined.toml"
    return tuple(Case.model_validate(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["case"])


def look_alikes(planner: Planner) -> Iterator[Scenario]:
    """The scenarios that stand beside the declined cases, as far as this library has their articles."""
    for number, case in enumerate(cases(), 1):
        article = planner.library.articles.get(f"starter:{case.article}")
        scenario = planner.read(f"beside{number:03d}", "look_alike", "chatty", case.look_alike, article, None) if article else None
        if scenario:
            yield scenario


def declined_rows(gold: Sequence[Declined], scenarios: Mapping[str, Scenario], split_of: Mapping[str, Split], system: str, most: int, seed: int) -> list[Row]:
    """At most `most` rows that decline, drawn by `seed`; a row is in the split of its look-alike, one of `scenarios`.

    `scenarios` are those whose pair was kept, and `system` is the fixed first message of the prompt.
    """
    rows = []
    for number, case in enumerate(cases(), 1):
        verdict = screen_request(case.declined).ends
        beside = scenarios.get(f"beside{number:03d}")
        if beside and verdict:
            rows.append(_row(f"declined{number:03d}", case.declined, verdict.why, None, "chatty", split_of[beside.article_id], system, beside.id, seed))
    for number, row in enumerate(gold, 1):
        served = {s.id: s.text for s in scenarios.values() if s.gold is not None and (split_of[s.article_id] == "test") == (row.split == "test")}
        if served:
            _, _, nearest = process.extractOne(row.request, served, scorer=fuzz.token_set_ratio)
            split = split_of[scenarios[nearest].article_id]
            rows.append(_row(f"gold-declined-{number}", row.request, row.why, row.grade, row.style, split, system, nearest, seed))
    random.Random(seed).shuffle(rows)  # noqa: S311 - variety, not secrecy
    return sorted(rows[:most], key=lambda row: row.scenario)


def _row(identity: str, request: str, why: str, grade: str | None, style: str, split: Split, system: str, look_alike: str, seed: int) -> Row:
    messages = ({"role": "system", "content": system}, {"role": "user", "content": request}, {"role": "assistant", "content": why})
    return Row(
        messages=messages, scenario=identity, kind="declined", split=split, style=style, request=request, grade=grade, article_id=None, pattern_id=None,
        labels=(), continent=None, written_by={"answer": "gold" if identity.startswith("gold") else "policy"}, prompt_version=VERSION, seed=seed,
        look_alike=look_alike,
    )  # fmt: skip
