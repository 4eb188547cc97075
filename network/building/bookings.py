"""booking_rules.txt and the stop times that need a booking, for the trips of a timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import Problem
from network.bookings import NO_RULE, Arrangement, BookingKind, BookingRule, Bookings
from network.building.rows import find_rows, parse_times, repeated_rows, texts, whole_numbers
from network.timetable import RUN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from network.building.inputs import FeedTables
    from network.timetable import Timetable

UNKNOWN_RULE = "stop time with a booking rule that the feed does not have"
NO_KIND = "booking rule of an unknown type"
IMPOSSIBLE = "booking rule with a number that cannot be"
_SIDES = (
    (True, "pickup_type", "pickup_booking_rule_id"),
    (False, "drop_off_type", "drop_off_booking_rule_id"),
)
_MOST = {"day": 366, "min": 366 * 1440, "max": 366 * 1440, "time": 48 * 3600}
"""The largest number of each kind of column that is taken for what it says."""
_TO_ARRANGE = (int(Arrangement.AGENCY), int(Arrangement.DRIVER))


def build_bookings(tables: FeedTables, timetable: Timetable) -> Bookings | None:
    """Build what of a timetable's calls has to be booked or agreed with the driver; None if none.

    A stop time needs it whose pickup_type or drop_off_type is 2 or 3, or that names a booking
    rule. Where it names none, whoever runs the line is to be called: agency_phone, where the
    feed has it.

    Parameters
    ----------
    timetable
        Built from ``tables`` alone, its ids as in the feed.

    References
    ----------
    GTFS Schedule reference, booking_rules.txt and stop_times.txt.
    """
    entries = _list_entries(tables)
    if not len(entries):
        return None
    patterns = _find_patterns(timetable, set(entries["trip_id"].unique()))
    entries = entries[entries["trip_id"].isin(patterns)]
    if not len(entries):
        return None
    rules, row_of = _read_rules(tables)
    rules, own_phone = _add_phones(tables, rules, entries)
    places = _place_calls(tables, timetable, patterns)
    found: dict[str, list[tuple[int, bool, int, int]]] = {}
    for line, trip, is_pickup, kind, name in entries.itertuples(index=False, name=None):
        if line not in places:
            continue
        rule = row_of.get(name, NO_RULE) if name else own_phone.get(trip, NO_RULE)
        if name and rule == NO_RULE:
            _say_unknown(tables, line, name)
        arrangement = kind if kind in _TO_ARRANGE else int(Arrangement.BY_RULE)
        if arrangement == Arrangement.DRIVER and not name:
            rule = NO_RULE
        found.setdefault(trip, []).append((places[line], is_pickup, arrangement, rule))
    return _lay_out(rules, found)


def join_bookings(parts: Iterable[Bookings | None]) -> Bookings | None:
    """Join the bookings of feeds whose trip_id differ; None where none has any."""
    rules: list[BookingRule] = []
    found: dict[str, list[tuple[int, bool, int, int]]] = {}
    for part in parts:
        if part is None:
            continue
        for t, trip in enumerate(part.trips):
            span = slice(int(part.offset[t]), int(part.offset[t + 1]))
            moved = np.where(part.rule[span] == NO_RULE, NO_RULE, part.rule[span] + len(rules))
            columns = part.stop_pos[span], part.is_pickup[span], part.arrangement[span], moved
            found[trip] = list(zip(*(column.tolist() for column in columns), strict=True))
        rules += part.rules
    return _lay_out(tuple(rules), found) if found else None


def _list_entries(tables: FeedTables) -> pd.DataFrame:
    """List the stop times to be arranged: line, trip_id, side, type and rule ("" where none)."""
    frame = tables.stop_times
    parts = []
    for is_pickup, kind_column, rule_column in _SIDES:
        kind = whole_numbers(frame[kind_column], default=0)
        asks = np.isin(kind, _TO_ARRANGE)
        has_rules = rule_column in frame.columns
        if has_rules:
            asks |= frame[rule_column].notna().to_numpy()
        rows = np.flatnonzero(asks)
        part = frame.iloc[rows]
        parts.append(
            pd.DataFrame(
                {
                    "line": frame.index.to_numpy()[rows],
                    "trip_id": texts(part["trip_id"].astype(object)),
                    "is_pickup": is_pickup,
                    "kind": kind[rows],
                    "rule": texts(part[rule_column].astype(object)) if has_rules else "",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _find_patterns(timetable: Timetable, wanted: set[str]) -> dict[str, int]:
    """Return the pattern of each trip that is wanted and runs, by the feed's trip_id."""
    pattern = np.repeat(np.arange(timetable.n_patterns), np.diff(timetable.pattern_trip_offset))
    found: dict[str, int] = {}
    for name, own in zip(timetable.trip_ids, pattern.tolist(), strict=True):
        trip = name if name in wanted else RUN_SUFFIX.sub("", name)
        if trip in wanted:
            found[trip] = own
    return found


def _place_calls(
    tables: FeedTables, timetable: Timetable, patterns: dict[str, int]
) -> dict[int, int]:
    """Return the place in its trip of each stop time of some trips, by line.

    Of a trip's rows in order of stop_sequence, those that were set aside are not among the stops
    of its pattern and are passed by.
    """
    frame = tables.stop_times
    rows = np.flatnonzero(find_rows(pd.Index(list(patterns), dtype=object), frame["trip_id"]) >= 0)
    part = frame.iloc[rows]
    columns = pd.DataFrame(
        {
            "line": frame.index.to_numpy()[rows],
            "trip_id": texts(part["trip_id"].astype(object)),
            "stop_id": texts(part["stop_id"].astype(object)),
            "sequence": whole_numbers(part["stop_sequence"], default=-1),
        }
    ).sort_values(["trip_id", "sequence"], kind="stable")
    places: dict[int, int] = {}
    for trip, group in columns.groupby("trip_id", sort=False):
        stops = [timetable.stops.ids[s] for s in timetable.pattern_stops(patterns[str(trip)])]
        place = 0
        for line, stop in zip(group["line"].tolist(), group["stop_id"].tolist(), strict=True):
            if place < len(stops) and stops[place] == stop:
                places[line] = place
                place += 1
    return places


def _read_rules(tables: FeedTables) -> tuple[tuple[BookingRule, ...], dict[str, int]]:
    """Return the rules of booking_rules.txt, and which of them an id names."""
    frame = tables.booking_rules
    if frame is None:
        return (), {}
    frame = frame[~repeated_rows(frame, "booking_rule_id")]
    kinds = whole_numbers(frame["booking_type"], default=-1)
    known = (kinds >= 0) & (kinds <= max(BookingKind))
    for line, kind in zip(frame.index[~known].tolist(), kinds[~known].tolist(), strict=True):
        tables.log.set_aside(
            NO_KIND,
            Problem(
                file=tables.file("booking_rules"),
                row=int(line) + 2,
                field="booking_type",
                found=str(kind) if kind >= 0 else "no booking_type",
                expected="0, 1 or 2",
                mend="Correct the row: what it says beside is told, but no time to book by.",
            ),
        )
    names = texts(frame["booking_rule_id"]).tolist()
    rules = [
        _as_rule(row, BookingKind(kind) if good else BookingKind.UNSAID)
        for row, kind, good in zip(
            _rows(tables, frame), kinds.tolist(), known.tolist(), strict=True
        )
    ]
    return tuple(rules), {name: i for i, name in enumerate(names)}


def _rows(tables: FeedTables, frame: pd.DataFrame) -> list[dict[str, str | int | None]]:
    """Return the rows of booking_rules.txt: texts "" and numbers and times None where blank.

    Numbers that nobody can mean, of more than a year, are blank too.
    """
    columns: dict[str, list[str | int | None]] = {}
    for name in frame.columns:
        if name.endswith("_time"):
            values: NDArray[np.int64] = parse_times(frame[name])
        elif name.endswith(("_day", "_min", "_max")):
            values = whole_numbers(frame[name], default=-1)
        else:
            columns[name] = texts(frame[name].astype(object)).tolist()
            continue
        limit = _MOST.get(name.rpartition("_")[2], _MOST["day"])
        _say_impossible(tables, frame, name, values, limit)
        columns[name] = [value if 0 <= value <= limit else None for value in values.tolist()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _say_impossible(
    tables: FeedTables, frame: pd.DataFrame, name: str, values: NDArray[np.int64], limit: int
) -> None:
    wrong = ((values < 0) & frame[name].notna().to_numpy(dtype=bool)) | (values > limit)
    for row in np.flatnonzero(wrong).tolist():
        tables.log.set_aside(
            IMPOSSIBLE,
            Problem(
                file=tables.file("booking_rules"),
                row=int(frame.index[row]) + 2,
                field=name,
                found=str(frame[name].iloc[row]),
                expected="a time of the day HH:MM:SS" if name.endswith("_time") else "0 to a year",
                mend="Correct the field: it counts as blank.",
            ),
        )


def _as_rule(row: dict[str, str | int | None], kind: BookingKind) -> BookingRule:
    def number(name: str) -> int | None:
        value = row[name]
        return value if isinstance(value, int) else None

    def text(name: str) -> str:
        return str(row[name] or "")

    return BookingRule(
        kind=kind,
        notice_min=number("prior_notice_duration_min"),
        notice_max_min=number("prior_notice_duration_max"),
        last_day=number("prior_notice_last_day"),
        last_time_s=number("prior_notice_last_time"),
        first_day=number("prior_notice_start_day"),
        first_time_s=number("prior_notice_start_time"),
        on_working_days=bool(row["prior_notice_service_id"]),
        message=text("message"),
        pickup_message=text("pickup_message"),
        dropoff_message=text("drop_off_message"),
        phone=text("phone_number"),
        info_url=text("info_url"),
        booking_url=text("booking_url"),
    )


def _add_phones(
    tables: FeedTables, rules: tuple[BookingRule, ...], entries: pd.DataFrame
) -> tuple[tuple[BookingRule, ...], dict[str, int]]:
    """Add a rule for each agency's phone; return which holds for a trip whose call names none."""
    agency = tables.agency
    if agency is None or not agency["agency_phone"].notna().any():
        return rules, {}
    ids, phones = texts(agency["agency_id"]).tolist(), texts(agency["agency_phone"]).tolist()
    phone_of = {name: phone for name, phone in zip(ids, phones, strict=True) if phone}
    # A feed of one agency need not name it in its routes.
    usual = phones[0] if len(phones) == 1 else ""
    routes = dict(
        zip(texts(tables.routes["route_id"]), texts(tables.routes["agency_id"]), strict=True)
    )
    number: dict[str, int] = {}
    found: dict[str, int] = {}
    wanted = set(entries.loc[entries["rule"] == "", "trip_id"])
    trips = zip(texts(tables.trips["trip_id"]), texts(tables.trips["route_id"]), strict=True)
    for trip, route in trips:
        phone = phone_of.get(routes.get(route, ""), usual)
        if trip in wanted and phone:
            found[trip] = number.setdefault(phone, len(rules) + len(number))
    added = (BookingRule(kind=BookingKind.UNSAID, phone=phone) for phone in number)
    return (*rules, *added), found


def _say_unknown(tables: FeedTables, line: int, name: str) -> None:
    tables.log.set_aside(
        UNKNOWN_RULE,
        Problem(
            file=tables.file("stop_times"),
            row=int(line) + 2,
            found=f"booking rule {name!r}",
            expected="a booking_rule_id of booking_rules.txt",
            mend="Add the rule; that the call has to be booked is said all the same.",
        ),
    )


def _lay_out(
    rules: tuple[BookingRule, ...], found: dict[str, list[tuple[int, bool, int, int]]]
) -> Bookings:
    trips = sorted(found)
    rows = [row for trip in trips for row in sorted(found[trip])]
    counts = [len(found[trip]) for trip in trips]
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return Bookings(
        rules=rules,
        trips=tuple(trips),
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        stop_pos=np.array(columns[0], dtype=np.int32),
        is_pickup=np.array(columns[1], dtype=np.bool_),
        arrangement=np.array(columns[2], dtype=np.int8),
        rule=np.array(columns[3], dtype=np.int32),
    )
