"""Itineraries between two points."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from api.itineraries import answer_query
from api.problems import describe_errors
from api.resources import Held, Language, Resources, require_known
from api.schemas import Body, ClockTime, ItineraryAnswer, ItineraryQuery

router = APIRouter(prefix="/v1/itineraries", tags=["itineraries"])

_POINT = r"^-?[0-9]{1,3}(\.[0-9]{1,12})?,-?[0-9]{1,3}(\.[0-9]{1,12})?$"
_EXAMPLE: dict[str, Any] = {
    "territory": "plaine-commune",
    "from": {"lat": 48.9362, "lon": 2.3574},
    "to": {"lat": 48.8756, "lon": 2.3260},
    "depart": "08:15",
}
_ERRORS = describe_errors(400, 413, 422)


class ItineraryParameters(Body):
    """The same query as parameters of an address; points are ``LAT,LON``."""

    territory: str = Field("plaine-commune", description="Name of a territory.")
    origin: str = Field(
        alias="from", pattern=_POINT, description="LAT,LON, degrees.", examples=["48.9362,2.3574"]
    )
    destination: str = Field(
        alias="to", pattern=_POINT, description="LAT,LON, degrees.", examples=["48.8756,2.3260"]
    )
    date: dt.date | None = Field(None, description="Service date, YYYY-MM-DD.")
    depart: ClockTime | None = Field(None, description="Leave at this time or later, HH:MM.")
    arrive: ClockTime | None = Field(None, description="Be there by this time, HH:MM.")
    window_min: int | None = Field(
        None, ge=1, le=720, description="All departures in so many minutes from `depart`, minutes."
    )
    max_rides: int = Field(5, ge=1, le=10, description="At most this many vehicles are taken.")


@router.post(
    "",
    summary="Find itineraries",
    responses=_ERRORS,
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def find(query: ItineraryQuery, held: Held, lang: Language) -> ItineraryAnswer:
    """Find itineraries; where there is none, `reason` says why."""
    return _answer(held, query, lang)


@router.get("", summary="Find itineraries, by an address alone", responses=_ERRORS)
def find_by_address(
    parameters: Annotated[ItineraryParameters, Query()], held: Held, lang: Language
) -> ItineraryAnswer:
    """Find itineraries; where there is none, `reason` says why."""
    values = parameters.model_dump(by_alias=True)
    for key in ("from", "to"):
        lat, _, lon = values[key].partition(",")
        values[key] = {"lat": float(lat), "lon": float(lon)}
    try:
        query = ItineraryQuery.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    return _answer(held, query, lang)


def _answer(held: Resources, query: ItineraryQuery, lang: str) -> ItineraryAnswer:
    require_known(held, query.territory)
    territory = held.engine.get_territory(query.territory, query.date)
    return answer_query(territory, query, lang=lang)
