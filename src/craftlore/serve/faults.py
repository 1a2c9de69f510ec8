"""What went wrong, as the client reads it: one shape for every error, and the status and code of each of our errors."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from craftlore.errors import CraftloreError, EngineError, IdeaWithdrawn, IndexUnusable, RequestError, ServeError
from craftlore.vocabulary import Record

__all__ = ["Code", "ErrorAnswer", "ErrorBody", "Fault", "answer_to"]

Code = Literal["unknown_field", "bad_request", "too_large", "not_found", "conflict", "rate_limited", "busy", "unavailable", "internal", "forbidden"]
_STATUS: dict[Code, int] = {
    "unknown_field": 422,
    "bad_request": 422,
    "too_large": 413,
    "not_found": 404,
    "conflict": 409,
    "rate_limited": 429,
    "busy": 503,
    "unavailable": 503,
    "internal": 500,
    "forbidden": 403,
}


class ErrorBody(Record):
    """`message` says what happened and what to do next; `field` names the part of the request that is wrong, where one is."""

    code: Code
    message: str
    field: str | None = None
    request_id: str


class ErrorAnswer(Record):
    """Every answer that is no success."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"error": {"code": "unknown_field", "message": "'colour' is not a field of this request.", "field": "colour", "request_id": "233a50a12a09"}}
            ]
        }
    )
    error: ErrorBody


class Fault(ServeError):
    """An error with the code that the client gets."""

    def __init__(self, code: Code, message: str, field: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.field, self.status = code, field, status or _STATUS[code]


def answer_to(error: CraftloreError, request_id: str) -> tuple[int, ErrorAnswer]:
    """Status and body for an error that we raised on purpose."""
    if isinstance(error, Fault):
        return error.status, ErrorAnswer(error=ErrorBody(code=error.code, message=str(error), field=error.field, request_id=request_id))
    code: Code = "internal"
    if isinstance(error, RequestError):
        code = "bad_request"
    elif isinstance(error, (EngineError, IndexUnusable, IdeaWithdrawn, ServeError)):
        code = "unavailable"
    return _STATUS[code], ErrorAnswer(error=ErrorBody(code=code, message=str(error), request_id=request_id))
