"""Scenarios, kept in memory until the service stops."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.problems import describe_errors
from api.resources import Held, get_scenario, require_known
from scenarios import Scenario

router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])

EXAMPLE: dict[str, Any] = {
    "name": "Thirty more minutes of choice",
    "territory": "plaine-commune",
    "modifications": [
        {"type": "frequency", "line": "13", "factor": 1.1, "start": "07:30", "end": "09:30"}
    ],
    "plan": {"max_shift_min": 30, "max_moved_share": 0.1},
}


class ScenarioOut(BaseModel):
    """A stored scenario, its defaults filled in."""

    id: str
    scenario: Scenario


class ScenarioLine(BaseModel):
    """A stored scenario in a list."""

    id: str
    name: str = Field(description="What its author calls it.")
    territory: str


@router.post(
    "",
    status_code=201,
    summary="Check and store a scenario",
    responses=describe_errors(400, 413, 422),
    openapi_extra={"requestBody": {"content": {"application/json": {"example": EXAMPLE}}}},
)
def store(scenario: Scenario, held: Held, response: Response) -> ScenarioOut:
    """Check a scenario and keep it; the oldest is forgotten when there are too many."""
    require_known(held, scenario.territory)
    key = held.scenarios.add(scenario)
    response.headers["Location"] = f"/v1/scenarios/{key}"
    return ScenarioOut(id=key, scenario=scenario)


@router.get("", summary="List the stored scenarios")
def read_all(held: Held) -> list[ScenarioLine]:
    """List the stored scenarios, the oldest first."""
    return [
        ScenarioLine(id=key, name=scenario.name, territory=scenario.territory)
        for key, scenario in held.scenarios.items()
    ]


@router.get("/{scenario_id}", summary="Read a scenario", responses=describe_errors(404, 422))
def read_one(scenario_id: str, held: Held) -> ScenarioOut:
    """Return a stored scenario, its defaults filled in."""
    return ScenarioOut(id=scenario_id, scenario=get_scenario(held, scenario_id))
