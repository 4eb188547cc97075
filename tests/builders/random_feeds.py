"""Random small feeds with all that makes routing go wrong, and their trips in plain form."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from network.base import format_clock

SERVICE = "ALL"


@dataclass
class PlainTrip:
    """A trip as a list of (stop_id, arrival_s, departure_s, may board, may alight)."""

    id: str
    route: str
    calls: list[tuple[str, int, int, bool, bool]]
    headway: tuple[int, int, int] | None = None  # start, end, headway: frequencies.txt

    def runs(self) -> list[list[tuple[str, int, int, bool, bool]]]:
        """The calls of each departure: one, or those that the frequency implies."""
        if self.headway is None:
            return [self.calls]
        first_s = self.calls[0][2]
        return [
            [(s, a + at - first_s, d + at - first_s, b, o) for s, a, d, b, o in self.calls]
            for at in range(*self.headway)
        ]


@dataclass
class PlainCity:
    """Trips and walks of a city, before any of the program has touched them."""

    trips: list[PlainTrip]
    walks: dict[tuple[str, str], int] = field(default_factory=dict)

    def runs(self) -> list[list[tuple[str, int, int, bool, bool]]]:
        """Every departure of every trip as a list of calls."""
        return [run for trip in self.trips for run in trip.runs()]

    def files(self) -> dict[str, str]:
        """The city as the files of a feed; stops lie too far apart to walk unless stated."""
        stops = sorted({call[0] for trip in self.trips for call in trip.calls})
        stops = sorted({*stops, *(s for pair in self.walks for s in pair)})
        calls, frequencies = [], []
        for trip in self.trips:
            for i, (stop, arrival, departure, board, alight) in enumerate(trip.calls):
                times = f"{_clock(arrival)},{_clock(departure)}"
                calls.append(f"{trip.id},{times},{stop},{i},{int(not board)},{int(not alight)}")
            if trip.headway is not None:
                start, end, headway = trip.headway
                frequencies.append(f"{trip.id},{_clock(start)},{_clock(end)},{headway}")
        routes = sorted({trip.route for trip in self.trips})
        files = {
            "agency": ["agency_id,agency_name,agency_url,agency_timezone", "X,X,http://x,UTC"],
            "stops": ["stop_id,stop_name,stop_lat,stop_lon"]
            + [f"{s},{s},{48 + 0.1 * int(s[1:]):.2f},2.3" for s in stops],
            "routes": ["route_id,route_short_name,route_type"] + [f"{r},{r},3" for r in routes],
            "trips": ["route_id,service_id,trip_id"]
            + [f"{t.route},{SERVICE},{t.id}" for t in self.trips],
            "stop_times": [
                "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,"
                "drop_off_type",
                *calls,
            ],
            "calendar_dates": [
                "service_id,date,exception_type",
                *(f"{SERVICE},{date},1" for date in ("20240515", "20240516")),
            ],
            "transfers": ["from_stop_id,to_stop_id,transfer_type,min_transfer_time"]
            + [f"{a},{b},2,{s}" for (a, b), s in sorted(self.walks.items())],
        }
        if frequencies:
            files["frequencies"] = ["trip_id,start_time,end_time,headway_secs", *frequencies]
        return {name: "\n".join(rows) + "\n" for name, rows in files.items() if len(rows) > 1}


@st.composite
def trips_on(draw, path: tuple[str, ...], route: str, number: int) -> PlainTrip:
    """A trip along a path with its own speed, so that trips overtake, around midnight."""
    clock = draw(st.integers(0, 60)) * 60 + 23 * 3600 + 1800
    calls = []
    for i, stop in enumerate(path):
        arrival = clock + (draw(st.integers(0, 8)) * 60 if i else 0)
        clock = arrival + draw(st.sampled_from([0, 0, 0, 60, 240]))
        board, alight = draw(st.sampled_from([(True, True)] * 6 + [(False, True), (True, False)]))
        calls.append((stop, arrival, clock, board, alight))
    headway = None
    if draw(st.integers(0, 5)) == 0:
        start = calls[0][2] + draw(st.integers(-5, 5)) * 60
        headway = (start, start + draw(st.integers(1, 20)) * 60, draw(st.sampled_from([300, 420])))
    return PlainTrip(f"{route}t{number}", route, calls, headway)


@st.composite
def cities(draw) -> PlainCity:
    """Up to six stops and three routes, loops and repeated stops among them."""
    names = [f"S{i}" for i in range(draw(st.integers(3, 6)))]
    trips = []
    for r in range(draw(st.integers(1, 3))):
        length = draw(st.integers(2, 5))
        path = tuple(draw(st.lists(st.sampled_from(names), min_size=length, max_size=length)))
        trips += [draw(trips_on(path, f"R{r}", t)) for t in range(draw(st.integers(1, 4)))]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(
        lambda pair: pair[0] != pair[1]
    )
    walks = draw(st.dictionaries(pairs, st.integers(0, 10).map(lambda m: m * 60), max_size=5))
    return PlainCity(trips, walks)


def ends(names: tuple[str, ...] = ("S0", "S1", "S2", "S3", "S4", "S5")):
    """Stops with the seconds it takes to get to them, for access or egress."""
    return st.dictionaries(
        st.sampled_from(names), st.integers(0, 6).map(lambda m: m * 60), min_size=1, max_size=2
    )


def _clock(seconds: int) -> str:
    return format_clock(seconds, with_seconds=True)
