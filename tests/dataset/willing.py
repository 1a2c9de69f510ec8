"""A teacher that answers any prompt soundly, the same prompt always the same way: as an engine, and behind real HTTP."""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from craftlore.engines.seam import Chat


def willing(chat: Chat) -> str:
    """A sound answer; for one seed in seven a text that is no JSON, so that something has to be asked again."""
    assert chat.schema
    return answer(chat.messages[-1]["content"], chat.schema, chat.seed)


def answer(prompt: str, schema: dict[str, Any], seed: int) -> str:
    if seed % 7 == 0:
        return "Sure! Here is a project"
    said = re.search(r"Tradition: (.+?)(?::.*?)? \((.+?); (.+?)\)\n", prompt)
    project = re.search(r"Project: (.+?), grade", prompt)
    about = re.search(r"About: (.+)", prompt)
    assert said and project and about
    told = [word for word in re.findall(r"\b[a-z]{4,}\b", about[1]) if word.isascii()][:5]
    name, making = said[1], project[1].lower()
    opening = re.match(r"\^\((.+?)[|)]", schema["properties"].get("question", {}).get("pattern", "^(Why)"))
    assert opening
    texts = {
        "title": f"{name} by our own hands",
        "summary": f"Pupils join in quietly with {making}, as people do in {name} even in winter.",
        "goal": f"Explain what {making} has to do with {name}.",
        "question": f"{opening[1]} {' '.join(told)} in {making} and {name}?",
    }
    for field in schema["properties"]:
        if field.startswith("step_"):
            source = re.search(rf"Source for {field} \(sentence \d+\): (.+)", prompt)
            assert source
            texts[field] = f"as people tell that {source[1][0].lower()}{source[1][1:].rstrip('.')}"
    return json.dumps({field: asked.get("const", texts[field]) for field, asked in schema["properties"].items()})


class WillingServer(ThreadingHTTPServer):
    """The teacher as an OpenAI-compatible server without a tokenizer, as Ollama is. `asked` counts whole prompts by what was asked.

    `context` cuts a prompt as Ollama does, by the words that it counts as read; `seconds` is how long an answer takes.
    """

    daemon_threads = True

    def __init__(self, context: int = 100_000, seconds: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.context, self.seconds, self.asked, self.lock = context, seconds, [], threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed are part of these tests."""

    def __enter__(self) -> WillingServer:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: WillingServer

    def do_GET(self) -> None:
        found = json.dumps({"data": [{"id": "willing-1"}]}).encode() if self.path == "/v1/models" else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        time.sleep(self.server.seconds)
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        text = answer(body["messages"][-1]["content"], schema, body["seed"]) if schema else "x"
        if schema:
            with self.server.lock:
                self.server.asked.append((body["messages"][-1]["content"], body["seed"]))
        tokens = min(sum(len(m["content"].encode()) for m in body["messages"]) // 4, self.server.context)
        events = (
            {"choices": [{"delta": {"content": text}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": {"prompt_tokens": tokens, "completion_tokens": len(text) // 4}},
        )  # fmt: skip
        self.send_response(200)
        self.end_headers()
        for event in events:
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: Any) -> None: ...
