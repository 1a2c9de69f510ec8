"""What every request passes before any of our code sees it: names of the host, rate, size, a request id, headers, one log line.

Plain ASGI, so that streams pass through it untouched. The log has the route and the status, never the address line: a
query may hold what the teacher typed.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections import OrderedDict
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from craftlore.config import ServeConfig
from craftlore.log import StepLog
from craftlore.serve.faults import Fault, answer_to
from craftlore.serve.metrics import Metrics

__all__ = ["Guard"]

IMPORT = "/api/activities/import"
REMEMBERED = 10_000  # addresses whose rate is kept
BODY_SECONDS = 30
_UNFORESEEN = "Something went wrong here. Try again; `craftlore trace` with the request id shows where it was."


class Guard:
    """Middleware around the whole app."""

    def __init__(self, app: ASGIApp, config: ServeConfig, metrics: Metrics) -> None:
        self._app, self._config, self._metrics = app, config, metrics
        self._allowance: OrderedDict[str, tuple[float, float]] = OrderedDict()
        policy = f"default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors {config.frame_ancestors}"
        self._headers = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(6)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        started = time.perf_counter()
        with StepLog(request_id).step("http") as facts:
            try:
                limit = self._admit(scope)
                await self._app(scope, _replayed(await _body(receive, limit), receive), send_with_headers)
            except Fault as fault:
                await _refuse(fault, request_id, send_with_headers)
            except Exception as error:  # noqa: BLE001 - the boundary: its text may hold a teacher's, so the log gets where it was and what kind
                facts.update(outcome=type(error).__name__, at=[f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)])
                if not status:
                    await _refuse(Fault("internal", _UNFORESEEN), request_id, send_with_headers)
            finally:
                route = getattr(scope.get("route"), "path", "other")
                facts.update(method=scope["method"], route=route, status=status)
                self._metrics.request(route, status, time.perf_counter() - started)

    def _admit(self, scope: Scope) -> int:
        """The bytes that the body may have. Raises Fault for a wrong host, a too long body, or too many requests."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if "*" not in self._config.hosts and name not in self._config.hosts:
            raise Fault("forbidden", "This server is not called by that name. Add the name to [serve] hosts.")
        limit = self._config.max_import_bytes if scope["path"] == IMPORT else self._config.max_body_bytes
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > limit:
            raise _too_large(limit)
        if scope["path"].startswith("/api/") and not self._allowed(scope):
            raise Fault("rate_limited", f"More than {self._config.requests_per_minute} requests in a minute. Wait a moment and try again.")
        return limit

    def _allowed(self, scope: Scope) -> bool:
        """A bucket for each address that fills at the allowed rate and holds a minute's worth."""
        rate, address = self._config.requests_per_minute, (scope.get("client") or ("",))[0]
        if not rate:
            return True
        now = time.monotonic()
        left, then = self._allowance.pop(address, (float(rate), now))
        left = min(float(rate), left + (now - then) * rate / 60)
        self._allowance[address] = (max(left - 1, 0.0), now)
        if len(self._allowance) > REMEMBERED:
            self._allowance.popitem(last=False)
        return left >= 1


async def _body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises Fault when it is longer than it may be (it need not have said how long it is) or does not come."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limit:
                    raise _too_large(limit)
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Fault("bad_request", f"The request had not come after {BODY_SECONDS} seconds. Send it again.", status=408) from None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body again, and then what the real one has to say."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return left.pop() if left else await receive()

    return replayed


def _too_large(limit: int) -> Fault:
    return Fault("too_large", f"The request has more than {limit} bytes. Send less at once.")


async def _refuse(fault: Fault, request_id: str, send: Send) -> None:
    status, answer = answer_to(fault, request_id)
    body = answer.model_dump_json().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if fault.code in ("rate_limited", "busy"):
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
