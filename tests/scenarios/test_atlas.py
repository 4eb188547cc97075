"""Pages with a network's map: what is in the network is in the page, and nothing else acts."""

import datetime as dt
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import shapely

from demand import ZoneSystem
from network.base import Problem
from network.quality.report import (
    FeedSummary,
    Finding,
    QualityReport,
    SecondOpinion,
    Severity,
)
from network.readers import read_network
from scenarios.atlas.layers import draw_lines, draw_stations, draw_streets
from scenarios.atlas.page import write_check_page, write_territory_page
from scenarios.atlas.polyline import decode_polyline, encode_polyline
from scenarios.atlas.view import TerritoryView
from scenarios.report.text import get_catalogue
from tests.builders.feeds import DAY, line_feed, write_feed

HOSTILE = "</script><script>alert(1)</script><b>&amp;\u2028"


class Reader(HTMLParser):
    """Tags with their attributes, the texts of scripts, and whether every tag was closed."""

    VOID = frozenset({"meta", "input", "br", "link", "img", "line", "rect"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self._open, self._script = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)
        if tag == "script":
            self._script = dict(attrs)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag == "script":
            self._script = None

    def handle_data(self, data):
        if self._script is not None:
            self.scripts.append((self._script, data))

    @property
    def is_closed(self):
        return not self._open

    @property
    def island(self):
        (text,) = [text for attrs, text in self.scripts if attrs.get("id") == "data"]
        return json.loads(text)


@pytest.fixture
def network(tmp_path):
    return read_network(write_feed(tmp_path, **line_feed()), DAY, include_spill=False)


def make_report(**changed):
    given = {
        "service_date": DAY,
        "checked_on": dt.date(2026, 11, 22),
        "feeds": (
            FeedSummary(
                name="feed.zip", prefix="", sha256="0", publisher=HOSTILE, version="1",
                rows={"trips": 1}, service_date=DAY, first_date=DAY,
                last_date=DAY + dt.timedelta(days=1), feed_end_date=None,
                trips_by_date=((DAY, 1), (DAY + dt.timedelta(days=1), 0)),
                trips_by_route_type={1: 1}, n_stops_in_use=3, n_stop_times=3, n_patterns=1,
            ),
        ),
        "streets": None,
        "findings": (
            Finding(
                code="stop_far_from_street", severity=Severity.WARNING, count=2, unit="stops",
                file="feed.zip/stops.txt",
                examples=(
                    Problem(file="feed.zip/stops.txt", row=7, found=HOSTILE, expected="a street",
                            mend="Move it."),
                ),
                lat=np.array([48.9, 48.95]), lon=np.array([2.3, 2.35]),
            ),
        ),
        "second_opinions": (
            SecondOpinion(file="feed.zip", tool="gtfs-guru", version="1.0", available=True,
                          reason="", notices=(("missing_thing", "WARNING", 3),)),
        ),
        "footpaths_kind": "straight-line x 1.3",
        "n_footpaths": 2,
    }  # fmt: skip
    return QualityReport(**(given | changed))


def two_zones():
    return ZoneSystem(
        ids=("a", "b"),
        lat=np.array([48.905, 48.915]),
        lon=np.array([2.305, 2.3]),
        in_territory=np.array([True, False]),
        names={"a": "Alpha", "b": HOSTILE},
        levels={"a": "quartier", "b": "commune"},
        parents={},
    )


def make_view(network, **changed):
    zones = two_zones()
    given = {
        "title": {"fr": "Chez nous", "en": "At home"},
        "service_date": DAY,
        "network": network,
        "zones": zones,
        "zone_polygons": {
            zones.ids[0]: {
                "type": "Polygon",
                "coordinates": [[[2.3, 48.9], [2.31, 48.9], [2.31, 48.91], [2.3, 48.9]]],
            }
        },
        "population": np.array([100.0, np.nan]),
        "people_class": "published",
        "report": make_report(),
    }
    return TerritoryView(**(given | changed))


def test_a_line_survives_as_text_to_a_metre():
    lat, lon = np.array([38.5, 40.7, 43.252]), np.array([-120.2, -120.95, -126.453])
    # The example that the format's own description works through.
    assert encode_polyline(lat, lon) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    np.testing.assert_allclose(
        decode_polyline(encode_polyline(lat, lon)), np.column_stack((lat, lon)), atol=5e-6
    )


def test_the_page_holds_every_line_station_and_zone(network, tmp_path):
    page = tmp_path / "page.html"
    view = make_view(network)
    write_territory_page(page, view, lang="fr")
    reader = Reader(page.read_text(encoding="utf-8"))
    assert reader.is_closed
    data = reader.island
    assert [line["name"] for line in data["lines"]] == ["1"]
    (path,) = data["lines"][0]["paths"]
    stops = network.timetable.stops
    np.testing.assert_allclose(
        decode_polyline(path)[[0, -1]],
        [[stops.lat[0], stops.lon[0]], [stops.lat[-1], stops.lon[-1]]],
        atol=1e-5,
    )
    assert sorted(data["stations"]["name"]) == sorted(stops.station_names)
    # The one trip leaves its first two stops and ends at the third.
    departures = dict(zip(data["stations"]["name"], data["stations"]["departures"], strict=True))
    assert sorted(departures.values()) == [0, 1, 1]
    assert [zone["name"] for zone in data["zones"]] == [
        view.zones.names[zone_id] for zone_id in view.zones.ids
    ]
    assert data["zones"][0]["population"] == 100.0
    assert data["zones"][1]["population"] is None
    assert "rings" in data["zones"][0]
    assert "at" in data["zones"][1]
    assert [len(decode_polyline(f["at"])) for f in data["findings"]] == [2]


def test_a_line_seen_from_two_patterns_is_drawn_once(tmp_path):
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\nT1,08:10:00,08:10:00,S3,3\n"
        "T2,07:00:00,07:00:00,S3,1\nT2,07:05:00,07:05:00,S2,2\nT2,07:10:00,07:10:00,S1,3\n"
        "T3,09:00:00,09:00:00,S1,1\nT3,09:05:00,09:05:00,S2,2\n"
    )
    trips = (
        "route_id,service_id,trip_id,trip_headsign,direction_id\n"
        "R1,WK,T1,Three,0\nR1,WK,T2,One,1\nR1,WK,T3,Two,0\n"
    )
    path = write_feed(tmp_path, **line_feed(stop_times=stop_times, trips=trips))
    timetable = read_network(path, DAY, include_spill=False).timetable
    assert timetable.n_patterns == 3
    (line,) = draw_lines(timetable)
    assert len(line["paths"]) == 1
    assert line["trips"] == 3
    assert line["peak"] == 0.5  # one trip in two hours, either way
    stations = draw_stations(timetable, [line])
    # S1 is left by T1 and T3, S2 by T1 and T2, S3 by T2.
    assert stations["departures"] == [2, 2, 1]


def test_names_from_data_never_become_markup(tmp_path):
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon\n"
        f'S1,"{HOSTILE}",48.90,2.30\nS2,Two,48.91,2.30\nS3,Three,48.92,2.30\n'
    )
    network = read_network(write_feed(tmp_path, **line_feed(stops=stops)), DAY, include_spill=False)
    page = tmp_path / "page.html"
    write_check_page(page, make_report(), network, lang="en")
    text = page.read_text(encoding="utf-8")
    reader = Reader(text)
    assert HOSTILE in reader.island["stations"]["name"]
    assert "alert(1)</script>" not in text
    assert len(reader.scripts) == 3


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_page_asks_nobody_for_anything(network, tmp_path, lang):
    page = tmp_path / "page.html"
    write_territory_page(page, make_view(network), lang=lang)
    text = page.read_text(encoding="utf-8")
    reader = Reader(text)
    loaded = [
        value for _, attrs in reader.tags for name, value in attrs.items()
        if name in {"src", "href", "data", "action"}
    ]  # fmt: skip
    assert loaded == []
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    assert "http" not in re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    assert reader.tags[0] == ("html", {"lang": lang})


def test_pages_without_network_zones_or_report_are_written(network, tmp_path):
    page = tmp_path / "page.html"
    write_check_page(page, make_report(service_date=None), None, lang="fr")
    bare = Reader(page.read_text(encoding="utf-8")).island
    assert bare["lines"] == []
    assert bare["stations"] is None
    view = make_view(network, zones=None, population=None, report=None, zone_polygons={})
    write_territory_page(page, view, lang="fr")
    alone = Reader(page.read_text(encoding="utf-8")).island
    assert (alone["zones"], alone["findings"]) == ([], [])


def test_both_languages_have_the_same_words():
    french, english = (get_catalogue(lang, "scenarios.atlas").words for lang in ("fr", "en"))
    assert set(french) == set(english)
    assert all(french.values())
    assert all(english.values())


def test_streets_are_drawn_by_level_and_the_rest_is_counted(tmp_path):
    from network.readers import read_streets

    def way(number, kind, *nodes):
        refs = "".join(f'<nd ref="{n}"/>' for n in nodes)
        return f'<way id="{number}">{refs}<tag k="highway" v="{kind}"/></way>'

    nodes = "".join(
        f'<node id="{n}" lat="{48.9 + 0.001 * n}" lon="{2.3 + 0.001 * (n % 3)}"/>'
        for n in range(1, 7)
    )
    extract = tmp_path / "town.osm"
    extract.write_text(
        f'<osm version="0.6">{nodes}{way(1, "primary", 1, 2, 3)}{way(2, "residential", 3, 4)}'
        f"{way(3, 'service', 4, 5)}</osm>",
        encoding="utf-8",
    )
    drawn = draw_streets(read_streets(extract))
    main, middle, side = drawn["levels"]
    assert len(main) == 1
    assert middle == []
    assert len(side) == 1
    np.testing.assert_allclose(decode_polyline(side[0])[0], [48.903, 2.3], atol=1e-5)
    assert (drawn["drawn"], drawn["left_out"]) == (2, 1)
    assert shapely.LineString(decode_polyline(main[0])).length > 0
