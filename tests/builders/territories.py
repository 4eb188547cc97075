"""A whole territory on one page, written as text: four communes along one corridor.

::

    Nord ---- Milieu ---- Bureaux ---- Sud        3.3 km from each to the next

    line 1: all four, both ways, every 5 min, 4 min from stop to stop, 180 places a train
    line 2: Nord and Bureaux only, both ways, every 10 min, 12 min, 240 places a tram

Almost everybody works at Bureaux and wants to be there between 08:15 and 08:45, so line 1
is full between Milieu and Bureaux and people of Nord weigh it against line 2.
"""

import datetime as dt
from pathlib import Path

from scenarios import Scenario, parse_scenario
from tests.builders.feeds import write_feed

DAY = dt.date(2024, 5, 15)
STATIONS = {"Nord": 48.99, "Milieu": 48.96, "Bureaux": 48.93, "Sud": 48.90}
LON = 2.35

TERRITORY = """
name = "corridor"
title_fr = "Un couloir"
title_en = "A corridor"
service_date = 2024-05-15
period_start = "06:30"
period_end = "10:30"
relief_lines = ["1"]
sources = ["sources.toml"]
notes_fr = ["Inventé."]
notes_en = ["Invented."]

[network]
gtfs = "feed"
vehicles = "vehicles.csv"
hubs = "hubs.csv"

[demand]
kind = "pack"
zones = "zones.csv"
flows = "od.csv"

[people]
employers = "employers.yaml"
arrival_profile = "arrival_profile.csv"
station_entries = "station_entries.csv"
presence_share = 0.8
other_purposes_factor = 1.2
least_pair_trips = 20

[[watch]]
line = "1"
from_station = "Milieu"
to_station = "Bureaux"
"""

ZONES = """zone_id,name,level,parent_id,lat,lon,population,jobs,in_territory,leaf,source_class
region,Region,region,,48.945,2.35,30000,9500,0,0,illustrative
N,Nord,commune,region,48.991,2.352,10000,500,0,1,illustrative
M,Milieu,commune,region,48.961,2.352,10000,500,0,1,illustrative
B,Bureaux,commune,region,48.931,2.352,2000,8000,1,1,illustrative
S,Sud,commune,region,48.901,2.352,8000,500,0,1,illustrative
"""

FLOWS = """origin,destination,workers,transit_share
N,B,3000,0.7
M,B,2600,0.7
S,B,2000,0.6
B,B,400,0.1
B,N,300,0.5
M,N,200,0.5
N,S,300,0.6
S,M,10,0.5
"""

PROFILE = """start,end,share
06:00,07:00,0.05
07:00,07:30,0.07
07:30,08:00,0.15
08:00,08:15,0.12
08:15,08:30,0.16
08:30,08:45,0.15
08:45,09:00,0.1
09:00,10:00,0.12
10:00,11:00,0.03
"""

EMPLOYERS = """
employers:
  - id: assurance
    name: Assurance
    source_class: illustrative
    core_start: "10:00"
    core_end: "15:30"
    sites: [{id: tour, name: Tour, lat: 48.9305, lon: 2.351, zone: B}]
    teams:
      - {id: contrats, name: Contrats, headcount: 600, start: "08:30", max_shift_min: 60}
      - {id: sinistres, name: Sinistres, headcount: 400, start: "08:45", telework_share: 0.25}
  - id: mairie
    name: Mairie
    source_class: illustrative
    core_start: "09:00"
    core_end: "16:00"
    sites: [{id: hotel, name: Hôtel, lat: 48.932, lon: 2.349, zone: B}]
    teams:
      - {id: guichets, name: Guichets, headcount: 500, start: "08:30", max_shift_min: 60}
      - {id: accueil, name: Accueil, headcount: 200, start: "08:15", movable: false}
"""

VEHICLES = """line,route_type,seats,standing_m2,source,source_class
1,,60,30,invented,illustrative
2,,80,40,invented,illustrative
"""

HUBS = """station_name,kind,source,source_class
Sud,rail,invented,illustrative
"""

ENTRIES = """station,lines,hour,entries_pax,source_class
Nord,1 2,7,900,observed
Nord,1 2,8,1100,observed
Milieu,1,7,700,observed
Milieu,1,8,1000,observed
Sud,1,8,800,observed
Elsewhere,9,8,5,observed
"""

SOURCED = (
    "feed",
    "vehicles.csv",
    "hubs.csv",
    "zones.csv",
    "od.csv",
    "arrival_profile.csv",
    "employers.yaml",
    "station_entries.csv",
)

_LINES = {
    # line: (stations in direction 0, minutes from one to the next, minutes between trips)
    "1": (("Nord", "Milieu", "Bureaux", "Sud"), 4, 5),
    "2": (("Nord", "Bureaux"), 12, 10),
}


def corridor_feed() -> dict[str, str]:
    """Return the feed's files as text, by name without ``.txt``."""
    trips = ["route_id,service_id,trip_id,direction_id"]
    calls = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for line, (stations, hop_min, headway_min) in _LINES.items():
        for direction, path in ((0, stations), (1, stations[::-1])):
            for start_min in range(5 * 60, 11 * 60, headway_min):
                trip = f"{line}-{direction}-{_clock(start_min)}"
                trips.append(f"{line},WK,{trip},{direction}")
                for place, station in enumerate(path):
                    time = _clock(start_min + place * hop_min) + ":00"
                    calls.append(f"{trip},{time},{time},{station},{place + 1}")
    return {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\n"
        "X,Corridor,http://example.org,Europe/Paris",
        "stops": "\n".join(
            ["stop_id,stop_name,stop_lat,stop_lon"]
            + [f"{name},{name},{lat},{LON}" for name, lat in STATIONS.items()]
        ),
        "routes": "route_id,route_short_name,route_long_name,route_type\n1,1,Metro,1\n2,2,Tram,0",
        "trips": "\n".join(trips),
        "stop_times": "\n".join(calls),
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nWK,1,1,1,1,1,0,0,20240101,20241231",
    }


def sources_toml(paths: tuple[str, ...] = SOURCED) -> str:
    """Return a source entry for each path, each complete."""
    return "".join(
        f'[[file]]\npath = "{path}"\ntitle = "{path}"\nsource = "Invented"\n'
        'licence = "EUPL-1.2"\ndate = "2024"\nsource_class = "illustrative"\n\n'
        for path in paths
    )


def write_corridor(folder: Path, **changed: str) -> Path:
    """Write the territory into a new folder; files given by name (without ending) are changed."""
    pack = folder / "corridor"
    pack.mkdir()
    write_feed(pack, **corridor_feed())
    texts = {
        "territory.toml": TERRITORY,
        "zones.csv": ZONES,
        "od.csv": FLOWS,
        "arrival_profile.csv": PROFILE,
        "employers.yaml": EMPLOYERS,
        "vehicles.csv": VEHICLES,
        "hubs.csv": HUBS,
        "station_entries.csv": ENTRIES,
        "sources.toml": sources_toml(),
    }
    for name, text in texts.items():
        given = changed.pop(name.partition(".")[0], text)
        (pack / name).write_text(given.lstrip(), encoding="utf-8")
    if changed:
        msg = f"no such file in the territory: {', '.join(changed)}"
        raise ValueError(msg)
    return pack


def corridor_scenario(pack: Path, *modifications: dict[str, object], **plan: object) -> Scenario:
    """Return a scenario on a corridor; keywords are rules of the plan."""
    rules = {"max_moved_share": 0.6, "max_shift_min": 45, "shift_cost_per_min": 0.01, **plan}
    return parse_scenario(
        {
            "name": "corridor test",
            "territory": str(pack),
            "modifications": list(modifications),
            "plan": rules,
        },
        file="corridor test",
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
