"""How often the first plan is the one that a teacher chose: article and making pattern, over the requests of the gold ideas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from craftlore.errors import DataError
from craftlore.gold import read_gold
from craftlore.log import StepLog
from craftlore.suggest.parse import Fields
from craftlore.suggest.pipeline import Suggester

__all__ = ["ChoiceReport", "verify_choice"]


@dataclass(frozen=True)
class ChoiceReport:
    """Shares of the requests; `ended` counts those that the request gate stopped, which gold requests never should be.

    A gold request may suit other articles as well, so these are lower bounds: they compare weights, they do not grade ideas.
    """

    requests: int
    article: float
    article_in_3: float
    pattern: float
    both: float
    ended: int
    wrong: list[str]


def verify_choice(suggester: Suggester, split: Literal["train", "test"]) -> ChoiceReport:
    """Match the gold requests of one split, without a model. Weights may be set on `train` only. Raises DataError if there are none."""
    files, _ = read_gold(suggester.library)
    article, in_3, pattern, both, ended, wrong = 0, 0, 0, 0, 0, []
    cases = [(chosen, idea) for chosen, file in files.items() if file.split == split for idea in file.ideas]
    if not cases:
        raise DataError(f"the library has no gold ideas in the split {split!r}")
    for chosen, idea in cases:
        prepared = suggester.prepare(idea.request, Fields(grade=idea.grade), StepLog("choice"))
        ended += prepared.understood is None
        found = [(plan.article.id, plan.pattern.id) for plan in prepared.plans[:3]]
        first = found[0] if found else ("", "")
        article += first[0] == chosen
        in_3 += any(name == chosen for name, _ in found)
        pattern += first[1] == idea.pattern
        both += first == (chosen, idea.pattern)
        if first != (chosen, idea.pattern):
            wrong.append(f"{idea.request!r}: wanted {chosen} x {idea.pattern}, found {' x '.join(first) or 'nothing'}")
    share = [round(count / len(cases), 3) for count in (article, in_3, pattern, both)]
    return ChoiceReport(len(cases), share[0], share[1], share[2], share[3], ended, wrong)
