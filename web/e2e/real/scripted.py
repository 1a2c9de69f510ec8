"""A model server that writes by a rule and not by a model, so that a test decides what is written: `scripted.py` prints its address and waits.

It speaks OpenAI chat completions, streamed, and says little more than what the prompt says.
"""

from __future__ import annotations

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAUSE = 0.3  # seconds between pieces, so that a person, or a test, can watch


def answer(chat: dict[str, Any]) -> str:
    """The JSON that the schema asks for, in words of the prompt."""
    asked = chat["messages"][-1]["content"]
    tradition, making = re.search(r"Tradition: (.+?) \(", asked), re.search(r"Project: (.+?), grade", asked)
    if not tradition or not making:
        return "yes"
    name, project = tradition[1], making[1].lower()
    texts = {
        "title": f"{name} in our class",
        "summary": f"Pupils try {project}, as people do in {name}.",
        "goal": f"Explain what {project} has to do with {name}.",
        "question": f"How does your own work with {project} differ from {name}?",
    }
    fields = chat["response_format"]["json_schema"]["schema"]["properties"]
    return json.dumps({field: texts.get(field, "as people do it, too") for field in fields}, ensure_ascii=False)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "scripted"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        chat = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = answer(chat) if "response_format" in chat else "yes"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in re.findall(r"(?s).{1,120}", text):
            self.event({"choices": [{"delta": {"content": piece}, "finish_reason": None}]})
            time.sleep(PAUSE)
        self.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, value: object) -> None:
        self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None: ...


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
sys.stdout.flush()
server.serve_forever()
