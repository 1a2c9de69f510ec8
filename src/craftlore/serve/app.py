"""The app: every route, one boundary for errors, the built page, and an OpenAPI document that says all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from craftlore.errors import CraftloreError
from craftlore.serve import routes_health, routes_search, routes_store
from craftlore.serve.desk import Desk
from craftlore.serve.drafts import Conflict
from craftlore.serve.examples import add_examples
from craftlore.serve.faults import Code, ErrorAnswer, ErrorBody, answer_to
from craftlore.serve.guard import Guard

__all__ = ["create_app"]

PAGE = Path(__file__).parent / "page"
_NO_PAGE = "The API is here; the page is not built. Build it with `make web`, or read /openapi.json."
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The request cannot be read"},
    422: {"model": ErrorAnswer, "description": "A field is wrong or unknown"},
    "default": {"model": ErrorAnswer, "description": "Any other error, in the same shape"},
}
_CODES: dict[int, Code] = {403: "forbidden", 404: "not_found", 405: "bad_request", 413: "too_large", 429: "rate_limited", 503: "unavailable"}


def create_app(desk: Desk) -> FastAPI:
    """The ASGI app around an open desk; it closes the desk when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.ready, app.state.ready_lock = (0.0, None), asyncio.Lock()
        yield
        desk.close()

    app = FastAPI(
        title="Craftlore", version=version("craftlore"), lifespan=lifespan, docs_url=None, redoc_url=None, responses=_ERRORS,
        generate_unique_id_function=lambda route: route.name,
        description="Class projects rooted in the real arts and traditions of the world. Nothing that a teacher types is kept.",
    )  # fmt: skip
    app.state.desk = desk
    for router in (routes_search.router, routes_store.router, routes_health.router):
        app.include_router(router)
    _add_boundary(app)
    _add_page(app)
    app.openapi = _documented(app)  # type: ignore[method-assign]
    settings = desk.config.serve
    app.add_middleware(Guard, config=settings, metrics=desk.metrics)
    if settings.origins:  # outermost, so that another page can read a refusal of the guard too
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.origins), allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["content-type", "authorization"], expose_headers=["x-request-id", "retry-after"],
        )  # fmt: skip
    return app


def _add_boundary(app: FastAPI) -> None:
    """Every error that we foresee leaves in one shape; `Guard` answers for the others."""

    @app.exception_handler(CraftloreError)
    async def foreseen(request: Request, error: CraftloreError) -> Response:
        if isinstance(error, Conflict):
            return routes_store.conflict_answer(error, request.state.request_id)
        status, answer = answer_to(error, request.state.request_id)
        headers = {"retry-after": "5"} if status in (429, 503) else None
        return JSONResponse(answer.model_dump(mode="json"), status, headers)

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, error: RequestValidationError) -> Response:
        problem = error.errors()[0]
        if problem["type"] == "json_invalid":
            return _answer(request, 422, "bad_request", f"The body is no JSON: {problem['ctx']['error']} at character {problem['loc'][-1]}.")
        if problem["loc"] == ("body",):
            return _answer(request, 422, "bad_request", "The body has to be a JSON object with the fields of this request, sent as application/json.")
        field = ".".join(str(part) for part in problem["loc"] if part not in ("body", "query", "path"))
        if problem["type"] == "extra_forbidden":
            return _answer(request, 422, "unknown_field", f"{field!r} is not a field of this request.", field)
        return _answer(request, 422, "bad_request", f"{field}: {problem['msg']}.", field)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "bad_request")
        return _answer(request, error.status_code, code, f"{error.detail}.", headers=error.headers)


def _answer(request: Request, status: int, code: Code, message: str, field: str | None = None, headers: Any = None) -> JSONResponse:
    error = ErrorBody(code=code, message=message, field=field, request_id=request.state.request_id)
    return JSONResponse(ErrorAnswer(error=error).model_dump(mode="json"), status, headers)


def _add_page(app: FastAPI) -> None:
    """The built page under /; its assets have a hash in their names, so they may be kept for good."""

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        index = PAGE / "index.html"
        return FileResponse(index, headers={"cache-control": "no-cache"}) if index.exists() else Response(_NO_PAGE, media_type="text/plain")

    if (PAGE / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=PAGE / "assets"))


def _documented(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """OpenAPI with the events of the stream, which FastAPI cannot see."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            event = routes_search.stream_schema()
            definitions = event.pop("$defs")
            document["components"]["schemas"] = {**definitions, **document["components"]["schemas"], "StreamEvent": event}
            for answer in (a for path in document["paths"].values() for operation in path.values() for a in operation["responses"].items()):
                _corrected(*answer)
            add_examples(document)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _corrected(status: str, answer: dict[str, Any]) -> None:
    """FastAPI gives errors the media type of the success, and a stream the type of a string."""
    content = answer.get("content", {})
    if status not in ("200", "201", "204"):
        answer["content"] = {"application/json": next(iter(content.values()))} if content else {}
    for kind in content.values():
        if "$ref" in kind.get("schema", {}):
            kind["schema"] = {"$ref": kind["schema"]["$ref"]}
