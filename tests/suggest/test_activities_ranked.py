"""Own activities for a request: the fitting one first, typed wishes as filters, and one line between enough and thin."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import FakeEncoder

from craftlore.library import Library
from craftlore.records import Disposition, Request, Verdict
from craftlore.suggest.activities import ActivityIndex, text_of, vector_of
from craftlore.suggest.thin import decide

ALL = frozenset(("grade", "label", "materials", "product", "region", "minutes"))


@pytest.fixture(scope="module")
def own(library: Library) -> ActivityIndex:
    activities = tuple(library.activities.values())
    return ActivityIndex(activities, FakeEncoder().encode([text_of(a) for a in activities]))


def best(own: ActivityIndex, inferred: frozenset[str] = ALL, **wishes: Any) -> list[str]:
    request = Request.model_validate(wishes)
    return [hit.activity.id for hit in own.search(request, vector_of(request, FakeEncoder()), 5, inferred)]


def test_the_activity_that_is_meant_comes_first(own: ActivityIndex) -> None:
    assert best(own, text="a telephone of two cups and a string")[0] == "cup-and-string-telephone"
    assert best(own, text="does it sink or float", grade="1")[0].startswith("sink-or-float") or "float" in best(own, text="does it sink or float", grade="1")[0]


def test_a_typed_grade_or_label_filters_and_an_inferred_one_only_counts(own: ActivityIndex) -> None:
    wish: dict[str, Any] = {"text": "string telephone with cups", "grade": "6"}
    assert "cup-and-string-telephone" in best(own, **wish) and "cup-and-string-telephone" in best(own, frozenset(), **wish)
    assert "cup-and-string-telephone" not in best(own, **wish | {"grade": "9"})
    assert "cup-and-string-telephone" not in best(own, frozenset(), **wish | {"label": "Visual arts"})


def test_what_is_ruled_out_is_not_offered(own: ActivityIndex) -> None:
    assert "cup-and-string-telephone" not in best(own, text="telephone with cups", without=["string"])


def test_an_activity_from_nowhere_counts_less_when_a_place_is_asked_for(own: ActivityIndex) -> None:
    scores = [own.search(Request(text="shadow story", region=region), None, 1, ALL)[0].score for region in (None, "Java")]
    assert scores[1] < scores[0]


def test_no_activities_are_no_error() -> None:
    assert ActivityIndex((), None).search(Request(text="paper")) == ()


def test_the_decision_has_a_state_and_a_reason(own: ActivityIndex) -> None:
    hits = own.search(Request(text="a telephone of two cups and a string"), None, 5, ALL)
    weak = own.search(Request(text="shadow puppets, dragons, fables, kings and a string"), None, 5, ALL)
    refused, redirected = (Verdict(rule="R", disposition=d, why="Because.") for d in (Disposition.REFUSE, Disposition.REDIRECT))
    states = [
        decide(hits, None, articles=True, model=True, by_words=True),
        decide(weak, None, articles=True, model=True, by_words=True),
        decide((), None, articles=True, model=True),
        decide((), None, articles=True, model=False),
        decide((), None, articles=False, model=True),
        decide((), refused, articles=False, model=True),
        decide((), redirected, articles=False, model=True),
    ]
    assert [decision.state for decision in states] == ["enough", "thin", "thin", "model_down", "off_topic", "unsafe", "off_topic"]
    assert all(decision.reason.endswith(".") for decision in states) and hits[0].activity.title in states[0].reason
