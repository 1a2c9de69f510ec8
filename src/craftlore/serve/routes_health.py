"""Is the process there (`/healthz`), can the model write (`/readyz`), and how much was done (`/metrics`)."""

from __future__ import annotations

import asyncio
import threading
import time

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from craftlore.engines.seam import Chat, Engine, stream
from craftlore.errors import CutOff, EngineError
from craftlore.serve.desk import Desk
from craftlore.serve.wire import Ready

__all__ = ["router"]

router = APIRouter(tags=["health"])
KNOWN_SECONDS = 5.0  # so that nobody can keep the model busy by asking whether it is
_ASKED = Chat(messages=({"role": "user", "content": "Say yes."},), max_tokens=1)


@router.get("/healthz", summary="The process answers")
async def healthz() -> dict[str, bool]:
    return {"ok": True}


@router.get("/readyz", summary="The model wrote one token just now", responses={200: {"model": Ready}, 503: {"model": Ready, "description": "It did not"}})
async def readyz(request: Request) -> Response:
    state = request.app.state
    async with state.ready_lock:
        asked, ready = state.ready
        if ready is None or time.monotonic() - asked > KNOWN_SECONDS:
            ready = await _ready(state.desk)
            state.ready = (time.monotonic(), ready)
    return JSONResponse(ready.model_dump(), 200 if ready.ready else 503)


@router.get(
    "/metrics", summary="Counters for Prometheus", response_class=Response,
    responses={200: {"description": "Text format 0.0.4", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def metrics(request: Request) -> Response:
    return Response(request.app.state.desk.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _ready(desk: Desk) -> Ready:
    """One real token within the deadline."""
    suggester, seconds = desk.suggester, desk.config.serve.ready_seconds
    have = {"index": suggester.index is not None, "encoder": suggester.encoder is not None}
    engine = suggester.engine
    if engine is None:
        return Ready(ready=False, model=None, reason="No language model could be opened. See `craftlore engines check`.", **have)
    cancel = threading.Event()
    asking = asyncio.get_running_loop().run_in_executor(desk.writers, lambda: _one_token(engine, seconds, cancel))
    try:
        reason = await asyncio.wait_for(asyncio.shield(asking), seconds)
    except TimeoutError:
        cancel.set()
        reason = f"{engine.name} wrote no token within {seconds:.0f} s."
    return Ready(ready=reason is None, model=engine.model, reason=reason, **have)


def _one_token(engine: Engine, seconds: float, cancel: threading.Event) -> str | None:
    """What went wrong, or None."""
    chat = Chat(_ASKED.messages, max_tokens=_ASKED.max_tokens, deadline_seconds=seconds)
    try:
        for piece in stream(engine, chat, cancel):
            if piece.text:
                return None
    except CutOff:
        return None  # one token was all that was asked for
    except EngineError as error:
        return str(error)
    return None
