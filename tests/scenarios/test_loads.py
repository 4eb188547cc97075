"""A territory's morning by vehicle runs: nobody lost, tables that agree, a report that stands."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet as pq
import pytest

from network.base import Cancelled, parse_clock
from network.base.errors import ScenarioInputError
from scenarios.loads import (
    LoadRequest,
    build_day_demand,
    render_page,
    run_loads,
    write_loads,
)
from scenarios.report.text import get_catalogue, read_words
from solver.loading.vehicles import Capacity, RunSettings


@pytest.fixture(scope="module")
def loads(pack):
    return run_loads(pack, LoadRequest(pax_per_row=5.0, workers=1))


def test_everybody_who_travels_rides_or_goes_by_other_lines(loads):
    other = loads.loading.flow_pax[loads.choices.journey < 0].sum()
    total = loads.riders_pax + other + loads.choices.stranded_pax
    assert total == pytest.approx(loads.demand.trips)
    assert loads.riders_pax > 1000
    assert loads.loading.boarding_pax.sum() == pytest.approx(loads.loading.alighting_pax.sum())
    assert loads.loading.converged


def test_rows_keep_every_trip_of_the_period_however_fine(territory):
    start_s, end_s = parse_clock("07:00"), parse_clock("09:00")
    totals, flexible = [], []
    for pax_per_row, share in ((0.5, 0.0), (50.0, 0.0), (5.0, 1.0)):
        demand = build_day_demand(
            territory,
            start_s=start_s,
            end_s=end_s,
            pax_per_row=pax_per_row,
            flexible_share=share,
            factor=1.0,
            seed=3,
        )
        rows = demand.rows
        totals.append(rows.pax.sum())
        flexible.append(bool(rows.flexible[rows.owner < 0].all()))
        assert not rows.flexible[rows.owner >= 0].any()
        assert ((rows.wanted_s >= start_s) & (rows.wanted_s <= end_s)).all()
    assert totals == pytest.approx([totals[0]] * 3)
    assert flexible == [False, False, True]


def test_same_seed_same_loads_and_another_seed_draws_other_minutes(pack):
    found = [
        run_loads(
            pack, LoadRequest(pax_per_row=20.0, workers=workers, settings=RunSettings(seed=seed))
        )
        for seed, workers in ((1, 1), (1, 2), (2, 1))
    ]
    assert (found[0].loading.load_pax == found[1].loading.load_pax).all()
    assert (found[0].demand.rows.wanted_s != found[2].demand.rows.wanted_s).any()
    assert found[2].as_dict()["seed"] == 2


def test_hard_capacity_is_never_exceeded(pack):
    hard = RunSettings(capacity=Capacity.HARD, max_iterations=5)
    found = run_loads(pack, LoadRequest(pax_per_row=20.0, factor=30.0, settings=hard))
    assert found.loading.load_factor(found.calls).max() <= 1 + 1e-9
    assert found.loading.left_behind_pax.sum() > 0


def test_tables_agree_with_the_loading_and_with_each_other(loads, tmp_path):
    paths = {path.stem: path for path in write_loads(loads, tmp_path)}
    runs = pq.read_table(paths["runs"]).to_pydict()
    assert sum(runs["boarding_pax"]) == pytest.approx(loads.loading.boarding_pax.sum())
    hours = pq.read_table(paths["line_hours"]).to_pydict()
    assert sum(hours["boarding_pax"]) == pytest.approx(sum(runs["boarding_pax"]))
    skims = pq.read_table(paths["skims"]).to_pydict()
    assert sum(skims["pax"]) == pytest.approx(loads.choices.pax.sum())
    assert (np.asarray(skims["cost_min"]) >= np.asarray(skims["free_min"]) - 1e-9).all()
    cells = pq.read_table(paths["cells"]).to_pydict()
    assert sum(cells["load_pax"]) == pytest.approx(loads.cells.load_pax.sum())
    figures = json.loads(paths["loading"].read_text(encoding="utf-8"))
    assert figures["relative_gap"] <= figures["relative_gap_asked"]
    few = pq.read_table(paths["busiest"]).to_pydict()
    named = [p for n, p in zip(few["name"], few["pax"], strict=True) if n != "(few)"]
    assert named
    assert (
        min(
            p
            for k, n, p in zip(few["kind"], few["name"], few["pax"], strict=True)
            if n != "(few)" and k != "employer"
        )
        >= 11
    )


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_report_draws_diagram_map_and_curves_as_sound_svg(loads, lang):
    page = render_page(loads, lang=lang)
    words = get_catalogue(lang, "scenarios.loads")
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    classes = [re.search(r'class="([\w-]+)"', drawing).group(1) for drawing in drawings]
    assert classes.count("time-space") == 2  # one a language
    assert classes.count("map") == 2
    assert classes.count("chart") >= 2
    assert words("loads.curves") in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_both_languages_of_the_report_have_the_same_words():
    assert set(read_words("scenarios.loads", "fr")) == set(read_words("scenarios.loads", "en"))


def test_line_that_is_not_there_is_named_before_anything_is_computed(pack):
    with pytest.raises(ScenarioInputError, match="no line 99"):
        run_loads(pack, LoadRequest(line="99"))


def test_loading_of_a_territory_can_be_cancelled(pack):
    def stop(stage, done, total):
        if stage == "choice":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_loads(pack, LoadRequest(pax_per_row=20.0), progress=stop)


def test_hour_in_which_nobody_arrives_has_loads_of_zero_and_a_report(pack, tmp_path):
    for capacity in Capacity:
        settings = RunSettings(capacity=capacity)
        empty = run_loads(pack, LoadRequest(start="00:00", end="00:30", settings=settings))
        assert empty.loading.load_pax.sum() == 0
        assert empty.loading.converged
        write_loads(empty, tmp_path)
        assert get_catalogue("en", "scenarios.loads")("loads.nobody") in render_page(empty)
