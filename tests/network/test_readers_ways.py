"""Three ways of reading a table, and that they agree and are bounded."""

import tracemalloc
import zipfile
from pathlib import Path

import gtfs_kit
import numpy as np
import pytest

from network.base.progress import Cancelled
from network.readers import _gtfs_table, read_feed_tables
from tests.builders.feeds import feed_bytes, line_feed, write_files
from tests.builders.realdata import real_data
from tests.builders.tables import tables_of

STOPS = line_feed()["stops"]
STOP_TIMES = line_feed()["stop_times"]


# Ways of reading


def test_gtfs_kit_reads_the_tables_it_reads_without_loss(tmp_path, monkeypatch):
    read = []
    real = gtfs_kit.read_feed

    def spy(folder, **options):
        read.extend(sorted(path.stem for path in Path(folder).iterdir()))
        return real(folder, **options)

    monkeypatch.setattr(gtfs_kit, "read_feed", spy)
    tables_of(tmp_path)
    assert sorted(read) == ["agency", "calendar", "routes", "stop_times", "stops", "trips"]
    read.clear()
    # It would make numbers of platforms, nothing of NA, and a full row of a short one.
    tables_of(
        tmp_path,
        stops="stop_id,stop_lat,stop_lon,platform_code\nS1,48.9,2.3,01\n",
        routes=line_feed()["routes"].replace("First line", "NA"),
        trips="route_id,service_id,trip_id,direction_id\nR1,WK,T1\n",
    )
    assert sorted(read) == ["agency", "calendar", "stop_times"]


def test_a_value_that_defeats_gtfs_kit_is_read_all_the_same(tmp_path):
    # Its type for min_transfer_time ends at 32,767 seconds.
    transfers = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nS1,S2,2,40000\n"
    tables = tables_of(tmp_path, transfers=transfers)
    assert tables.transfers["min_transfer_time"].tolist() == [40_000]
    assert tables.log.total == 0


def test_progress_tells_the_bytes_read_and_may_cancel(tmp_path, each_way):
    path = write_files(tmp_path, feed_bytes())
    told = []
    read_feed_tables(path, progress=lambda *step: told.append(step))
    size = sum(map(len, feed_bytes().values()))
    assert told[-1] == ("feed", size, size)

    def cancel(stage, done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        read_feed_tables(path, progress=cancel)


def assert_same(left, right):
    assert left.index.equals(right.index)
    assert left.dtypes.astype(str).tolist() == right.dtypes.astype(str).tolist()
    for name in left.columns:
        if left[name].dtype == "Float64":
            values = (one[name].to_numpy(dtype=float, na_value=np.nan) for one in (left, right))
            np.testing.assert_allclose(*values, rtol=1e-12, err_msg=name)
        else:
            assert left[name].equals(right[name]), name


@pytest.mark.parametrize(
    "name",
    ["porto/gtfs_stcp.zip", "porto/gtfs_metroporto_latest.zip", "mexico-city/gtfs_cdmx.zip"],
)
def test_the_three_ways_of_reading_agree_on_real_feeds(name, monkeypatch):
    path = real_data(*name.split("/"))
    plain = read_feed_tables(path)
    monkeypatch.setattr(_gtfs_table, "is_plain", lambda *_: False)
    lines = read_feed_tables(path)
    monkeypatch.setattr(_gtfs_table, "SMALL", 0)
    blocks = read_feed_tables(path)
    for other in (lines, blocks):
        for table in ("stops", "routes", "trips", "stop_times", "shapes", "frequencies"):
            left, right = getattr(plain, table), getattr(other, table)
            if left is None:
                assert right is None
            else:
                assert_same(left, right)
    assert plain.log.total == lines.log.total == blocks.log.total == 0


def test_every_row_of_the_porto_bus_feed_is_read():
    tables = read_feed_tables(real_data("porto", "gtfs_stcp.zip"))
    rows = [len(t) for t in (tables.routes, tables.stops, tables.trips, tables.stop_times)]
    assert rows == [73, 2_504, 12_950, 460_898]
    assert tables.log.total == 0


def large_feed(tmp_path, *, n_trips=12_000, per_trip=25):
    """A feed whose stop_times is above the size that is held whole."""
    trips = "".join(f"R1,WK,TRIP{i:06d},0\n" for i in range(n_trips))
    calls = [(f"{4 + c // 60:02d}:{c % 60:02d}:00", f"S{1 + c % 3},{c}") for c in range(per_trip)]
    stop_times = "".join(
        f"TRIP{i:06d},{time},{time},{rest}\n" for i in range(n_trips) for time, rest in calls
    )
    header = STOP_TIMES.splitlines()[0] + "\n"
    return write_files(
        tmp_path,
        feed_bytes(trips="route_id,service_id,trip_id,direction_id\n" + trips)
        | {"stop_times.txt": (header + stop_times).encode()},
        zipped=True,
    )


def test_a_large_table_is_never_held_in_memory_as_text(tmp_path):
    path = large_feed(tmp_path)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("stop_times.txt").file_size
    assert size > _gtfs_table.SMALL
    tracemalloc.start()
    try:
        tables = read_feed_tables(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(tables.stop_times) == 300_000
    assert tables.stop_times.memory_usage(deep=True).sum() < size
    assert peak < 4 * size


def test_the_table_of_a_large_file_is_that_of_its_lines_one_by_one(tmp_path, monkeypatch):
    path = large_feed(tmp_path)
    blocks = read_feed_tables(path).stop_times
    monkeypatch.setattr(_gtfs_table, "read_in_blocks", lambda *_: None)
    assert_same(blocks, read_feed_tables(path).stop_times)
