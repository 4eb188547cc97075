"""The embedded territory, part by part and as a whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cases.inputs import build_default_model, load_default_territory
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable


@case("embedded", Phase.DEMAND_BACKGROUND)
def build_demand() -> Callable[[], object]:
    """Build the employers' cohorts and everybody else's trips."""
    from demand import build_background, build_cohorts

    territory = load_default_territory()
    people = territory.file.people

    def build() -> object:
        cohorts = build_cohorts(territory.employers, territory.flows, territory.zones)
        return build_background(
            territory.flows,
            cohorts,
            territory.zones,
            presence_share=people.presence_share,
            other_purposes_factor=people.other_purposes_factor,
            profile=territory.profile,
        )

    return build


@case("embedded", Phase.SOLVER_CHOICE, repeats=1)
def build_choice_sets() -> Callable[[], object]:
    """Build cells, demand and the choice sets of every pair and quarter hour."""
    from scenarios.model import build_model
    from scenarios.schema import Scenario

    territory = load_default_territory()
    scenario = Scenario(name="benchmark")
    return lambda: build_model(territory, scenario)


@case("embedded", Phase.SOLVER_LOADING)
def load_lines() -> Callable[[], object]:
    """Load the morning until the equilibrium's gap is reached, from nothing."""
    from solver.loading import assign_transit

    model = build_default_model()
    demand = model.background.pax + model.staff_today()
    return lambda: assign_transit(
        model.alternatives, model.cells, demand, curve=model.curve, settings=model.assignment
    )


@case("demo", Phase.SCENARIOS_RUN, repeats=1)
def run_demo() -> Callable[[], object]:
    """Run the demonstration scenario, reading of the territory included."""
    from scenarios import read_scenario, run_scenario
    from scenarios.territory import PACKS

    scenario = read_scenario(PACKS / "plaine_commune" / "demo.yaml")
    return lambda: run_scenario(scenario)
