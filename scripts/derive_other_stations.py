"""Write the stations of the lines that the pack's feed does not hold.

Metro stations come from the operator's feed of one week of March 2019 (not part of this
project), RER and train stations from ``scripts/data/other_rail_stations.csv``, copied from the
published list of stations to four decimals (about 10 m). One row a station: a station of both
kinds, or listed twice under one name (Gare du Nord and Magenta), is one row that carries all
its lines. Where the published list places a station, its position and class are kept; the
mean of the feed's platforms places the others. Lines of the pack are left out of ``lines``.

Run: ``python scripts/derive_other_stations.py`` with ``CRENEAU_DATA`` naming the data folder
(default ``../shared/data``).
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
DATA = HERE / "data"
FEED = Path("plaine-commune") / "ratp_metro_all_week_20190311.zip"
PACK = HERE.parent / "scenarios" / "territories" / "plaine_commune"
METRO_LINES = {
    **{line: line for line in ("1", "2", "3", "4", "5", "6", "8", "9", "10", "11")},
    "3B": "3bis",
    "7B": "7bis",
}
"""Lines absent from the pack, by their name in the feed; this order is that of ``lines``."""
LINE_ORDER = ("1", "2", "3", "3bis", "4", "5", "6", "7bis", "8", "9", "10", "11", *"ACEJKLNPRU")
METRO_SOURCE = "RATP open data, week of 2019-03-11"
RAIL_SOURCE = "Île-de-France Mobilités, emplacement des gares"


def main() -> None:
    """Read the feed and the train table, write ``other_stations.csv``."""
    root = Path(os.environ.get("CRENEAU_DATA", HERE.parent.parent / "shared" / "data"))
    path = root / FEED
    if not path.exists():
        sys.exit(f"{path} not found: set CRENEAU_DATA to the folder that holds {FEED}")
    stations = merged(metro_platforms(path), pd.read_csv(DATA / "other_rail_stations.csv"))
    stations.to_csv(
        PACK / "other_stations.csv", index=False, float_format="%.4f", lineterminator="\n"
    )


def metro_platforms(path: Path) -> pd.DataFrame:
    """Return name, line, lat, lon of every metro platform that a listed line calls at."""
    with zipfile.ZipFile(path) as feed:

        def table(name: str, *columns: str) -> pd.DataFrame:
            with feed.open(f"{name}.txt") as handle:
                return pd.read_csv(handle, dtype=str, usecols=list(columns))

        served = table("stop_times", "trip_id", "stop_id").merge(
            table("trips", "trip_id", "route_id")
        )[["stop_id", "route_id"]]
        served = served.drop_duplicates().merge(table("routes", "route_id", "route_short_name"))
        stops = table("stops", "stop_id", "stop_name", "stop_lat", "stop_lon")
    served["line"] = served["route_short_name"].map(METRO_LINES)
    platforms = served.dropna(subset="line").merge(stops).drop_duplicates(["stop_id", "line"])
    return pd.DataFrame(
        {
            "name": platforms["stop_name"].map(station_names()).fillna(platforms["stop_name"]),
            "line": platforms["line"],
            "lat": platforms["stop_lat"].astype(float),
            "lon": platforms["stop_lon"].astype(float),
        }
    )


def station_names() -> pd.Series:
    """Return the station's name by its name in the feed, where they differ."""
    tables = [pd.read_csv(DATA / f) for f in ("metro_names.csv", "other_metro_names.csv")]
    return pd.concat(tables).set_index("feed_name")["station"]


def merged(metro: pd.DataFrame, rail: pd.DataFrame) -> pd.DataFrame:
    """Return one row a station, with its lines, position, source and class, by name."""
    by_line = rail.assign(line=rail["lines"].str.split()).explode("line")
    lines = pd.concat([metro, by_line])[["name", "line"]].groupby("name")["line"].agg(_joined)
    from_feed = metro.groupby("name")[["lat", "lon"]].mean()
    from_feed = from_feed.assign(source=METRO_SOURCE, source_class="observed")
    listed = rail.groupby("name")[["lat", "lon"]].mean()
    listed = listed.assign(source=RAIL_SOURCE, source_class="published")
    places = pd.concat([listed, from_feed[~from_feed.index.isin(listed.index)]])
    places.insert(0, "lines", lines)
    return places.sort_index().reset_index()


def _joined(lines: pd.Series) -> str:
    return " ".join(sorted(set(lines), key=LINE_ORDER.index))


if __name__ == "__main__":
    main()
