"""Routes of a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.building.rows import repeated_rows, set_rows_aside, texts
from network.timetable import Routes

if TYPE_CHECKING:
    import pandas as pd

    from network.building.inputs import FeedTables

_BUS = 3


def build_routes(tables: FeedTables) -> Routes:
    """Build the routes by route_id; those without an id, or given twice, are set aside."""
    frame = tables.routes
    bad = frame["route_id"].isna().to_numpy(dtype=bool) | repeated_rows(frame, "route_id")
    set_rows_aside(
        tables, "routes", "route without an id, or given twice", frame.index.to_numpy()[bad],
        lambda _: ("no route_id of its own", "each route_id once", "Correct the row."),
    )  # fmt: skip
    frame = frame[~bad].sort_values("route_id")
    short = frame["route_short_name"].fillna("").astype(str)
    long = frame["route_long_name"].fillna("").astype(str)
    lines = short.where(short != "", long).where((short != "") | (long != ""), frame["route_id"])
    return Routes(
        ids=tuple(map(str, frame["route_id"])),
        lines=tuple(map(str, lines)),
        long_names=tuple(long),
        types=frame["route_type"].fillna(_BUS).to_numpy(dtype=np.int32),
        colors=tuple(map(str, frame["route_color"].fillna(""))),
        agencies=_agencies(tables.agency, frame),
    )


def _agencies(agency: pd.DataFrame | None, routes: pd.DataFrame) -> tuple[str, ...]:
    """Return the name of each route's agency: the only one's where the route names none."""
    wanted = texts(routes["agency_id"])
    if agency is None:
        return tuple(map(str, wanted))
    ids, names = texts(agency["agency_id"]), texts(agency["agency_name"])
    name_of = {str(i): str(name or i) for i, name in zip(ids, names, strict=True)}
    only = str(names[0]) if len(names) == 1 else ""
    return tuple(name_of.get(str(i), str(i)) if i else only for i in wanted)
