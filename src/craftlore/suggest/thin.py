"""Whether the app's own activities are enough for a request: a decision with a reason, taken before any model is asked.

`enough` is a line on the score of the best own activity, drawn on the even-numbered requests of `verify thin`; the odd-numbered ones
only measure it. With and without an encoder the scores differ, so there are two lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from craftlore.records import Disposition, Verdict
from craftlore.suggest.activities import ActivityHit
from craftlore.vocabulary import Record

__all__ = ["Decision", "decide"]

ENOUGH, ENOUGH_BY_WORDS = 0.44, 0.43


class Decision(Record):
    """What the page does next: `enough` writes nothing unasked, `thin` may; the others say why there is no idea."""

    state: Literal["enough", "thin", "off_topic", "unsafe", "model_down"]
    reason: str


def decide(hits: Sequence[ActivityHit], declined: Verdict | None, *, articles: bool, model: bool, by_words: bool = False) -> Decision:
    """`articles` says whether any article fits, `model` whether one can be asked, `by_words` that no encoder took part in the scores."""
    if declined and declined.disposition in (Disposition.REFUSE, Disposition.SUPPORT):
        return Decision(state="unsafe", reason=declined.why)
    if declined and declined.disposition is Disposition.REDIRECT:
        return Decision(state="off_topic", reason=declined.why)
    line = ENOUGH_BY_WORDS if by_words else ENOUGH
    good = [hit for hit in hits if hit.score >= line]
    if good:
        many = "1 activity" if len(good) == 1 else f"{len(good)} activities"
        return Decision(state="enough", reason=f"{many} of your own fit, first of all “{good[0].activity.title}”. Ideas are written when you ask for them.")
    if not articles:
        return Decision(state="off_topic", reason="Neither your activities nor the library have anything for this. Say what the class should make or do.")
    if not model:
        return Decision(
            state="model_down", reason="Your own activities are few for this, and no language model can be asked now. The traditions below still fit."
        )
    own = "None of your own activities fits well" if hits else "There is no activity of your own for this"
    return Decision(state="thin", reason=f"{own}, so a new idea is worth writing.")
