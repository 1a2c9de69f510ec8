"""The server under load, with a model that answers at once: what remains is the app's own time.

    .venv/bin/python bench/serve.py [--rate 100] [--seconds 10] [--searches 200] [--streams 50]

The server is a process of its own, the load comes from this one over loopback; both share the machine's cores. Searches come at a fixed
rate whatever the answers do (an open loop, so a slow answer does not slow the next request down), once with texts that the server has
not seen and once with texts that come again, as they do when the page asks for ideas after a search. Then all at once: many
searches, and many streams of ideas, each checked line by line: nothing lost, nothing of another stream.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent.parent
REQUESTS = [json.loads(line)["text"] for line in (HOME / "bench" / "requests.jsonl").read_text(encoding="utf-8").splitlines()]
ARTICLES = ["kolam", "oware", "sashiko", "kubb", "papel-picado", "origami", "kente", "wycinanki", "adire", "mola"]


def serve(folder: str) -> None:
    """The server process: the real index, encoder and pipeline, and the obliging engine of the tests."""
    sys.path.insert(0, str(HOME / "tests"))
    import uvicorn
    from fakes import QueueEngine, obliging

    from craftlore.config import load_config
    from craftlore.log import open_log
    from craftlore.serve.app import create_app
    from craftlore.serve.desk import ENCODER_THREADS, desk_of
    from craftlore.suggest.open import open_index, open_library
    from craftlore.suggest.pipeline import Suggester

    config = load_config()
    settings = config.serve.model_copy(update={"database": f"sqlite:///{folder}/own.db", "requests_per_minute": 0})
    config = config.model_copy(update={"serve": settings})
    open_log(Path(folder) / "steps.jsonl")
    library = open_library(config)
    index, encoder, missing = open_index(config, library, ENCODER_THREADS)
    desk = desk_of(Suggester(library, index, encoder, QueueEngine(always=obliging), config))
    desk.own.current()
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listening.getsockname()[1], "with" if encoder else f"WITHOUT ({missing[0]})", flush=True)
    uvicorn.Server(uvicorn.Config(create_app(desk), access_log=False, log_level="warning")).run(sockets=[listening])


async def post(port: int, path: str, body: dict[str, Any]) -> tuple[float, float, bytes]:
    """Seconds to the first byte of the answer and to its end, and the answer without its chunk sizes."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(head.encode() + content)
    status = await reader.readline()
    first = time.perf_counter() - began
    rest = await reader.read()
    took = time.perf_counter() - began
    writer.close()
    assert b" 200 " in status, status + rest[:500]
    return first, took, re.sub(rb"\r\n[0-9a-f]+\r\n", b"", b"\r\n" + rest.split(b"\r\n\r\n", 1)[1])


def texts(fresh: bool) -> Iterator[str]:
    """The requests over and over; `fresh` makes each a text that was never sent before."""
    for n, text in enumerate(itertools.cycle(REQUESTS)):
        yield f"{text}, for group {n // len(REQUESTS) + 1} of room {n}" if fresh else text


async def open_loop(port: int, rate: int, seconds: int, fresh: bool) -> list[float]:
    tasks, began = [], time.perf_counter()
    for n, text in zip(range(rate * seconds), texts(fresh), strict=False):
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(post(port, "/api/search", {"text": text})))
    return [took for _, took, _ in await asyncio.gather(*tasks)]


async def burst(port: int, count: int) -> list[float]:
    texts_ = [f"{REQUESTS[n % len(REQUESTS)]}, for burst {n}" for n in range(count)]
    return [took for _, took, _ in await asyncio.gather(*(post(port, "/api/search", {"text": text}) for text in texts_))]


async def streams(port: int, count: int) -> tuple[list[float], list[float]]:
    """Seconds to the first line and to the end of each stream. Raises AssertionError for a lost or a foreign line."""
    wanted = [f"starter:{ARTICLES[n % len(ARTICLES)]}" for n in range(count)]
    bodies = [{"text": f"grade 5, something with paper, group {n}", "article_id": article, "seed": n} for n, article in enumerate(wanted)]
    answers = await asyncio.gather(*(post(port, "/api/ideas", body) for body in bodies))
    for article, (_, _, content) in zip(wanted, answers, strict=True):
        events = [json.loads(line) for line in content.split(b"\n") if line.strip(b"\r0") and line.startswith(b"{")]
        ideas = [event["value"] for event in events if event["event"] == "idea"]
        keys = {event["idea"] for event in events if event["event"] in ("field", "progress", "idea")}
        last = {event["name"]: event["value"] for event in events if event["event"] == "field"}
        assert events[-1]["event"] == "done" and len(ideas) == 1 and keys == {ideas[0]["id"]}, (
            article,
            [event for event in events if event["event"] not in ("field", "sources", "activities")],
        )
        assert ideas[0]["article_id"] == article and last.items() <= ideas[0].items(), f"{article}: fields of another idea"
    return [first for first, _, _ in answers], [took for _, took, _ in answers]


def row(name: str, seconds: list[float]) -> None:
    at = sorted(1000 * second for second in seconds)
    p50, p95, p99 = (at[min(len(at) - 1, int(share * len(at)))] for share in (0.50, 0.95, 0.99))
    print(f"{name:<44}{len(at):>6}{p50:>10.1f}{p95:>10.1f}{p99:>10.1f}{at[-1]:>10.1f}", flush=True)


def memory(pid: int) -> tuple[int, int]:
    """Resident megabytes of a process now, and at most (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    now, most = (re.search(rf"{name}:\s+(\d+)", status) for name in ("VmRSS", "VmHWM"))
    assert now and most
    return int(now[1]) // 1024, int(most[1]) // 1024


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def cost(port: int, pid: int, name: str, fresh: bool) -> None:
    """Processor time of one search, one after the other: the figure that other work on the machine disturbs least."""
    began = processor(pid)
    for text in itertools.islice(texts(fresh), 60, 180):
        await post(port, "/api/search", {"text": f"{text} " if fresh else text})
    print(f"{name:<44}{120:>6}{1000 * (processor(pid) - began) / 120:>10.1f} ms of processor time each", flush=True)


async def load(port: int, pid: int, args: argparse.Namespace) -> None:
    await open_loop(port, 10, 2, fresh=True)
    before = memory(pid)[0]
    await cost(port, pid, "one search, texts never seen before", fresh=True)
    await cost(port, pid, "one search, texts that come again", fresh=False)
    print(f"{'milliseconds, measured by the client':<44}{'n':>6}{'p50':>10}{'p95':>10}{'p99':>10}{'max':>10}")
    row(f"search, {args.rate}/s, texts never seen before", await open_loop(port, args.rate, args.seconds, fresh=True))
    row(f"search, {args.rate}/s, texts that come again", await open_loop(port, args.rate, args.seconds, fresh=False))
    row(f"search, {args.searches} at once", await burst(port, args.searches))
    first, whole = await streams(port, args.streams)
    row(f"ideas, {args.streams} at once, first line", first)
    row(f"ideas, {args.streams} at once, whole stream", whole)
    now, most = memory(pid)
    print(f"no line lost, none in another stream; resident memory {before} MB before, {now} MB after, {most} MB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve)
        return
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [sys.executable, __file__, "--serve", folder], stdout=subprocess.PIPE, text=True, cwd=HOME
    ) as server:  # fmt: skip
        assert server.stdout
        try:
            port, encoder = server.stdout.readline().split(" ", 1)
            print(f"{encoder.strip()} the sentence encoder")
            asyncio.run(load(int(port), server.pid, args))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
