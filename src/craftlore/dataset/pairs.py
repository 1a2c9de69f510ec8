"""From answered scenarios to training rows: whole answers, no two nearly the same, each with its provenance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from craftlore.dataset.filters.novelty import near_duplicates
from craftlore.dataset.generate import Answered
from craftlore.dataset.records import Drop, Row, Split
from craftlore.suggest.prompt import VERSION, build_messages

__all__ = ["kept_pairs", "row_of"]


def kept_pairs(answered: Sequence[Answered], alike: float, unsupported: Iterable[str] = ()) -> tuple[list[Answered], list[Drop]]:
    """The scenarios whose every field has a sound text and which are no near-duplicates, in order; and all that was dropped."""
    drops = [drop for each in answered for drop in each.choice.drops]
    whole = []
    refused = set(unsupported)
    for each in answered:
        identity = each.staged.scenario.id
        if each.choice.missing and all(candidate.model == "gold" for candidate in each.candidates):
            drops.append(Drop(scenario=identity, number=None, field="*", filter="not asked", reason="the teacher model was not asked yet"))
        elif each.choice.missing:
            reason = f"no candidate of {len(each.candidates)} has a sound {each.choice.missing[0]}"
            drops.append(Drop(scenario=identity, number=None, field=each.choice.missing[0], filter="incomplete", reason=reason))
        elif identity in refused:
            drops.append(Drop(scenario=identity, number=None, field="*", filter="judge", reason="the judge finds something that the source does not say"))
        else:
            whole.append(each)
    doubles = near_duplicates(((each.staged, each.choice.texts) for each in whole), alike)
    drops += [Drop(scenario=i, number=None, field="*", filter="near-duplicate", reason=f"nearly the same as {twin}") for i, twin in doubles.items()]
    return [each for each in whole if each.staged.scenario.id not in doubles], drops


def row_of(answered: Answered, split_of: Mapping[str, Split]) -> Row:
    """The chat that serving would have, with the answer that it would want, byte for byte as the prompt's examples write it."""
    staged, scenario, article = answered.staged, answered.staged.scenario, answered.staged.plan.article
    answer = json.dumps(answered.choice.texts, ensure_ascii=False)
    return Row(
        messages=(*build_messages(staged.plan, staged.facts), {"role": "assistant", "content": answer}),
        scenario=scenario.id, kind=scenario.kind, split=split_of[article.id], style=scenario.style, request=scenario.text, grade=scenario.grade,
        article_id=article.id, pattern_id=scenario.pattern_id, labels=article.labels, continent=article.continent,
        written_by=answered.choice.written_by, prompt_version=VERSION, seed=scenario.seed, source=article.url, revision=article.revision,
        licence=article.licence, look_alike=scenario.look_alike,
    )  # fmt: skip
