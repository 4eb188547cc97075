"""The HTTP service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.endpoints import general, itineraries, runs, scenarios
from api.engine import Engine, LocalEngine
from api.jobs import Jobs
from api.problems import BodyLimit, ProblemDocument, add_handlers
from api.resources import Resources
from api.settings import Settings
from api.store import Store

_TAGS = [
    {"name": "service", "description": "Whether the service answers."},
    {"name": "territories", "description": "Territories that can be named."},
    {"name": "itineraries", "description": "From here to there on a territory's timetable."},
    {"name": "scenarios", "description": "Scenarios, kept in memory."},
    {"name": "runs", "description": "Runs of scenarios: one at work, the others wait."},
]


def create_app(settings: Settings | None = None, *, engine: Engine | None = None) -> FastAPI:
    """Build the HTTP service.

    It has no login: it is for the machine it runs on, answers only to the names of the
    loopback address, and reads territories by name alone.

    Parameters
    ----------
    settings
        Limits and language.
    engine
        What runs scenarios and loads territories; the project's own if left out.
    """
    chosen = settings or Settings()
    worker = engine or LocalEngine()
    jobs = Jobs(worker, keep=chosen.max_runs, max_waiting=chosen.max_waiting)

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.close()

    app = _Service(
        title="Créneau",
        summary="Staggered hours and public transport routes, worked out together.",
        description="Times of day are seconds of the service day or clock times HH:MM; every "
        "figure of a result has its unit and its source class (observed, published, estimated, "
        "illustrative). Errors are problem objects, RFC 9457.",
        version=version("creneau"),
        openapi_tags=_TAGS,
        # The pages that FastAPI offers load their parts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=live,
    )
    app.state.resources = Resources(
        settings=chosen, engine=worker, scenarios=Store(chosen.max_scenarios), jobs=jobs
    )
    for module in (general, itineraries, scenarios, runs):
        app.include_router(module.router)
    add_handlers(app)
    app.add_middleware(BodyLimit, max_bytes=chosen.max_body_bytes)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(chosen.hosts))
    return app


class _Service(FastAPI):
    """FastAPI whose description says what its errors look like."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = super().openapi()
            own = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            parts = schema.setdefault("components", {}).setdefault("schemas", {})
            parts.update(own.pop("$defs", {}))
            parts["ProblemDocument"] = own
            for unused in ("HTTPValidationError", "ValidationError"):
                parts.pop(unused, None)
        return super().openapi()
