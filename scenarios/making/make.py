"""From feeds, an extract and zones to a complete pack, or to nothing."""

from __future__ import annotations

import os
import re
import shutil
import uuid
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from network.base import Problem, ProblemLog, SourceClass, no_progress
from network.base.errors import ScenarioInputError
from scenarios.built import obtain_network
from scenarios.making.feeds import choose_feeds
from scenarios.making.pack_text import (
    OUTLINES,
    SOURCES,
    UNKNOWN,
    ZONES,
    NamedFile,
    PackWords,
    format_sources,
    format_territory,
    write_notes,
)
from scenarios.network_inputs import NetworkInputs
from scenarios.network_pack import assemble_pack, tell_as
from scenarios.pack_files import PACK_FILE, read_territory_file
from scenarios.pack_tables import fold_name
from scenarios.zone_people import QUANTITIES
from scenarios.zoning import (
    GridSettings,
    build_grid,
    build_polygon_zones,
    format_geojson,
    format_zone_table,
    place_people,
    read_points,
    read_polygons,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from network import FeedInfo, Network
    from network.base import Progress
    from scenarios.built import BuiltNetwork
    from scenarios.network_pack import NetworkPack
    from scenarios.zoning import ZonePlan

DATA = "data"
"""Folder of a pack that its data are copied to, where that is asked for."""

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRequest:
    """What a pack is to be made from.

    Zones are ``polygons`` where given, else a grid. ``points`` give population and jobs.
    ``copy`` puts the data into the pack; else the pack names them where they are. ``force``
    writes into a folder that is not empty; files of other names stay there.
    """

    folder: Path
    feeds: tuple[Path, ...]
    osm: Path | None = None
    polygons: Path | None = None
    grid: GridSettings | None = None
    points: Path | None = None
    name: str | None = None
    title: str | None = None
    timezone: str | None = None
    service_date: dt.date | None = None
    copy: bool = False
    force: bool = False
    lang: str = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePack:
    """A pack that was made, read back from its files, and what was set aside.

    ``outside`` are the people of points that lie in no zone.
    """

    pack: NetworkPack
    plan: ZonePlan
    log: ProblemLog
    outside: dict[str, float]
    n_outside: int


def make_pack(request: PackRequest, *, progress: Progress = no_progress) -> MadePack:
    """Make a complete pack from files and check that its network can be built.

    The pack appears whole or not at all. The same request gives the same files.

    Raises
    ------
    ScenarioInputError
        If the folder is not empty, a name or a date does not fit, or zones cannot be read.
    NetworkInputError
        If the feeds or the extract leave nothing to build on.
    """
    _check(request)
    name = _choose_name(request)
    tell = tell_as("network", progress)
    log = ProblemLog()
    given = None if request.polygons is None else read_polygons(request.polygons, log)
    points = None if request.points is None else read_points(request.points, log)
    chosen = choose_feeds(request.feeds, request.service_date, progress=tell)
    inputs = NetworkInputs(feeds=chosen.feeds, service_date=chosen.service_date, osm=request.osm)
    built = obtain_network(name, inputs, progress=tell)
    title = request.title or _make_title(request.folder)
    if given is not None and request.polygons is not None:
        plan = build_polygon_zones(request.polygons, given, log, root_name=title)
    else:
        grid = request.grid or GridSettings()
        plan = build_grid(built.network.timetable, grid, root_name=title)
    outside, n_outside = dict.fromkeys(QUANTITIES, 0.0), 0
    if points is not None:
        placed = place_people(plan, points)
        plan, outside, n_outside = placed.plan, placed.outside, placed.n_outside
    words = PackWords(
        name=name,
        title=title,
        timezone=request.timezone or built.network.timetable.timezone,
        lang=request.lang,
    )
    _publish(request, lambda draft: _write(draft, request, built, plan, words))
    file = read_territory_file(request.folder / PACK_FILE)
    pack = assemble_pack(request.folder, file, built)
    return MadePack(pack=pack, plan=plan, log=log, outside=outside, n_outside=n_outside)


def _check(request: PackRequest) -> None:
    """Refuse what cannot come to a pack before anything long is done."""
    problems = []
    folder = request.folder
    if folder.exists() and not folder.is_dir():
        problems.append(
            Problem(
                file=str(folder),
                found="a file of that name",
                expected="a folder to make, or an empty one",
                mend="Name another folder.",
            )
        )
    elif folder.is_dir() and any(folder.iterdir()) and not request.force:
        problems.append(
            Problem(
                file=str(folder),
                found="a folder that is not empty",
                expected="a folder to make, or an empty one",
                mend="Name another folder, or add --force to write into this one.",
            )
        )
    for path in (*request.feeds, request.osm, request.polygons, request.points):
        if path is not None and not path.exists():
            problems.append(
                Problem(
                    file=str(path),
                    found="no such file",
                    expected="a file to make the territory from",
                    mend="Correct the path.",
                )
            )
    if request.timezone is not None:
        try:
            zoneinfo.ZoneInfo(request.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            problems.append(
                Problem(
                    file="--timezone",
                    found=repr(request.timezone),
                    expected="an IANA name, as in Europe/Paris",
                    mend="Correct it, or leave it out: the feed has one.",
                )
            )
    if problems:
        raise ScenarioInputError(*problems)


def _choose_name(request: PackRequest) -> str:
    """Return the pack's name: the one given, else the folder's in lower case and hyphens."""
    resolved = request.folder.absolute()
    name = request.name
    if name is None:
        name = "-".join(re.findall(r"[a-z0-9]+", fold_name(resolved.name).lower()))
    if _NAME.match(name):
        return name
    raise ScenarioInputError(
        Problem(
            file="--name",
            found=repr(name or resolved.name),
            expected="lower case letters, digits and hyphens, as in my-city",
            mend="Give a name with --name.",
        )
    )


def _make_title(folder: Path) -> str:
    words = folder.absolute().name.replace("-", " ").replace("_", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words)


def _publish(request: PackRequest, write: Callable[[Path], None]) -> None:
    """Write the pack into a folder beside its place, then put it there, its own file last."""
    folder = request.folder.absolute()
    draft = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}.unfinished"
    try:
        draft.mkdir(parents=True)
        write(draft)
        if folder.exists():
            files = [path for path in sorted(draft.rglob("*")) if path.is_file()]
            for path in sorted(files, key=lambda path: path.name == PACK_FILE):
                place = folder / path.relative_to(draft)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.replace(place)
        else:
            draft.rename(folder)
    except OSError as error:
        raise ScenarioInputError(
            Problem(
                file=str(error.filename or folder),
                found=f"it cannot be written ({error.strerror or type(error).__name__})",
                expected="a place for the territory",
                mend="Name a folder that may be written to, on a disk with room.",
            )
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(
    draft: Path, request: PackRequest, built: BuiltNetwork, plan: ZonePlan, words: PackWords
) -> None:
    """Write the files of a pack; paths are those of its final place, beside the draft."""
    inputs = built.inputs
    feeds = [feed.path for feed in inputs.feeds]
    names = [_place(path, draft, request, inputs.feeds[i].prefix) for i, path in enumerate(feeds)]
    osm = None if request.osm is None else _place(request.osm, draft, request, "")
    grid_m = None if request.polygons is not None else (request.grid or GridSettings()).cell_m
    notes = write_notes(built.network, inputs, grid_m=grid_m, unknown_people=_unknown(plan))
    files = [
        NamedFile(
            path=names[i],
            role="gtfs",
            hash=built.hashes[path],
            feed=_find_feed(built.network, inputs.feeds[i].prefix),
            agencies=_list_agencies(built.network, inputs.feeds[i].prefix),
        )
        for i, path in enumerate(feeds)
    ]
    if osm is not None and request.osm is not None:
        files.append(NamedFile(path=osm, role="osm", hash=built.hashes[request.osm]))
    texts = {
        PACK_FILE: format_territory(words, inputs, names, osm, notes),
        SOURCES: format_sources(
            request.lang,
            files,
            zones_from=UNKNOWN if grid_m is None else "Squares around the stops in use",
            zones_class=SourceClass.ESTIMATED if grid_m else SourceClass.PUBLISHED,
        ),
        ZONES: format_zone_table(plan),
        OUTLINES: format_geojson(plan),
    }
    for name, text in texts.items():
        (draft / name).write_text(text, encoding="utf-8", newline="\n")


def _place(path: Path, draft: Path, request: PackRequest, prefix: str) -> str:
    """Return how the pack names a data file, copied into the pack where that is asked for."""
    if not request.copy:
        try:
            real = path.parent.resolve() / path.name  # ".." from a link leads elsewhere
            return Path(os.path.relpath(real, request.folder.resolve())).as_posix()
        except ValueError:  # another drive
            return path.absolute().as_posix()
    place = Path(DATA, prefix, path.name)
    (draft / place).parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, draft / place)
    else:
        shutil.copy2(path, draft / place)
    return place.as_posix()


def _find_feed(network: Network, prefix: str) -> FeedInfo | None:
    feeds = network.timetable.feeds
    return next((feed for feed in feeds if feed.prefix == prefix), None)


def _list_agencies(network: Network, prefix: str) -> tuple[str, ...]:
    routes = network.timetable.routes
    own = [i for i, route in enumerate(routes.ids) if not prefix or route.startswith(f"{prefix}:")]
    return tuple(sorted({routes.agencies[i] for i in own if routes.agencies[i]}))


def _unknown(plan: ZonePlan) -> str:
    """Return of how many leaves nobody knows population or jobs: all, some or none."""
    known = [leaf.of(quantity) is not None for leaf in plan.leaves for quantity in QUANTITIES]
    return "none" if all(known) else "some" if any(known) else "all"
