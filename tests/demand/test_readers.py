"""Readers: what a good file gives, and how a bad row is set aside and a bad file refused."""

import gzip
import json

import numpy as np
import pytest

from demand.readers import (
    read_arrival_profile,
    read_commune_zones,
    read_communes,
    read_flows,
    read_insee_modes,
    read_insee_od,
    read_station_entries,
    read_zones,
)
from network.base import ProblemLog
from network.base.errors import DemandInputError

ZONES = """zone_id,name,level,parent_id,lat,lon,population,jobs,in_territory,leaf,source_class
region,Region,region,,48.9,2.3,30,20,0,0,published
A,Here,commune,region,48.9,2.3,10,5,1,0,published
A-1,Here : Gare,quartier,A,48.91,2.31,4,5,1,1,estimated
A-2,"Here, west",quartier,A,48.92,2.30,6,0,1,1,estimated
B,There,commune,region,48.8,2.4,20,15,0,1,published
"""


@pytest.fixture
def log():
    return ProblemLog()


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="table.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def zones(write):
    return read_zones(write(ZONES, "zones.csv"))


def test_zones_come_with_their_tree(zones):
    assert zones.ids == ("A-1", "A-2", "B")
    assert zones.lat.tolist() == [48.91, 48.92, 48.8]
    assert zones.in_territory.tolist() == [True, True, False]
    assert zones.names["A-2"] == "Here, west"
    assert zones.parents == {"A": "region", "A-1": "A", "A-2": "A", "B": "region"}
    assert zones.leaves_under("A").tolist() == [0, 1]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("C,X,village,region,48,2,1,1,0,1,estimated", "unknown level"),
        ("C,X,commune,region,98,2,1,1,0,1,estimated", "lat out of range"),
        ("C,X,commune,region,48,east,1,1,0,1,estimated", "lon out of range"),
        ("C,X,commune,nowhere,48,2,1,1,0,1,estimated", "parent missing"),
        ("C,X,commune,C,48,2,1,1,0,1,estimated", "parent missing"),
        ("A,X,commune,region,48,2,1,1,0,1,estimated", "zone_id twice"),
        ("C,X,commune,region,48,2,1,1,0,yes,estimated", "unknown leaf"),
        (",X,commune,region,48,2,1,1,0,1,estimated", "no zone_id"),
        ("C,X,commune", "wrong number of fields"),
    ],
)
def test_a_bad_zone_row_is_set_aside_with_its_line(write, log, row, kind):
    zones = read_zones(write(ZONES + row + "\n"), log=log)

    assert zones.ids == ("A-1", "A-2", "B")
    assert dict(log.counts) == {kind: 1}
    assert log.problems[0].row == 7


def test_zones_below_a_zone_set_aside_are_set_aside_too(write, log):
    zones = read_zones(write(ZONES.replace("A,Here,commune", "A,Here,village")), log=log)

    assert zones.ids == ("B",)
    assert log.counts["parent missing"] == 2


def test_a_table_without_leaf_is_refused(write):
    with pytest.raises(DemandInputError, match="no leaf zone"):
        read_zones(write(ZONES.replace(",1,estimated", ",0,estimated").replace("0,1,", "0,0,")))


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_with_other_marks_between_columns_is_told_so(write, zones, mark):
    text = "origin,destination,workers,transit_share\nB,A-1,10,0.5\n".replace(",", mark)
    with pytest.raises(DemandInputError, match="commas between columns"):
        read_flows(write(text), zones)


def test_flows_are_sorted_and_indexed_by_leaf(write, zones):
    text = "origin,destination,workers,transit_share\nB,A-1,10,0.5\n\nA-2,B,3.5,0\nA-1,B,2,1\n"

    flows = read_flows(write(text), zones)

    assert flows.origin.tolist() == [0, 1, 2]
    assert flows.destination.tolist() == [2, 2, 0]
    assert flows.workers.tolist() == [2, 3.5, 10]
    assert flows.transit_share.tolist() == [1, 0, 0.5]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("A,B,1,0.5", "unknown origin"),
        ("A-1,C,1,0.5", "unknown destination"),
        ("A-1,B,-1,0.5", "workers out of range"),
        ("A-1,B,,0.5", "workers out of range"),
        ("A-1,B,nan,0.5", "workers out of range"),
        ("A-1,B,1,1.5", "transit_share out of range"),
        ("B,A-1,7,0.1", "origin+destination twice"),
        ('"A-1,B",1,0.5', "wrong number of fields"),
    ],
)
def test_a_bad_flow_row_is_set_aside_with_its_line(write, zones, log, row, kind):
    text = f"origin,destination,workers,transit_share\nB,A-1,10,0.5\n{row}\n"

    flows = read_flows(write(text), zones, log=log)

    assert flows.workers.tolist() == [10]
    assert dict(log.counts) == {kind: 1}
    assert log.problems[0].row == 3


def test_a_table_of_bad_rows_only_is_refused_with_the_first_of_them(write, zones):
    text = "origin,destination,workers,transit_share\nX,B,1,0.5\n"
    with pytest.raises(DemandInputError, match="no usable row among 1") as caught:
        read_flows(write(text), zones)
    assert "line 2, origin: found 'X'" in str(caught.value)


def test_an_absent_file_an_absent_column_and_a_wrong_encoding_are_refused(tmp_path, zones):
    with pytest.raises(DemandInputError, match="no such file"):
        read_flows(tmp_path / "none.csv", zones)
    (tmp_path / "half.csv").write_text("origin,workers\nB,1\n", encoding="utf-8")
    with pytest.raises(DemandInputError, match="also destination, transit_share"):
        read_flows(tmp_path / "half.csv", zones)
    (tmp_path / "latin.csv").write_bytes("origin,é\n".encode("latin-1"))
    with pytest.raises(DemandInputError, match="byte 7 is not UTF-8"):
        read_flows(tmp_path / "latin.csv", zones)
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(b"origin")[:-9])
    with pytest.raises(DemandInputError, match="cannot be read"):
        read_flows(tmp_path / "torn.csv.gz", zones)


SPLIT = "commune,zone_id,home_share,work_share\n"


def test_communes_are_split_into_leaves_with_shares_rescaled_to_one(write, zones):
    split = read_commune_zones(write(SPLIT + "2,B,1,1\n1,A-1,0.30,0.2\n1,A-2,0.10,0.2\n"), zones)

    assert split.codes == ("1", "2")
    assert split.zone_idx[split.parts("1")].tolist() == [0, 1]
    np.testing.assert_allclose(split.home_share[split.parts("1")], [0.75, 0.25])
    np.testing.assert_allclose(split.work_share[split.parts("1")], [0.5, 0.5])
    assert split.home_share[split.parts("2")].tolist() == [1]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("1,A,0.5,0.5", "unknown zone_id"),
        ("1,B,1.5,0.5", "home_share out of range"),
        ("1,B,0.5,-0.1", "work_share out of range"),
        ("1,B,0.5,", "work_share out of range"),
        ("1,A-1,0.5,0.5", "commune+zone_id twice"),
        ("1,B,0.5", "wrong number of fields"),
    ],
)
def test_a_bad_row_of_a_split_is_set_aside_with_its_line(write, zones, log, row, kind):
    split = read_commune_zones(write(f"{SPLIT}1,A-1,1,1\n{row}\n"), zones, log=log)

    assert split.zone_idx.tolist() == [0]
    assert split.home_share.tolist() == [1]
    assert dict(log.counts) == {kind: 1}
    assert log.problems[0].row == 3


@pytest.mark.parametrize("row", ["2,B,0,1", "2,B,1,0"])
def test_a_commune_without_homes_or_without_jobs_is_refused_by_name(write, zones, row):
    with pytest.raises(DemandInputError, match="shares that sum to 0 in 2;"):
        read_commune_zones(write(f"{SPLIT}1,A-1,1,1\n{row}\n"), zones)


def test_a_profile_is_smoothed_to_minutes(write):
    profile = read_arrival_profile(
        write("start,end,share\n07:00,08:00,0.2\n08:00,08:30,0.3\n08:30,09:00,0.1\n")
    )

    assert profile.start_s == 7 * 3600
    assert len(profile.share) == 120
    assert profile.share_between(8 * 3600, 8 * 3600 + 1800) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("07:00,08:00,0.2\n08:15,09:00,0.3", "the end of the row before"),
        ("07:00,08:00,lots", "found 'lots'"),
        ("07:00,8 o'clock,0.2", "a time HH:MM"),
        ("07:00,08:00,0.7\n08:00,09:00,0.7", "sum to 1.4"),
    ],
)
def test_a_profile_with_a_bad_row_is_refused(write, rows, found):
    with pytest.raises(DemandInputError, match=found):
        read_arrival_profile(write(f"start,end,share\n{rows}\n"))


def test_station_entries_are_a_table_by_station_and_hour(write, log):
    text = (
        "station,lines,hour,entries_pax,source_class\nPleyel,13,8,514,observed\n"
        "Pleyel,13,7,385,observed\nOpéra,7 14,8,900,observed\nOpéra,7,8,1,observed\n"
        "Opéra,7,x,1,observed\n"
    )

    entries = read_station_entries(write(text), log=log)

    assert entries.stations == ("Opéra", "Pleyel")
    assert entries.lines == (("7", "14"), ("13",))
    assert entries.hours == (7, 8)
    np.testing.assert_array_equal(entries.entries_pax, [[np.nan, 900], [385, 514]])
    assert dict(log.counts) == {"hour out of range": 1, "station+hour twice": 1}


def test_insee_flows_are_indexed_by_sorted_code(write, log):
    text = (
        "origin_insee,dest_insee,workers,distance_m\n93066,75101,120.5,9000\n"
        "75101,93066,30,9000\n93066,93066,many,700\n"
    )

    pairs = read_insee_od(write(text), log=log)

    assert pairs.codes == ("75101", "93066")
    assert pairs.origin.tolist() == [1, 0]
    assert pairs.workers.tolist() == [120.5, 30]
    assert log.total == 1


def test_insee_modes_are_summed_over_classes_and_mode_5_is_transit(write):
    text = (
        "ORI,DES,SCP,MODE,WGT\n93066.0,75101.0,2,5,100\n93066.0,75101.0,3,5,50\n"
        "93066.0,75101.0,3,4,50\n75101.0,75101.0,3,2,10\n"
    )

    modes = read_insee_modes(write(text))

    assert modes.origin_code == ("75101", "93066")
    assert modes.destination_code == ("75101", "75101")
    assert modes.workers.tolist() == [10, 200]
    assert modes.transit.tolist() == [0, 150]


def feature(code, geometry_type="Polygon", name="Outline"):
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    coordinates = [ring] if geometry_type == "Polygon" else [0, 0]
    return {
        "type": "Feature",
        "properties": {"code": code, "nom": name},
        "geometry": {"type": geometry_type, "coordinates": coordinates},
    }


def write_outlines(tmp_path, *features):
    path = tmp_path / "outlines.geojson.gz"
    content = json.dumps({"type": "FeatureCollection", "features": list(features)})
    path.write_bytes(gzip.compress(content.encode()))
    return path


def test_communes_take_name_and_population_from_the_table(tmp_path, write):
    people = write("insee,name,population_municipale\n93027,La Courneuve,43000\n")

    (commune,) = read_communes(write_outlines(tmp_path, feature("93027", name="Courneuve")), people)

    assert (commune.code, commune.name, commune.population) == ("93027", "La Courneuve", 43000)
    assert commune.polygon.area == pytest.approx(0.5)


def test_a_commune_that_cannot_be_used_is_set_aside(tmp_path, write, log):
    people = write("insee,name,population_municipale\n1,One,5\n2,Two,6\n")
    path = write_outlines(
        tmp_path, feature("1"), feature("2", "Point"), feature("3"), {"properties": None}
    )

    communes = read_communes(path, people, log=log)

    assert [commune.code for commune in communes] == ["1"]
    assert dict(log.counts) == {"commune unusable": 3}
    assert "3 has no population" in str(log.problems[1])
    lenient = read_communes(path, people, default_population=0)
    assert [(c.code, c.population) for c in lenient] == [("1", 5), ("3", 0)]


@pytest.mark.parametrize(
    ("text", "found"), [("{", "no JSON at line 1"), ("[]", "without a list of features")]
)
def test_outlines_that_are_no_geojson_are_refused(write, text, found):
    people = write("insee,name,population_municipale\n1,One,5\n")
    with pytest.raises(DemandInputError, match=found):
        read_communes(write(text, "outlines.geojson"), people)


def test_outlines_without_any_population_are_refused(tmp_path, write):
    people = write("insee,name,population_municipale\n9,Nine,5\n")
    with pytest.raises(DemandInputError, match="no usable commune"):
        read_communes(write_outlines(tmp_path, feature("1")), people)
