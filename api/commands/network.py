"""`network check`: what is wrong with feeds and an extract."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.out_folder import require_file, unwritable_file
from api.outcome import ExitCode
from api.output import ProgressLine, complain, make_console, print_json
from api.quality_tables import print_report
from api.text import get_words
from network.base import InputError, Problem


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help=HELP("help.network"), no_args_is_help=True)
    group.command(
        "check",
        help=HELP("help.network_check"),
        epilog=example("network check gtfs.zip city.osm.pbf --html report.html"),
    )(check)
    group.callback()(_group)
    app.add_typer(group, name="network")


def _group() -> None:
    """Keep `check` a command of its group although it is the only one."""


def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help=HELP("help.files"))],
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=HELP("help.check_date"))
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help=HELP("help.check_html"))
    ] = None,
    second_opinion: Annotated[
        bool | None,
        typer.Option("--second-opinion/--no-second-opinion", help=HELP("help.second_opinion")),
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Check feeds and an extract."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    service_date = read_date(date)
    require_file("--html", html)
    from network.quality.check import check_files
    from network.quality.plain import report_as_dict
    from network.readers.kinds import sort_files

    feeds, streets = sort_files(files)
    with ProgressLine(get_words(state.lang)) as progress:
        report, network = check_files(
            feeds,
            streets,
            date=service_date,
            today=find_today(),
            second_opinion=second_opinion,
            progress=progress,
        )
    if html is not None:
        from scenarios.atlas.page import write_check_page

        try:
            write_check_page(html, report, network, lang=state.lang)
        except OSError as error:
            raise InputError(unwritable_file("--html", html, error)) from None
        complain(get_words(state.lang)("check.written", path=html))
    if state.json:
        page = None if html is None else str(html)
        print_json({**report_as_dict(report), "html": page})
    else:
        print_report(make_console(), report, state.lang)
    return ExitCode.FINE if network is not None or not feeds else ExitCode.NO


def read_date(text: str | None) -> dt.date | None:
    """Return the date that was typed.

    Raises
    ------
    InputError
        If it is no date.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            Problem(
                file="--date",
                found=repr(text),
                expected="a date as YYYY-MM-DD",
                mend="Correct --date, or leave it out: a date is chosen.",
            )
        ) from None


def find_today() -> dt.date:
    """Return the user's own day, by which expiry is judged."""
    return dt.date.today()  # noqa: DTZ011
