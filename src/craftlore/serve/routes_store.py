"""Own activities, drafts, feedback, and what the library has: articles with their sentences, materials for the chips."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import JSONResponse

from craftlore.records import Activity
from craftlore.records import Request as Asked
from craftlore.serve.desk import Desk
from craftlore.serve.drafts import Conflict, Draft, Feedback, as_activity
from craftlore.serve.exchange import read_activities, write_activities
from craftlore.serve.faults import ErrorBody, Fault
from craftlore.serve.wire import ActivityPage, ArticleAnswer, ConflictAnswer, DraftBody, DraftChange, DraftVersion, Grade, Imported, Material, Materials
from craftlore.suggest.activities import vector_of
from craftlore.vocabulary import Label

__all__ = ["conflict_answer", "router"]

Kind = Literal["json", "csv"]


def the_desk(request: Request) -> Desk:
    """The desk of the app, as a dependency."""
    desk: Desk = request.app.state.desk
    return desk


def a_reviewer(request: Request) -> None:
    """Raise Fault unless the request carries the review token, where one is set."""
    token = request.app.state.desk.config.serve.review_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and not secrets.compare_digest(given.encode(), token.encode()):
        raise Fault("forbidden", "This needs the review token ([serve] review_token), sent as `Authorization: Bearer TOKEN`.")


At = Annotated[Desk, Depends(the_desk)]
Short = Annotated[str, Query(max_length=200)]
router = APIRouter(prefix="/api")


_FILE = {
    "application/json": {"schema": {"type": "object", "required": ["activities"], "properties": {"activities": {
        "type": "array", "items": {"$ref": "#/components/schemas/Activity"}}}}},
    "text/csv": {"schema": {"type": "string"}},
}  # fmt: skip


@router.get("/articles/{article_id}", tags=["library"], summary="One tradition with its numbered sentences, for the source panel")
def article(article_id: str, desk: At) -> ArticleAnswer:
    found = desk.suggester.library.articles.get(article_id)
    if found is None:
        raise Fault("not_found", f"There is no article {article_id!r}.", "article_id")
    return ArticleAnswer.model_validate({name: getattr(found, name) for name in ArticleAnswer.model_fields})


@router.get("/materials", tags=["library"], summary="The things that requests can name")
def materials(desk: At) -> Materials:
    items = desk.suggester.library.items
    return Materials(items=tuple(Material(name=name, aliases=item.aliases, tool=item.tool) for name, item in items.items()))


@router.get("/activities", tags=["activities"], summary="Own activities, searched and filtered")
def list_activities(
    desk: At, q: Short = "", grade: Grade | None = None, label: Label | None = None, material: Short = "",
    minutes: Annotated[int | None, Query(ge=5, le=600)] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0, limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActivityPage:  # fmt: skip
    index, _ = desk.own.current()
    found = list(index.activities)
    if q.strip():
        asked = Asked(text=q)
        found = [hit.activity for hit in index.search(asked, vector_of(asked, desk.suggester.encoder), len(found))]
    matching = [
        a for a in found
        if (not grade or grade in a.class_grade) and (not label or label.value in a.categories)
        and (not material or material in a.materials) and (not minutes or not a.minutes or a.minutes <= minutes)
    ]  # fmt: skip
    return ActivityPage(total=len(matching), activities=tuple(matching[offset : offset + limit]))


@router.post(
    "/activities/import", tags=["activities"], summary="Add or replace activities from JSON or CSV: all rows or none", dependencies=[Depends(a_reviewer)],
    openapi_extra={"requestBody": {"required": True, "content": _FILE}},
)  # fmt: skip
async def import_activities(request: Request, desk: At) -> Imported:
    kind = {"application/json": "json", "text/csv": "csv"}.get(request.headers.get("content-type", "").split(";")[0].strip())
    if kind is None:
        raise Fault("bad_request", "Send the file as application/json or as text/csv.", "content-type", status=415)
    body = await request.body()
    rows = await desk.run(lambda: read_activities(body, "csv" if kind == "csv" else "json"))
    total = await desk.run(lambda: desk.own.add(rows))
    return Imported(imported=len(rows), total=total)


@router.get(
    "/activities/export", tags=["activities"], summary="All own activities as a file", response_class=Response,
    responses={200: {"description": "The file, as it can be imported again", "content": _FILE}},
)  # fmt: skip
def export_activities(desk: At, format: Kind = "json") -> Response:
    index, trouble = desk.own.current()
    if trouble:
        raise Fault("unavailable", trouble)
    headers = {"content-disposition": f'attachment; filename="activities.{format}"'}
    media = "application/json" if format == "json" else "text/csv; charset=utf-8"
    return Response(write_activities(index.activities, format), media_type=media, headers=headers)


@router.get("/drafts", tags=["drafts"], summary="All drafts, the newest change first")
def list_drafts(desk: At) -> list[Draft]:
    return desk.drafts.all()


@router.post("/drafts", tags=["drafts"], status_code=201, summary="Save an idea as a draft")
def save_draft(body: DraftBody, desk: At) -> Draft:
    return desk.drafts.add(body.idea)


@router.get("/drafts/{draft_id}", tags=["drafts"], summary="One draft")
def get_draft(draft_id: str, desk: At) -> Draft:
    return desk.drafts.get(draft_id)


@router.put("/drafts/{draft_id}", tags=["drafts"], summary="Change a draft, if nobody else has", responses={409: {"model": ConflictAnswer}})
def change_draft(draft_id: str, body: DraftChange, desk: At) -> Draft:
    return desk.drafts.change(draft_id, body.version, body.idea)


@router.delete("/drafts/{draft_id}", tags=["drafts"], status_code=204, summary="Delete a draft")
def delete_draft(draft_id: str, desk: At) -> None:
    desk.drafts.delete(draft_id)


@router.post(
    "/drafts/{draft_id}/publish", tags=["drafts"], summary="Make a draft an activity: only ever because a person said so",
    responses={409: {"model": ConflictAnswer}}, dependencies=[Depends(a_reviewer)],
)  # fmt: skip
def publish(draft_id: str, body: DraftVersion, desk: At) -> Activity:
    draft = desk.drafts.get(draft_id)
    if draft.version != body.version:
        raise Conflict(draft)
    try:
        activity = as_activity(draft)
    except ValidationError as error:
        problem = error.errors()[0]
        field = str(problem["loc"][0]) if problem["loc"] else "idea"
        raise Fault("bad_request", f"The draft cannot be an activity yet: {field}: {problem['msg']}. Change it and publish it again.", field) from error
    desk.own.add([activity])
    return activity


@router.post("/feedback", tags=["feedback"], status_code=204, summary="What a teacher thought of an idea or a source")
def say(body: Feedback, desk: At) -> None:
    desk.drafts.note(body)


def conflict_answer(conflict: Conflict, request_id: str) -> JSONResponse:
    """409 with the draft as it stands now."""
    error = ErrorBody(code="conflict", message=str(conflict), field=conflict.field, request_id=request_id)
    return JSONResponse(ConflictAnswer(error=error, current=conflict.current).model_dump(mode="json"), 409)
