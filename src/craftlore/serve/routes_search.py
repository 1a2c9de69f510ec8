"""`/api/search`, `/api/ideas`, `/api/ideas/regenerate`: a request in, activities, cards and ideas out."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, TypeAdapter

from craftlore.log import StepLog
from craftlore.records import Idea
from craftlore.serve.desk import Desk
from craftlore.serve.faults import Fault
from craftlore.serve.ideas import IdeaStream, Turn, shown
from craftlore.serve.stream import EventStream
from craftlore.serve.wire import IdeasBody, RegenerateBody, Regenerated, Rung, SearchAnswer, SearchBody, StreamEvent
from craftlore.suggest.events import Degraded
from craftlore.suggest.match import Plan
from craftlore.suggest.parse import Fields
from craftlore.suggest.revise import changed_fields, harder_or_easier, plan_of, swap_material

__all__ = ["router", "stream_schema"]

router = APIRouter(prefix="/api", tags=["ideas"])
_WRITTEN = ("id", "title", "summary", "steps", "learning_goals", "question", "kept_from_pattern", "model")


def stream_schema() -> dict[str, Any]:
    """JSON Schema of one line of the stream, its definitions under `$defs`."""
    return TypeAdapter(StreamEvent).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")


@router.post("/search", summary="Own activities and cards of traditions, at once and without a model", response_model=SearchAnswer)
async def search(body: SearchBody, request: Request) -> Response:
    desk, log = _desk(request), StepLog(request.state.request_id)
    found = await desk.run(lambda: desk.find(body, log))
    desk.metrics.steps(log.timings)
    for rung in found.degraded:
        desk.metrics.degraded(rung.rung)
    prepared = found.prepared
    understood = prepared.understood
    answer = SearchAnswer(
        request_id=log.request_id, understood=prepared.request, inferred=tuple(sorted(understood.inferred)) if understood else (),
        notes=understood.notes if understood else (), activities=shown(found), decision=found.decision, cards=prepared.cards,
        declined=prepared.declined, verdicts=(*prepared.verdicts, *prepared.studied(prepared.plans)), degraded=_rungs(found.degraded), timings=log.timings,
    )  # fmt: skip
    return Response(answer.model_dump_json(), media_type="application/json")  # it is checked already, and large


@router.post(
    "/ideas",
    summary="Ideas, told as they grow: one JSON event a line (application/x-ndjson), blank lines in between as heartbeats",
    response_class=EventStream,
    status_code=200,
    responses={
        200: {"description": "Events until `done` or `error`", "content": {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/StreamEvent"}}}}
    },
)
async def ideas(body: IdeasBody, request: Request) -> EventStream:
    desk = _desk(request)
    if body.article_id and desk.suggester.index and body.article_id not in desk.suggester.index.articles:
        raise Fault("not_found", f"There is no article {body.article_id!r}. Search again and open one of the cards.", "article_id")
    if desk.streams >= desk.config.serve.streams:
        raise Fault("busy", f"{desk.streams} requests are being answered already. Try again in a minute; searching works meanwhile.")
    stream = IdeaStream(desk, body, StepLog(request.state.request_id))
    return EventStream(stream.produce, heartbeat=desk.config.serve.heartbeat_seconds)


@router.post("/ideas/regenerate", summary="One part of an idea anew; everything else stays the same to the byte")
async def regenerate(body: RegenerateBody, request: Request) -> Regenerated:
    desk, log = _desk(request), StepLog(request.state.request_id)
    change, idea = body.change, body.idea
    library = await desk.run(lambda: desk.library_of(idea))
    degraded: list[Degraded] = []
    with log.step("regenerate", kind=change.kind):
        if change.kind == "material":
            after = await desk.run(lambda: swap_material(idea, change.old, change.new, library))
        elif change.kind in ("easier", "harder"):
            after = await desk.run(lambda: harder_or_easier(idea, change.kind, library))
        else:
            plan = await desk.run(lambda: plan_of(idea, library) if change.kind == "words" else _other_product(desk, body, log))
            after = await _written_anew(desk, idea, plan, body.seed, degraded)
    return Regenerated(idea=after, changed=changed_fields(idea, after), verdicts=(), degraded=_rungs(degraded), request_id=log.request_id)


def _other_product(desk: Desk, body: RegenerateBody, log: StepLog) -> Plan:
    """The best plan for the same article that ends with the product that the teacher named. Raises Fault if there is none."""
    assert body.change.kind == "product"
    asked = body.request or SearchBody()
    things = tuple(dict.fromkeys((*(asked.materials or ()), *body.idea.materials_used)))
    fields = Fields(body.idea.grade, things, body.change.new, asked.minutes, without=tuple(asked.without))
    prepared = desk.suggester.prepare(asked.text, fields, log, body.idea.article_id)
    if prepared.declined or not prepared.plans:
        why = prepared.declined.why if prepared.declined else "No index is there to choose from."
        raise Fault("bad_request", f"{body.idea.tradition} has no project that ends with {body.change.new!r}. {why}", "change.to")
    return prepared.plans[0]


async def _written_anew(desk: Desk, idea: Idea, plan: Plan, seed: int, degraded: list[Degraded]) -> Idea:
    """The model's texts anew; with the same pattern everything else is kept as it is. Raises Fault without a model or in time."""
    if desk.suggester.engine is None:
        raise Fault("unavailable", "No language model can be asked now, so only materials and difficulty can be changed.")

    def heard(event: BaseModel) -> None:
        if isinstance(event, Degraded):
            degraded.append(event)

    try:
        async with asyncio.timeout(desk.config.serve.stream_seconds):
            written = await Turn(desk).write(plan, seed, heard, lambda position: None)
    except TimeoutError:
        raise Fault("unavailable", "The model was not done in time. The idea stays as it is; try again later.") from None
    if written is None:
        raise Fault("unavailable", f"The idea stays as it is: {degraded[0].message if degraded else 'the model did not answer.'}")
    if plan.pattern.id != idea.pattern_id:
        return written.idea
    return idea.model_copy(update={name: getattr(written.idea, name) for name in _WRITTEN})


def _rungs(degraded: tuple[Degraded, ...] | list[Degraded]) -> tuple[Rung, ...]:
    return tuple(Rung(rung=d.rung, message=d.message) for d in degraded)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
