"""What the endpoints get from the application, and the checks they share."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.exceptions import HTTPException

from api.engine import Engine
from api.jobs import Job, Jobs
from api.settings import Settings
from api.store import Store
from network.base import Problem
from network.base.errors import ScenarioInputError
from scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything the service holds."""

    settings: Settings
    engine: Engine
    scenarios: Store[Scenario]
    jobs: Jobs


def get_resources(request: Request) -> Resources:
    """Return what the application holds."""
    resources: Resources = request.app.state.resources
    return resources


Held = Annotated[Resources, Depends(get_resources)]


def get_language(
    held: Held,
    accept_language: Annotated[str | None, Header(description="fr or en.")] = None,
) -> str:
    """Return the language of the answer: that of Accept-Language, else the service's own."""
    return held.settings.language(accept_language)


Language = Annotated[str, Depends(get_language)]


def require_known(held: Resources, territory: str) -> None:
    """Refuse what is no listed territory: over HTTP nobody names folders of this machine.

    Raises
    ------
    ScenarioInputError
        If no territory has that name.
    """
    names = [info.name for info in held.engine.list_territories()]
    if territory not in names:
        raise ScenarioInputError(
            Problem(
                file="request",
                field="territory",
                found=repr(territory[:80]),
                expected="one of " + ", ".join(names),
                mend="Name a territory that GET /v1/territories lists.",
            )
        )


def get_scenario(held: Resources, key: str) -> Scenario:
    """Return a stored scenario, or answer 404."""
    scenario = held.scenarios.find(key)
    if scenario is None:
        raise HTTPException(404)
    return scenario


def get_job(held: Resources, key: str) -> Job:
    """Return a run, or answer 404."""
    job = held.jobs.find(key)
    if job is None:
        raise HTTPException(404)
    return job
