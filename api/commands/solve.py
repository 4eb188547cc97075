"""`solve`: a staggering problem from its file to a plan with a proven bound."""

import json as jsonlib
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
from api.commands.solve_response import judge_plan, places_of, print_judgement
from api.commands.solve_robust import Solved, check_options, print_robust, read_ask
from api.engines_left import end_despite_engines
from api.interrupts import Interruptible
from api.native_output import native_output_to_errors
from api.out_folder import require_file, unwritable_file
from api.outcome import ExitCode
from api.output import ProgressLine, complain, make_console, print_json, to_json
from api.staggering_files import read_document, read_problem
from api.text import get_words
from network.base import Cancelled, InputError, Problem

if TYPE_CHECKING:
    from solver.staggering import StaggeringResult, WarmStart

_DIGITS = {"peak_load_factor": 3, "largest_burden_min": 2, "mip_gap": 4}
_MOVES_SHOWN = 20


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "solve",
        help=HELP("help.solve"),
        epilog=example("solve problem.json --time-limit 60 --gap 0.005 --out plan.json"),
    )(solve)


def solve(
    ctx: typer.Context,
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM", help=HELP("help.solve_problem"))],
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", help=HELP("help.solve_time_limit"))
    ] = 60.0,
    gap: Annotated[float, typer.Option("--gap", metavar="G", help=HELP("help.solve_gap"))] = 1e-3,
    goal: Annotated[
        str, typer.Option("--goal", metavar="GOAL", help=HELP("help.solve_goal"))
    ] = "cost",
    routes: Annotated[
        str, typer.Option("--routes", metavar="joint|fixed", help=HELP("help.solve_routes"))
    ] = "joint",
    start: Annotated[
        Path | None, typer.Option("--start", metavar="PLAN", help=HELP("help.solve_start"))
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=HELP("help.solve_out"))
    ] = None,
    pareto: Annotated[
        str | None, typer.Option("--pareto", metavar="AIM", help=HELP("help.solve_pareto"))
    ] = None,
    points: Annotated[
        int, typer.Option("--points", min=2, max=50, help=HELP("help.solve_points"))
    ] = 5,
    compare: Annotated[bool, typer.Option("--compare", help=HELP("help.solve_compare"))] = False,
    credits: Annotated[bool, typer.Option("--credits", help=HELP("help.solve_credits"))] = False,
    windows: Annotated[
        int | None, typer.Option("--windows", min=1, metavar="N", help=HELP("help.solve_windows"))
    ] = None,
    robust: Annotated[
        str | None,
        typer.Option("--robust", metavar="expected|worst-case", help=HELP("help.solve_robust")),
    ] = None,
    compliance: Annotated[
        str | None,
        typer.Option("--compliance", metavar="SHARES", help=HELP("help.solve_compliance")),
    ] = None,
    scenarios: Annotated[
        Path | None,
        typer.Option("--scenarios", metavar="FILE", help=HELP("help.solve_scenarios")),
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", min=0, metavar="N", help=HELP("help.solve_budget"))
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
    seed: SeedOption = None,
) -> int:
    """Solve a staggering problem."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    from solver.staggering import Objective, RouteForm, SolveSettings, solve_staggering
    from solver.staggering.documents.plan_document import read_start
    from solver.staggering.pareto import Aim, find_pareto_front

    words = get_words(state.lang)
    asked = {
        "form": _one_of("--routes", routes, [str(form) for form in RouteForm]),
        "objective": _one_of("--goal", goal, [str(aim) for aim in Objective]),
    }
    settings = SolveSettings(
        time_limit_s=time_limit,
        gap=gap,
        seed=seed or 0,
        form=RouteForm(asked["form"]),
        objective=Objective(asked["objective"]),
    )
    aim = None if pareto is None else Aim(_one_of("--pareto", pareto, [str(a) for a in Aim]))
    check_options(
        robust,
        scenarios=scenarios,
        compliance=compliance,
        budget=budget,
        others={
            "--goal": goal != Objective.COST,
            "--pareto": aim is not None,
            "--start": start is not None,
        },
    )
    require_file("--out", out)
    read = read_problem(problem)
    ask = read_ask(robust, read, scenarios=scenarios, compliance=compliance, budget=budget)
    places = places_of(read, windows)
    warm: WarmStart | None = None
    if start is not None:
        warm = read_start(read_document(start), read, file=str(start))
    found: Solved | None = None
    front: list[dict[str, Any]] | None = None
    judged: dict[str, Any] = {}
    is_stopped = False
    try:
        with (
            native_output_to_errors(),
            ProgressLine(words) as shown,
            Interruptible(shown) as progress,
        ):
            if ask is None:
                result = solve_staggering(read, settings=settings, start=warm, progress=progress)
                found = Solved(problem=read, result=result)
            else:
                found = ask.solve(read, settings, progress)
            if aim is not None and found.result.x is not None:
                points_found = find_pareto_front(
                    read, aim, n_points=points, settings=settings, progress=progress
                )
                front = [point.as_dict() for point in points_found]
            if found.result.x is not None and (compare or credits):
                judged = judge_plan(
                    read,
                    found.to_judge(),
                    compare=compare,
                    credits=credits,
                    places=places,
                    seed=seed or 0,
                    progress=progress,
                )
    except Cancelled:
        if found is None:
            raise
        is_stopped = True  # the plan found so far is shown all the same
    document = {**found.as_document(), **judged}
    if front is not None:
        document["pareto"] = front
    if out is not None:
        written = found.as_document(with_routes=True)
        _write(out, {**written, "pareto": front, **judged})
    if state.json:
        print_json({**document, "file": None if out is None else str(out)})
    else:
        _print(document, state.lang)
        print_robust(document, state.lang)
        print_judgement(document, state.lang)
    if out is not None:
        complain(words("solve.written", path=out))
    status = _judge(found.result, state.lang, is_stopped=is_stopped)
    end_despite_engines(status)  # a time limit may leave a linear program running in its thread
    return status


def _one_of(option: str, given: str, known: list[str]) -> str:
    if given in known:
        return given
    raise InputError(
        Problem(
            file=option,
            found=repr(given),
            expected="one of " + ", ".join(known),
            mend=f"Correct {option} or leave it out.",
        )
    )


def _write(path: Path, document: dict[str, Any]) -> None:
    text = jsonlib.dumps(to_json(document), ensure_ascii=False, allow_nan=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(unwritable_file("--out", path, error)) from None


def _judge(result: "StaggeringResult", lang: str, *, is_stopped: bool) -> ExitCode:
    words = get_words(lang)
    if result.reason:
        complain(result.reason_fr if lang == "fr" else result.reason)
    if is_stopped:
        complain(words("solve.stopped" if result.x is not None else "error.interrupted"))
        return ExitCode.INTERRUPTED
    if result.x is None:
        if not result.reason:
            complain(words("solve.no_plan_in_time"))
        return ExitCode.NO
    return ExitCode.FINE


def _print(document: dict[str, Any], lang: str) -> None:
    words = get_words(lang)
    table = Table(box=SIMPLE_HEAD, header_style="", expand=True, pad_edge=False)
    table.add_column(words("table.indicator"), ratio=1)
    table.add_column(words("table.value"), justify="right", no_wrap=True)
    table.add_column(words("table.unit"))
    table.add_row(words("solve.status"), words.find("solve_status", document["status"]), "")
    unit = words.find("solve_goal_unit", document["goal"])
    for name in ("objective", "best_bound"):
        table.add_row(words(f"solve.{name}"), _format(name, document[name], lang), unit)
    gap = document["mip_gap"]
    table.add_row(
        words("solve.mip_gap"), _format("mip_gap", None if gap is None else 100 * gap, lang), "%"
    )
    table.add_row(words("solve.seconds"), _format("seconds", document["seconds"], lang), "s")
    for name, value in document["measures"].items():
        if value is not None:
            unit = words.find("solve_unit", document["units"][name])
            table.add_row(words(f"solve.{name}"), _format(name, value, lang), unit)
    make_console().print(table)
    note = document["bound_note_fr" if lang == "fr" else "bound_note"]
    if note:
        make_console().print(note)
    _print_moves(document, lang)
    if document.get("pareto"):
        _print_front(document["pareto"], lang)


def _print_moves(document: dict[str, Any], lang: str) -> None:
    words = get_words(lang)
    moves = [
        (row, start)
        for row in document["plan"]
        for start in row["starts"]
        if start["start_s"] != row["from_s"]
    ]
    if not moves:
        return
    moves.sort(key=lambda move: -move[0]["people"] * move[1]["share"])
    table = Table(box=SIMPLE_HEAD, header_style="", expand=True, pad_edge=False)
    table.add_column(words("solve.cohort"), ratio=1)
    table.add_column(words("solve.people"), justify="right")
    table.add_column(words("solve.from"), justify="right")
    table.add_column(words("solve.to"), justify="right")
    for row, start in moves[:_MOVES_SHOWN]:
        people = words.number(row["people"] * start["share"], 0)
        table.add_row(row["cohort"], people, _clock(row["from_s"]), _clock(start["start_s"]))
    make_console().print(table)
    if len(moves) > _MOVES_SHOWN:
        complain(words("solve.more_moves", count=len(moves) - _MOVES_SHOWN))


def _print_front(front: list[dict[str, Any]], lang: str) -> None:
    words = get_words(lang)
    table = Table(box=SIMPLE_HEAD, header_style="", expand=True, pad_edge=False)
    for name in ("limit", "objective", "best_bound", "aim"):
        table.add_column(words(f"solve.{name}"), justify="right")
    for point in front:
        names = ("limit", "objective", "best_bound", "value")
        table.add_row(*(_format("peak_load_factor", point[name], lang) for name in names))
    make_console().print(table)


def _format(name: str, value: float | None, lang: str) -> str:
    return "–" if value is None else get_words(lang).number(value, _DIGITS.get(name, 1))


def _clock(seconds: int) -> str:
    sign, minutes = ("-", -seconds // 60) if seconds < 0 else ("", seconds // 60)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
