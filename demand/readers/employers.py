"""Reader of employers.yaml: who works where, when, and what may be asked of them."""

from __future__ import annotations

import reprlib
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from demand.employers import Employer, Site, Team
from demand.readers._table import read_text
from network.base import Problem, distance_m, parse_clock
from network.base.errors import DemandInputError
from network.base.yaml_text import parse_yaml

if TYPE_CHECKING:
    from demand.zones import ZoneSystem

MAX_SITE_DISTANCE_M = 6_000.0
"""A site farther than this from every leaf's centre is outside the zone system."""


MAX_HEADCOUNT = 1_000_000
"""No team at one site has more people; a larger number is a slip of the pen."""

_EXPECTED = {
    "tuple_type": "a list",
    "too_short": "at least one entry",
    "model_type": "keys and values",
}
"""What was expected, by pydantic's name of the fault, where its own words speak of Python."""


def _check_clock(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        msg = 'a clock time HH:MM in quotes, "08:45": YAML reads 8:45 without them as a number'
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns value errors into problems
    if isinstance(value, str):
        try:
            parse_clock(value)
        except ValueError:
            msg = "a clock time HH:MM"
            raise ValueError(msg) from None
    return value


def _refuse_truth(value: object) -> object:
    if isinstance(value, bool):
        msg = "a number"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns value errors into problems
    return value


def _check_text(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        msg = "a text of one line without control characters"
        raise ValueError(msg)
    return text


Clock = Annotated[str, BeforeValidator(_check_clock)]
Count = Annotated[int, BeforeValidator(_refuse_truth)]
Share = Annotated[float, BeforeValidator(_refuse_truth)]
Id = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_check_text)]
Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_text)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


class TeamEntry(_Part):
    """People of one employer at one site who share working hours."""

    id: Id = Field(description="Identifier, different from other teams'.")
    name: Text = Field(description="Name shown to people.")
    site: str | None = Field(None, description="Site id; may be left out with a single site.")
    headcount: Count = Field(ge=1, le=MAX_HEADCOUNT, description="People employed.")
    start: Clock = Field(description="Start of work today, clock time HH:MM.")
    work_min: Count = Field(
        480, ge=60, le=960, description="Time from start to end of work, breaks in, minutes."
    )
    earliest: Clock | None = Field(None, description="Earliest start allowed, clock time HH:MM.")
    latest: Clock | None = Field(None, description="Latest start allowed, clock time HH:MM.")
    max_shift_min: Count = Field(30, ge=0, le=180, description="Largest shift of start, minutes.")
    telework_share: Share = Field(
        0.0, ge=0, le=1, description="Share of the team at home on the day, 0 to 1."
    )
    movable: bool = Field(True, description="Whether the start may be moved at all.")


class SiteEntry(_Part):
    """A place of work."""

    id: Id = Field(description="Identifier, different from other sites'.")
    name: Text = Field(description="Name shown to people.")
    lat: float = Field(ge=-90, le=90, description="Latitude, degrees (WGS 84).")
    lon: float = Field(ge=-180, le=180, description="Longitude, degrees (WGS 84).")
    zone: str | None = Field(None, description="Zone of any level; the nearest leaf in it.")


class EmployerEntry(_Part):
    """An employer, its sites and teams, and the hours when all must be present."""

    id: Id = Field(description="Identifier, different from other employers'.")
    name: Text = Field(description="Name shown to people.")
    source_class: Literal["observed", "published", "estimated", "illustrative"] = Field(
        description="How head counts and hours are known."
    )
    core_start: Clock = Field("10:00", description="All movable staff present from, clock time.")
    core_end: Clock = Field("15:30", description="All movable staff present until, clock time.")
    sites: tuple[SiteEntry, ...] = Field(min_length=1)
    teams: tuple[TeamEntry, ...] = Field(min_length=1)


class EmployersFile(_Part):
    """The whole file: a list of employers."""

    employers: tuple[EmployerEntry, ...] = Field(min_length=1)


def read_employers(path: Path | str, zones: ZoneSystem) -> tuple[Employer, ...]:
    """Read and check employers.yaml; sites are placed in leaf zones.

    A site is in the leaf whose centre is nearest, among those of its ``zone`` (for instance
    a commune) if it names one. A movable team's bounds
    are narrowed so that core hours stay inside its working day: it starts no later than
    the core's start and no earlier than the core's end less its working time.

    Raises
    ------
    DemandInputError
        With every problem of the file: YAML syntax, unknown or missing keys, values out of
        range, repeated ids, unknown sites or zones, places outside the zone system, hours
        that leave no start possible. Each names its place in the file.
    """
    name = str(path)
    content = _parse(Path(path))
    if not isinstance(content, dict):
        raise DemandInputError(_no_keys(name, content))
    problems: list[Problem] = []
    entries: tuple[EmployerEntry, ...] = ()
    try:
        entries = EmployersFile.model_validate(content).employers
    except ValidationError as error:
        problems.extend(_validation_problem(name, item) for item in _own_faults(error))
    problems.extend(_repeated_ids(name, entries))
    employers = tuple(_employer(entry, zones, name, problems) for entry in entries)
    if problems:
        raise DemandInputError(*problems)
    return employers


def _parse(path: Path) -> object:
    try:
        return parse_yaml(read_text(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DemandInputError(
            Problem(
                file=str(path),
                row=None if mark is None else mark.line + 1,
                found=str(getattr(error, "problem", error)),
                expected="YAML",
                mend="Check indentation, colons and quotes near that line.",
            )
        ) from None


def _no_keys(file: str, content: object) -> Problem:
    return Problem(
        file=file,
        found="an empty file" if content is None else reprlib.repr(content)[:80],
        expected="YAML that begins with employers: and lists them below",
        mend="Write the file in the form of a delivered territory's employers.yaml.",
    )


def _own_faults(error: ValidationError) -> list[Any]:
    """Return faults without those of lists that are short only of their faulty entries."""
    return [item for item in error.errors() if item["type"] != "too_short" or not item["input"]]


def _validation_problem(file: str, item: Any) -> Problem:  # noqa: ANN401 - pydantic's own dict
    return Problem(
        file=file,
        field=".".join(str(part) for part in item["loc"]) or None,
        found=reprlib.repr(item["input"])[:80],
        expected=_EXPECTED.get(item["type"], str(item["msg"]).removeprefix("Value error, ")),
        mend="Correct the value, or see the file's description for the keys allowed.",
    )


def _problem(file: str, field: str, found: str, expected: str, mend: str) -> Problem:
    return Problem(file=file, field=field, found=found, expected=expected, mend=mend)


def _repeated_ids(file: str, entries: tuple[EmployerEntry, ...]) -> list[Problem]:
    named = {
        "employers": [entry.id for entry in entries],
        "sites": [site.id for entry in entries for site in entry.sites],
        "teams": [team.id for entry in entries for team in entry.teams],
    }
    return [
        _problem(file, kind, f"id {one!r} {count} times", "each id once", "Rename one.")
        for kind, ids in named.items()
        for one, count in sorted(Counter(ids).items())
        if count > 1
    ]


def _employer(
    entry: EmployerEntry, zones: ZoneSystem, file: str, problems: list[Problem]
) -> Employer:
    core = (parse_clock(entry.core_start), parse_clock(entry.core_end))
    if core[0] > core[1]:
        problems.append(
            _problem(
                file,
                f"{entry.id}.core_end",
                f"{entry.core_end} before core_start {entry.core_start}",
                "core hours that end after they start",
                "Swap or correct the times.",
            )
        )
    return Employer(
        id=entry.id,
        name=entry.name,
        sites=tuple(_site(site, entry.id, zones, file, problems) for site in entry.sites),
        teams=tuple(_team(team, entry, core, file, problems) for team in entry.teams),
        core_start_s=core[0],
        core_end_s=core[1],
    )


def _site(
    entry: SiteEntry, employer_id: str, zones: ZoneSystem, file: str, problems: list[Problem]
) -> Site:
    where = f"{employer_id}.sites.{entry.id}"
    leaves = np.arange(len(zones)) if entry.zone is None else zones.leaves_under(entry.zone)
    if len(leaves) == 0:
        found, expected = f"{entry.zone!r}", "a zone of the zone table"
        problems.append(_problem(file, f"{where}.zone", found, expected, "Correct the id."))
        leaves = np.arange(len(zones))
    away_m = distance_m(entry.lat, entry.lon, zones.lat[leaves], zones.lon[leaves])
    nearest = int(np.argmin(away_m))
    zone_idx = int(leaves[nearest])
    if away_m[nearest] > MAX_SITE_DISTANCE_M:
        problems.append(
            _problem(
                file,
                where,
                f"a place {away_m[nearest] / 1000:.0f} km from the nearest zone",
                f"a place within {MAX_SITE_DISTANCE_M / 1000:.0f} km of a zone's centre",
                "Check that latitude and longitude are not swapped, and the zone if any.",
            )
        )
    return Site(id=entry.id, name=entry.name, lat=entry.lat, lon=entry.lon, zone_idx=zone_idx)


def _team(
    entry: TeamEntry,
    employer: EmployerEntry,
    core: tuple[int, int],
    file: str,
    problems: list[Problem],
) -> Team:
    where = f"{employer.id}.teams.{entry.id}"
    start_s, work_s = parse_clock(entry.start), entry.work_min * 60
    earliest_s = 0 if entry.earliest is None else parse_clock(entry.earliest)
    latest_s = 24 * 3600 if entry.latest is None else parse_clock(entry.latest)
    if entry.movable:
        earliest_s, latest_s = max(earliest_s, core[1] - work_s), min(latest_s, core[0])
    if not earliest_s <= start_s <= latest_s:
        problems.append(
            _problem(
                file,
                f"{where}.start",
                f"{entry.start} with {entry.work_min} minutes of work",
                "a start between earliest and latest, with the core hours inside the working day",
                "Correct the hours, narrow the core hours, or set movable: false.",
            )
        )
    sites = [site.id for site in employer.sites]
    site_id = entry.site if entry.site is not None else sites[0]
    if site_id not in sites or (entry.site is None and len(sites) > 1):
        problems.append(
            _problem(
                file,
                f"{where}.site",
                repr(entry.site),
                f"one of {', '.join(sites)}",
                "Name one of the employer's sites.",
            )
        )
    return Team(
        id=entry.id,
        name=entry.name,
        site_id=site_id,
        headcount=entry.headcount,
        start_s=start_s,
        work_s=work_s,
        earliest_s=earliest_s,
        latest_s=latest_s,
        max_shift_s=entry.max_shift_min * 60,
        telework_share=entry.telework_share,
        movable=entry.movable,
    )
