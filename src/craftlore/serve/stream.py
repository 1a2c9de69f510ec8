"""Events as lines of JSON while they happen: heartbeats in between, and an end as soon as nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["Emit", "EventStream"]

Emit = Callable[[BaseModel], None]
Produce = Callable[[Emit], Awaitable[None]]


class EventStream(Response):
    """Runs `produce` and sends what it emits, one JSON object a line; an empty line after `heartbeat` seconds of silence.

    When the client hangs up, or takes none of the bytes for `patience` seconds, `produce` is cancelled.
    """

    media_type = "application/x-ndjson"

    def __init__(self, produce: Produce, *, heartbeat: float, patience: float = 30) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        self.headers["x-accel-buffering"] = "no"
        self._produce, self._heartbeat, self._patience = produce, heartbeat, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        queue: asyncio.Queue[BaseModel | None] = asyncio.Queue()
        producing = asyncio.create_task(self._run(queue))
        listening = asyncio.create_task(_hung_up(receive))
        sending = asyncio.create_task(self._send_all(queue, send))
        try:
            await asyncio.wait((listening, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (producing, listening, sending):
                task.cancel()
            await asyncio.gather(producing, listening, sending, return_exceptions=True)

    async def _run(self, queue: asyncio.Queue[BaseModel | None]) -> None:
        try:
            await self._produce(queue.put_nowait)
        finally:
            queue.put_nowait(None)

    async def _send_all(self, queue: asyncio.Queue[BaseModel | None], send: Send) -> None:
        event: BaseModel | None
        with suppress(OSError, TimeoutError):  # nobody there, or nobody reading
            while True:
                line = b"\n"
                with suppress(TimeoutError):
                    event = await asyncio.wait_for(queue.get(), self._heartbeat)
                    if event is None:
                        break
                    line = event.model_dump_json().encode() + b"\n"
                await asyncio.wait_for(send({"type": "http.response.body", "body": line, "more_body": True}), self._patience)
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
