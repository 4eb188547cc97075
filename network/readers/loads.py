"""How full vehicles are, from a file: by vehicle run and segment, onto a timetable's calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from network.base import Problem, ProblemLog
from network.base.errors import NetworkInputError
from network.readers._load_tables import KEYS, read_load_table
from network.routing.loads import SegmentLoads, compute_fingerprint, find_calls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from network.timetable import Timetable

RESULT_NAME = "loading.json"
"""What a loading says of itself, beside its tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLoads:
    """Loads of a file on one timetable, and what became of its rows.

    ``n_rows`` counts those of the file, ``n_segments`` the segments of vehicle runs that the
    timetable has, ``n_given`` those of them that the file has a load for: the others count as
    empty. ``relative_error`` is how far the loading was from counted station entries, as a
    share of them, and ``period`` the clock times between which there is demand; None where that
    is not known. ``is_same`` says whether the file was computed on this very timetable; None
    where it does not say.
    """

    file: str
    loads: SegmentLoads
    n_rows: int
    n_segments: int
    n_given: int
    relative_error: float | None
    period: tuple[str, str] | None
    is_same: bool | None
    log: ProblemLog


def read_loads(path: Path, timetable: Timetable) -> GivenLoads:
    """Read load factors of vehicle runs by segment, for the calls of a timetable.

    A folder that a loading was written to, its ``runs.parquet``, or a CSV file. Columns
    ``trip_id``; the stop that a segment leaves as ``stop_id``, ``stop_pos`` (place in the trip,
    from 0) or both; and ``load_factor`` (1 is full), or ``load_pax`` and ``capacity_pax``.
    Where ``departure_s`` is there too, seconds of the service day, it has to be the
    timetable's. Rows that are wrong, doubled, or of a run that the timetable does not have are
    set aside and counted.

    Raises
    ------
    NetworkInputError
        If the file cannot be read, lacks columns, or has no row of this timetable.
    """
    log = ProblemLog()
    found = read_load_table(path, log)
    calls = _list_calls(timetable)
    at = _match(found.rows, calls, found.file, log)
    used = at >= 0
    if len(found.rows) == 0 or not used.any():
        raise NetworkInputError(_nothing_fits(found.file, found.n_rows, timetable, log))
    factor = np.zeros(timetable.n_stop_times, dtype=np.float32)
    factor[at[used]] = found.rows["load_factor"].to_numpy(np.float32)[used]
    rides = ~calls["is_last"].to_numpy(np.bool_)
    given = np.zeros(timetable.n_stop_times, dtype=np.bool_)
    given[at[used]] = True
    said = _read_result(path)
    return GivenLoads(
        file=found.file,
        loads=SegmentLoads(load_factor=factor),
        n_rows=found.n_rows,
        n_segments=int(rides.sum()),
        n_given=int((given & rides).sum()),
        relative_error=_find_error(said),
        period=_find_period(said),
        is_same=_is_same(found.fingerprint, said, timetable),
        log=log,
    )


def _list_calls(timetable: Timetable) -> pd.DataFrame:
    """Return trip, stop, place and departure of every call, in the order of its times."""
    trip, start = find_calls(timetable)
    pos = np.arange(timetable.n_stop_times) - start[trip]
    n_calls = np.diff(timetable.pattern_offset)
    pattern = np.repeat(np.arange(timetable.n_patterns), np.diff(timetable.pattern_trip_offset))
    row = timetable.pattern_offset[pattern[trip]] + pos
    return pd.DataFrame(
        {
            "trip_id": _names(timetable.trip_ids, trip),
            "stop_id": _names(timetable.stops.ids, timetable.pattern_stop[row]),
            "stop_pos": pos.astype(np.int64),
            "departure_s": timetable.departure_s.astype(np.int64),
            "is_last": pos == n_calls[pattern[trip]] - 1,
        }
    )


def _names(names: tuple[str, ...], index: NDArray[np.integer]) -> NDArray[np.object_]:
    named: NDArray[np.object_] = np.asarray(names, dtype=object)[index]
    return named


def _match(rows: pd.DataFrame, calls: pd.DataFrame, file: str, log: ProblemLog) -> NDArray[np.intp]:
    """Return the call of each row, -1 where it has none of its own; say why."""
    keys = [name for name in KEYS if name in rows.columns]
    at = np.full(len(rows), -1, dtype=np.intp)
    known = rows["trip_id"].isin(pd.unique(calls["trip_id"])).to_numpy(copy=True)
    _set_aside(rows, ~known, "load of a trip that does not run", _no_trip, file, log)
    index = pd.MultiIndex.from_frame(calls[keys])
    wanted = pd.MultiIndex.from_frame(rows[keys])
    if not index.is_unique:
        # A trip that calls twice at one stop: only a place or a time tells its calls apart.
        is_double = index.duplicated(keep=False)
        double = wanted.isin(index[is_double].unique()) & known
        _set_aside(rows, double, "load at a stop that its trip calls at twice", _twice, file, log)
        places = np.flatnonzero(~is_double)
        hit = index[~is_double].get_indexer(wanted)
        at[hit >= 0] = places[hit[hit >= 0]]
        known &= ~double
    else:
        at[:] = index.get_indexer(wanted)
    _set_aside(rows, known & (at < 0), "load at a call that its trip does not have", _no_call,
               file, log)  # fmt: skip
    again = pd.Series(at).duplicated().to_numpy() & (at >= 0)
    _set_aside(rows, again, "load given twice", _again, file, log)
    at[again] = -1
    return at


def _set_aside(
    rows: pd.DataFrame,
    which: NDArray[np.bool_],
    kind: str,
    said: tuple[str, str, str],
    file: str,
    log: ProblemLog,
) -> None:
    """Count rows of one kind, the first with its line."""
    if not which.any():
        return
    row = rows.iloc[int(which.argmax())]
    keys = [name for name in KEYS if name in rows.columns]
    field, expected, mend = said
    log.set_aside(
        kind,
        Problem(
            file=file,
            row=int(row["row"]),
            field=field,
            found=", ".join(f"{name} {row[name]}" for name in keys),
            expected=expected,
            mend=mend,
        ),
        count=int(which.sum()),
    )


_no_trip = (
    "trip_id",
    "a trip of the territory on the date that is asked about",
    "Load the same territory and date, or ask about the date of the loads.",
)
_no_call = (
    "stop_id",
    "a stop that the trip leaves, at the time that it leaves",
    "Load the same timetable that is searched.",
)
_twice = (
    "stop_id",
    "one call of the trip",
    "Add the column stop_pos, the call's place in the trip from 0.",
)
_again = ("trip_id", "each call once", "Leave out all rows of a call but one; the first counts.")


def _nothing_fits(file: str, n_rows: int, timetable: Timetable, log: ProblemLog) -> Problem:
    why = ", ".join(f"{count} × {kind}" for kind, count in log.counts.items())
    return Problem(
        file=file,
        found=f"{n_rows} rows, none of a vehicle of this timetable" + (f" ({why})" if why else ""),
        expected=f"loads of vehicle runs of {timetable.service_date.isoformat()}, by trip_id",
        mend="Give the loads of this territory and date: creneau load T --date D --out DIR.",
    )


def _is_same(fingerprint: str | None, said: Mapping[str, Any], timetable: Timetable) -> bool | None:
    """Return whether loads are of this timetable, by their fingerprint or, without, their date."""
    if fingerprint is not None:
        return fingerprint == compute_fingerprint(timetable)
    date = said.get("service_date")
    return None if date in (None, timetable.service_date.isoformat()) else False


def _read_result(path: Path) -> Mapping[str, Any]:
    """Return what the loading beside this file says of itself, nothing where there is none."""
    folder = path if path.is_dir() else path.parent
    try:
        said = json.loads((folder / RESULT_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _find_error(said: Mapping[str, Any]) -> float | None:
    """Return the error that a loading measured; None where nothing was counted."""
    try:
        error = float(said["entries"]["overall"]["weighted_abs_error"])
    except (ValueError, KeyError, TypeError):
        return None
    return error if np.isfinite(error) and error >= 0 else None


def _find_period(said: Mapping[str, Any]) -> tuple[str, str] | None:
    match said.get("period"):
        case [str(start), str(end)]:
            return start, end
    return None
