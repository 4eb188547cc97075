"""Scenarios nobody writes by mistake alone: huge, nested, infinite, or with nobody in them."""

import pytest

from scenarios import read_scenario, run_scenario
from scenarios.reading import MAX_BYTES, parse_scenario
from tests.builders.problems import refused
from tests.builders.territories import FLOWS, TERRITORY, corridor_scenario, write_corridor


def _read(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def test_aliases_that_stand_for_a_billion_values_are_refused_at_once(tmp_path):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    with refused(file="plan.yaml", row="2", found="alias"):
        _read(tmp_path, bomb)


def test_thousands_of_brackets_are_refused_with_their_line(tmp_path):
    with refused(file="plan.yaml", row="2", found="nesting"):
        _read(tmp_path, "name: x\nplan: " + "[" * 5000 + "]" * 5000)


def test_a_key_written_twice_is_refused_instead_of_hiding_the_first(tmp_path):
    with refused(file="plan.yaml", row="2", found="name twice"):
        _read(tmp_path, "name: x\nname: y\n")


def test_a_file_of_megabytes_is_refused_unread(tmp_path):
    with refused(file="plan.yaml", found=f"{MAX_BYTES} bytes"):
        _read(tmp_path, "#" * (MAX_BYTES + 1))


def test_what_is_shown_of_a_huge_value_is_short():
    deep = []
    for _ in range(900):
        deep = [deep]
    with refused(file="request", field="name", found="[[["):
        parse_scenario({"name": deep}, file="request")
    with refused(file="request", field="plan.slot_min", found="..."):
        parse_scenario({"name": "x", "plan": {"slot_min": "7" * 10_000}}, file="request")


@pytest.mark.parametrize(
    ("part", "values", "field"),
    [
        ("plan", {"shift_cost_per_min": float("inf")}, "plan.shift_cost_per_min"),
        ("plan", {"shift_cost_per_min": 1e300}, "plan.shift_cost_per_min"),
        ("plan", {"time_limit_s": 1e300}, "plan.time_limit_s"),
        ("plan", {"mip_gap": float("inf")}, "plan.mip_gap"),
        ("plan", {"mip_gap": 1.5}, "plan.mip_gap"),
        ("assignment", {"scale_per_min": float("inf")}, "assignment.scale_per_min"),
        ("assignment", {"relative_gap": float("inf")}, "assignment.relative_gap"),
    ],
)
def test_infinite_and_absurd_numbers_are_refused_before_anything_runs(part, values, field):
    with refused(field=field, file="request"):
        parse_scenario({"name": "x", part: values}, file="request")


@pytest.mark.parametrize("seed", [-1, 2**31, 10**24])
def test_a_seed_no_engine_can_keep_is_refused(seed):
    with refused(file="request", field="seed"):
        parse_scenario({"name": "x", "seed": seed}, file="request")


def test_half_a_character_is_refused():
    with refused(file="request", field="name", expected="UTF-8"):
        parse_scenario({"name": "\ud800"}, file="request")


def test_a_first_slot_after_the_last_is_refused():
    rules = {"earliest_start": "10:00", "latest_start": "07:30"}
    with refused(file="request", field="plan", expected="earliest_start first"):
        parse_scenario({"name": "x", "plan": rules}, file="request")
    same = {"earliest_start": "09:00", "latest_start": "09:00"}
    assert parse_scenario({"name": "x", "plan": same}, file="r").plan.latest_start == "09:00"


def test_everybody_at_home_is_refused_for_want_of_anybody_to_plan_for(tmp_path):
    pack = write_corridor(tmp_path)
    scenario = corridor_scenario(pack, {"type": "telework_share", "share": 1.0})
    with refused(
        file="territory corridor", found="no employer's staff goes to work", mend="telework"
    ):
        run_scenario(scenario)


def test_flows_nobody_travels_by_transit_on_are_refused(tmp_path):
    lines = [line.rsplit(",", 1)[0] for line in FLOWS.strip().splitlines()[1:]]
    flows = "\n".join(["origin,destination,workers,transit_share", *(f"{x},0" for x in lines)])
    with refused(
        file="territory corridor", found="no employer's staff goes to work", mend="transit_share"
    ):
        run_scenario(corridor_scenario(write_corridor(tmp_path, od=flows)))


def test_a_period_without_service_is_refused(tmp_path):
    late = TERRITORY.replace('"06:30"', '"20:00"').replace('"10:30"', '"23:00"')
    with refused(file="territory corridor", found="20:00 to 23:00", mend="period_start"):
        run_scenario(corridor_scenario(write_corridor(tmp_path, territory=late)))


def test_walks_of_negative_length_are_refused(tmp_path):
    text = TERRITORY.replace('hubs = "hubs.csv"', 'hubs = "hubs.csv"\nmax_walk_s = -5')
    with refused(file="territory.toml", field="network.max_walk_s"):
        run_scenario(corridor_scenario(write_corridor(tmp_path, territory=text)))


def test_infinitely_many_workers_are_set_aside_like_any_other_bad_number(tmp_path):
    pack = write_corridor(tmp_path, od=FLOWS.replace("3000", "inf"))
    assert run_scenario(corridor_scenario(pack)).set_aside["workers out of range"] == 1
