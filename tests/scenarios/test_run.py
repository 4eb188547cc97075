"""A whole run of the corridor: what must be equal, conserved and said."""

import json

import numpy as np
import pytest

from network.base import SourceClass
from scenarios import run_scenario, write_result
from scenarios.model import build_model
from solver.loading import spread_cohorts
from tests.builders.results import find_differences, load_status_quo, without_seconds
from tests.builders.territories import corridor_scenario

SITUATIONS = ("status_quo", "plan", "free_response", "partial_compliance")
TRIPS = (
    # workers x transit share of od.csv, by presence 0.8 and other purposes 1.2
    (3000 * 0.7 + 2600 * 0.7 + 2000 * 0.6 + 400 * 0.1 + 300 * 0.5 + 200 * 0.5 + 300 * 0.6 + 5)
    * 0.8
    * 1.2
)


def kpis(result, situation):
    return {name: figure.value for name, figure in result.situations[situation].kpis.items()}


def test_the_corridor_is_crowded_and_a_plan_helps(run):
    result = run()
    status_quo, response = kpis(result, "status_quo"), kpis(result, "free_response")

    assert status_quo["peak_load_factor"] > 1.2
    assert result.plan.people_moved > 0
    assert response["crowding_cost_h"] < status_quo["crowding_cost_h"]
    assert result.headline["free_response_gain_h"].value > 0
    assert all(result.situations[name].converged for name in SITUATIONS if name != "plan")


def test_the_same_scenario_twice_gives_the_same_result(run, pack):
    again = run_scenario(corridor_scenario(pack))

    assert without_seconds(again.as_dict()) == without_seconds(run().as_dict())
    assert again.situations["plan"].map_segments == run().situations["plan"].map_segments


def test_a_model_built_twice_is_the_same_bit_for_bit(model, territory, pack):
    again = build_model(territory, corridor_scenario(pack))

    assert find_differences(model, again) == []


def test_differences_between_models_are_found(territory, model, pack):
    steeper = corridor_scenario(pack).model_copy(
        update={"crowding": type(corridor_scenario(pack).crowding)(cost_per_pax_m2=0.15)}
    )

    assert find_differences(model, build_model(territory, steeper)) == [".curve.slope"]


def test_modelled_trips_and_those_left_out_are_all_trips_of_the_flows(run):
    headline = run().headline

    # S to M has 4.8 trips, fewer than the 20 of the territory's file.
    assert headline["trips_left_out"].value == pytest.approx(5 * 0.8 * 1.2)
    together = headline["modelled_trips"].value + headline["trips_left_out"].value
    assert together == pytest.approx(TRIPS, rel=1e-12)


def test_background_by_group_and_off_the_lines_is_the_backgrounds_of_the_period(model):
    demand = model.background_demand
    period = demand.profile.share_between(6 * 3600 + 1800, 10 * 3600 + 1800)

    assert model.background.total_pax == pytest.approx(demand.trips.sum() * period, rel=1e-9)


def test_staff_by_group_and_off_the_lines_is_each_cohorts_passengers(model):
    cohorts = model.cohorts
    passengers, other = spread_cohorts(
        cohorts,
        model.alternatives,
        n_zones=model.n_zones,
        start_s=np.column_stack((cohorts.start_s, cohorts.start_s + 1800)),
        share=np.full((len(cohorts), 2), 0.5),
    )
    expected = np.bincount(cohorts.strand_cohort, weights=cohorts.strand_pax)

    np.testing.assert_allclose(np.asarray(passengers.sum(axis=1)) + other, expected, rtol=1e-12)


def test_today_all_staff_who_ride_transit_are_in_some_group(model):
    # 1,600 present, who ride as 5,160 of the 8,000 workers of Bureaux do
    riders = 1600 * (3000 * 0.7 + 2600 * 0.7 + 2000 * 0.6 + 400 * 0.1) / 8000

    assert model.cohorts.strand_pax.sum() == pytest.approx(riders, rel=1e-12)
    assert model.staff_today().sum() == pytest.approx(riders, rel=1e-9)


def test_loading_puts_every_passenger_on_some_alternative_and_never_fewer_than_none(model):
    demand = model.background.pax + model.staff_today()
    loading = load_status_quo(model)

    by_group = np.add.reduceat(loading.flow_pax, model.alternatives.offset[:-1])
    np.testing.assert_allclose(by_group, demand, rtol=1e-9, atol=1e-9)
    assert loading.flow_pax.min() >= 0
    assert loading.load_pax.min() >= 0


def test_nobody_rides_where_no_train_runs(run):
    for situation in run().situations.values():
        for curve in situation.curves:
            pairs = zip(curve.load_pax, curve.capacity_pax, strict=True)
            assert all(room > 0 for load, room in pairs if load > 0)


def test_a_run_is_one_json_object_without_nan(run):
    text = json.dumps(run().as_dict(), allow_nan=False)

    assert json.loads(text) == run().as_dict()


def test_a_written_result_reads_back_and_leaves_nothing_half_written(run, tmp_path):
    (path,) = write_result(run(), tmp_path / "out")

    assert json.loads(path.read_text(encoding="utf-8")) == run().as_dict()
    assert [item.name for item in path.parent.iterdir()] == ["result.json"]


def test_every_figure_has_a_unit_and_a_source_class(run):
    result = run()
    figures = list(result.headline.items())
    for situation in result.situations.values():
        figures.extend(situation.kpis.items())

    assert len(figures) > 20
    for name, figure in figures:
        assert figure.unit, name
        assert figure.source_class in SourceClass, name
        assert np.isfinite(figure.value), name
        for end in (figure.low, figure.high):
            assert end is None or np.isfinite(end), name


def test_a_figure_with_a_range_lies_in_it(run):
    for situation in run().situations.values():
        cost = situation.kpis["crowding_cost_h"]
        assert cost.low < cost.value < cost.high


def test_watched_lines_are_shown_at_the_watched_time_and_stretches_at_their_fullest_hour(run):
    for situation in run().situations.values():
        *at_time, stretch = situation.watched
        assert {row.line for row in at_time} == {"1"}
        assert len({row.direction for row in at_time}) == len(at_time) == 2
        assert {(row.start_s, row.end_s) for row in at_time} == {(8.5 * 3600, 8.75 * 3600)}
        assert (stretch.line, stretch.from_stop, stretch.to_stop) == ("1", "Milieu", "Bureaux")
        assert stretch.end_s - stretch.start_s == 3600


def test_observed_entries_stand_beside_the_modelled_without_the_hub(run):
    entries = run().entries

    assert {(row.station, row.hour) for row in entries.rows} == {
        ("Nord", 7),
        ("Nord", 8),
        ("Milieu", 7),
        ("Milieu", 8),
    }
    assert entries.unmatched == ("Elsewhere",)
    assert all(row.modelled_pax > 0 for row in entries.rows)
    observed, modelled = 900 + 1100 + 700 + 1000, sum(row.modelled_pax for row in entries.rows)
    assert entries.overall.total_error == pytest.approx(modelled / observed - 1)


def test_a_result_says_what_it_rests_on(run):
    result = run()

    assert result.territory == "corridor"
    assert result.service_date == "2024-05-15"
    assert result.notes == {"fr": ("Inventé.",), "en": ("Invented.",)}
    assert len(result.inputs_sha256) == 64
    assert {"feed", "od.csv", "employers.yaml"} <= {line.path for line in result.sources}
