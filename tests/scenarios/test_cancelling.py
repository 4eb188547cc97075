"""Cancelling a run from its progress callback, in every stage."""

import pytest

from network.base import Cancelled
from scenarios import run_scenario
from tests.builders.territories import corridor_scenario


def cancel_at(*stages, once=False):
    """Return a callback that cancels in any of the stages, and the list of what it was told."""
    told, done = [], []

    def progress(stage, _done, _total):
        told.append(stage)
        if stage in stages and not (once and done):
            done.append(stage)
            raise Cancelled

    return progress, told


def test_a_run_tells_every_stage_in_order(pack):
    progress, told = cancel_at()
    run_scenario(corridor_scenario(pack), progress=progress)

    assert list(dict.fromkeys(told))[:6] == [
        "network",
        "demand",
        "choice",
        "loading",
        "build",
        "relax",
    ]


@pytest.mark.parametrize("stage", ["network", "demand", "choice", "loading"])
def test_cancelling_before_there_is_a_plan_stops_the_run_at_once(pack, stage):
    progress, told = cancel_at(stage)

    with pytest.raises(Cancelled):
        run_scenario(corridor_scenario(pack), progress=progress)
    assert told[-1] == stage
    assert told.count(stage) == 1


@pytest.mark.parametrize("stage", ["build", "relax", "round"])
def test_cancelling_the_optimiser_keeps_what_it_has_and_says_so(pack, run, stage):
    progress, _ = cancel_at(stage, once=True)

    result = run_scenario(corridor_scenario(pack), progress=progress)

    assert result.plan.status == "stopped"
    if result.plan.objective is None:
        assert result.plan.moves == ()
        assert result.headline["free_response_gain_h"].value == pytest.approx(0, abs=1e-3)
    else:
        assert result.plan.objective <= run().plan.status_quo_objective * (1 + 1e-9)
    assert result.situations["status_quo"].kpis == run().situations["status_quo"].kpis


def test_whoever_goes_on_cancelling_after_the_optimiser_stops_the_run(pack):
    told = []

    def progress(stage, _done, _total):
        told.append(stage)
        if "build" in told:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_scenario(corridor_scenario(pack), progress=progress)
    assert told[-2:] == ["build", "loading"]
