"""Runs: queued, watched, read, cancelled."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, model_validator
from starlette.exceptions import HTTPException

from api.endpoints.scenarios import EXAMPLE
from api.jobs import Job, RunState
from api.output import to_json
from api.problems import ProblemItem, describe_errors
from api.resources import Held, Language, get_job, get_scenario, require_known
from api.schemas import Body
from api.store import Full
from scenarios import Scenario
from scenarios.report import render_report, render_sheet, sheet_name

router = APIRouter(prefix="/v1/runs", tags=["runs"])

# The report brings its own style and script and asks nobody for anything.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
)


class RunRequest(Body):
    """What to run: a stored scenario by id, or a scenario itself."""

    scenario_id: str | None = Field(None, description="Id of a stored scenario.")
    scenario: Scenario | None = Field(None, description="A scenario; not stored.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "RunRequest":
        if (self.scenario_id is None) == (self.scenario is None):
            msg = "one scenario is needed; expected either scenario_id or scenario"
            raise ValueError(msg)
        return self


class RunProgress(BaseModel):
    """How far a run is."""

    stage: str = Field(description="What it is doing; empty before it starts.")
    done: int = Field(description="Steps of the stage that are finished.")
    total: int = Field(description="Steps of the stage.")


class RunLine(BaseModel):
    """A run without its result."""

    id: str
    name: str = Field(description="Name of the scenario.")
    state: RunState
    progress: RunProgress


class RunOut(RunLine):
    """A run; `result` is there when it is done."""

    failure: str | None = Field(description="Why it failed; null unless it did.")
    problems: list[ProblemItem] = Field(description="What was wrong with the input, if anything.")
    result: dict[str, Any] | None = Field(
        description="The result: every figure with its unit and source class. Null until done."
    )


@router.post(
    "",
    status_code=202,
    summary="Queue a run",
    responses=describe_errors(400, 404, 413, 422, 503),
    openapi_extra={
        "requestBody": {"content": {"application/json": {"example": {"scenario": EXAMPLE}}}}
    },
)
def queue(request: RunRequest, held: Held, response: Response) -> RunLine:
    """Queue a run; one is at work at a time."""
    scenario = request.scenario or get_scenario(held, request.scenario_id or "")
    require_known(held, scenario.territory)
    try:
        key, job = held.jobs.submit(scenario)
    except Full:
        raise HTTPException(
            503, "Too many runs are waiting; try later.", headers={"Retry-After": "60"}
        ) from None
    response.headers["Location"] = f"/v1/runs/{key}"
    return _line(key, job)


@router.get("", summary="List the runs")
def read_all(held: Held) -> list[RunLine]:
    """List the runs, the oldest first."""
    return [_line(key, job) for key, job in held.jobs.items()]


@router.get("/{run_id}", summary="Read a run", responses=describe_errors(404, 422))
def read_one(run_id: str, held: Held) -> RunOut:
    """Return how far a run is, and its result when it is done."""
    return _run(run_id, get_job(held, run_id))


@router.delete(
    "/{run_id}", status_code=202, summary="Cancel a run", responses=describe_errors(404, 422)
)
def cancel(run_id: str, held: Held) -> RunLine:
    """Ask a run to stop; one that has ended stays as it is."""
    job = get_job(held, run_id)
    held.jobs.cancel(job)
    return _line(run_id, job)


@router.get(
    "/{run_id}/report",
    summary="Read a run's report",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {}}}, **describe_errors(404, 409, 422)},
)
def read_report(
    run_id: str,
    held: Held,
    lang: Language,
    asked: Annotated[
        Literal["fr", "en"] | None, Query(alias="lang", description="Language shown first.")
    ] = None,
) -> HTMLResponse:
    """Return the report as one page, when the run is done."""
    job = get_job(held, run_id)
    if job.result is None:
        raise HTTPException(409, f"The run is {job.state}; there is a report when it is done.")
    page = render_report(job.result, lang=asked or lang)
    return HTMLResponse(page, headers={"Content-Security-Policy": _REPORT_POLICY})


@router.get(
    "/{run_id}/employers/{employer_id}.html",
    summary="Read an employer's sheet",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {}}}, **describe_errors(404, 409, 422)},
)
def read_sheet(
    run_id: str,
    employer_id: str,
    held: Held,
    lang: Language,
    asked: Annotated[
        Literal["fr", "en"] | None, Query(alias="lang", description="Language shown first.")
    ] = None,
) -> HTMLResponse:
    """Return what a run says to one employer, as one page; the report links to it."""
    job = get_job(held, run_id)
    if job.result is None:
        raise HTTPException(409, f"The run is {job.state}; there are sheets when it is done.")
    after = job.result.after
    for view in () if after is None else after.employers:
        if sheet_name(view.employer_id) == f"{employer_id}.html":
            page = render_sheet(job.result, view, lang=asked or lang, report="../report")
            return HTMLResponse(page, headers={"Content-Security-Policy": _REPORT_POLICY})
    raise HTTPException(404, f"The run has no sheet of an employer {employer_id}.")


def _line(key: str, job: Job) -> RunLine:
    return RunLine(
        id=key,
        name=job.scenario.name,
        state=job.state,
        progress=RunProgress(stage=job.stage, done=job.done, total=job.total),
    )


def _run(key: str, job: Job) -> RunOut:
    line = _line(key, job)
    return RunOut(
        **line.model_dump(),
        failure=job.failure or None,
        problems=[ProblemItem.model_validate(problem.as_dict()) for problem in job.problems],
        result=None if job.result is None else to_json(job.result.as_dict()),
    )
