"""A city of 25 junctions in a grid, cut by a river, with stops and two lines; all by hand.

::

    y=4  o---o---o---o---o ............. 6 km north: o Z
         |   |   |   |   |
    y=3  o---o---o---o---o          blocks of 119.4 m: 99.5 s on foot at 1.2 m/s
         |   |   |   |   |
    y=2  o---o---R---o---o
         |~~~~~~~~~~~~~~~#          river: a bridge at x=0, steps (#) at x=4, 199 s
    y=1  o---o---o---o---o Q
         |   |   |   |   |
    y=0  o---o---o---o-PS-o         U (400 m east, no street near)
        /
    5 km west: o W

P lies at the middle of the last block, 12 m south of its street (10 s); S on the same block
at three quarters, 6 m north (5 s); Q is 6.3 m east of its junction (5.25 s); R stands on its
junction. W and Z are 12 m (10 s) from the ends of two long roads.

Line 1 leaves W at 08:00 and is at P at 08:07. Line 2 leaves Q at 08:09:42 and at 08:20 and
is at Z ten minutes later. From P to Q one walks 10 + 1.5 x 99.5 + 5.25 = 164.5 s, so that a
passenger of line 1, who could walk straight in 160 s, misses the first of the two.
"""

import datetime as dt

from tests.builders.osm_text import METRES_PER_DEGREE, OsmText

GRID_DAY = dt.date(2024, 5, 15)
BLOCK_M = 119.4
STOPS_M = {
    # stop: (metres east, metres north) of the junction x=0, y=0
    "P": (3.5 * BLOCK_M, -12.0),
    "Q": (4 * BLOCK_M + 6.3, BLOCK_M),
    "R": (2 * BLOCK_M, 2 * BLOCK_M),
    "S": (3.75 * BLOCK_M, 6.0),
    "U": (4 * BLOCK_M + 400, 0.0),
    "W": (-5000.0, 12.0),
    "Z": (4 * BLOCK_M + 12, 4 * BLOCK_M + 6000),
}
_SIDE = 5


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """Return the (lat, lon) of a place in the city, metres east and north."""
    return y_m / METRES_PER_DEGREE, x_m / METRES_PER_DEGREE


def junction(x: int, y: int) -> int:
    """Return the node id of a junction."""
    return 100 + 10 * y + x


def grid_streets() -> OsmText:
    """Return the streets as an OpenStreetMap text."""
    text = OsmText()
    for y in range(_SIDE):
        for x in range(_SIDE):
            text.node(junction(x, y), x * BLOCK_M, y * BLOCK_M)
    for y in range(_SIDE):
        row = [junction(x, y) for x in range(_SIDE)]
        text.way(200 + y, row, highway="residential", name=f"Row {y}")
    for x in range(_SIDE):
        south, north = [junction(x, y) for y in (0, 1)], [junction(x, y) for y in (2, 3, 4)]
        text.way(300 + x, south, highway="residential", name=f"Column {x}")
        text.way(310 + x, north, highway="residential", name=f"Column {x}")
    text.way(400, [junction(0, 1), junction(0, 2)], highway="residential", name="Bridge")
    text.way(401, [junction(4, 1), junction(4, 2)], highway="steps", name="Steps")
    text.node(901, -5000, 0).way(501, [901, junction(0, 0)], highway="secondary")
    text.node(902, 4 * BLOCK_M, 4 * BLOCK_M + 6000)
    return text.way(502, [junction(4, 4), 902], highway="secondary", name="North Road")


def grid_streets_feed(**changed: str) -> dict[str, str]:
    """Return the feed's files as text, by name without ``.txt``."""
    stops = [f"{s},Stop {s},{_place(x_m, y_m)}" for s, (x_m, y_m) in STOPS_M.items()]
    return {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\n"
        "G,Grid City,http://example.org,Africa/Libreville\n",
        "stops": "\n".join(["stop_id,stop_name,stop_lat,stop_lon", *stops]) + "\n",
        "routes": "route_id,route_short_name,route_long_name,route_type\n"
        "L1,1,,3\nL2,2,,3\nL3,3,,3\n",
        "trips": "route_id,service_id,trip_id,direction_id\n"
        "L1,ALL,T1,0\nL2,ALL,T2,0\nL2,ALL,T3,0\nL3,ALL,T4,0\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,W,1\nT1,08:07:00,08:07:00,P,2\n"
        "T2,08:09:42,08:09:42,Q,1\nT2,08:19:42,08:19:42,Z,2\n"
        "T3,08:20:00,08:20:00,Q,1\nT3,08:30:00,08:30:00,Z,2\n"
        "T4,12:00:00,12:00:00,R,1\nT4,12:10:00,12:10:00,S,2\nT4,12:20:00,12:20:00,U,3\n",
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nALL,1,1,1,1,1,1,1,20240101,20241231\n",
        **changed,
    }


def _place(x_m: float, y_m: float) -> str:
    lat, lon = at(x_m, y_m)
    return f"{lat:.7f},{lon:.7f}"
