"""Scenario files that are wrong: what is refused and with what words."""

import datetime as dt

import pytest

from scenarios import Scenario, read_scenario, run_scenario
from tests.builders.problems import refused
from tests.builders.territories import DAY, corridor_scenario, write_corridor


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "plan.yaml"
        path.write_text(text, encoding="utf-8")
        return read_scenario(path)

    return read_text


def test_a_scenario_of_a_name_alone_has_the_defaults(read):
    scenario = read("name: rien\n")

    assert scenario.territory == "plaine-commune"
    assert scenario.modifications == ()


def test_text_that_is_no_yaml_is_refused_with_its_line(read):
    with refused(file="plan.yaml", row="2", found="YAML", mend="indentation"):
        read("name: x\nplan: max_shift_min: 30\n")


@pytest.mark.parametrize(
    ("text", "found"), [("- name: x\n", "a list"), ("", "nothing"), ("heures", "a str")]
)
def test_what_is_no_mapping_is_refused(read, text, found):
    with refused(file="plan.yaml", found=found, expected="name", mend="name: ..."):
        read(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with refused(file="none.yaml", found="cannot be read"):
        read_scenario(tmp_path / "none.yaml")
    with refused(file=tmp_path.name, found="cannot be read"):
        read_scenario(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("name: été\n".encode("latin-1"))
    with refused(file="latin.yaml", found="cannot be read", expected="UTF-8"):
        read_scenario(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("territory: x", {"field": "name", "found": "nothing", "mend": "Add name."}),
        ("plans: {}", {"field": "plans", "mend": "spelling"}),
        (
            "modifications: [{type: bus_lane}]",
            {"field": "modifications[0]", "found": "bus_lane", "expected": "'frequency'"},
        ),
        ("modifications: [{line: '1'}]", {"field": "modifications[0]", "expected": "type"}),
        ("modifications: frequency", {"field": "modifications", "found": "frequency"}),
        (
            "modifications: [{type: employer_hours, employer: a, start: '8h30'}]",
            {"field": "start", "found": "8h30", "expected": "HH:MM"},
        ),
        (
            "modifications: [{type: employer_hours, employer: a, start: 10:30}]",
            {"field": "start", "found": "630", "mend": "quotes"},
        ),
        (
            "modifications: [{type: telework_share, share: -0.1}]",
            {"field": "share", "found": "-0.1", "expected": "greater than or equal to 0"},
        ),
        (
            "modifications: [{type: telework_share, share: 40 %}]",
            {"field": "share", "found": "40 %", "expected": "number"},
        ),
        (
            "modifications: [{type: frequency, line: '1', factor: 0}]",
            {"field": "factor", "found": "0"},
        ),
        ("date: soon", {"field": "date", "found": "soon"}),
        ("plan: {earliest_start: '25:99'}", {"field": "plan.earliest_start", "found": "25:99"}),
        # YAML reads 7:30 without quotes as 7 x 60 + 30.
        ("plan: {earliest_start: 7:30}", {"field": "plan.earliest_start", "mend": "quotes"}),
        ("plan: {slot_min: 20}", {"field": "plan.slot_min", "expected": "15 or 30"}),
        ("plan: {max_moved_share: .nan}", {"field": "plan.max_moved_share", "found": "nan"}),
        ("plan: {time_limit_s: 0}", {"field": "plan.time_limit_s"}),
        ("crowding: {cost_per_pax_m2: lots}", {"field": "cost_per_pax_m2", "found": "lots"}),
        ("assignment: {max_iterations: 1.5}", {"field": "max_iterations", "found": "1.5"}),
        ("seed: one", {"field": "seed", "found": "one"}),
    ],
)
def test_a_wrong_field_is_refused_by_name(read, text, expected):
    name = "" if text.startswith("territory") else "name: x\n"
    with refused(file="plan.yaml", **expected):
        read(name + text + "\n")


def test_all_wrong_fields_are_told_at_once(read):
    with refused(file="plan.yaml") as problems:
        read("name: x\nseed: one\ndate: soon\nplan: {max_shift_min: 500}\n")
    assert [problem.field for problem in problems] == ["date", "plan.max_shift_min", "seed"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2026, 1, 5), "2024-01-01 to 2024-12-31"),
        (dt.date(2024, 5, 18), "2024-05-17 and 2024-05-20"),  # a Saturday
    ],
)
def test_a_date_without_service_is_refused_with_dates_that_have_some(pack, day, expected):
    scenario = corridor_scenario(pack).model_copy(update={"date": day})
    with refused(file="feed", found=f"no service on {day}", expected=expected, mend="date"):
        run_scenario(scenario)


def test_a_date_that_only_the_night_before_runs_into_is_refused_too(tmp_path):
    # Friday's night bus still runs on Saturday the 18th, which has no morning of its own.
    pack = write_corridor(tmp_path)
    for name, row in (
        ("trips", "1,WK,night,0\n"),
        ("stop_times", "night,24:30:00,24:30:00,Nord,1\nnight,24:40:00,24:40:00,Sud,2\n"),
    ):
        with (pack / "feed" / f"{name}.txt").open("a", encoding="utf-8") as file:
            file.write(row)
    scenario = corridor_scenario(pack).model_copy(update={"date": dt.date(2024, 5, 18)})
    with refused(file="feed", found="no service on 2024-05-18", expected="2024-05-17", mend="date"):
        run_scenario(scenario)


def test_another_date_with_service_runs(pack):
    tuesday = DAY - dt.timedelta(days=1)
    result = run_scenario(corridor_scenario(pack).model_copy(update={"date": tuesday}))

    assert result.service_date == "2024-05-14"


def test_a_territorys_folder_is_relative_to_the_scenarios_file(pack):
    scenario = corridor_scenario(pack).model_copy(update={"territory": "./corridor"})

    assert run_scenario(scenario, path=pack.parent / "mine.yaml").territory == "corridor"
    with refused(file="elsewhere", found="no territory of that name"):
        run_scenario(scenario, path=pack.parent / "elsewhere" / "mine.yaml")


def test_a_name_the_territory_does_not_have_is_blamed_on_the_scenarios_file(pack):
    nobody = {"type": "telework_share", "employer": "nobody", "share": 0.5}
    scenario = Scenario.model_validate(
        corridor_scenario(pack).model_dump() | {"modifications": [nobody]}
    )
    with refused(file="mine.yaml, modifications[0]", found="'nobody'", mend="employer"):
        run_scenario(scenario, path=pack.parent / "mine.yaml")
