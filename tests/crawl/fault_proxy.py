"""A proxy on loopback between the crawl and a wiki: it spoils chosen answers, and knows what was asked and what was answered."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import httpx

MAXLAG = b'{"error":{"code":"maxlag","info":"Waiting for a database server: 7 seconds lagged.","lag":7}}'
HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body>Our servers are under maintenance.</body></html>"
WAIT = 1
"""Seconds that a fault with Retry-After asks for."""
FAULTS = ("429", "503", "maxlag", "cut off", "half of the JSON", "slow", "dropped", "HTML", "not UTF-8", "500 with HTML")
"""Besides: "silent", no answer for three times as long."""


@dataclass
class Asked:
    """One request: its canonical form, the fault it met, when it came and when its answer was wholly sent (or None)."""

    key: str
    fault: str | None
    came: float
    answered: float | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a crawl that is killed hangs up
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@dataclass
class Proxy:
    """Passes everything to `upstream`; `plan` names the fault of the n-th request (from 0), or None for an honest answer."""

    upstream: str
    plan: Callable[[int, str], str | None] = lambda number, key: None
    asked: list[Asked] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy.handle(self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None: ...

        self._client = httpx.Client(timeout=60, trust_env=False)
        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.api = f"http://127.0.0.1:{self._server.server_address[1]}/api.php"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    @property
    def answered(self) -> list[str]:
        """The requests that got an honest answer, all of it, in that order."""
        whole = [asked for asked in self.asked if asked.answered and asked.fault in (None, "slow")]
        return [asked.key for asked in sorted(whole, key=lambda asked: asked.answered or 0)]

    def handle(self, call: BaseHTTPRequestHandler) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        key = repr(sorted(parse_qsl(urlsplit(call.path).query) + parse_qsl(body.decode())))
        with self._lock:
            asked = Asked(key, self.plan(len(self.asked), key), time.monotonic())
            self.asked.append(asked)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            self._answer(call, body, asked)
        except (BrokenPipeError, ConnectionResetError):
            call.close_connection = True  # the crawl was killed
        finally:
            with self._lock:
                self._now -= 1

    def _answer(self, call: BaseHTTPRequestHandler, body: bytes, asked: Asked) -> None:
        address = httpx.URL(self.upstream).copy_with(query=urlsplit(call.path).query.encode())
        passed = {name: value for name, value in call.headers.items() if name.lower() in ("content-type", "user-agent")}
        told = self._client.request(call.command, address, content=body, headers=passed)
        status, content, extra = told.status_code, told.content, {"Content-Type": told.headers.get("Content-Type", "")}
        match asked.fault:
            case "429" | "503":
                status, content, extra = int(asked.fault), b"Slow down, please.", {"Retry-After": str(WAIT)}
            case "maxlag":
                content, extra = MAXLAG, {"Content-Type": "application/json", "Retry-After": str(WAIT), "MediaWiki-API-Error": "maxlag"}
            case "half of the JSON":
                content = content[: len(content) // 2]
            case "slow":
                time.sleep(WAIT)
            case "silent":
                time.sleep(3 * WAIT)
                call.close_connection = True
                return
            case "dropped":
                call.close_connection = True
                return
            case "HTML":
                content, extra = HTML, {"Content-Type": "text/html"}
            case "500 with HTML":
                status, content, extra = 500, HTML, {"Content-Type": "text/html"}
            case "not UTF-8":
                content = content.replace(b'"', b'"\xff\xfe', 3)
        call.send_response(status)
        for name, value in {**extra, "Content-Length": str(len(content))}.items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(content[: len(content) // 2] if asked.fault == "cut off" else content)
        call.close_connection |= asked.fault == "cut off"
        asked.answered = time.monotonic()
