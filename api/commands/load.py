"""`load`: a territory's or a scenario's morning on its vehicles, run by run."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from api.commands.common import (
    HELP,
    JsonOption,
    LangOption,
    SeedOption,
    example,
    get_state,
)
from api.interrupts import Interruptible
from api.out_folder import require_folder, unwritable
from api.outcome import ExitCode
from api.output import ProgressLine, complain, make_console, print_json
from api.text import get_words
from network.base import InputError, Problem, parse_clock

if TYPE_CHECKING:
    from scenarios.loads import DayLoads

_SMOOTH_GAP, _GAP = 1e-6, 1e-3
"""Gaps asked for by default: costs that jump, or choices that do, need not come nearer."""
_SHOWN = ("trips", "riders", "boardings", "passenger_hours", "above_seats_passenger_hours")
_MORE = ("above_4_per_m2_passenger_hours", "left_behind", "unserved", "iterations")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "load",
        help=HELP("help.load"),
        epilog=example("load plaine-commune --out out/load --capacity hard"),
    )(load)


def load(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(metavar="TERRITORY|SCENARIO.yaml", help=HELP("help.load_territory")),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=HELP("help.load_out"))],
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=HELP("help.date"))
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", metavar="HH:MM", help=HELP("help.load_start"))
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", metavar="HH:MM", help=HELP("help.load_end"))
    ] = None,
    line: Annotated[str | None, typer.Option("--line", help=HELP("help.load_line"))] = None,
    capacity: Annotated[
        str, typer.Option("--capacity", metavar="soft|hard", help=HELP("help.load_capacity"))
    ] = "soft",
    left_behind: Annotated[
        str, typer.Option("--left-behind", metavar="wait|choose", help=HELP("help.load_left"))
    ] = "wait",
    choice: Annotated[
        str, typer.Option("--choice", metavar="logit|least", help=HELP("help.load_choice"))
    ] = "logit",
    gap: Annotated[float | None, typer.Option("--gap", help=HELP("help.load_gap"))] = None,
    max_iterations: Annotated[
        int, typer.Option("--max-iterations", min=1, help=HELP("help.load_iterations"))
    ] = 200,
    factor: Annotated[
        float, typer.Option("--factor", min=0.0, help=HELP("help.load_factor"))
    ] = 1.0,
    flexible: Annotated[
        float, typer.Option("--flexible", min=0.0, max=1.0, help=HELP("help.load_flexible"))
    ] = 0.0,
    dwell: Annotated[bool, typer.Option("--dwell", help=HELP("help.load_dwell"))] = False,
    keep_seats: Annotated[bool, typer.Option("--keep-seats", help=HELP("help.load_seats"))] = False,
    pax_per_row: Annotated[
        float, typer.Option("--pax-per-row", min=0.01, help=HELP("help.load_rows"))
    ] = 2.0,
    seed: SeedOption = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Load a territory's morning on its vehicles."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    problems = _check(gap, start, end, capacity, left_behind, choice, keep_seats)
    day = _read_date(date, problems)
    if problems:
        raise InputError(*problems)
    from scenarios.loads import LoadRequest, find_scenario, run_loads, write_loads, write_page
    from solver.loading.vehicles import (
        Capacity,
        DwellRule,
        LeftBehind,
        RouteChoice,
        RunSettings,
    )

    words = get_words(state.lang)
    smooth = capacity == "soft" and choice == "logit"
    scenario = find_scenario(source)
    if seed is None:
        seed = 0 if scenario is None else scenario.seed
    require_folder(out)
    request = LoadRequest(
        start=start,
        end=end,
        line=line,
        pax_per_row=pax_per_row,
        flexible_share=flexible,
        factor=factor,
        settings=RunSettings(
            choice=RouteChoice(choice),
            capacity=Capacity(capacity),
            left_behind=LeftBehind(left_behind),
            relative_gap=_SMOOTH_GAP if gap is None and smooth else gap or _GAP,
            max_iterations=max_iterations,
            dwell=DwellRule() if dwell else None,
            keep_seats=keep_seats,
            seed=seed,
        ),
    )
    with ProgressLine(words) as shown, Interruptible(shown) as progress:
        loads = run_loads(source, request, service_date=day, progress=progress)
    try:
        files = [*write_loads(loads, out), write_page(loads, out, lang=state.lang)]
    except OSError as error:
        found = f"{error.filename2 or error.filename} cannot be written ({error.strerror})"
        raise unwritable(out, found) from None
    if state.json:
        print_json({**loads.as_dict(), "files": [str(file) for file in files]})
    else:
        _print(loads, state.lang)
    for file in files:
        complain(words("run.written", path=file))
    if loads.loading.converged:
        return ExitCode.FINE
    complain(words("error.not_converged"))
    return ExitCode.NO


def _print(loads: "DayLoads", lang: str) -> None:
    words = get_words(lang)
    found = loads.as_dict()
    table = Table(box=SIMPLE_HEAD, header_style="", expand=True, pad_edge=False)
    table.add_column(words("table.indicator"), ratio=1)
    table.add_column(words("table.value"), justify="right", no_wrap=True)
    for name in (*_SHOWN, *_MORE):
        table.add_row(words(f"load.{name}"), words.number(found[name], 0))
    gap = f"{found['relative_gap']:.1e}"
    table.add_row(words("load.relative_gap"), gap.replace(".", ",") if lang == "fr" else gap)
    table.add_row(words("load.seed"), str(found["seed"]))
    table.add_row(words("load.fullest"), _fullest(found["fullest_run"], lang))
    make_console().print(table)


def _fullest(run: dict[str, Any], lang: str) -> str:
    words = get_words(lang)
    where = f"{run['line']}, {run['from_stop']} → {run['to_stop']}, {run['departure']}"
    return f"{where}: {words.percent(run['load_factor'])}"


def _check(
    gap: float | None,
    start: str | None,
    end: str | None,
    capacity: str,
    left_behind: str,
    choice: str,
    keep_seats: bool,
) -> list[Problem]:
    """Return a problem for each option that makes no sense."""
    problems = []
    if gap is not None and not gap > 0:
        problems.append(_wrong("--gap", f"{gap:g}", "a number above 0, as in 1e-3"))
    for option, value, known in (
        ("--capacity", capacity, ("soft", "hard")),
        ("--left-behind", left_behind, ("wait", "choose")),
        ("--choice", choice, ("logit", "least")),
    ):
        if value not in known:
            problems.append(_wrong(option, repr(value), "one of " + ", ".join(known)))
    clocks = []
    for option, clock in (("--start", start), ("--end", end)):
        if clock is not None:
            try:
                clocks.append(parse_clock(clock))
            except ValueError:
                problems.append(_wrong(option, repr(clock), "a clock time, as in 07:30"))
    if len(clocks) > 1 and clocks[0] >= clocks[1]:
        problems.append(_wrong("--end", f"{end}, not after {start}", "a later time than --start"))
    if keep_seats and capacity == "hard":
        problems.append(_wrong("--keep-seats", "kept seats with hard capacity", "one of the two"))
    return problems


def _read_date(date: str | None, problems: list[Problem]) -> dt.date | None:
    if date is None:
        return None
    try:
        return dt.date.fromisoformat(date)
    except ValueError:
        problems.append(_wrong("--date", repr(date), "a date, as in 2019-03-14"))
        return None


def _wrong(option: str, found: str, expected: str) -> Problem:
    return Problem(
        file=option,
        found=found,
        expected=expected,
        mend=f"Correct {option} or leave it out.",
    )
