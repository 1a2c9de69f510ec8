"""An example for every body and every answer of the API: what a reader of OpenAPI sees, and what the contract test checks against the schemas.

They are made of the records themselves, so a field that is gone or wrong stops the document and not its reader.
"""

from __future__ import annotations

from typing import Any

from craftlore.records import Activity, Credit, Idea, ModelInfo, Quote, Request, Section
from craftlore.serve.drafts import Draft
from craftlore.serve.exchange import write_activities
from craftlore.serve.faults import ErrorBody
from craftlore.serve.wire import (
    ActivityPage,
    ArticleAnswer,
    ConflictAnswer,
    FoundActivity,
    Material,
    Materials,
    Ready,
    Regenerated,
    SearchAnswer,
)  # fmt: skip
from craftlore.suggest.events import Card, FieldReady
from craftlore.suggest.thin import Decision
from craftlore.vocabulary import Label

__all__ = ["add_examples"]

_ID = "233a50a12a09"
_ASKED = {"text": "grade 4, chalk and string, something for the playground", "grade": "4", "materials": ["chalk", "string"]}


def add_examples(document: dict[str, Any]) -> None:
    """Put an example beside the schema of every body and answer, unless the schema brings one of its own."""
    named, inline, schemas = _named(), _inline(), document["components"]["schemas"]
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        bodies = operation.get("requestBody", {}).get("content", {})
        answers = [answer.get("content", {}) for answer in operation["responses"].values()]
        for content in (bodies, *answers):
            for media, kind in content.items():
                name = kind.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
                if "examples" in schemas.get(name, {}):
                    continue
                found = named.get(name, inline.get((operation["operationId"], media)))
                if found is not None:
                    kind["example"] = found


def _named() -> dict[str, Any]:
    """Examples by the name of their schema."""
    idea, activity = _idea(), _activity()
    sent = idea.model_dump(mode="json")
    draft = Draft(id="b7e1c09d2f44", version=2, idea=idea, changed=1_790_000_000.0)
    conflict = ErrorBody(
        code="conflict", message="The draft has changed in between (version 2 now). Look at both and save again.", field="version", request_id=_ID
    )
    records = {
        "Activity": activity,
        "ActivityPage": ActivityPage(total=64, activities=(activity,)),
        "ArticleAnswer": _article(),
        "ConflictAnswer": ConflictAnswer(error=conflict, current=draft),
        "Draft": draft,
        "Materials": Materials(items=(Material(name="chalk", aliases=("sidewalk chalk",), tool=False),)),
        "Regenerated": Regenerated(idea=idea, changed=("materials_to_find", "steps"), verdicts=(), degraded=(), request_id=_ID),
        "SearchAnswer": _found(activity),
        "StreamEvent": FieldReady(idea=idea.id, name="title", value=idea.title),
    }
    change = {"kind": "material", "from": "string", "to": "rope"}
    bodies = {"DraftBody": {"idea": sent}, "DraftChange": {"version": 1, "idea": sent}, "RegenerateBody": {"idea": sent, "change": change, "request": _ASKED}}
    return bodies | {name: record.model_dump(mode="json") for name, record in records.items()}


def _inline() -> dict[tuple[str, str], Any]:
    """Examples of what has no schema of its own, by operation and media type."""
    activity = _activity()
    rows = {"activities": [activity.model_dump(mode="json")]}
    table = write_activities([activity], "csv")
    return {
        ("list_drafts", "application/json"): [_named()["Draft"]],
        ("import_activities", "application/json"): rows,
        ("import_activities", "text/csv"): table,
        ("export_activities", "application/json"): rows,
        ("export_activities", "text/csv"): table,
        ("healthz", "application/json"): {"ok": True},
        ("readyz", "application/json"): Ready(ready=True, model="qwen2.5-coder-1.5b", index=True, encoder=True).model_dump(),
        ("metrics", "text/plain"): 'craftlore_ideas_total{outcome="written"} 12.0\n',
    }


def _idea() -> Idea:
    return Idea(
        id="5d0c2f9a7b31", article_id="starter:kolam", pattern_id="dot-grid-loop-drawing", title="Kolam dots on the playground", tradition="Kolam",
        people=("Tamils",), places=("India",), grade="4", labels=(Label.VISUAL, Label.MATHEMATICS),
        summary="Pupils lay a grid of dots and lead one line around them until it closes, as people do at their doors in the morning.",
        materials_used=("chalk", "string"), materials_to_find=(), tools=(), amounts={"chalk": "1 stick for each pupil", "string": "2 m for each group"},
        steps=(
            "Stretch the string and mark five dots beside it with chalk, a hand apart.",
            "Move the string by a hand and mark the next row between the dots of the first.",
            "Lead one line of chalk around the dots without lifting it, until it meets its beginning.",
        ),
        background=(Quote(sentence=1, text="A kolam is a drawing of lines and loops around a grid of dots.", step=3),),
        learning_goals=("Describe how a line turns at the edge of a grid.", "Predict whether one line is enough for a grid."),
        question="Why do some grids need two lines?", minutes=40, safety_notes=("Agree on a place away from cars.",),
        tips=("Four rows of five dots close with one line.",),
        credit=Credit(
            title="Kolam", source="Craftlore starter library", url="https://en.wikipedia.org/wiki/Kolam", revision="8e86b184c0aa", licence="CC BY-SA 4.0"
        ),
        kept_from_pattern=(1, 2), model=ModelInfo(name="qwen2.5-coder-1.5b"),
    )  # fmt: skip


def _activity() -> Activity:
    return Activity(
        id="cup-and-string-telephone", title="Cup and string telephone", introduction="Pupils build a telephone of two cups and test how far it carries.",
        class_grade=("3", "4", "5"), categories=("Science and nature", "sound"),
        learning_goals=("Explain how sound travels along a string.", "Change one thing at a time in a test."), materials=("paper cups", "string"),
        making_steps=("Make a hole in each of the paper cups.", "Knot the string into both.", "Pull it tight and take turns to speak and listen."),
        facilitation_tips=("A slack string carries nothing.",), minutes=45,
    )  # fmt: skip


def _article() -> ArticleAnswer:
    section = Section(path=("Method",), first=1, sentences=("A kolam is a drawing of lines and loops around a grid of dots.", "It is made with rice flour."))
    return ArticleAnswer(
        id="starter:kolam", title="Kolam", url="https://en.wikipedia.org/wiki/Kolam", language="en", revision="8e86b184c0aa", licence="CC BY-SA 4.0",
        source="Craftlore starter library", labels=(Label.VISUAL,), people=("Tamils",), places=("India",), access="open", access_reason=None,
        sections=(section,),
    )  # fmt: skip


def _found(activity: Activity) -> SearchAnswer:
    card = Card(
        article_id="starter:kolam", title="Kolam", people=("Tamils",), places=("India",), labels=(Label.VISUAL,), access="open", access_reason=None,
        pattern_id="dot-grid-loop-drawing", pattern_name="Line drawing around a grid of dots", product="line drawing", minutes=40,
        why="Line drawing around a grid of dots: uses your chalk and string.", missing=(),
    )  # fmt: skip
    return SearchAnswer(
        request_id=_ID, understood=Request.model_validate(_ASKED), inferred=("grade", "materials"), notes=(),
        activities=(FoundActivity(activity=activity, score=0.31, why="Science and nature: uses your string, grade 4, 45 minutes."),),
        decision=Decision(state="thin", reason="None of your own activities fits well, so a new idea is worth writing."),
        cards=(card,), declined=None, verdicts=(), degraded=(), timings={"screen": 4.9, "parse": 0.4, "search": 1.2, "match": 0.9},
    )  # fmt: skip
