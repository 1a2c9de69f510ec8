"""One stream of ideas: what is known at once, then each idea in its turn, told as it grows, until it is done or nobody listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from pydantic import BaseModel

from craftlore.errors import CraftloreError
from craftlore.log import StepLog
from craftlore.serve.desk import Desk, Found
from craftlore.serve.faults import ErrorBody, answer_to
from craftlore.serve.stream import Emit
from craftlore.serve.wire import ActivitiesFound, ErrorEvent, FoundActivity, IdeasBody
from craftlore.suggest.compose import idea_id
from craftlore.suggest.events import Declined, Degraded, Done, Progress, Sources, UnderstoodAs
from craftlore.suggest.match import Plan
from craftlore.suggest.write import Written

__all__ = ["IdeaStream", "Turn", "shown"]

GRACE_SECONDS = 2.0  # how long a slot waits for an engine that was told to stop


@dataclass
class Turn:
    """The way of one request to the model: in the queue with one idea at a time, on a thread when its turn has come."""

    desk: Desk
    cancel: threading.Event = field(default_factory=threading.Event)
    _next: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def write(self, plan: Plan, seed: int, emit: Emit, moved: Callable[[int], None]) -> Written | None:
        """Wait for a slot, then write. When this is cancelled the engine is told to stop, and the slot is free soon after."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            async with self._next:
                await stack.enter_async_context(self.desk.line.turn(moved))

            def tell(event: BaseModel) -> None:
                if not self.cancel.is_set():
                    loop.call_soon_threadsafe(emit, event)

            writing = loop.run_in_executor(self.desk.writers, lambda: self.desk.suggester.write(plan, seed, tell, self.cancel))
            try:
                written = await asyncio.shield(writing)
            except asyncio.CancelledError:
                self.cancel.set()
                await asyncio.wait((writing,), timeout=GRACE_SECONDS)
                self.desk.metrics.idea("cancelled")
                raise
            self.desk.metrics.idea("written" if written else "failed")
            return written


@dataclass
class IdeaStream:
    """The answer to one request for ideas."""

    desk: Desk
    body: IdeasBody
    log: StepLog
    _written: int = 0
    _rungs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = Turn(self.desk)

    async def produce(self, emit: Emit) -> None:
        """Emit every event. Never raises for what goes wrong on purpose: that is an `error` event."""

        def told(event: BaseModel) -> None:
            if isinstance(event, Degraded):
                self.desk.metrics.degraded(event.rung)
                self._rungs.append(event.rung)
            emit(event)

        self.desk.streams += 1
        try:
            await self._produce(told)
        except CraftloreError as error:
            emit(ErrorEvent(error=answer_to(error, self.log.request_id)[1].error))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: a client gets no traceback, the log its type
            with self.log.step("error") as facts:
                facts["outcome"] = type(error).__name__
            emit(ErrorEvent(error=ErrorBody(code="internal", message="Something went wrong here. Try again.", request_id=self.log.request_id)))
        finally:
            self._turn.cancel.set()
            self.desk.streams -= 1
            self.desk.metrics.steps(self.log.timings)

    async def _produce(self, emit: Emit) -> None:
        found = await self.desk.run(lambda: self.desk.find(self.body, self.log, self.body.article_id))
        for event in self._known(found):
            emit(event)
        plans = self._chosen(found)
        if plans:
            with self.log.step("write", plans=len(plans)) as facts:
                await self._within_deadline(plans, emit)
                facts.update(ideas=self._written, degraded=list(dict.fromkeys(self._rungs)))
        emit(Done(request_id=self.log.request_id, ideas=self._written, timings=self.log.timings))

    def _known(self, found: Found) -> list[BaseModel]:
        prepared = found.prepared
        understood = prepared.understood
        verdicts = (*prepared.verdicts, *prepared.studied(self._chosen(found)))
        events: list[BaseModel] = [
            UnderstoodAs(
                request_id=self.log.request_id,
                request=prepared.request,
                inferred=tuple(sorted(understood.inferred)) if understood else (),
                notes=understood.notes if understood else (),
                verdicts=verdicts,
            ),
            ActivitiesFound(activities=shown(found), decision=found.decision),
            *found.degraded,
            Sources(cards=prepared.cards),
        ]
        return [*events, Declined(verdict=prepared.declined)] if prepared.declined else events

    def _chosen(self, found: Found) -> tuple[Plan, ...]:
        """What is to be written: one idea unless more are asked for, and none unasked where own activities are enough."""
        unasked = self.body.article_id is None and self.body.count is None
        if self.desk.suggester.engine is None or (unasked and found.decision.state != "thin"):
            return ()
        return found.prepared.plans[: self.body.count or 1]

    async def _within_deadline(self, plans: tuple[Plan, ...], emit: Emit) -> None:
        seconds = self.desk.config.serve.stream_seconds
        try:
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for plan in plans:
                    group.create_task(self._one(plan, emit))
        except TimeoutError:
            message = f"The model was not done after {seconds:.0f} s, so what is here is all there is. Try again later, or with one idea at a time."
            emit(Degraded(rung="engine_slow", message=message))

    async def _one(self, plan: Plan, emit: Emit) -> None:
        engine = self.desk.suggester.engine
        key = idea_id(plan, engine.model if engine else "", self.body.seed)

        def moved(position: int) -> None:
            emit(Progress(idea=key, article_id=plan.article.id, state="queued", position=position, of_ms=self.desk.line.typical_ms))

        written = await self._turn.write(plan, self.body.seed, emit, moved)
        self._written += written is not None


def shown(found: Found) -> tuple[FoundActivity, ...]:
    """The own activities of a request, as they go out."""
    return tuple(FoundActivity(activity=hit.activity, score=hit.score, why=hit.why) for hit in found.own)
