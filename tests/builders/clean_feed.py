"""A small feed with nothing to find fault with, and what a check finds once it is changed."""

import datetime as dt
from pathlib import Path

from network.quality.check import check_files
from network.quality.report import Finding, QualityReport
from tests.builders.feeds import write_feed

CHECK_DAY = dt.date(2024, 5, 15)  # a Wednesday

# Three stops in a row, 2.2 km apart; a metro there at 08:00 and back at 08:30, every day.
_CLEAN = {
    "agency": """
        agency_id,agency_name,agency_url,agency_timezone
        X,Example,http://example.org,Europe/Paris
        """,
    "stops": """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
        A,Alpha,48.90,2.30,0,,1
        B,Beta,48.90,2.33,0,,1
        C,Gamma,48.90,2.36,0,,1
        """,
    "routes": """
        route_id,agency_id,route_short_name,route_long_name,route_type,route_color
        R1,X,1,First line,1,0055AA
        """,
    "trips": """
        route_id,service_id,trip_id,direction_id,shape_id,wheelchair_accessible
        R1,ALL,T1,0,EAST,1
        R1,ALL,T2,1,WEST,1
        """,
    "stop_times": """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,A,1
        T1,08:05:00,08:06:00,B,2
        T1,08:11:00,08:11:00,C,3
        T2,08:30:00,08:30:00,C,1
        T2,08:35:00,08:36:00,B,2
        T2,08:41:00,08:41:00,A,3
        """,
    "calendar": """
        service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
        ALL,1,1,1,1,1,1,1,20240101,20241231
        """,
    "shapes": """
        shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
        EAST,48.90,2.30,1
        EAST,48.90,2.36,2
        WEST,48.90,2.36,1
        WEST,48.90,2.30,2
        """,
    "feed_info": """
        feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version
        Example,http://example.org,fr,20240101,20241231,7
        """,
}


def clean_feed(**changed: str | None) -> dict[str, str]:
    """Return the files of the clean feed as text, some changed; one given as None is left out.

    Text that starts with ``+`` is added at the end of the file.
    """
    files = dict(_CLEAN)
    for name, text in changed.items():
        if text is None:
            del files[name]
        elif text.startswith("+"):
            files[name] = "\n".join(
                line.strip() for line in (files[name] + text[1:]).splitlines() if line.strip()
            )
        else:
            files[name] = text
    return files


def check_feed(
    folder: Path,
    *,
    today: dt.date = CHECK_DAY,
    date: dt.date | None = None,
    files: dict[str, str] | None = None,
    **changed: str | None,
) -> QualityReport:
    """Check the clean feed with some files changed; no second opinion."""
    path = write_feed(folder, **(files or clean_feed(**changed)))
    report, _ = check_files([path], today=today, date=date, second_opinion=False)
    return report


def codes(report: QualityReport) -> dict[str, int]:
    """Return the count of each code found."""
    return {finding.code: finding.count for finding in report.findings}


def find(report: QualityReport, code: str) -> Finding:
    """Return the one finding of a code."""
    (finding,) = [f for f in report.findings if f.code == code]
    return finding
