"""employers.yaml: what a good file gives, and that every fault is named with its place."""

import numpy as np
import pytest

from demand import ZoneSystem
from demand.readers import read_employers
from network.base.errors import DemandInputError

GOOD = """
employers:
  - id: canal
    name: Assurances du Canal
    source_class: illustrative
    core_start: "10:00"
    core_end: "15:30"
    sites:
      - {id: plaine, name: La Plaine, lat: 48.90, lon: 2.36}
      - {id: annexe, name: Annexe, lat: 48.90, lon: 2.36, zone: B}
    teams:
      - {id: gestion, name: Gestion, site: plaine, headcount: 300, start: "08:45",
         work_min: 480, telework_share: 0.1}
      - {id: accueil, name: Accueil, site: annexe, headcount: 20, start: "06:30", movable: false}
"""


@pytest.fixture
def zones():
    return ZoneSystem(
        ids=("A", "B1", "B2"),
        lat=np.array([48.90, 48.95, 48.93]),
        lon=np.array([2.36, 2.36, 2.36]),
        in_territory=np.ones(3, dtype=bool),
        names={"A": "A", "B": "B", "B1": "B1", "B2": "B2"},
        levels={"A": "commune", "B": "commune", "B1": "quartier", "B2": "quartier"},
        parents={"B1": "B", "B2": "B"},
    )


@pytest.fixture
def read(tmp_path, zones):
    def read_text(text):
        path = tmp_path / "employers.yaml"
        path.write_text(text, encoding="utf-8")
        return read_employers(path, zones)

    return read_text


def test_a_good_file_gives_employers_with_seconds_and_zones(read):
    (employer,) = read(GOOD)

    assert employer.headcount == 320
    assert (employer.core_start_s, employer.core_end_s) == (36_000, 55_800)
    assert [site.zone_idx for site in employer.sites] == [0, 2]
    team = employer.teams[0]
    assert (team.start_s, team.work_s, team.max_shift_s) == (31_500, 28_800, 1_800)
    assert (team.telework_share, team.movable) == (0.1, True)


def test_bounds_keep_the_core_hours_inside_a_movable_teams_day(read):
    team, fixed = read(GOOD)[0].teams

    # no earlier than 15:30 less 8 h, no later than 10:00
    assert (team.earliest_s, team.latest_s) == (27_000, 36_000)
    assert (fixed.earliest_s, fixed.latest_s) == (0, 86_400)


def test_own_bounds_hold_where_they_are_narrower(read):
    text = GOOD.replace('start: "08:45",', 'start: "08:45", earliest: "08:00", latest: "09:30",')

    team = read(text)[0].teams[0]

    assert (team.earliest_s, team.latest_s) == (28_800, 34_200)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("headcount: 300", "headcount: 0", "employers.0.teams.0.headcount", "greater than"),
        ("headcount: 300", "heads: 300", "employers.0.teams.0.heads", "not permitted"),
        ("name: Gestion, ", "", "employers.0.teams.0.name", "required"),
        ('"08:45"', '"quarter to"', "employers.0.teams.0.start", "HH:MM"),
        ("telework_share: 0.1", "telework_share: 10", "teams.0.telework_share", "less than"),
        ("source_class: illustrative", "source_class: real", "source_class", "observed"),
        ("headcount: 300", "headcount: -5", "teams.0.headcount", "greater than"),
        ("headcount: 300", "headcount: 3" + "0" * 40, "teams.0.headcount", "1000000"),
        ("headcount: 300", "headcount: true", "teams.0.headcount", "expected a number"),
        ("headcount: 300", 'headcount: "300,5"', "teams.0.headcount", "valid integer"),
        ('"08:45"', '"25:99"', "employers.0.teams.0.start", "expected a clock time HH:MM"),
        ('"08:45"', "8:45", "employers.0.teams.0.start", "HH:MM in quotes"),
        ("name: Gestion", 'name: "a\\e[31m"', "teams.0.name", "control characters"),
        ("id: canal", 'id: " "', "employers.0.id", "at least 1 character"),
        ("site: plaine", "site: nowhere", "canal.teams.gestion.site", "plaine, annexe"),
        ("site: plaine, ", "", "canal.teams.gestion.site", "plaine, annexe"),
        ("zone: B}", "zone: Z}", "canal.sites.annexe.zone", "a zone of the zone table"),
        ("lat: 48.90, lon: 2.36}", "lat: 2.36, lon: 48.90}", "canal.sites.plaine", "swapped"),
        ("id: accueil", "id: gestion", "teams", "'gestion' 2 times"),
        ('core_end: "15:30"', 'core_end: "09:30"', "canal.core_end", "after they start"),
        ('"08:45"', '"06:45"', "canal.teams.gestion.start", "core hours inside"),
    ],
)
def test_every_fault_is_named_with_its_place(read, old, new, where, what):
    assert old in GOOD
    with pytest.raises(DemandInputError) as caught:
        read(GOOD.replace(old, new, 1))
    text = str(caught.value)
    assert where in text
    assert what in text
    assert "at least 1 item" not in text  # a list is not short for a faulty entry


def test_all_faults_are_told_at_once(read):
    text = GOOD.replace("site: plaine", "site: nowhere").replace("zone: B}", "zone: Z}")
    with pytest.raises(DemandInputError) as caught:
        read(text)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty file"),
        ("# later", "an empty file"),
        ("- canal", "begins with employers:"),
        ("id;name;headcount\na;A;300", "begins with employers:"),
        ("employers:", "expected a list"),
        ("employers: 3", "expected a list"),
        ("employers: []", "at least one entry"),
        ("employers: [canal]", "keys and values"),
    ],
)
def test_a_file_without_employers_is_refused_in_words(read, text, said):
    with pytest.raises(DemandInputError) as caught:
        read(text)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_mark_of_byte_order_is_no_fault_and_other_encodings_are_named(tmp_path, zones):
    path = tmp_path / "employers.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_employers(path, zones)[0].headcount == 320
    path.write_bytes(GOOD.replace("Gestion", "Régie").encode("cp1252"))
    with pytest.raises(DemandInputError, match="UTF-8"):
        read_employers(path, zones)


def test_broken_yaml_is_refused_with_its_line(read):
    with pytest.raises(DemandInputError, match="line 3"):
        read("employers:\n  - id: a\n   name: b\n")
