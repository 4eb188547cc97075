"""Tiny GTFS feeds written as text."""

import datetime as dt
import textwrap
import zipfile
from pathlib import Path

DAY = dt.date(2024, 5, 15)  # a Wednesday
DAY_TEXT = "20240515"

_LINE = {
    "agency": """
        agency_id,agency_name,agency_url,agency_timezone
        X,Example,http://example.org,Europe/Paris
        """,
    "stops": """
        stop_id,stop_name,stop_lat,stop_lon
        S1,One,48.90,2.30
        S2,Two,48.90,2.33
        S3,Three,48.90,2.36
        """,
    "routes": """
        route_id,route_short_name,route_long_name,route_type
        R1,1,First line,1
        """,
    "trips": """
        route_id,service_id,trip_id,direction_id
        R1,WK,T1,0
        """,
    "stop_times": """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,1
        T1,08:05:00,08:06:00,S2,2
        T1,08:10:00,08:10:00,S3,3
        """,
    "calendar": """
        service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
        WK,1,1,1,1,1,0,0,20240101,20241231
        """,
}


def line_feed(**changed: str | None) -> dict[str, str]:
    """One line of three stops with one trip at 08:00 on weekdays of 2024, files changed.

    A file given as None is left out.
    """
    files = {**_LINE, **changed}
    return {name: _tidy(text) for name, text in files.items() if text is not None}


def write_feed(folder: Path, *, zipped: bool = False, **files: str) -> Path:
    """Write files of a feed, each given without ``.txt``, as a folder or a zip file."""
    if zipped:
        path = folder / "feed.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(f"{name}.txt", _tidy(text))
        return path
    path = folder / "feed"
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.txt").write_text(_tidy(text), encoding="utf-8")
    return path


def _tidy(text: str) -> str:
    return textwrap.dedent(text).strip() + "\n"


def feed_bytes(**changed: str | bytes | None) -> dict[str, bytes]:
    """Return the files of the feed of one line by name, changed ones as given byte for byte."""
    files: dict[str, bytes] = {}
    for name, content in {**line_feed(), **changed}.items():
        if content is not None:
            files[f"{name}.txt"] = content.encode() if isinstance(content, str) else content
    return files


def write_files(folder: Path, files: dict[str, bytes], *, zipped: bool = False) -> Path:
    """Write files by their path inside the feed, byte for byte, as a folder or a zip file."""
    if zipped:
        path = folder / "feed.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    path = folder / "feed"
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path
