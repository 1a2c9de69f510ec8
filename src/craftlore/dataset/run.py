"""The stage: plan, ask, filter, split, write. Everything behind `candidates.jsonl` is a pure function of it, and is written anew each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from craftlore.artifacts import atomic_write, sha256_file, write_json, write_jsonl
from craftlore.config import Config
from craftlore.dataset.answers import GoldAnswer, answer_candidate
from craftlore.dataset.card import card, page_of_rows
from craftlore.dataset.declined import declined_rows
from craftlore.dataset.filters.chain import plan_fault
from craftlore.dataset.generate import Answered
from craftlore.dataset.gold_fields import gold_candidate
from craftlore.dataset.journal import Journal
from craftlore.dataset.known import Known
from craftlore.dataset.pairs import kept_pairs, row_of
from craftlore.dataset.plan import Planned, planned
from craftlore.dataset.records import Candidate, Drop, Row, Split
from craftlore.dataset.scenarios import Planner
from craftlore.dataset.split import overlap, split_articles
from craftlore.dataset.staging import Staged
from craftlore.errors import DatasetError
from craftlore.gold import Declined, Gold
from craftlore.suggest.prompt import VERSION, build_messages

__all__ = ["Ask", "Inputs", "Report", "Work", "preview", "run"]

Work = Sequence[tuple[Staged, Sequence[Candidate]]]
"""Scenarios on stage, each with the candidates that people wrote."""
Ask = Callable[[Work, Journal, Callable[[Answered], None]], tuple[list[Answered], frozenset[str]]]
"""Answers every scenario, and names those whose pair the judge finds unsupported; in this process, over Ray, or from the journal alone."""
FILES = ("train", "valid", "test")


@dataclass(frozen=True)
class Inputs:
    """What pairs are made of, beside the settings."""

    planner: Planner
    gold: Mapping[str, Gold]
    declined: Sequence[Declined]
    answers: Mapping[str, GoldAnswer] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What the run gave; the same is in the manifest."""

    scenarios: int
    calls: int
    failed_calls: int
    pairs: int
    model_pairs: int
    rows: Mapping[str, int]
    kinds: Mapping[str, int]
    dropped: Mapping[str, int]
    not_planned: Mapping[str, int]
    overlaps: Mapping[str, int]
    teachers: Mapping[str, int]


def run(inputs: Inputs, folder: Path, ask: Ask, told: Callable[[int, Answered], None]) -> Report:
    """Make the dataset in `folder`; `told` hears the number of scenarios and each one that is answered.

    Raises DatasetError before the first call for a corpus that cannot be split, and whatever `ask` raises when the teacher fails; what
    was answered until then stays in `candidates.jsonl`, and the next run goes on from there.
    """
    config = inputs.planner.config
    with Journal(folder / "candidates.jsonl") as journal:  # before all else: while one run has it, another touches nothing
        (folder / "manifest.json").unlink(missing_ok=True)
        plan, split_of, work, drops = _prepared(inputs, folder)
        answered, unsupported = ask(work, journal, lambda each: told(len(work), each))
        kept, more = kept_pairs(answered, config.dataset.alike, unsupported)
        drops += more
        if not kept:
            raise DatasetError(f"none of {len(answered)} scenarios gave a pair. {folder / 'ledger.jsonl'} tells why: {_commonest(drops)}.")
        rows = [row_of(each, split_of) for each in kept]
        system = build_messages(kept[0].staged.plan, kept[0].staged.facts)[0]["content"]
        most = round(len(rows) * config.dataset.declined_share / (1 - config.dataset.declined_share))
        scenarios = {each.staged.scenario.id: each.staged.scenario for each in kept}
        rows += declined_rows(inputs.declined, scenarios, split_of, system, most, config.dataset.seed)
        report = _report(plan, answered, kept, rows, drops)
        _write(folder, rows, drops, report, config, sum(len(fields) for each in answered for fields in _texts(each)))
        return report


def preview(inputs: Inputs, folder: Path, ask: Ask, count: int) -> list[Answered]:
    """`count` scenarios from all over the plan, answered; their calls are in the journal, so the long run does not make them again."""
    with Journal(folder / "candidates.jsonl") as journal:
        _, _, work, _ = _prepared(inputs, folder)
        return ask(work[:: max(1, len(work) // count)][:count], journal, lambda _: None)[0]


def _prepared(inputs: Inputs, folder: Path) -> tuple[Planned, dict[str, Split], list[tuple[Staged, Sequence[Candidate]]], list[Drop]]:
    config, library = inputs.planner.config, inputs.planner.library
    split_of = split_articles(list(library.articles.values()), inputs.gold, config.dataset.valid_share, config.dataset.seed)
    known, drops = Known(library), []
    plan = planned(inputs.planner, inputs.gold, inputs.answers, split_of, known, folder)
    work: list[tuple[Staged, Sequence[Candidate]]] = []
    for staged in plan.staged:
        if fault := plan_fault(staged):
            drops.append(Drop(scenario=staged.scenario.id, number=None, field="plan", filter=fault[0], reason=fault[1]))
            continue
        work.append((staged, _from_people(staged, inputs)))
    return plan, split_of, work, drops


def _from_people(staged: Staged, inputs: Inputs) -> tuple[Candidate, ...]:
    """What people wrote for a scenario, if they did."""
    scenario = staged.scenario
    if scenario.id in inputs.answers:
        return (answer_candidate(inputs.answers[scenario.id]),)
    return (gold_candidate(staged, inputs.gold[scenario.article_id].ideas[scenario.gold]),) if scenario.gold is not None else ()


def _report(plan: Planned, answered: Sequence[Answered], kept: Sequence[Answered], rows: Sequence[Row], drops: Iterable[Drop]) -> Report:
    calls = [c for each in answered for c in each.candidates if c.model != "gold"]
    return Report(
        scenarios=len(plan.staged), calls=len(calls), failed_calls=sum(c.error is not None for c in calls), pairs=len(kept),
        model_pairs=sum(any(who != "gold" for who in each.choice.written_by.values()) for each in kept), rows=dict(Counter(row.split for row in rows)),
        kinds=dict(Counter(row.kind for row in rows)), dropped=dict(Counter(drop.filter for drop in drops).most_common()), not_planned=dict(plan.dropped),
        overlaps=overlap(rows), teachers=dict(Counter(c.model for c in calls)),
    )  # fmt: skip


def _write(folder: Path, rows: Sequence[Row], drops: Sequence[Drop], report: Report, config: Config, looked_at: int) -> None:
    """All files of the finished stage, the manifest last."""
    write_jsonl(folder / "ledger.jsonl", drops)
    write_jsonl(folder / "pairs.jsonl", rows)
    for split in FILES:
        write_jsonl(folder / f"{split}.jsonl", (row for row in rows if row.split == split))
    facts = {
        "teacher": ", ".join(f"{name} ({count} calls)" for name, count in report.teachers.items()), "prompt": VERSION, "seed": config.dataset.seed,
        "scenarios": report.scenarios, "pairs": report.pairs, "pairs of scenarios without a gold idea": report.model_pairs,
        "calls that failed": report.failed_calls,
    }  # fmt: skip
    for name, text in (("card.md", card(rows, drops, facts, report.overlaps, looked_at)), ("read-40.md", page_of_rows(rows, config.dataset.seed))):
        with atomic_write(folder / name) as file:
            file.write(text.encode())
    files = {name: sha256_file(folder / name) for name in (*(f"{split}.jsonl" for split in FILES), "pairs.jsonl", "ledger.jsonl", "plan.jsonl")}
    settings = {"dataset": config.dataset.model_dump(mode="json"), "suggest": config.suggest.model_dump(mode="json")}
    write_json(folder / "manifest.json", {**report.__dict__, "prompt": VERSION, "settings": settings, "files": files})


def _texts(each: Answered) -> Iterable[Sequence[str]]:
    """The texts that filters looked at: those that passed and those that did not."""
    return [tuple(each.choice.texts), [drop.text for drop in each.choice.drops if drop.field != "*"]]


def _commonest(drops: Iterable[Drop]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(drop.filter for drop in drops).most_common(3)) or "nothing was asked"
