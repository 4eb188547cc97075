"""`territory list`, `build`, `show`, `init` and `fetch`."""

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands import territory_fetch
from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.commands.network import find_today, read_date
from api.out_folder import require_file
from api.outcome import ExitCode
from api.output import ProgressLine, complain, print_json, print_line
from api.territories import (
    PACKAGE,
    describe_built,
    describe_pack,
    print_built,
    print_made,
    print_pack,
    say_cache_trouble,
)
from api.text import choose_language, get_words
from network.base import InputError, Problem
from scenarios.built import Origin
from scenarios.making import PackRequest, make_pack
from scenarios.network_pack import load_network_pack
from scenarios.pack_quality import obtain_report
from scenarios.report import get_catalogue
from scenarios.zoning import GridSettings

if TYPE_CHECKING:
    from network.quality.report import QualityReport
    from scenarios.network_pack import NetworkPack

_HELP = get_catalogue(choose_language(), PACKAGE)

NameArgument = Annotated[str, typer.Argument(metavar="T", help=_HELP("help.name"))]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=_HELP("help.date"))
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help=HELP("help.territory"), no_args_is_help=True)
    group.command(
        "list", help=HELP("help.territory_list"), epilog=example("territory list --json")
    )(list_all)
    group.command(
        "build", help=_HELP("help.build"), epilog=example("territory build plaine-commune")
    )(build)
    group.command(
        "show",
        help=_HELP("help.show"),
        epilog=example("territory show plaine-commune --html map.html"),
    )(show)
    group.command(
        "init",
        help=_HELP("help.init"),
        epilog=example("territory init my-city --gtfs gtfs.zip --osm my-city.osm.pbf"),
    )(init)
    territory_fetch.add_commands(group)
    app.add_typer(group, name="territory")


def list_all(ctx: typer.Context, json: JsonOption = False, lang: LangOption = None) -> int:
    """List the territories."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    words = get_words(state.lang)
    infos = state.engine.list_territories()
    if state.json:
        rows = [
            {
                "name": info.name,
                "title": info.title,
                "path": str(info.path),
                "available": info.available,
                "reason": info.reason,
            }
            for info in infos
        ]
        print_json({"territories": rows})
        return ExitCode.FINE
    for info in infos:
        word = words("territory.available" if info.available else "territory.missing")
        print_line(f"{info.name}  {info.title.get(state.lang, info.name)}  ({word})")
        if info.reason:
            print_line(f"  {info.reason}")
    return ExitCode.FINE


def build(
    ctx: typer.Context,
    territory: NameArgument,
    date: DateOption = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Build a territory's network and keep it."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    service_date = read_date(date)
    started = time.perf_counter()
    with ProgressLine(get_words(state.lang)) as progress:
        pack = load_network_pack(territory, service_date=service_date, progress=progress)
        report, is_new = obtain_report(pack.built, today=find_check_date(pack), progress=progress)
    seconds = time.perf_counter() - started
    if state.json:
        print_json(
            {
                **describe_pack(pack, report),
                "artefact": describe_built(pack.built, seconds),
                "quality_is_new": is_new,
            }
        )
    else:
        print_built(pack, report, seconds, state.lang)
    return ExitCode.NO if pack.built.origin is Origin.IN_MEMORY else ExitCode.FINE


def find_check_date(pack: "NetworkPack") -> dt.date:
    """Return the date as of which a pack's files are checked: today, but for a historical pack."""
    return pack.service_date if pack.file.is_historical else find_today()


def show(
    ctx: typer.Context,
    territory: NameArgument,
    date: DateOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help=_HELP("help.html"))
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Show a territory."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    service_date = read_date(date)
    require_file("--html", html)
    started = time.perf_counter()
    with ProgressLine(get_words(state.lang)) as progress:
        pack = load_network_pack(territory, service_date=service_date, progress=progress)
        report, _ = obtain_report(pack.built, today=find_check_date(pack), progress=progress)
    seconds = time.perf_counter() - started
    for line in say_cache_trouble(pack.built, state.lang):
        complain(line)
    if html is not None:
        _write_page(html, pack, report, state.lang)
        complain(get_catalogue(state.lang, PACKAGE)("show.written", path=html))
    if state.json:
        print_json(
            {
                **describe_pack(pack, report),
                "artefact": describe_built(pack.built, seconds),
                "html": None if html is None else str(html),
            }
        )
    else:
        print_pack(pack, report, state.lang)
    return ExitCode.FINE


def init(
    ctx: typer.Context,
    places: Annotated[list[Path], typer.Argument(metavar="DIR", help=_HELP("help.folder"))],
    gtfs: Annotated[
        list[Path] | None, typer.Option("--gtfs", metavar="FEED...", help=_HELP("help.gtfs"))
    ] = None,
    osm: Annotated[
        Path | None, typer.Option("--osm", metavar="EXTRACT", help=_HELP("help.osm"))
    ] = None,
    zones: Annotated[
        Path | None, typer.Option("--zones", metavar="GEOJSON", help=_HELP("help.zones"))
    ] = None,
    grid: Annotated[
        float | None, typer.Option("--grid", metavar="METRES", help=_HELP("help.grid"))
    ] = None,
    points: Annotated[
        Path | None, typer.Option("--points", metavar="CSV", help=_HELP("help.points"))
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help=_HELP("help.pack_name"))
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help=_HELP("help.title"))
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="TZ", help=_HELP("help.timezone"))
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=_HELP("help.init_date"))
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help=_HELP("help.copy"))] = False,
    force: Annotated[bool, typer.Option("--force", help=_HELP("help.force"))] = False,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Make a territory from files."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    folder, *more = places
    feeds = (*(gtfs or ()), *more)  # "--gtfs a b" leaves b among the places
    _check_options(feeds, zones, grid)
    request = PackRequest(
        folder=folder,
        feeds=feeds,
        osm=osm,
        polygons=zones,
        grid=None if grid is None else GridSettings(cell_m=grid),
        points=points,
        name=name,
        title=title,
        timezone=timezone,
        service_date=read_date(date),
        copy=copy,
        force=force,
        lang=state.lang,
    )
    started = time.perf_counter()
    with ProgressLine(get_words(state.lang)) as progress:
        made = make_pack(request, progress=progress)
        report, _ = obtain_report(made.pack.built, today=find_today(), progress=progress)
    seconds = time.perf_counter() - started
    for line in say_cache_trouble(made.pack.built, state.lang):
        complain(line)
    if state.json:
        print_json(
            {
                **describe_pack(made.pack, report),
                "artefact": describe_built(made.pack.built, seconds),
                "points_outside": {"points": made.n_outside, **made.outside},
                "made_set_aside": dict(made.log.counts),
            }
        )
    else:
        print_made(made, report, state.lang)
    return ExitCode.FINE


def _write_page(path: Path, pack: "NetworkPack", report: "QualityReport", lang: str) -> None:
    """Write the page with the map.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from scenarios.atlas.page import write_territory_page
    from scenarios.pack_view import build_view

    view = build_view(pack, report)
    try:
        write_territory_page(path, view, lang=lang)
    except OSError as error:
        raise InputError(
            Problem(
                file="--html",
                found=f"{path}: it cannot be written ({error.strerror or type(error).__name__})",
                expected="a file that may be written to, on a disk with room",
                mend="Choose another place.",
            )
        ) from None


def _check_options(feeds: tuple[Path, ...], zones: Path | None, grid: float | None) -> None:
    """Refuse options that do not go together.

    Raises
    ------
    InputError
        Without a feed, or with both polygons and a grid.
    """
    problems = []
    if not feeds:
        problems.append(
            Problem(
                file="--gtfs",
                found="no feed",
                expected="at least one GTFS feed, a zip file or a folder",
                mend="Add --gtfs FEED.",
            )
        )
    if zones is not None and grid is not None:
        problems.append(
            Problem(
                file="--zones, --grid",
                found="both",
                expected="either polygons or the size of a grid",
                mend="Leave one of them out.",
            )
        )
    if problems:
        raise InputError(*problems)
