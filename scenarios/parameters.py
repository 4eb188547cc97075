"""What a territory's file says besides its data: schema of ``territory.toml``."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic needs it at run time
import re
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from network.base import SourceClass, format_clock, parse_clock
from scenarios.fares import Fare  # noqa: TC001 - pydantic needs it at run time
from scenarios.schema import Clock, Part

QUARTER_S = 900
FIRST_TRAINS_S = 4 * 3600 + 1800
"""Loads are counted from here on, so that nothing can be modelled earlier."""


DATA_VARIABLE = "CRENEAU_DATA"
DATA_PREFIX = "${" + DATA_VARIABLE + "}/"
"""How a pack names a file of the data folder, which is outside the pack."""

_PREFIX = re.compile(r"^[A-Za-z0-9_.-]*$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class FeedFile(Part):
    """One feed of several."""

    path: str = Field(min_length=1, description="GTFS zip or folder, as `gtfs`.")
    prefix: str = Field(
        "", description="Stands before every id of the feed; from the file's name if left out."
    )
    service_date: dt.date | None = Field(
        None,
        description="The feed's own date that runs, where its calendar does not cover the "
        "territory's date.",
    )

    @field_validator("prefix")
    @classmethod
    def _can_stand_before_an_id(cls, text: str) -> str:
        if not _PREFIX.match(text):
            msg = f"{text!r} is no prefix; expected letters, digits, '.', '_' or '-'"
            raise ValueError(msg)
        return text


class NetworkFiles(Part):
    """Where the timetable and the streets come from, and walking."""

    gtfs: str | None = Field(
        None, min_length=1, description="GTFS zip or folder, relative to the territory's folder."
    )
    feeds: tuple[FeedFile, ...] = Field((), description="Several feeds, in place of `gtfs`.")
    osm: str | None = Field(
        None, min_length=1, description="OSM extract: .osm.pbf, .osm or .osm.gz; for walking."
    )
    elevation: str | None = Field(
        None, min_length=1, description="CSV of heights of street nodes (osm_id, elevation_m)."
    )
    vehicles: str | None = Field(None, description="CSV of vehicle capacities by line.")
    hubs: str | None = Field(
        None, description="CSV of stations where lines outside the feed arrive."
    )
    other_stations: str | None = Field(
        None, description="CSV of the stations of fast lines outside the feed (lat, lon)."
    )
    max_transfer_s: int = Field(600, ge=0, description="Longest walk between stops, seconds.")
    max_walk_s: int = Field(1200, ge=0, description="Longest walk to or from a stop, seconds.")
    walk_speed_mps: float = Field(1.2, gt=0, description="Walking speed, metres per second.")
    detour: float = Field(1.3, ge=1, description="Path length over straight line.")

    @model_validator(mode="after")
    def _one_way_to_name_feeds(self) -> NetworkFiles:
        if (self.gtfs is None) == (not self.feeds):
            msg = "one timetable is needed; expected either gtfs or [[network.feeds]]"
            raise ValueError(msg)
        if self.elevation is not None and self.osm is None:
            msg = "elevation without streets; expected osm beside elevation"
            raise ValueError(msg)
        return self

    @property
    def feed_files(self) -> tuple[FeedFile, ...]:
        """The feeds, however the file names them."""
        return self.feeds if self.gtfs is None else (FeedFile(path=self.gtfs),)


class ZoneFiles(Part):
    """Zones of a pack that has no demand tables."""

    file: str = Field(min_length=1, description="CSV of the zone tree.")
    polygons: str | None = Field(
        None, min_length=1, description="GeoJSON of the zones' outlines, by property `id`."
    )


def _check_target(text: str) -> str:
    path = PurePosixPath(text.removeprefix(DATA_PREFIX))
    if not path.parts or path.is_absolute() or ".." in path.parts or "\\" in text or ":" in text:
        msg = f"{text!r} leads elsewhere; expected a path under the folder {DATA_VARIABLE} names"
        raise ValueError(msg)
    return str(path)


class Download(Part):
    """A file of the data folder, where it can be had, and on which terms."""

    url: str = Field(pattern=r"^https?://", description="Where the file is.")
    to: Annotated[str, AfterValidator(_check_target)] = Field(
        description="Where it goes: a path under the folder that CRENEAU_DATA names."
    )
    sha256: str | None = Field(
        None, pattern=_SHA256, description="Of the file, where it never changes; hexadecimal."
    )
    size_mb: float | None = Field(None, gt=0, description="About how large it is, megabytes.")
    licence: str = Field(min_length=1, description="Name of the licence.")
    licence_url: str | None = Field(None, pattern=r"^https?://", description="Its text.")
    about_fr: str = Field(min_length=1, description="What the file is, French.")
    about_en: str = Field(min_length=1, description="What the file is, English.")


class PackDemand(Part):
    """Demand from the pack's own tables."""

    kind: Literal["pack"]
    zones: str = Field(description="CSV of the zone tree.")
    flows: str = Field(description="CSV of workers and transit share by zone pair.")


class CensusDemand(Part):
    """Demand from census tables by commune, spread over the zones that make up each commune."""

    kind: Literal["census"]
    zones: str = Field(description="CSV of the zone tree.")
    commune_zones: str = Field(description="CSV: shares of each commune's homes and jobs by zone.")
    workers: str = Field(description="CSV of workers by home and work commune.")
    modes: str = Field(description="CSV of workers by home, work, class and mode.")
    centre_departements: tuple[str, ...] = Field(description="Ring 0, by INSEE code.")
    inner_departements: tuple[str, ...] = Field(description="Ring 1, by INSEE code.")
    region_transit_share: float = Field(
        gt=0, le=1, description="Published share of the region's workers who go by transit."
    )


class People(Part):
    """How many travel and when."""

    employers: str = Field(description="YAML of employers, sites, teams and hours.")
    arrival_profile: str = Field(description="CSV: share of outward trips by time of arrival.")
    station_entries: str | None = Field(None, description="CSV of observed entries by hour.")
    presence_share: float = Field(ge=0, le=1, description="Share of workers who travel on a day.")
    other_purposes_factor: float = Field(
        ge=1, description="All transit trips of the morning over those to work."
    )
    least_pair_trips: float = Field(
        0.0, ge=0, description="Pairs with fewer daily trips than this are left out, and counted."
    )


class LocalLinesSpeed(Part):
    """Buses and local trams to the stations (estimated)."""

    fixed_min: float = Field(11.0, ge=0, description="Walk, wait and change, minutes.")
    kmh: float = Field(12.0, gt=0, description="Speed, km/h.")
    max_m: float = Field(3000.0, ge=0, description="Stations farther are not reached, metres.")
    max_stations: int = Field(6, ge=0, description="Only so many nearest stations are reached.")


class OtherLinesSpeed(Part):
    """Metro, RER and train lines that the feed does not hold (estimated)."""

    board_min: float = Field(3.0, ge=0, description="Wait and half a change, one end, minutes.")
    usual_end_min: float = Field(
        9.25, ge=0, description="One end where the stations are not known, minutes."
    )
    longest_end_min: float = Field(30.0, ge=0, description="No end takes longer, minutes.")
    change_min: float = Field(4.0, ge=0, description="Change to a modelled line, minutes.")
    changes: float = Field(0.7, ge=0, description="Changes of a trip, on average.")
    near_kmh: float = Field(21.0, gt=0, description="Speed of the first kilometres, km/h.")
    far_kmh: float = Field(42.0, gt=0, description="Speed beyond, km/h.")
    near_km: float = Field(6.0, ge=0, description="How far the first kilometres reach, km.")


class Watched(Part):
    """A stretch that every report shows, whatever is busiest."""

    line: str
    from_station: str
    to_station: str


class PublishedLoad(Part):
    """How full a line is at its peak, as somebody has published it: shown beside the model's."""

    line: str
    load_factor: float = Field(
        gt=0, le=5, description="Passengers over places, at 4 standing per square metre."
    )
    where_fr: str = Field("", description="Where and when it is said to hold, French.")
    where_en: str = Field("", description="The same, English.")
    source: str = Field(min_length=1, description="Who publishes it, and where.")
    source_date: dt.date = Field(description="When it was published.")
    source_class: SourceClass = Field(SourceClass.PUBLISHED, description="Class of the figure.")


class TerritoryFile(Part):
    """One ``territory.toml``."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title_fr: str
    title_en: str
    timezone: str = Field("Europe/Paris", description="IANA name; that of the feeds counts.")
    is_historical: bool = Field(
        False,
        description="Of a past date on purpose: its files are checked as of that date.",
    )
    service_date: dt.date | None = Field(
        None,
        description="Date that is simulated unless another is asked for; the busiest weekday "
        "that the feeds cover if left out.",
    )
    period_start: Clock = Field("06:30", description="First arrival that is modelled.")
    period_end: Clock = Field(
        "10:30", description="End of the last window of arrival.", validate_default=True
    )
    network: NetworkFiles
    demand: Annotated[PackDemand | CensusDemand, Field(discriminator="kind")] | None = None
    people: People | None = None
    zones: ZoneFiles | None = None
    local_lines: LocalLinesSpeed = LocalLinesSpeed()
    other_lines: OtherLinesSpeed = OtherLinesSpeed()
    relief_lines: tuple[str, ...] = Field(
        (), description="Lines known to be full: itineraries without them are offered too."
    )
    watch: tuple[Watched, ...] = ()
    watch_time: Clock = Field(
        "08:30",
        description="Quarter hour at which the lines watched are shown at their fullest.",
        validate_default=True,
    )
    published_loads: tuple[PublishedLoad, ...] = Field(
        (), max_length=50, description="Published load factors that loadings are compared with."
    )
    sources: tuple[str, ...] = Field(description="TOML files that state the source of each file.")
    notes_fr: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = ()
    fetch: tuple[Download, ...] = Field((), description="Where the data can be had.")
    fares: tuple[Fare, ...] = Field(
        (), max_length=12, description="Single tickets, as published; few suffice."
    )

    @field_validator("period_start", "period_end", "watch_time")
    @classmethod
    def _on_a_quarter_hour(cls, text: str) -> str:
        if parse_clock(text) % QUARTER_S:
            msg = f"{text} is between quarter hours; expected a whole quarter hour"
            raise ValueError(msg)
        return text

    @field_validator("period_start")
    @classmethod
    def _after_the_first_trains(cls, text: str) -> str:
        if parse_clock(text) < FIRST_TRAINS_S:
            first = format_clock(FIRST_TRAINS_S)
            msg = f"{text} is too early; expected {first} or later"
            raise ValueError(msg)
        return text

    @field_validator("period_end")
    @classmethod
    def _after_the_start(cls, text: str, info: ValidationInfo) -> str:
        start = info.data.get("period_start")
        if start is not None and parse_clock(text) <= parse_clock(start):
            msg = f"{text} leaves no period; expected a time after period_start, {start}"
            raise ValueError(msg)
        return text

    @field_validator("watch_time")
    @classmethod
    def _while_loads_are_counted(cls, text: str, info: ValidationInfo) -> str:
        end = info.data.get("period_end")
        if end is not None and not FIRST_TRAINS_S <= parse_clock(text) < parse_clock(end):
            first = format_clock(FIRST_TRAINS_S)
            msg = f"{text} is not modelled; expected {first} or later, before period_end, {end}"
            raise ValueError(msg)
        return text

    @model_validator(mode="after")
    def _zones_once(self) -> TerritoryFile:
        if (
            self.demand is not None
            and self.zones is not None
            and (self.demand.zones != self.zones.file)
        ):
            msg = "two zone tables; expected the same file in [demand] and [zones]"
            raise ValueError(msg)
        return self


class RunnableFile(TerritoryFile):
    """A ``territory.toml`` with everything that a run needs."""

    demand: Annotated[PackDemand | CensusDemand, Field(discriminator="kind")]
    people: People
