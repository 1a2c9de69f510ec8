"""What people read of a finished dataset: the card, and forty rows drawn at random."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from craftlore.dataset.records import Drop, Row
from craftlore.vocabulary import band_of

__all__ = ["GAPS", "card", "page_of_rows"]

GAPS = (
    "Serving decides refusals, substitutions and study-about answers by code. The rows that decline cover a model that is asked without it.",
    "Every prompt holds one article, as at serving time, so no row teaches to leave out a second one.",
    "The filters compare words. A sentence that turns its source round in the source's own words passes; read the page of rows.",
    "Gold ideas were written freely. Most of their questions, and some titles, do not fit the decoding schema; the teacher model wrote those fields.",
    "Requests are in English, in the words of templates and of the gold ideas; no teacher typed them.",
)


def card(rows: Sequence[Row], drops: Sequence[Drop], facts: Mapping[str, object], overlaps: Mapping[str, int], looked_at: int) -> str:
    """The dataset card as Markdown: counts, drops by filter, licences, teacher, prompt version, known gaps."""
    lines = ["# Craftlore training pairs", "", *(f"- **{name}**: {value}" for name, value in facts.items()), ""]
    lines += [*_table("Rows", rows, lambda row: row.split), *_table("Kinds", rows, lambda row: row.kind), *_table("Styles", rows, lambda row: row.style)]
    lines += _table("Labels (first of each article)", rows, lambda row: row.labels[0] if row.labels else "none (declined)")
    lines += _table("Places", rows, lambda row: row.continent or "none (declined)")
    lines += _table("Grade bands", rows, lambda row: band_of(row.grade) if row.grade else "none")
    writers = Counter(f"{name.split('_')[0]} by {writer}" for row in rows for name, writer in row.written_by.items())
    lines += ["## Who wrote which field", "", *(f"- {what}: {count}" for what, count in sorted(writers.items())), ""]
    lines += ["## Licences of the sources", "", *(f"- {name}: {n}" for name, n in Counter(row.licence for row in rows if row.licence).most_common()), ""]
    lines += ["## Overlap between splits", "", *(f"- {what}: {count}" for what, count in overlaps.items()), ""]
    by_filter = Counter((drop.filter, drop.field.split("_")[0]) for drop in drops)
    lines += [f"## Dropped, by filter and field ({looked_at} texts looked at)", "", "| filter | field | dropped | share |", "|---|---|---|---|"]
    lines += [f"| {name} | {field} | {count} | {count / max(looked_at, 1):.3f} |" for (name, field), count in by_filter.most_common()]
    return "\n".join([*lines, "", "## Known gaps", "", *(f"- {gap}" for gap in GAPS), ""])


def page_of_rows(rows: Sequence[Row], seed: int, count: int = 40) -> str:
    """`count` rows drawn at random as a page to read: request, what the model was told, what it is to answer."""
    drawn = random.Random(seed).sample(list(rows), min(count, len(rows)))  # noqa: S311 - a sample to read, not secrecy
    lines = [f"# {len(drawn)} random rows of {len(rows)}", ""]
    for number, row in enumerate(drawn, 1):
        lines += [
            f"## {number}. {row.scenario} ({row.kind}, {row.split}, {row.style})",
            "",
            f"Asked: {row.request}",
            "",
            "```",
            row.messages[-2]["content"],
            "```",
            "",
        ]
        lines += [*_answer(row), ""]
    return "\n".join(lines)


def _answer(row: Row) -> Iterable[str]:
    answer = row.messages[-1]["content"]
    if row.kind == "declined":
        return [answer]
    return [f"- {name} ({row.written_by.get(name, '?')}): {text}" for name, text in json.loads(answer).items()]


def _table(title: str, rows: Sequence[Row], key: Callable[[Row], str]) -> list[str]:
    counts = Counter((key(row), row.split) for row in rows)
    names = sorted({name for name, _ in counts})
    head = [f"## {title}", "", "| | train | valid | test |", "|---|---|---|---|"]
    return [*head, *(f"| {name} | {counts[name, 'train']} | {counts[name, 'valid']} | {counts[name, 'test']} |" for name in names), ""]
