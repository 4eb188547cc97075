"""Errors over HTTP: one problem object (RFC 9457) for everything that goes wrong."""

from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.output import to_json
from network.base import InputError, Problem
from scenarios.validation import problems_of

MEDIA_TYPE = "application/problem+json"
NOT_FOUND = "There is nothing here under this address."


class ProblemItem(BaseModel):
    """One thing wrong with what was sent."""

    file: str = Field(description="What is wrong: a file, or a part of the request.")
    row: int | None = Field(description="Line of the file, where there is one.")
    field: str | None = Field(description="Field, where one is to blame.")
    found: str
    expected: str
    mend: str = Field(description="How to mend it.")


class ProblemDocument(BaseModel):
    """What went wrong with a request, RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(description="What kind of problem it is.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What went wrong this time.")
    problems: list[ProblemItem] = Field(description="Each thing wrong with the input.")


def describe_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how an endpoint's errors appear in OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {
        status: {"description": _TITLES.get(status, "Problem"), "content": content}
        for status in statuses
    }


_TITLES = {
    400: "Malformed request",
    404: "Not found",
    405: "Method not allowed",
    409: "Not in this state",
    413: "Request too large",
    422: "Wrong input",
    500: "Unexpected error",
    503: "Busy",
}


def problem_response(
    status: int,
    detail: str,
    problems: tuple[Problem, ...] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return a problem object."""
    document = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Problem"),
        "status": status,
        "detail": detail,
        "problems": [problem.as_dict() for problem in problems],
    }
    return JSONResponse(to_json(document), status, headers=headers, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Make every error of the application a problem object."""

    @app.exception_handler(InputError)
    def _input(_request: Request, error: InputError) -> Response:
        return problem_response(422, "The input is wrong.", error.problems)

    @app.exception_handler(RequestValidationError)
    def _request(_request: Request, error: RequestValidationError) -> Response:
        problems = problems_of(cast("ValidationError", _Complaints(error)), file="request")
        return problem_response(422, "The request is wrong.", tuple(problems))

    @app.exception_handler(HTTPException)
    def _http(_request: Request, error: HTTPException) -> Response:
        detail = NOT_FOUND if error.status_code == 404 else str(error.detail)
        headers = dict(error.headers) if error.headers else None
        return problem_response(error.status_code, detail, headers=headers)

    @app.exception_handler(Exception)
    def _unexpected(_request: Request, _error: Exception) -> Response:
        return problem_response(500, "An unexpected error; details are in the service's log.")


class _Complaints:
    """A request's complaints as those of a model: without where in the request they stand."""

    def __init__(self, error: RequestValidationError) -> None:
        self._error = error

    def errors(self) -> list[dict[str, Any]]:
        found = []
        for complaint in self._error.errors():
            loc = complaint["loc"]
            if complaint["type"] == "json_invalid":
                loc = loc[:1]
            stripped = loc[1:] if loc and loc[0] in ("body", "query", "path") else loc
            found.append({"input": None, **complaint, "loc": stripped})
        return found


class BodyLimit:
    """Refuse bodies beyond a size, whether they say so at once or turn out to be."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its body is small enough."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []
        size, more = 0, True
        while more:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
            if size > self._max_bytes:
                detail = f"A request may have {self._max_bytes} bytes."
                await problem_response(413, detail)(scope, receive, send)
                return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)
