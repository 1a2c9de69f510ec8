"""`craftlore serve` and `craftlore trace REQUEST_ID`."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Annotated

import typer

from craftlore.artifacts import write_json
from craftlore.commands.console import chatter, print_json, results
from craftlore.config import Config, load_config
from craftlore.errors import DataError, ServeError
from craftlore.log import open_log
from craftlore.suggest.open import open_library
from craftlore.suggest.pipeline import Suggester

__all__ = ["serve", "trace"]


def serve(
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")] = None,
    openapi: Annotated[Path | None, typer.Option("--openapi", help="Write the OpenAPI document to this file, and stop.")] = None,
) -> None:
    """Serve the page and the API until Ctrl-C; the address is printed once it answers."""
    import uvicorn  # here, so that no other command waits for a web framework

    from craftlore.serve.app import create_app
    from craftlore.serve.desk import desk_of, open_desk

    config = load_config()
    if openapi:
        library = open_library(config)
        write_json(openapi, create_app(desk_of(Suggester(library, None, None, None, config))).openapi())
        return
    updates = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    config = config.model_copy(update={"serve": config.serve.model_copy(update=updates)})
    listening = _listen(config)
    open_log(config.log_file)
    with chatter.status("opening the library and the model ..."):
        desk = open_desk(config)
    for missing in desk.suggester.degraded:
        chatter.print(f"Note: {missing.message}", style="yellow", markup=False, soft_wrap=True)
    if config.serve.host not in ("127.0.0.1", "localhost", "::1") and not config.serve.review_token:
        chatter.print("Note: others can reach this server, and anybody may import activities: set [serve] review_token.", style="yellow", markup=False)
    settings = uvicorn.Config(
        create_app(desk), access_log=False, log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    with listening:
        name = config.serve.host if config.serve.host != "0.0.0.0" else "127.0.0.1"  # noqa: S104 - compared, not listened on
        results.print(f"Craftlore is at http://{name}:{listening.getsockname()[1]} (Ctrl-C ends it)", soft_wrap=True)
        uvicorn.Server(settings).run(sockets=[listening])


def trace(request_id: Annotated[str, typer.Argument(help="The request id of an answer, or of its X-Request-ID.")]) -> None:
    """Show one request's way through the steps; the log holds no text of a request."""
    log = load_config().log_file
    lines = []
    for file in (*sorted(log.parent.glob(f"{log.name}.*"), reverse=True), log):
        if file.exists():
            lines += [line for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if f'"request": "{request_id}"' in line]
    if not lines:
        raise DataError(f"{log} has no line of the request {request_id!r}. It may be older than the log, or of another machine.")
    print_json([json.loads(line) for line in lines])


def _listen(config: Config) -> socket.socket:
    """The socket, taken before anything slow is opened. Raises ServeError if somebody else has the port."""
    address = (config.serve.host, config.serve.port)
    try:
        return socket.create_server(address, family=socket.AF_INET6 if ":" in config.serve.host else socket.AF_INET, backlog=512)
    except OSError as error:
        raise ServeError(f"cannot listen on {address[0]}:{address[1]} ({error.strerror}). Stop what is there, or choose another --port.") from error
