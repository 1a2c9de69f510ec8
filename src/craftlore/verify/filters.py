"""Seeded faults: sound texts of people, spoilt by code in one way each, through the filters of `craftlore dataset`.

A fault counts as caught if any filter drops it, and as caught for the right reason if one of the filters that are named for it
does. The untouched texts are what people wrote, as far as it has the form that serving asks for; a filter that drops one is wrong.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from craftlore.dataset.filters.chain import field_faults, plan_fault
from craftlore.dataset.filters.novelty import near_duplicates
from craftlore.dataset.gold_fields import gold_scenarios
from craftlore.dataset.known import Known
from craftlore.dataset.scenarios import Planner
from craftlore.dataset.staging import Staged, stage
from craftlore.gold import Gold
from craftlore.safety.policy import hazards, item_level, level
from craftlore.suggest.check import about_pupils
from craftlore.words import stems

__all__ = ["FilterReport", "KindRate", "verify_filters"]

FORM = frozenset(("schema", "length"))
OWN = frozenset(("adaptation",))
"""What people took from the pattern word for word is as little of a pair as what a model takes."""
EACH = 40  # cases of a kind at most
ELSEWHERE = (
    "Pupils cortan el papel para hacer una figura como las que hacen los artesanos de la tierra.",
    "Pupils falten das Papier und kleben die Figur auf eine Karte wie die Leute in der Stadt.",
    "Pupils plient le papier avec les mains pour faire une figure dans la tradition du village.",
    "Pupils vouwen het papier en plakken een figuur voor het raam zoals mensen in het dorp.",
)


@dataclass(frozen=True)
class Sound:
    """One gold idea on stage with those of its texts that have the form that serving asks for."""

    staged: Staged
    texts: Mapping[str, str]
    twin: Staged
    """Another gold idea, of another tradition."""


@dataclass(frozen=True)
class KindRate:
    """One kind of fault: how many were made, caught, and caught by a filter that is named for it."""

    kind: str
    made: int
    caught: int
    rightly: int


@dataclass(frozen=True)
class FilterReport:
    """Recall by kind, and how many untouched texts each filter dropped."""

    kinds: tuple[KindRate, ...]
    untouched: int
    wrongly: Mapping[str, int]
    recall: float
    precision: float
    examples: tuple[str, ...]


Spoil = Callable[[Sound, random.Random], tuple[str, str] | None]
"""Field and spoilt text, or None if this idea cannot be spoilt in this way."""


def _summary(change: Callable[[str, Sound, random.Random], str | None]) -> Spoil:
    def spoil(sound: Sound, draw: random.Random) -> tuple[str, str] | None:
        text = sound.texts.get("summary")
        spoilt = change(text, sound, draw) if text else None
        return ("summary", spoilt) if spoilt and spoilt != text else None

    return spoil


def _pupils_part(text: str, more: str) -> str:
    """The summary with `more` at the end of what it says about pupils."""
    pupils = about_pupils(text).removesuffix(".")
    return f"{pupils} {more}{text[len(pupils) :]}"


def _hazard_word(sound: Sound) -> str | None:
    grade = sound.staged.plan.grade
    own = sound.staged.plan.article.text.casefold()
    return next((h.words[0] for h in hazards().values() if level(h.id, grade) in "TX" and h.words[0].isascii() and h.words[0] not in own), None)


def _other_thing(sound: Sound, draw: random.Random, allowed: bool = True) -> str | None:
    """A thing of the vocabulary that neither plan nor article speaks of, and that the grade may (or may not) use."""
    plan, items = sound.staged.plan, sound.staged.known.library.items
    known = set(stems(" ".join((*plan.steps, *plan.filling.values(), plan.pattern.summary, plan.pattern.name, plan.article.title, *plan.pattern.tags))))
    right = "AS" if allowed else "TX"
    names = [name for name, item in items.items() if item_level(item, plan.grade) in right and not set(stems(name)) & known]
    return draw.choice(names) if names else None


def _foreign_tradition(text: str, sound: Sound, _: random.Random) -> str:
    return _pupils_part(text, f"from {sound.twin.plan.article.title.split(':')[0]}")


def _foreign_place(text: str, sound: Sound, _: random.Random) -> str | None:
    places = sound.twin.plan.article.places
    same = sound.twin.plan.article.continent == sound.staged.plan.article.continent
    return None if same or not places else f"{text.removesuffix('.')} in {places[0]}."


def _distractor(text: str, sound: Sound, draw: random.Random) -> str:
    sentence = draw.choice([s for s in sound.twin.plan.article.sentences if 6 <= len(s.split()) <= 22])
    return f"{about_pupils(text).removesuffix('.')}, as {sentence[0].lower()}{sentence[1:]}"


def _cut_off(text: str, _: Sound, __: random.Random) -> str | None:
    at = [m.end() for m in re.finditer(r" (?:the|a|of|and|in|with)\b", text)]
    return text[: at[-1]] if at else None


def _field(field: str, text: Callable[[Sound, random.Random], str | None]) -> Spoil:
    def spoil(sound: Sound, draw: random.Random) -> tuple[str, str] | None:
        spoilt = text(sound, draw)
        return (field, spoilt) if spoilt else None

    return spoil


def _date(text: str, _: Sound, draw: random.Random) -> str:
    return f"{text.removesuffix('.')} since {draw.randrange(1100, 1990)}."


def _number(sound: Sound, draw: random.Random) -> str | None:
    goal = sound.texts.get("goal")
    return f"{goal.removesuffix('.')} in {draw.randrange(41, 99)} ways." if goal else None


def _unsafe(text: str, sound: Sound, _: random.Random) -> str | None:
    word = _hazard_word(sound)
    return _pupils_part(text, f"with {word}") if word else None


def _unlisted(text: str, sound: Sound, draw: random.Random) -> str | None:
    thing = _other_thing(sound, draw)
    return _pupils_part(text, f"with {thing}") if thing else None


def _loaded(text: str, _: Sound, draw: random.Random) -> str:
    return _pupils_part(text, draw.choice(("in a primitive way", "as exotic art", "from an ancient tribe")))


def _unadapted(_: str, sound: Sound, __: random.Random) -> str | None:
    plan = sound.staged.plan
    return f"{plan.pattern.summary.removesuffix('.')} from {plan.article.places[0]}." if plan.article.places else None


def _yes_or_no(sound: Sound, _: random.Random) -> str:
    return f"Is your {sound.staged.plan.pattern.product} as good as one from {sound.staged.plan.article.title}?"


def _unseen(sound: Sound, _: random.Random) -> str:
    return f"Appreciate the beauty of {sound.staged.plan.article.title} and its people."


SPOIL: Mapping[str, tuple[Spoil, frozenset[str]]] = {
    "hallucinated date": (_summary(_date), frozenset(("grounding",))),
    "number not in the source": (_field("goal", _number), frozenset(("grounding",))),
    "wrong culture": (_summary(_foreign_tradition), frozenset(("culture", "grounding", "gate"))),
    "wrong place": (_summary(_foreign_place), frozenset(("culture", "grounding", "gate"))),
    "copied distractor": (_summary(_distractor), frozenset(("claims", "culture", "grounding"))),
    "unsafe step": (_summary(_unsafe), frozenset(("hazard", "gate", "grounding"))),
    "unlisted material": (_summary(_unlisted), frozenset(("things", "grounding"))),
    "cut-off": (_summary(_cut_off), frozenset(("grounding", "schema"))),
    "wrong language": (_summary(lambda text, sound, draw: draw.choice(ELSEWHERE)), frozenset(("language",))),
    "foreign script": (_summary(lambda text, sound, draw: f"{text.removesuffix('.')} \u4f20\u7edf."), frozenset(("grounding", "schema"))),
    "loaded word": (_summary(_loaded), frozenset(("grounding",))),
    "pattern word for word": (_summary(_unadapted), frozenset(("adaptation",))),
    "yes-or-no question": (_field("question", _yes_or_no), frozenset(("grounding", "schema"))),
    "goal that nobody can see": (_field("goal", _unseen), frozenset(("grounding", "schema"))),
    "title without tradition": (_field("title", lambda sound, draw: "Our lovely thing for the window"), frozenset(("tradition", "grounding"))),
    "turned round": (_summary(lambda text, sound, draw: re.sub(r"\b(do|does|did|are|is|were)\b", r"\1 not", text)), frozenset(("claims", "grounding"))),
}


def verify_filters(planner: Planner, gold: Mapping[str, Gold], seed: int = 0) -> FilterReport:
    """Run every kind of fault, and every untouched text, through the filters."""
    draw = random.Random(seed)  # noqa: S311 - variety, not secrecy
    sound = _sound_ideas(planner, gold)
    rates, examples = [], []
    for kind, (spoil, right) in SPOIL.items():
        cases = [(s.staged, *spoilt) for s in draw.sample(sound, len(sound)) if (spoilt := spoil(s, draw))][:EACH]
        found = [{name for name, _ in field_faults(staged, field, text)} for staged, field, text in cases]
        rates.append(KindRate(kind, len(cases), sum(map(bool, found)), sum(bool(names & right) for names in found)))
        examples += [f"{kind}: {case[0].scenario.id}: {case[2]}" for case, names in zip(cases, found, strict=True) if not names & right][:3]
    rates += _plan_kinds(sound, draw)
    rates.append(_duplicates(sound))
    wrongly: dict[str, int] = defaultdict(int)
    texts = [(s.staged, name, text) for s in sound for name, text in s.texts.items()]
    for staged, name, text in texts:
        if first := next(field_faults(staged, name, text), None):
            wrongly[f"{first[0]}: {name.split('_')[0]}"] += 1
    made, caught, wrong = sum(r.made for r in rates), sum(r.rightly for r in rates), sum(wrongly.values())
    return FilterReport(tuple(rates), len(texts), dict(sorted(wrongly.items())), caught / max(made, 1), caught / max(caught + wrong, 1), tuple(examples))


def _sound_ideas(planner: Planner, gold: Mapping[str, Gold]) -> list[Sound]:
    """Gold ideas with their texts that have the form of the schema; each with an idea of another tradition beside it."""
    known = Known(planner.library)
    ideas = [(stage(s, known), rows.ideas[s.gold or 0]) for rows in gold.values() for s in gold_scenarios(planner, rows)]
    found = []
    for place, (staged, idea) in enumerate(ideas):
        twin = next(other for other, _ in ideas[place + 1 :] + ideas if other.plan.article.id != staged.plan.article.id)
        written = {"title": idea.title, "summary": idea.summary, "goal": idea.goals[0]}
        texts = {name: text for name, text in written.items() if not any(fault in FORM | OWN for fault, _ in field_faults(staged, name, text))}
        found.append(Sound(staged, texts, twin))
    return found


def _plan_kinds(sound: Iterable[Sound], draw: random.Random) -> list[KindRate]:
    """Faults of the plan itself: a thing that the grade may not use, one that no step uses, one that nobody has."""
    made: dict[str, list[bool]] = defaultdict(list)
    for each in list(sound)[:EACH]:
        plan = each.staged.plan
        if forbidden := _other_thing(each, draw, allowed=False):
            made["wrong grade"].append(_plan_caught(each, replace(plan, to_find=(*plan.to_find, forbidden)), "allowed"))
        if extra := _other_thing(each, draw):
            made["unused material"].append(_plan_caught(each, replace(plan, to_find=(*plan.to_find, extra)), "steps"))
            made["not at hand"].append(_plan_caught(each, replace(plan, used=(*plan.used, extra)), "materials"))
        if len(things := (*plan.used, *plan.to_find)) > 1:
            fewer = replace(plan, used=tuple(n for n in plan.used if n != things[0]), to_find=tuple(n for n in plan.to_find if n != things[0]))
            made["unlisted in the plan"].append(_plan_caught(each, fewer, "steps"))
    return [KindRate(kind, len(caught), sum(caught), sum(caught)) for kind, caught in made.items()]


def _plan_caught(each: Sound, plan: object, right: str) -> bool:
    fault = plan_fault(replace(each.staged, plan=plan))  # type: ignore[arg-type]
    return fault is not None and fault[0] == right


def _duplicates(sound: Iterable[Sound]) -> KindRate:
    """Pairs asked for again by another request: the second is dropped, and no other."""
    pairs = [(s.staged, {"title": s.texts["title"], "summary": s.texts["summary"], "question": ""}) for s in sound if {"title", "summary"} <= set(s.texts)][
        :EACH
    ]
    again = [(replace(staged, scenario=staged.scenario.model_copy(update={"id": f"{staged.scenario.id}-again"})), texts) for staged, texts in pairs]
    doubles = near_duplicates([*pairs, *again], 88)
    caught = sum(staged.scenario.id in doubles for staged, _ in again)
    return KindRate("duplicate", len(again), caught, caught)
