"""The formats an extract may come in, files that cannot be used, and independence of order."""

import bz2
import gzip
import random
from dataclasses import fields
from pathlib import Path

import numpy as np
import osmium
import pytest

from network.base.errors import NetworkInputError
from network.base.progress import Cancelled
from network.readers.osm import read_streets
from network.streets.graph import StreetGraph
from tests.builders.osm_text import OsmText, pairs, street_text


def town_text() -> OsmText:
    """Return a town with a bit of everything that reading has to put in order."""
    text = OsmText().row(0, 100, 200, 300, 400)
    text.node(6, 100, 100, barrier="bollard", ele="12").node(7, 200, 100, ele="8")
    text.node(8, 300, 100, barrier="gate", access="private").node(9, 400, 100)
    text.way(11, [1, 2, 3, 4, 5], highway="primary", name="Rue B", maxspeed="50", lanes="2")
    text.way(12, [6, 7, 8, 9], highway="residential", name="Rue A")
    for i, (a, b) in enumerate(((2, 6), (3, 7), (4, 8), (5, 9))):
        text.way(20 + i, [a, b], highway="tertiary" if i % 2 else "living_street")
    text.way(30, [1, 6], highway="steps").way(31, [1, 7], highway="service", access="destination")
    text.way(32, [1, 5], route="ferry", duration="3").way(40, [6, 7, 3, 6])
    text.relation(1, ("outer", "way", 40), type="multipolygon", highway="pedestrian")
    text.restriction(2, "no_left_turn", ("from", "way", 11), ("via", "node", 5), ("to", "way", 23))
    text.restriction(
        3, "only_straight_on", ("from", "way", 20), ("via", "node", 6), ("to", "way", 12)
    )
    return text


def assert_same(a: object, b: object) -> None:
    """Compare dataclasses of arrays field by field."""
    for field in fields(a):  # type: ignore[arg-type]
        left, right = getattr(a, field.name), getattr(b, field.name)
        if hasattr(left, "__dataclass_fields__") and field.name != "set_aside":
            assert_same(left, right)
        elif isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, field.name
            np.testing.assert_array_equal(left, right, err_msg=field.name)
        elif field.name not in ("name", "set_aside"):
            assert left == right, field.name


def test_the_order_of_elements_in_the_file_does_not_matter(tmp_path) -> None:
    text = town_text()
    plain = text.read(tmp_path)
    assert plain.car.n_turn_restrictions == 2
    for seed in range(8):
        path = tmp_path / "shuffled.osm"
        path.write_text(text.text(random.Random(seed)), encoding="utf-8")
        streets = read_streets(path)
        assert_same(plain, streets)
        assert streets.set_aside.counts == plain.set_aside.counts


def write_as(text: OsmText, folder: Path, name: str) -> Path:
    path = folder / name
    content = text.text().encode()
    if name.endswith(".pbf"):
        source = text.write(folder, "source.osm")
        with osmium.SimpleWriter(str(path)) as writer:
            for item in osmium.FileProcessor(str(source)):
                writer.add(item)
        return path
    if name.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    if name.endswith(".bz2"):
        content = bz2.compress(content)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["town.osm.pbf", "town.osm", "town.osm.gz", "town.osm.bz2"])
def test_every_format_gives_the_same_streets(tmp_path, name: str) -> None:
    streets = read_streets(write_as(town_text(), tmp_path, name))
    assert streets.name == name
    assert_same(streets, town_text().read(tmp_path))


@pytest.mark.parametrize("kind", [".osm.pbf", ".osm", ".osm.gz", ".osm.bz2"])
@pytest.mark.parametrize("wrong_name", ["town", "town.zip", "town.osm.pbf", "town.osm"])
def test_the_content_says_what_a_file_is_not_its_name(tmp_path, kind: str, wrong_name: str) -> None:
    (tmp_path / "right").mkdir()
    path = write_as(town_text(), tmp_path / "right", "town" + kind).rename(tmp_path / wrong_name)
    assert read_streets(path).n_ways_read == 10


@pytest.mark.parametrize("name", ["town.osm.pbf", "town.osm", "town.osm.gz", "town.osm.bz2"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_an_error(tmp_path, name: str, share: float) -> None:
    path = write_as(town_text(), tmp_path, name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(NetworkInputError, match="damaged|no OpenStreetMap|without") as caught:
        read_streets(path)
    assert caught.value.problems[0].file == name


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file"),
        (b"PK\x03\x04 whatever", "a ZIP archive"),
        (b'{"version": 0.6}', "JSON"),
        (b"<html><body>Not found</body></html>", "XML or HTML that is not OpenStreetMap data"),
        (b"stop_id,stop_name\n1,A\n", "something else"),
        (gzip.compress(b"stop_id,stop_name\n", mtime=0), "without OpenStreetMap XML"),
        (b"\x1f\x8b\x08\x00 broken", "damaged"),
        (b"<?xml version='1.0'?><osm version='0.6'><node id='x'></osm>", "damaged or cut off"),
        (b"<?xml version='1.0'?><osm version='0.6'></osm>", "0 ways, none with a highway tag"),
    ],
)
def test_what_is_no_extract_is_an_error_that_says_what_it_is(tmp_path, content, says) -> None:
    path = tmp_path / "extract.osm"
    path.write_bytes(content)
    with pytest.raises(NetworkInputError, match=says) as caught:
        read_streets(path)
    problem = caught.value.problems[0]
    assert problem.file == "extract.osm"
    assert problem.mend


def test_a_missing_file_and_a_folder_are_errors(tmp_path) -> None:
    with pytest.raises(NetworkInputError, match="no such file"):
        read_streets(tmp_path / "none.osm.pbf")
    with pytest.raises(NetworkInputError, match="a folder"):
        read_streets(tmp_path)


@pytest.mark.parametrize(
    "tags",
    [{"building": "yes"}, {"highway": "proposed"}, {"highway": "residential", "access": "no"}],
)
def test_an_extract_without_a_usable_street_is_an_error(tmp_path, tags: dict[str, str]) -> None:
    with pytest.raises(NetworkInputError, match="1 ways, none"):
        street_text(**tags).read(tmp_path)


def test_an_extract_without_the_nodes_of_its_ways_is_an_error(tmp_path) -> None:
    with pytest.raises(NetworkInputError, match="none of any use"):
        OsmText().way(1, [1, 2], highway="residential").read(tmp_path)


def test_negative_ids_of_an_editor_are_read(tmp_path) -> None:
    text = OsmText().node(-1, 0).node(-2, 100).node(3, 200)
    streets = text.way(-7, [-1, -2, 3], highway="residential").read(tmp_path)
    assert streets.nodes.osm_id.tolist() == [-1, 3]
    assert streets.segments.way.tolist() == [-7]
    assert streets.segments.length_m == pytest.approx([200], rel=1e-3)


def test_a_way_that_comes_twice_is_used_once_in_its_newest_version(tmp_path) -> None:
    text = street_text(highway="residential").way(10, [1, 2], version=2, highway="footway")
    streets = text.read(tmp_path)
    assert [streets.segments.kinds[k] for k in streets.segments.kind] == ["footway"]
    assert streets.set_aside.counts == {"way that comes again": 1}


def test_of_equal_versions_of_a_way_the_order_does_not_choose(tmp_path) -> None:
    text = street_text(highway="residential").way(10, [2, 1], highway="residential")
    plain = text.read(tmp_path)
    text.ways.reverse()
    assert_same(plain, text.read(tmp_path))


def test_a_node_in_two_places_or_nowhere_is_set_aside(tmp_path) -> None:
    text = OsmText().row(0, 100, 200).node(3, 250).way(10, [1, 2, 3, 4], highway="residential")
    text.nodes.append('<node id="4" lat="95" lon="10"/>')
    streets = text.read(tmp_path)
    assert streets.set_aside.counts == {
        "node in two places": 1,
        "node without a place on earth": 1,
        "way cut where nodes are missing": 1,
    }
    assert pairs(streets, streets.walk) == {(1, 3), (3, 1)}
    text.nodes.reverse()
    assert_same(streets, text.read(tmp_path))


def test_tags_without_sense_are_counted(tmp_path) -> None:
    text = street_text(highway="residential", maxspeed="fast", oneway="perhaps")
    streets = text.read(tmp_path)
    assert streets.set_aside.counts == {"tag that cannot be used": 2}
    assert [p.found for p in streets.set_aside.problems] == ["maxspeed=fast", "oneway=perhaps"]
    assert all(p.field == "way 10" for p in streets.set_aside.problems)


def test_reading_can_be_cancelled_and_reports_its_stages(tmp_path) -> None:
    path = town_text().write(tmp_path)
    seen: list[str] = []

    def watch(stage: str, done: int, total: int) -> None:
        seen.append(stage)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "streets":
            raise Cancelled

    assert isinstance(read_streets(path, progress=watch), StreetGraph)
    assert list(dict.fromkeys(seen)) == ["osm", "streets"]
    with pytest.raises(Cancelled):
        read_streets(path, progress=stop)
