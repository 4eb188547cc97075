"""Random small feeds with rules of every sort at once, as files: for engines to agree upon."""

from hypothesis import strategies as st

from network.base import format_clock

STOPS = ("S0", "S1", "S2", "S3", "S4")
ROUTES = ("R0", "R1", "R2")
TRIPS = tuple(f"T{i}" for i in range(6))
_MIDNIGHT = 24 * 60


@st.composite
def rich_feeds(draw, *, seats=True, named=True):
    """Loops, overtaking trips, frequencies, blocks, closed doors, transfer rules, midnight.

    All of it happens around 24:00 on every day, so that the night before is there too.
    Without ``seats`` no trip goes on as another; without ``named`` no rule names a route or a
    trip, and with seats the ends of trips are open and no transfer keeps a seat: all that sets
    getting off as one trip ends apart from getting off as the next one begins.
    """
    ends_open = seats and not named
    trips, calls, frequencies = [], [], []
    for trip in TRIPS:
        block = draw(st.sampled_from(("", "A", "B"))) if seats else ""
        trips.append(f"{draw(st.sampled_from(ROUTES))},ALL,{trip},{block}")
        calls += draw(_calls(trip, ends_open=ends_open))
        if draw(st.integers(0, 5)) == 0:
            start = _MIDNIGHT + 5 * draw(st.integers(-4, 4))
            times = f"{_clock(start)},{_clock(start + draw(st.integers(1, 15)))}"
            frequencies.append(f"{trip},{times},{draw(st.sampled_from((300, 420)))},"
                               f"{draw(st.integers(0, 1))}")  # fmt: skip
    rules = draw(st.lists(_rules(named=named), max_size=8))
    if seats and named:
        rules += draw(st.lists(_seat_rules(), max_size=2))
    tables = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "X,X,http://x,UTC"],
        # S0 and S1 are a walk of about 4 minutes apart, all others too far to walk.
        "stops": ["stop_id,stop_name,stop_lat,stop_lon"]
        + [f"{s},{s},{48 + 0.1 * i - 0.098 * (i == 1)},2.3" for i, s in enumerate(STOPS)],
        "routes": ["route_id,route_short_name,route_type"] + [f"{r},{r},3" for r in ROUTES],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,"
            "end_date",
            "ALL,1,1,1,1,1,1,1,20240101,20241231",
        ],
        "trips": ["route_id,service_id,trip_id,block_id", *trips],
        "stop_times": [
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type",
            *calls,
        ],
        "frequencies": [
            "trip_id,start_time,end_time,headway_secs,exact_times",
            *frequencies,
        ],
        "transfers": [
            "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,"
            "from_trip_id,to_trip_id",
            *rules,
        ],
    }
    return {name: "\n".join(rows) + "\n" for name, rows in tables.items() if len(rows) > 1}


@st.composite
def added_trips(draw):
    """A trip of a route of its own, as rows of routes, trips and stop_times."""
    return {
        "routes": "R9,R9,3\n",
        "trips": "R9,ALL,T9,\n",
        "stop_times": "\n".join(draw(_calls("T9", ends_open=False))) + "\n",
    }


@st.composite
def _calls(draw, trip, *, ends_open):
    """Rows of stop_times: up to four calls, hops of 0 to 10 minutes, some of them dwelling."""
    path = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=4))
    minute = _MIDNIGHT + 5 * draw(st.integers(-6, 6))
    rows = []
    for i, stop in enumerate(path):
        arrival = minute + (draw(st.sampled_from((0, 3, 5, 5, 10))) if i else 0)
        minute = arrival + draw(st.sampled_from((0, 0, 0, 2)))
        closed = draw(st.sampled_from(((0, 0),) * 5 + ((1, 0), (0, 1))))
        if ends_open and i in (0, len(path) - 1):
            closed = (0, 0)
        rows.append(f"{trip},{_clock(arrival)},{_clock(minute)},{stop},{i},{closed[0]},{closed[1]}")
    return rows


@st.composite
def _rules(draw, *, named):
    """One row of transfers.txt between stops, often one stop, for all or for some only."""
    kind = draw(st.sampled_from((0, 1, 2, 2, 2, 3)))
    here = draw(st.sampled_from(STOPS))
    there = draw(st.sampled_from((here, here, *STOPS)))
    time_s = str(60 * draw(st.integers(0, 10))) if kind == 2 else ""
    sides = ["", ""]
    if named:
        sides = [draw(st.sampled_from(("", "", *ROUTES, *TRIPS))) for _ in sides]
    routes = [side if side in ROUTES else "" for side in sides]
    trips = [side if side in TRIPS else "" for side in sides]
    return ",".join((here, there, str(kind), time_s, *routes, *trips))


@st.composite
def _seat_rules(draw):
    """One row that keeps two trips' seats, or parts them, wherever they end and start."""
    first, second = draw(st.permutations(TRIPS))[:2]
    return f",,{draw(st.sampled_from((4, 4, 5)))},,,,{first},{second}"


def _clock(minutes):
    return format_clock(60 * minutes, with_seconds=True)
