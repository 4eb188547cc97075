"""Queries for itineraries as they are typed: points, lists with commas, car parks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from api.itinerary_query import CriterionName, TravelMode

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER = r"-?[0-9]{1,3}(\.[0-9]{1,12})?"
POINT = rf"^{NUMBER},{NUMBER}$"
CAR_PARKS = rf"^{NUMBER},{NUMBER}(,[^;,]{{1,80}})?(;{NUMBER},{NUMBER}(,[^;,]{{1,80}})?)*$"
LISTS = ("modes", "criteria", "ban", "only", "prefer")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "modes": get_args(TravelMode),
    "criteria": get_args(CriterionName),
}


def list_pattern(part: str) -> str:
    """Return the pattern of one or more known names with commas between them."""
    names = "|".join(CHOICES[part])
    return f"^({names})(,({names}))*$"


def split_list(text: str) -> list[str]:
    """Return what stands between commas, spaces around it and nothing at all left out."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_point(text: str) -> dict[str, float]:
    """Return ``LAT,LON`` as a point.

    Raises
    ------
    ValueError
        If these are not two numbers.
    """
    lat, _, lon = text.partition(",")
    return {"lat": float(lat), "lon": float(lon)}


def read_car_parks(text: str) -> list[dict[str, Any]]:
    """Return ``LAT,LON,NAME;LAT,LON...`` as car parks; names may be left out.

    Raises
    ------
    ValueError
        If a car park has no two numbers.
    """
    parks: list[dict[str, Any]] = []
    for part in text.split(";"):
        lat, lon, *names = part.split(",", 2)
        parks.append({"lat": float(lat), "lon": float(lon), "name": "".join(names).strip()})
    return parks
