"""Novelty: a text that only repeats the pattern teaches nothing, and neither does the second of two pairs that are nearly the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz

from craftlore.dataset.staging import Staged
from craftlore.words import fold, tokens

__all__ = ["adaptation", "near_duplicates"]

COPIED = 94  # ratio from which a text is the pattern's own
_TELLS = re.compile(r",? (?:as|like|just as|the way|from|in|inspired|based)\b")


def adaptation(staged: Staged, name: str, text: str) -> str | None:
    """The pattern's own words with a name put in are no adaptation."""
    pattern = staged.plan.pattern
    if name == "summary":  # what it tells of the tradition comes last; the part before that is what may be a copy
        parts = [text[: match.start()] for match in _TELLS.finditer(text)]
        copied = any(fuzz.ratio(fold(part), fold(pattern.summary.rstrip("."))) >= COPIED for part in (*parts, text))
        return "it repeats the pattern's summary" if copied else None
    own = {"goal": pattern.goals, "question": pattern.questions}.get(name, ())
    return f"it is the pattern's own {name}" if any(fuzz.ratio(fold(text), fold(other)) >= COPIED for other in own) else None


def near_duplicates(pairs: Iterable[tuple[Staged, Mapping[str, str]]], alike: float) -> dict[str, str]:
    """Scenario ids of pairs that are nearly the same as one before, each with that one's id.

    Within an article the texts are compared as they are; across articles with the names of each tradition masked, so that
    a frame with another name in it is seen. Only pairs of the same pattern or article are compared: others differ by their making.
    """
    seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
    doubles: dict[str, str] = {}
    for staged, texts in pairs:
        identity, plan = staged.scenario.id, staged.plan
        plain = fold(" ".join(texts[name] for name in ("title", "summary", "question")))
        masked = _masked(plain, staged)
        shelves = ((plan.article.id, plain), (plan.pattern.id, masked))
        twin = next((other for shelf, text in shelves for other, before in seen[shelf] if fuzz.ratio(text, before, score_cutoff=alike)), None)
        if twin:
            doubles[identity] = twin
            continue
        for shelf, text in shelves:
            seen[shelf].append((identity, text))
    return doubles


def _masked(text: str, staged: Staged) -> str:
    article = staged.plan.article
    names = sorted({word for name in (article.title, *article.people, *article.places) for word in tokens(name)}, key=len, reverse=True)
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, names))})\b", "_", text) if names else text
