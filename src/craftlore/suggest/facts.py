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

__all__ = ["Facts", "background", "beside_steps", "with_somebody"]

Facts = dict[int, tuple[int, str]]
"""Step number -> (sentence number, sentence)."""

MOST = 4
CLOSE = 0.48  # cosine from which a sentence says something about a step; read off 60 plans (docs/log.md)
SHARED = 0.25  # the same for shared stems, without an encoder
_DONE = re.compile(
    r"\b(?:is|are|was|were) (?:then |often |also |usually |sometimes )?(?:cut|folded|tied|woven|twisted|braided|planted|sown|painted|carved|drawn|laid|sewn|dyed|"
    r"stretched|stacked|pressed|poured|measured|counted|played|sung|told|hung|joined|bound|built|wound|knotted|filled|glued|coloured|printed|set|placed|thrown|"
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
    closeness = _closeness(plan.steps, sentences, encoder)
    floor = CLOSE if encoder else SHARED
    usable = [_usable(sentence, plan.grade) for sentence in sentences]
    pairs = sorted(np.argwhere(closeness >= floor).tolist(), key=lambda pair: -closeness[pair[0], pair[1]])
    facts: Facts = {}
    taken: set[int] = set()
    for step, sentence in pairs:
        if usable[sentence] and step + 1 not in facts and sentence not in taken and len(facts) < MOST:
            facts[step + 1] = (sentence + 1, sentences[sentence])
            taken.add(sentence)
    return dict(sorted(facts.items()))


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


def _usable(sentence: str, grade: str) -> bool:
    long_enough = 6 <= len(sentence.split()) <= 32
    return long_enough and not _DANGLING.match(sentence) and not _NOT_BESIDE.search(sentence) and not hazards_in(sentence, grade)


def _closeness(steps: Sequence[str], sentences: Sequence[str], encoder: Encoder | None) -> NDArray[np.float32]:
    if encoder:
        return (encoder.encode(steps) @ encoder.encode(sentences).T).astype(np.float32)
    left, right = [set(stems(s)) for s in steps], [set(stems(s)) for s in sentences]
    return np.array([[len(a & b) / max(min(len(a), len(b)), 1) for b in right] for a in left], np.float32)
