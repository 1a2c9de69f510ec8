"""A language model behind a real port that speaks OpenAI chat completions, and fails in the ways that such servers fail."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fakes import obliging

from craftlore.engines.seam import Chat


class FakeModel(ThreadingHTTPServer):
    """`mode` is how it answers from now on: good, slow, garbage, empty, cut_off, dies (mid-idea), hangs, refuses."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.mode, self.pace, self.bodies, self.writing, self.most = "good", 0.0, [], 0, 0
        self.go_on, self.killed, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of these tests."""

    def stop(self) -> None:
        self.go_on.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeModel

    def do_GET(self) -> None:
        self._json({"data": [{"id": "fake-1"}]} if self.path == "/v1/models" else None)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions" or self.server.mode == "refuses":
            return self._json(None)
        self.server.bodies.append(body)
        with self.server.lock:
            self.server.writing += 1
            self.server.most = max(self.server.most, self.server.writing)
        try:
            self._chat(body)
        finally:
            with self.server.lock:
                self.server.writing -= 1
        return None

    def _chat(self, body: dict[str, Any]) -> None:
        mode = self.server.mode
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if mode == "hangs":
            self.server.go_on.wait(30)
            return
        text = "yes" if "response_format" not in body else obliging(_chat_of(body))
        text = {"garbage": "Sure! Here you are:", "empty": "", "cut_off": text[: len(text) // 3]}.get(mode, text)
        for at in range(0, len(text), 12):
            if self.server.killed.is_set() or (mode == "dies" and at > len(text) // 2):
                self.close_connection = True
                return
            self._event({"choices": [{"delta": {"content": text[at : at + 12]}, "finish_reason": None}]})
            time.sleep(self.server.pace)
        self._event({"choices": [{"delta": {}, "finish_reason": "length" if mode == "cut_off" else "stop"}]})
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event: Any) -> None:
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...


def _chat_of(body: dict[str, Any]) -> Chat:
    return Chat(tuple(body["messages"]), body["response_format"]["json_schema"]["schema"])
