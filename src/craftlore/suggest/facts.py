"""Which sentence of the article belongs beside which step of the plan: chosen by code, so that it is a real sentence.

Closeness of meaning decides (encoder), or shared words where there is no encoder. Each sentence stands beside one step at
most, and a sentence that speaks of a hazard of this grade, of ritual or of the dead stands beside none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from craftlore.index.encoder import Encoder
from craftlore.records import Article
from craftlore.safety.policy import hazards_in
from craftlore.suggest.match import Plan
from craftlore.words import stems

__all__ = ["Facts", "background", "beside_steps", "split_step", "with_somebody"]

Facts = dict[int, tuple[int, str]]
"""Step number -> (sentence number, sentence)."""

MOST = 4
# A sentence belongs beside a step from this cosine to one of the step's sentences on; from the lower one if they also share
# two words that carry meaning; without an encoder, from this share of common stems. Read off 60 plans (docs/log.md).
ALONE, CLOSE, SHARED = 0.70, 0.45, 0.40
_DONE = re.compile(
    r"\b(?:is|are|was|were) (?:then |often |also |usually |sometimes )?(?:cut|folded|tied|woven|twisted|braided|planted|sown|painted|carved|"
    r"drawn|laid|sewn|dyed|stretched|stacked|pressed|poured|measured|counted|played|sung|told|hung|joined|bound|built|wound|knotted|filled|glued|coloured|printed|set|placed|thrown|"
    r"dipped|rolled|rubbed|stitched|passed|held|lifted|dropped|captured|struck|tuned|hammered|traced|marked|shaped|mixed|washed|dried|spun|fixed|put|scraped|polished)\b"
)
_DANGLING = re.compile(r"^(?:It|They|This|These|That|Those|He|She|Its|Their|Such|Here|There|Then|Both|Others?|Another)\b")
_NOT_BESIDE = re.compile(
    r"\b(?:sacred|sacrifice|funeral|grave|ancestor|spirit|god|goddess|prayer|pray|ritual|offering|ceremon\w+|blood|war|killed|slave\w*|enslaved)\b", re.I
)


def beside_steps(plan: Plan, encoder: Encoder | None) -> Facts:
    """At most four steps of a plan with the sentence that tells how the tradition does the same; study patterns get none."""
    if plan.pattern.kind == "study":
        return {}
    sentences = plan.article.sentences
    usable = [n for n, sentence in enumerate(sentences) if _usable(sentence, plan.grade)]
    if not usable:
        return {}
    parts = [(step, part) for step, text in enumerate(plan.steps, 1) for part in split_step(text)]
    closeness = _closeness([part for _, part in parts], [sentences[n] for n in usable], encoder)
    pairs = sorted(np.ndindex(closeness.shape), key=lambda pair: -closeness[pair])
    facts: Facts = {}
    taken: set[int] = set()
    for part, column in pairs:
        step, sentence = parts[part][0], usable[column]
        close = closeness[part, column]
        near = close >= (ALONE if encoder else SHARED) or (close >= CLOSE and encoder and _shared(parts[part][1], sentences[sentence]) >= 2)
        if near and step not in facts and sentence not in taken and len(facts) < MOST:
            facts[step] = (sentence + 1, sentences[sentence])
            taken.add(sentence)
    return dict(sorted(facts.items()))


def split_step(step: str) -> list[str]:
    """The sentences of a step."""
    return re.split(r"(?<=\.) ", step)


def with_somebody(facts: Facts, agents: Sequence[str]) -> Facts:
    """The facts in which people do something: only these can become a clause about people; the rest stay quotations."""
    doer = re.compile(rf"\b(?:{'|'.join(agents)}|{'|'.join(agent.removesuffix('s') for agent in agents)})\b", re.I)
    return {step: (number, sentence) for step, (number, sentence) in facts.items() if doer.search(sentence) or _DONE.search(sentence)}


def background(article: Article, facts: Facts, grade: str) -> tuple[int, ...]:
    """Sentence numbers to show as background: the opening, those beside steps, and one that tells of today."""
    today = [n for n, s in enumerate(article.sentences, 1) if re.search(r"\b(?:today|still|now|nowadays)\b", s, re.I) and not _DANGLING.match(s)]
    lead = [n for n in range(1, article.sections[0].first + min(2, len(article.sections[0].sentences)))]
    chosen = dict.fromkeys((*lead, *(number for number, _ in facts.values()), *today[-1:]))
    return tuple(sorted(n for n in chosen if not hazards_in(article.sentences[n - 1], grade)))[:7] or (1,)


def _shared(left: str, right: str) -> int:
    return len(set(stems(left)) & set(stems(right)))


def _usable(sentence: str, grade: str) -> bool:
    long_enough = 6 <= len(sentence.split()) <= 32
    return long_enough and not _DANGLING.match(sentence) and not _NOT_BESIDE.search(sentence) and not hazards_in(sentence, grade)


def _closeness(steps: Sequence[str], sentences: Sequence[str], encoder: Encoder | None) -> NDArray[np.float32]:
    if encoder:
        return (encoder.encode(steps) @ encoder.encode(sentences).T).astype(np.float32)
    left, right = [set(stems(s)) for s in steps], [set(stems(s)) for s in sentences]
    return np.array([[len(a & b) / max(min(len(a), len(b)), 1) for b in right] for a in left], np.float32)
