"""Car parks from a CSV file: what is read, and what is said of wrong rows."""

import pytest

from network.base.errors import NetworkInputError
from network.readers.car_parks import read_car_parks
from network.routing.modes.park_and_ride import DEFAULT_TRANSFER_S, CarPark


def write(folder, text, encoding="utf-8"):
    path = folder / "car_parks.csv"
    path.write_bytes(text.encode(encoding))
    return path


def problems_of(path):
    with pytest.raises(NetworkInputError) as caught:
        read_car_parks(path)
    return caught.value.problems


def test_rows_are_read_in_order_with_what_they_leave_out(tmp_path):
    path = write(
        tmp_path,
        "id,name,lat,lon,capacity,transfer_s,owner\n"
        "P1,Gare,48.93,2.35,420,240,town\n"
        "P2,,48.95,2.36,,,\n",
        encoding="utf-8-sig",
    )
    assert read_car_parks(path) == (
        CarPark(name="Gare", lat=48.93, lon=2.35, capacity=420, transfer_s=240),
        CarPark(name="P2", lat=48.95, lon=2.36, capacity=None, transfer_s=DEFAULT_TRANSFER_S),
    )


def test_a_table_of_no_rows_has_no_car_parks(tmp_path):
    assert read_car_parks(write(tmp_path, "id,name,lat,lon,capacity\n")) == ()


def test_every_wrong_row_is_named_with_its_line_field_and_what_was_expected(tmp_path):
    path = write(
        tmp_path,
        "id,name,lat,lon,capacity,transfer_s\n"
        "P1,Gare,48.93,2.35,420,\n"
        "P1,Again,95,east,-3,\n"
        '\n,"No\nid",48.9,2.3,many,4000\n',
    )
    said = [(p.file, p.row, p.field, p.found) for p in problems_of(path)]
    assert said == [
        ("car_parks.csv", 3, "id", "'P1'"),
        ("car_parks.csv", 3, "lat", "'95'"),
        ("car_parks.csv", 3, "lon", "'east'"),
        ("car_parks.csv", 3, "capacity", "'-3'"),
        ("car_parks.csv", 6, "id", "nothing"),
        ("car_parks.csv", 6, "transfer_s", "'4000'"),
        ("car_parks.csv", 6, "capacity", "'many'"),
    ]
    assert "not that of line 2" in problems_of(path)[0].expected


def test_missing_columns_are_named(tmp_path):
    (problem,) = problems_of(write(tmp_path, "id,name,latitude\n"))
    assert (problem.row, problem.found) == (1, "columns id, name, latitude")
    assert problem.expected == "id, name, lat, lon, capacity"


@pytest.mark.parametrize("text", ["", "\n\n"], ids=["empty", "blank lines"])
def test_an_empty_file_has_no_columns(tmp_path, text):
    (problem,) = problems_of(write(tmp_path, text))
    assert problem.found == "columns none"


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path):
    (absent,) = problems_of(tmp_path / "none.csv")
    assert "FileNotFoundError" in absent.found
    (odd,) = problems_of(write(tmp_path, "id,name,lat,lon,capacity\nP1,Café,1,1,1\n", "latin-1"))
    assert "UnicodeDecodeError" in odd.found


def test_numbers_that_are_not_of_this_world_are_refused(tmp_path):
    path = write(tmp_path, "id,name,lat,lon,capacity\nP1,A,nan,inf,1e9\nP2,B,1,2,٣\n")
    assert [(p.row, p.field) for p in problems_of(path)] == [
        (2, "lat"),
        (2, "lon"),
        (2, "capacity"),
        (3, "capacity"),
    ]
