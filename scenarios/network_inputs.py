"""What a network is built from: files, parameters, a date; the key that names the result."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import network
from network.base import Problem, no_progress
from network.base.errors import ScenarioInputError
from network.building.inputs import FeedSource
from scenarios.artefacts import hash_inputs
from scenarios.artefacts.folder import FORMAT_VERSION
from scenarios.pack_files import resolve_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network import Network
    from network.base import Progress
    from scenarios.artefacts import FileHash
    from scenarios.parameters import TerritoryFile

LIBRARIES = ("numpy", "pandas", "gtfs-kit", "osmium", "shapely")
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInputs:
    """Files and parameters of a network; ``service_date`` None: the busiest weekday.

    With ``include_next``, trips of the morning after the service date are in it too.
    """

    feeds: tuple[FeedSource, ...]
    service_date: dt.date | None
    osm: Path | None = None
    elevation: Path | None = None
    vehicles: Path | None = None
    max_transfer_s: int = 600
    walk_speed_mps: float = 1.2
    detour: float = 1.3
    include_next: bool = False

    def files(self) -> dict[str, list[Path]]:
        """Return the files by what they are for; each list in the order given."""
        roles: dict[str, list[Path | None]] = {
            "gtfs": [feed.path for feed in self.feeds],
            "osm": [self.osm],
            "elevation": [self.elevation],
            "vehicles": [self.vehicles],
        }
        return {role: [path for path in paths if path] for role, paths in roles.items()}

    def on(self, date: dt.date) -> NetworkInputs:
        """Return the inputs for another date.

        A feed that runs a date of its own runs, instead, the same day of the week in the week
        of its own date: a Sunday is asked for, its Sunday runs.
        """

        def shift(feed: FeedSource) -> FeedSource:
            own = feed.service_date
            if own is None:
                return feed
            days = date.weekday() - own.weekday()
            return replace(feed, service_date=own + dt.timedelta(days=days))

        return replace(self, service_date=date, feeds=tuple(shift(feed) for feed in self.feeds))


def list_inputs(file: TerritoryFile, folder: Path) -> NetworkInputs:
    """Return what a pack's file says about its network."""
    rules = file.network
    feeds = tuple(
        FeedSource(
            path=resolve_path(feed.path, folder),
            prefix=feed.prefix,
            service_date=feed.service_date,
        )
        for feed in rules.feed_files
    )
    named = {"osm": rules.osm, "elevation": rules.elevation, "vehicles": rules.vehicles}
    paths = {
        key: None if text is None else resolve_path(text, folder) for key, text in named.items()
    }
    return NetworkInputs(
        feeds=feeds,
        service_date=file.service_date,
        max_transfer_s=rules.max_transfer_s,
        walk_speed_mps=rules.walk_speed_mps,
        detour=rules.detour,
        osm=paths["osm"],
        elevation=paths["elevation"],
        vehicles=paths["vehicles"],
    )


def hash_network_files(inputs: NetworkInputs, *, memory: Path | None) -> dict[Path, FileHash]:
    """Return the hash of each file of a network; ``memory`` as for :func:`hash_inputs`.

    Raises
    ------
    ScenarioInputError
        If a file cannot be read.
    """
    paths = [path for group in inputs.files().values() for path in group]
    try:
        return hash_inputs(paths, memory=memory)
    except OSError as error:
        raise ScenarioInputError(
            Problem(
                file=str(error.filename or paths[0]),
                found=f"it cannot be read ({type(error).__name__})",
                expected="a file that the network is built from",
                mend="Correct the path, or the file's permissions.",
            )
        ) from None


def describe_inputs(inputs: NetworkInputs, hashes: Mapping[Path, FileHash]) -> dict[str, Any]:
    """Return everything that a network depends on, as plain JSON values.

    Two descriptions are equal exactly when the networks are: files count by name and bytes,
    not by place (but feeds without a prefix may get theirs from the folder's name); the order
    of feeds does not count.
    """
    several = len(inputs.feeds) > 1
    feeds = [
        {
            "name": feed.path.name,
            "folder": feed.path.absolute().parent.name if several and not feed.prefix else "",
            "prefix": feed.prefix,
            "service_date": None if feed.service_date is None else feed.service_date.isoformat(),
            "sha256": hashes[feed.path].sha256,
        }
        for feed in inputs.feeds
    ]
    date = inputs.service_date
    others = {"osm": inputs.osm, "elevation": inputs.elevation, "vehicles": inputs.vehicles}
    return {
        "format": FORMAT_VERSION,
        "builder": builder_version(),
        "feeds": sorted(feeds, key=lambda feed: json.dumps(feed, sort_keys=True)),
        **{
            role: None if path is None else {"name": path.name, "sha256": hashes[path].sha256}
            for role, path in others.items()
        },
        "parameters": describe_parameters(inputs),
        "service_date": None if date is None else date.isoformat(),
        "include_next": inputs.include_next,
    }


def describe_parameters(inputs: NetworkInputs) -> dict[str, Any]:
    """Return the parameters that a network depends on."""
    return {
        "max_transfer_s": inputs.max_transfer_s,
        "walk_speed_mps": inputs.walk_speed_mps,
        "detour": inputs.detour,
    }


def compute_key(description: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a description, hexadecimal."""
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


@cache
def builder_version() -> str:
    """Return a hash of the program's own files that make a network of other files.

    So a network built by other code is never taken for one built by this code.
    """
    folder = Path(network.__file__).parent
    digest = hashlib.sha256(program_version().encode())
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.suffix in (".py", ".csv", ".toml") and place.parts[0] not in ("quality", "routing"):
            digest.update(place.as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def program_version() -> str:
    """Return the version of this distribution, as installed."""
    return library_version("creneau")


def library_version(name: str) -> str:
    """Return the version of an installed distribution, empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def choose_service_date(counts: Mapping[Path, Mapping[dt.date, int]]) -> dt.date:
    """Return the date to build when none is given: the busiest weekday, Monday to Friday.

    The dates on which most feeds run come first, then those with most trips (frequencies not
    expanded), then the earliest. Weekends count only where no weekday is covered.

    Parameters
    ----------
    counts
        Trips by date, of each feed that does not run a date of its own.

    Raises
    ------
    ScenarioInputError
        If no feed covers any date.
    """
    days = {day for feed in counts.values() for day in feed}
    candidates = {day for day in days if day.weekday() < SATURDAY} or days
    if not candidates:
        raise ScenarioInputError(
            Problem(
                file=", ".join(str(path) for path in counts),
                found="no date with service",
                expected="at least one date on which a trip runs",
                mend="Correct calendar.txt and calendar_dates.txt, or give another feed.",
            )
        )

    def rank(day: dt.date) -> tuple[int, int, dt.date]:
        trips = [feed[day] for feed in counts.values() if day in feed]
        return (-len(trips), -sum(trips), day)

    return min(candidates, key=rank)


def find_service_date(inputs: NetworkInputs) -> dt.date:
    """Return the date a network is built for: the one given, else :func:`choose_service_date`."""
    if inputs.service_date is not None:
        return inputs.service_date
    from network.readers import count_service  # as in read_inputs

    own = [feed.service_date for feed in inputs.feeds if feed.service_date is not None]
    others = [feed for feed in inputs.feeds if feed.service_date is None]
    if not others:
        return own[0]
    return choose_service_date({feed.path: count_service(feed.path) for feed in others})


def read_inputs(inputs: NetworkInputs, *, progress: Progress = no_progress) -> Network:
    """Read the files of a network and build it for ``inputs.service_date``.

    Raises
    ------
    NetworkInputError
        If the files leave nothing to build on, or none runs on the date.
    """
    # Readers take a second to import, and an artefact is opened without them.
    from network.readers import default_vehicles, read_network, read_vehicles
    from network.readers.osm import read_streets

    date = find_service_date(inputs)
    vehicles = default_vehicles()
    if inputs.vehicles is not None:
        vehicles = read_vehicles(inputs.vehicles).over(vehicles)
    streets = None
    if inputs.osm is not None:
        streets = read_streets(
            inputs.osm,
            elevation=inputs.elevation,
            walk_speed_mps=inputs.walk_speed_mps,
            progress=progress,
        )
    return read_network(
        inputs.feeds,
        date,
        streets=streets,
        vehicles=vehicles,
        max_walk_s=inputs.max_transfer_s,
        speed_mps=inputs.walk_speed_mps,
        detour=inputs.detour,
        include_next=inputs.include_next,
        progress=progress,
    )
