"""The plan of a run: every scenario in the order of asking, on disk before the first call."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from craftlore.artifacts import read_jsonl, sha256_file, write_json, write_jsonl
from craftlore.dataset.answers import GoldAnswer, still_planned
from craftlore.dataset.declined import look_alikes
from craftlore.dataset.gold_fields import gold_scenarios
from craftlore.dataset.known import Known
from craftlore.dataset.records import Scenario, Split
from craftlore.dataset.scenarios import Planner, draw_scenarios
from craftlore.dataset.staging import Staged, stage
from craftlore.errors import DataError, DatasetError
from craftlore.gold import Gold
from craftlore.suggest.prompt import VERSION

__all__ = ["Planned", "planned"]


@dataclass(frozen=True)
class Planned:
    """The scenarios on stage, and draws that were dropped, by reason."""

    staged: tuple[Staged, ...]
    dropped: Mapping[str, int]


def planned(
    planner: Planner, gold: Mapping[str, Gold], answers: Mapping[str, GoldAnswer], split_of: Mapping[str, Split], known: Known, folder: Path
) -> Planned:  # fmt: skip
    """The plan in `folder` if it was made from the same library and settings and can still be staged, else a new one, written there.

    Pairs are drawn over the articles of train and valid; of the test articles only the gold ideas are asked for.
    """
    key = _key(planner, gold, answers)
    try:
        about = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        if about["key"] == key:
            return Planned(tuple(stage(scenario, known) for scenario in read_jsonl(folder / "plan.jsonl", Scenario)), about["dropped"])
    except (OSError, ValueError, KeyError, TypeError, DataError, DatasetError):
        pass  # no plan, one that a crash left behind, or one of code that filled patterns in another way
    articles = [a for a in planner.library.articles.values() if split_of[a.id] != "test"]
    answered = [scenario for scenario in still_planned(answers, known) if split_of[scenario.article_id] != "test"]
    planner.dropped["a gold answer of an older library, or about a test article"] += len(answers) - len(answered)
    asked = {(scenario.article_id, scenario.text) for scenario in answered}
    drawn = [s for s in (*draw_scenarios(planner, articles), *look_alikes(planner)) if (s.article_id, s.text) not in asked]
    from_people = [*answered, *(scenario for rows in gold.values() for scenario in gold_scenarios(planner, rows))]
    scenarios = tuple(sorted((*drawn, *from_people), key=lambda s: (split_of[s.article_id] == "test", s.kind == "gold")))
    dropped = Counter(planner.dropped)
    write_jsonl(folder / "plan.jsonl", scenarios)
    write_json(folder / "plan.json", {"key": key, "scenarios": len(scenarios), "dropped": dropped})
    return Planned(tuple(stage(scenario, known) for scenario in scenarios), dropped)


def _key(planner: Planner, gold: Mapping[str, Gold], answers: Mapping[str, GoldAnswer]) -> str:
    """Hash of all that the plan is made from, the code of this folder included."""
    settings, library = planner.config.dataset, planner.library
    parts = [
        *(sha256_file(Path(__file__).parent / name) for name in ("scenarios.py", "wording.py", "wording.toml", "declined.toml", "gold_fields.py")),
        VERSION, settings.seed, settings.scenarios, settings.valid_share, planner.config.suggest.default_grade, planner.encoder.name if planner.encoder else "",
        *(article.content_hash for article in library.articles.values()), *(p.model_dump_json() for p in library.patterns.values()),
        *(g.model_dump_json() for g in (*gold.values(), *answers.values())), *(f"{name} {item.model_dump_json()}" for name, item in library.items.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
