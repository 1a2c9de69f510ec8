"""A blind reading of two runs of `bench/ideas.py`: the same requests, which side is which hidden by the dice.

    .venv/bin/python bench/blind.py FILE FILE [--pairs 40] [--seed N] [--out DIR]   # writes blind.md to read, blind-key.json to keep shut
    .venv/bin/python bench/blind.py --score VERDICTS [--out DIR]                    # one line a pair: "7 A", "8 B", "9 =" and why

Pairs on the same article and pattern show only what the models wrote; where the plans differ, only the one on which both wrote counts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from craftlore.config import load_config
from craftlore.verify.redteam import interval


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--score", type=Path)
    parser.add_argument("--out", type=Path, default=load_config().home / "bench")
    options = parser.parse_args()
    if options.score:
        score(options.score, json.loads((options.out / "blind-key.json").read_text(encoding="utf-8")))
    elif len(options.files) == 2:
        write(options.files, options.pairs, options.seed, options.out)
    else:
        parser.error("two files to compare, or --score")


def write(files: list[Path], pairs: int, seed: int, out: Path) -> None:
    first, second = ({row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())} for path in files)
    both = [i for i in first if i in second and first[i]["idea"] and second[i]["idea"] and plan(first[i]) == plan(second[i])]
    dice = random.Random(seed)
    chosen = sorted(dice.sample(both, min(pairs, len(both))))
    key, page = {}, []
    for number, identity in enumerate(chosen, 1):
        swapped = dice.random() < 0.5
        key[str(number)] = {"A": files[swapped].stem, "B": files[not swapped].stem}
        sides = (second, first) if swapped else (first, second)
        idea = first[identity]["idea"]
        page.append(f"## {number}. {first[identity]['text']}\n{idea['tradition']} x {idea['pattern_id']}, grade {idea['grade']}\n")
        page += [f"**{name}**\n{shown(side[identity])}\n" for name, side in zip("AB", sides, strict=True)]
    out.mkdir(parents=True, exist_ok=True)
    (out / "blind.md").write_text("\n".join(page), encoding="utf-8")
    (out / "blind-key.json").write_text(json.dumps(key, indent=1), encoding="utf-8")
    print(f"{len(chosen)} pairs in {out / 'blind.md'}, of {len(both)} with the same plan.")


def plan(row: dict[str, Any]) -> tuple[str, str]:
    return row["idea"]["article_id"], row["idea"]["pattern_id"]


def shown(row: dict[str, Any]) -> str:
    """What differs between the sides: the model's texts as the teacher sees them, and the clauses that stand in steps."""
    idea, filled = row["idea"], set(row["filled_by_code"])
    clauses = [step for n, step in enumerate(idea["steps"], 1) if n not in idea["kept_from_pattern"]]
    goal = [] if "goal" in filled else idea["learning_goals"][:1]
    return "\n".join([f"- {text}" for text in (idea["title"], idea["summary"], *clauses, *goal, idea["question"])])


def score(verdicts: Path, key: dict[str, dict[str, str]]) -> None:
    """Preferences by side, ties apart, with a 95% Clopper-Pearson interval of the first among the decided pairs."""
    won: Counter[str] = Counter()
    for line in verdicts.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"(\d+)\.? ([AB=])", line):
            won["tie" if match[2] == "=" else key[match[1]][match[2]]] += 1
    decided = sum(count for side, count in won.items() if side != "tie")
    for side in sorted({side for sides in key.values() for side in sides.values()}):
        low, high = interval(won[side], decided)
        print(
            f"{side}: preferred in {won[side]} of {decided} decided pairs ({won[side] / max(decided, 1):.0%}, 95% {low:.0%} to {high:.0%}); {won['tie']} ties"
        )


if __name__ == "__main__":
    main()
