"""Vehicle capacities: which row holds, and what is refused."""

import pytest

from network.base import SourceClass
from network.base.errors import NetworkInputError
from network.building.inputs import basic_route_type
from network.readers import default_vehicles, read_timetable, read_vehicles
from tests.builders.feeds import DAY, line_feed, write_feed

HEADER = "route_id,line,route_type,seats,standing_m2,source,source_class\n"


def vehicles_of(tmp_path, *rows):
    path = tmp_path / "vehicles.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return read_vehicles(path)


def test_the_route_wins_over_its_line_and_its_type(tmp_path):
    vehicles = vehicles_of(
        tmp_path,
        ",,1,100,50,leaflet,published",
        ",13,,120,60,leaflet,published",
        "R13a,,,140,70,leaflet,published",
    )
    assert vehicles.find("R13a", "13", 1).seats == 140
    assert vehicles.find("R13b", "13", 1).seats == 120
    assert vehicles.find("R7", "7", 1).seats == 100
    assert vehicles.find("R7", "7", 1).full_pax == 100 + 4 * 50
    assert vehicles.find("R7", "7", 3).full_pax == 0


@pytest.mark.parametrize(
    ("extended", "basic"), [(109, 2), (401, 1), (700, 3), (900, 0), (1300, 6), (1, 1)]
)
def test_extended_route_types_fall_back_to_the_basic_one(extended, basic):
    assert basic_route_type(extended) == basic


@pytest.mark.parametrize(("route_type", "places"), [(0, 198), (1, 570), (2, 2100), (3, 70)])
def test_defaults_are_of_the_known_order_and_estimated(route_type, places):
    capacity = default_vehicles().find("any", "any", route_type)
    assert capacity.full_pax == pytest.approx(places)
    assert capacity.source_class is SourceClass.ESTIMATED


def test_given_vehicles_reach_the_trips(tmp_path):
    vehicles = vehicles_of(tmp_path, ",1,,11,22,leaflet,published")
    path = write_feed(tmp_path, **line_feed())
    timetable = read_timetable(path, DAY, vehicles=vehicles, include_spill=False)
    assert timetable.trip_seats.tolist() == [11]
    assert timetable.trip_standing_m2.tolist() == [22]


def test_every_wrong_row_is_named_at_once(tmp_path):
    with pytest.raises(NetworkInputError) as caught:
        vehicles_of(
            tmp_path,
            ",,1,many,50,leaflet,published",
            ",,1,100,-1,leaflet,published",
            ",,1,100,50,leaflet,rumour",
            ",,1,100,50,,published",
            ",,,100,50,leaflet,published",
            ",,metro,100,50,leaflet,published",
        )
    assert [(p.row, p.field) for p in caught.value.problems] == [
        (2, "seats"),
        (3, "standing_m2"),
        (4, "source_class"),
        (5, "source"),
        (6, "route_id"),
        (7, "route_type"),
    ]


def test_a_file_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "vehicles.csv"
    path.write_text("line,places\n13,570\n")
    with pytest.raises(NetworkInputError, match="seats, standing_m2, source, source_class"):
        read_vehicles(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NetworkInputError, match="cannot be read"):
        read_vehicles(tmp_path / "none.csv")
