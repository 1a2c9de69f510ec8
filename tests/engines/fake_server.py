"""A real HTTP server on this machine that plays llama-server, Ollama and the broken ones."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def event(text: str | None = None, finish: str | None = None, **more: Any) -> str:
    return "data: " + json.dumps({"choices": [{"delta": {"content": text} if text else {}, "finish_reason": finish}], **more}) + "\n\n"


ANSWER = [
    event("Cut "),
    event("paper."),
    event(finish="stop"),
    "data: " + json.dumps({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}) + "\n\n",
    "data: [DONE]\n\n",
]


class Server(ThreadingHTTPServer):
    """`routes` are JSON answers by path; `chat` are the chunks of the stream; `ending` is how it ends: whole, drop or hang."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Any] = {"/v1/models": {"data": [{"id": "tiny:latest"}, {"id": "big"}]}}
        self.chat: list[str] = ANSWER
        self.status, self.ending, self.bodies, self.go_on = 200, "whole", [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of these tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        answer = self.server.routes.get(self.path)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        if self.path != "/v1/chat/completions":
            return self.do_GET()
        self.send_response(self.server.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in self.server.chat:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk.encode()), chunk.encode()))
        if self.server.ending == "hang":
            self.server.go_on.wait(20)
        elif self.server.ending == "whole":
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_: Any) -> None: ...
