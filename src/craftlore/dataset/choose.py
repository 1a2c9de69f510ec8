"""From the candidates of one scenario to one answer: field by field, the first text that passes every filter."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from craftlore.dataset.filters.chain import field_fault
from craftlore.dataset.records import Candidate, Drop
from craftlore.dataset.staging import Staged, fields_of
from craftlore.suggest.check import own_spelling

__all__ = ["Choice", "choose"]


@dataclass(frozen=True)
class Choice:
    """The texts that passed, who wrote each, and every text that did not pass."""

    texts: dict[str, str]
    written_by: dict[str, str]
    drops: tuple[Drop, ...]
    missing: tuple[str, ...]


def choose(staged: Staged, candidates: Iterable[Candidate]) -> Choice:
    """The first sound text for each field of the schema; `candidates` in order, those of people first."""
    wanted = fields_of(staged)
    texts: dict[str, str] = {}
    written_by: dict[str, str] = {}
    drops: list[Drop] = []
    for candidate in candidates:
        identity = (staged.scenario.id, candidate.number)
        if candidate.error:
            drops.append(Drop(scenario=identity[0], number=identity[1], field="*", filter="answer", reason=candidate.error))
            continue
        fields = _parsed(candidate, staged)
        if isinstance(fields, str):
            drops.append(Drop(scenario=identity[0], number=identity[1], field="*", filter="schema", reason=fields, text=candidate.text))
            continue
        for name, text in fields.items():
            if fault := field_fault(staged, name, text):
                drops.append(Drop(scenario=identity[0], number=identity[1], field=name, filter=fault[0], reason=fault[1], text=text))
            elif name not in texts:
                texts[name], written_by[name] = text, candidate.model
    ordered = {name: texts[name] for name in wanted if name in texts}
    return Choice(ordered, written_by, tuple(drops), tuple(name for name in wanted if name not in texts))


def _parsed(candidate: Candidate, staged: Staged) -> dict[str, str] | str:
    """The fields of an answer in the order of the schema, or why it is none. People (`gold`) may leave fields out."""
    try:
        data = json.loads(own_spelling(candidate.text, staged.plan))
    except ValueError as error:
        return f"no JSON: {error}"
    wanted = [name for name in fields_of(staged) if name in (*candidate.fields, *candidate.given)] if candidate.fields else fields_of(staged)
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        return "no object of texts"
    if set(data) - set(wanted):
        return f"a field that was not asked for: {sorted(set(data) - set(wanted))[0]}"
    if len(data) < len(wanted) and candidate.model != "gold":
        return f"a field is missing: {next(name for name in wanted if name not in data)}"
    return {name: data[name].strip() for name in wanted if name in data}
