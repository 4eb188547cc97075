"""Files of a feed in every state: where they lie, how they are written, what is counted."""

import codecs
import zipfile

import pytest

from network.readers import _gtfs_files, read_feed_tables
from network.readers.tables import FeedLimits
from tests.builders.feeds import feed_bytes, line_feed, write_feed, write_files
from tests.builders.tables import lines_of, message_of, names_of, tables_of

STOPS = line_feed()["stops"]
STOP_TIMES = line_feed()["stop_times"]


# Where the files lie


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_feed_in_a_folder_of_its_own_inside_is_found(tmp_path, zipped):
    files = {f"city/{name}": content for name, content in feed_bytes().items()}
    tables = read_feed_tables(write_files(tmp_path, files, zipped=zipped))
    assert len(tables.stop_times) == 3
    assert tables.log.total == 0


def test_what_macos_adds_to_a_zip_is_passed_by(tmp_path):
    files = feed_bytes()
    files |= {f"__MACOSX/._{name}": b"\0\5\26\7" for name in files}
    files |= {f"__MACOSX/{name}": b"\0\5\26\7" for name in files}
    tables = read_feed_tables(write_files(tmp_path, files, zipped=True))
    assert names_of(tables) == ["One", "Two", "Three"]
    assert tables.log.total == 0


def test_feeds_in_several_folders_are_refused_with_their_names(tmp_path):
    files = {
        f"{where}/{n}": content for where in ("bus", "tram") for n, content in feed_bytes().items()
    }
    message = message_of(write_files(tmp_path, files, zipped=True))
    assert "feeds in 2 folders: bus, tram" in message
    assert "each folder as a feed of its own" in message


def test_a_feed_at_the_top_goes_before_one_in_a_folder_which_is_counted(tmp_path):
    files = feed_bytes()
    files |= {f"old/{name}": content.replace(b"Two", b"Old") for name, content in files.items()}
    tables = read_feed_tables(write_files(tmp_path, files, zipped=True))
    assert names_of(tables) == ["One", "Two", "Three"]
    assert tables.log.counts == {"table in another folder of the feed": 6}


def test_file_names_in_capitals_are_the_same_tables(tmp_path):
    files = {name.upper(): content for name, content in feed_bytes().items()}
    assert len(read_feed_tables(write_files(tmp_path, files)).trips) == 1


def test_files_and_columns_that_gtfs_does_not_know_are_passed_by(tmp_path):
    files = feed_bytes(stops=STOPS.replace("stop_name", "colour,stop_name").replace(",", ",x,", 1))
    files["stops.txt"] = b"stop_id,colour,stop_name,stop_lat,stop_lon\nS1,red,One,48.9,2.3\n"
    files |= {"notes.txt": b"\xff\xfe\0", "fares_v2.txt": b"a\n1\n", "readme.md": b"#"}
    tables = read_feed_tables(write_files(tmp_path, files, zipped=True))
    assert names_of(tables) == ["One"]
    assert "colour" not in tables.stops
    assert tables.log.total == 0


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_feed_without_files_is_said_to_be_empty(tmp_path, zipped):
    message = message_of(write_files(tmp_path, {}, zipped=zipped))
    assert "no table of a timetable in it: it is empty" in message


def test_other_files_alone_are_named(tmp_path):
    path = write_files(tmp_path, {"a.csv": b"1", "b.txt": b"2"})
    assert "no table of a timetable in it: a.csv, b.txt" in message_of(path)


def test_a_zip_of_zips_is_refused_with_what_to_do(tmp_path):
    path = write_files(tmp_path, {"bus.zip": b"PK", "tram.zip": b"PK"}, zipped=True)
    message = message_of(path)
    assert "bus.zip, tram.zip" in message
    assert "Unpack it" in message


def test_files_of_no_bytes_count_as_missing(tmp_path):
    message = message_of(write_files(tmp_path, feed_bytes(stops=b"", trips=b"\n\n")))
    assert "feed/stops.txt: missing or without rows" in message
    assert "feed/trips.txt, line 1: no column route_id, service_id, trip_id" in message


# Zip bombs and damage


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in feed_bytes(stop_times=None).items():
            archive.writestr(name, content)
        with archive.open("stop_times.txt", "w") as member:
            for _ in range(64):
                member.write(b"0" * (1 << 20))
    reads = []
    message = message_of(path, progress=lambda *_: reads.append(1))
    assert "bomb.zip/stop_times.txt: text that packs to less than a 200th" in message
    assert not reads


def test_a_feed_above_the_stated_size_is_refused(tmp_path):
    path = write_files(tmp_path, feed_bytes(), zipped=True)
    message = message_of(path, limits=FeedLimits(max_bytes=300))
    assert "more than 0 MB of text" in message


def test_a_file_that_grows_past_the_limit_while_it_is_read_is_refused(tmp_path, monkeypatch):
    # As for a file that something else still writes to: the size seen first is too small.
    path = write_files(tmp_path, feed_bytes())
    monkeypatch.setattr(_gtfs_files, "_checked", lambda files: files)
    assert "more than" in message_of(path, limits=FeedLimits(max_bytes=100))


def test_a_size_that_the_zip_states_falsely_is_said_to_be_damage(tmp_path):
    path = write_files(tmp_path, feed_bytes(), zipped=True)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"stop_times.txt") - 46  # the entry of the zip's directory
    assert content[at : at + 4] == b"PK\1\2"
    content[at + 24 : at + 28] = (40).to_bytes(4, "little")
    path.write_bytes(content)
    assert "feed.zip/stop_times.txt: damaged or cut short" in message_of(path)


def test_a_member_without_a_name_is_passed_by(tmp_path):
    path = write_feed(tmp_path, zipped=True, **line_feed())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x", "")
    # The member's name, in its own header and in the directory, is shortened to nothing.
    data = bytearray(path.read_bytes())
    header = data.rindex(b"PK\x03\x04")
    assert data[header + 30 : header + 31] == b"x"
    directory = data.rindex(b"PK\x01\x02")
    assert data[directory + 46 : directory + 47] == b"x"
    data[directory + 28 : directory + 30] = (0).to_bytes(2, "little")
    data[directory + 32 : directory + 34] = (1).to_bytes(2, "little")  # the x is a comment now
    path.write_bytes(bytes(data))
    with zipfile.ZipFile(path) as archive:
        assert "" in archive.namelist()
    assert lines_of(read_feed_tables(path).trips) == [2]


def test_a_zip_with_a_password_is_said_to_have_one(tmp_path):
    path = write_files(tmp_path, feed_bytes(), zipped=True)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"stop_times.txt") - 46
    content[at + 8] |= 1
    local = content.index(b"stop_times.txt") - 30
    content[local + 6] |= 1
    path.write_bytes(content)
    assert "stop_times.txt: a file with a password" in message_of(path)


def test_a_damaged_table_that_can_be_done_without_is_set_aside(tmp_path):
    shapes = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nA,48.9,2.3,1\n"
    path = write_files(tmp_path, feed_bytes(shapes=shapes), zipped=True)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"shapes.txt") - 46
    content[at + 16 : at + 20] = b"\0\0\0\0"  # its checksum
    path.write_bytes(content)
    tables = read_feed_tables(path)
    assert tables.shapes is None
    assert tables.log.counts == {"table that cannot be used (shapes)": 1}


# Encodings and line ends


NAMES = STOPS.replace("Two", "Café de l’Été")  # é is in Latin-1 too, ’ in Windows-1252 alone


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("cp1252", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""), ("utf-16-be", b""), ("utf-32-le", codecs.BOM_UTF32_LE),
    ],
)  # fmt: skip
def test_names_come_out_right_in_every_encoding(tmp_path, encoding, mark, each_way):
    tables = tables_of(tmp_path, stops=mark + NAMES.encode(encoding))
    assert names_of(tables) == ["One", "Café de l’Été", "Three"]
    assert tables.stops["stop_id"].tolist() == ["S1", "S2", "S3"]
    assert lines_of(tables.stops) == [2, 3, 4]


@pytest.mark.parametrize(
    ("content", "kind", "row"),
    [
        (NAMES.encode("cp1252"), "file read as Windows-1252", 3),
        (NAMES.encode("utf-16"), "file read as UTF-16-LE", 1),
        (NAMES.replace("’", "").encode("latin-1"), "file read as Windows-1252", 3),
    ],
)
def test_a_file_that_is_not_utf8_is_noted_with_its_line(tmp_path, content, kind, row):
    tables = tables_of(tmp_path, stops=content)
    assert tables.log.counts == {kind: 1}
    (problem,) = tables.log.problems
    assert (problem.file, problem.row) == ("feed/stops.txt", row)


def test_lines_of_two_encodings_in_one_file_are_each_read_in_their_own(tmp_path):
    content = STOPS.replace("One", "Über").encode() + "S4,Café,48.9,2.4\n".encode("latin-1")
    assert names_of(tables_of(tmp_path, stops=content)) == ["Über", "Two", "Three", "Café"]


def test_bytes_that_windows_1252_leaves_open_are_latin_1(tmp_path):
    content = STOPS.encode().replace(b"Two", b"T\xe9\x81")
    assert names_of(tables_of(tmp_path, stops=content))[1] == "T\xe9\x81"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\r\r\n"], ids=["crlf", "cr", "lf", "crcrlf"])
def test_every_line_end_is_one(tmp_path, end, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("\n", end).encode())
    assert names_of(tables) == ["One", "Two", "Three"]
    assert tables.log.total == 0


def test_a_carriage_return_within_a_line_is_a_space(tmp_path, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", "T\rwo").encode())
    assert names_of(tables) == ["One", "T wo", "Three"]


def test_blank_lines_are_passed_by_and_lines_keep_their_numbers(tmp_path, each_way):
    content = "\n\n" + STOPS.replace("S2", "\n  \n\nS2") + "\n\n"
    tables = tables_of(tmp_path, stops=content)
    assert lines_of(tables.stops) == [4, 8, 9]
    assert tables.log.total == 0


def test_nul_bytes_are_left_out_and_noted(tmp_path, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", "T\0w\0o").encode())
    assert names_of(tables) == ["One", "Two", "Three"]
    assert tables.log.counts == {"file with NUL bytes": 1}
    assert "2 NUL bytes" in tables.log.problems[0].found


def test_a_last_line_without_an_end_is_a_row(tmp_path, each_way):
    assert len(tables_of(tmp_path, stops=STOPS.rstrip("\n")).stops) == 3
