"""Itineraries between two points."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from api.itineraries import answer_query
from api.itinerary_loads import find_loads
from api.itinerary_night import get_served
from api.itinerary_no_service import answer_without_service
from api.itinerary_query import ItineraryQuery, ItineraryRules
from api.itinerary_typed import (
    CAR_PARKS,
    LISTS,
    POINT,
    list_pattern,
    read_car_parks,
    read_point,
    split_list,
)
from api.problems import describe_errors
from api.resources import Held, Language, Resources, require_known
from api.schemas import ItineraryAnswer
from network.base.errors import NoServiceError

router = APIRouter(prefix="/v1/itineraries", tags=["itineraries"])

_ROUTES = r"^[^,]{1,200}(,[^,]{1,200})*$"
_EXAMPLE: dict[str, Any] = {
    "territory": "plaine-commune",
    "from": {"lat": 48.9362, "lon": 2.3574},
    "to": {"lat": 48.8756, "lon": 2.3260},
    "depart": "08:15",
}
_ERRORS = describe_errors(400, 413, 422)


class ItineraryParameters(ItineraryRules):
    """The same query as parameters of an address; lists have commas between their parts."""

    origin: str = Field(
        alias="from", pattern=POINT, description="LAT,LON, degrees.", examples=["48.9362,2.3574"]
    )
    destination: str = Field(
        alias="to", pattern=POINT, description="LAT,LON, degrees.", examples=["48.8756,2.3260"]
    )
    first: bool = Field(False, description="The first of the day to arrive, in place of a time.")
    last: bool = Field(False, description="The last of the day to leave, in place of a time.")
    accept_unknown: bool = Field(
        False, description="Take stops and vehicles of which the feed says nothing."
    )
    modes: str | None = Field(
        None, pattern=list_pattern("modes"), description="What may be used, commas between."
    )
    car_parks: str | None = Field(
        None,
        pattern=CAR_PARKS,
        max_length=2000,
        description="LAT,LON or LAT,LON,NAME of each car park, semicolons between.",
    )
    ban: str | None = Field(
        None, pattern=_ROUTES, max_length=2000, description="Lines or route_id not to ride."
    )
    only: str | None = Field(
        None, pattern=_ROUTES, max_length=2000, description="Lines or route_id that alone count."
    )
    prefer: str | None = Field(
        None, pattern=_ROUTES, max_length=2000, description="Lines or route_id preferred."
    )
    criteria: str | None = Field(
        None, pattern=list_pattern("criteria"), description="One or two, a comma between."
    )
    geometry: bool = Field(True, description="Whether legs carry their line on the map.")


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
    values = parameters.model_dump(by_alias=True, exclude_none=True)
    for key in ("from", "to"):
        values[key] = read_point(values[key])
    for key in LISTS:
        if key in values:
            values[key] = split_list(values[key])
    if "car_parks" in values:
        values["car_parks"] = read_car_parks(values["car_parks"])
    try:
        query = ItineraryQuery.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    return _answer(held, query, lang)


def _answer(held: Resources, query: ItineraryQuery, lang: str) -> ItineraryAnswer:
    require_known(held, query.territory)
    try:
        territory = get_served(held.engine, query, has_loads=query.loads is not None)
    except NoServiceError as error:
        return answer_without_service(query, error, lang=lang)
    loads = None
    if query.loads is not None:
        loads = find_loads(held.settings.loads_folder, query.loads, territory.network.timetable)
    return answer_query(territory, query, lang=lang, loads=loads)
