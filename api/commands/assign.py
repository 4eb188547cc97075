"""`assign`: trips to the roads of a test network, to an equilibrium or an optimum."""

import csv as csvlib
import os
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.interrupts import Interruptible
from api.out_folder import find_unwritable, unwritable_file
from api.outcome import ExitCode
from api.output import ProgressLine, complain, make_console, print_json
from api.text import get_words
from network.base import Figure, InputError, Problem, SourceClass
from scenarios.report import get_catalogue

if TYPE_CHECKING:
    from network.roads import RoadNetwork, TripTable
    from solver.loading.road import RoadResult

_PAIRS_GIVEN, _PAIRS_SHOWN = 1000, 5
_ESTIMATED, _OBSERVED = SourceClass.ESTIMATED, SourceClass.OBSERVED
_DIGITS = {"max_flow_difference": 3, "seconds": 4, "iterations": 0}
_SMALL = 1e-3
_OTHER_TOTAL = 0.01


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "assign",
        help=HELP("help.assign"),
        epilog=example("assign --net city_net.tntp --trips city_trips.tntp --gap 1e-6"),
    )(assign)


def assign(
    ctx: typer.Context,
    net: Annotated[Path, typer.Option("--net", metavar="FILE", help=HELP("help.assign_net"))],
    trips: Annotated[Path, typer.Option("--trips", metavar="FILE", help=HELP("help.assign_trips"))],
    flow: Annotated[
        Path | None, typer.Option("--flow", metavar="FILE", help=HELP("help.assign_flow"))
    ] = None,
    gap: Annotated[float, typer.Option("--gap", help=HELP("help.assign_gap"))] = 1e-6,
    system_optimum: Annotated[
        bool, typer.Option("--system-optimum", help=HELP("help.assign_optimum"))
    ] = False,
    toll_factor: Annotated[
        float | None, typer.Option("--toll-factor", help=HELP("help.assign_toll_factor"))
    ] = None,
    distance_factor: Annotated[
        float | None, typer.Option("--distance-factor", help=HELP("help.assign_distance_factor"))
    ] = None,
    max_iterations: Annotated[
        int, typer.Option("--max-iterations", min=1, help=HELP("help.assign_iterations"))
    ] = 10_000,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help=HELP("help.assign_threads"))
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help=HELP("help.assign_csv"))
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Assign trips to roads."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    _check(gap, csv, {"--toll-factor": toll_factor, "--distance-factor": distance_factor})
    from network.readers.tntp import read_tntp_flows, read_tntp_network, read_tntp_trips
    from network.roads import match_flows, match_zones
    from solver.loading.road import Objective, load_kernels, solve_road

    words = get_words(state.lang)
    with ProgressLine(words) as shown, Interruptible(shown) as progress:
        progress("road files", 0, 1)
        network, table = read_tntp_network(net), read_tntp_trips(trips)
        network, table = match_zones(network, table, file=trips.name)
        network = _weigh(network, toll_factor, distance_factor)
        known = None
        if flow is not None:
            known = match_flows(network, read_tntp_flows(flow), file=flow.name).volume
        progress("road kernels", 0, 1)
        load_kernels()
        try:
            result = solve_road(
                network,
                table,
                objective=(
                    Objective.SYSTEM_OPTIMUM if system_optimum else Objective.USER_EQUILIBRIUM
                ),
                gap=gap,
                max_iterations=max_iterations,
                threads=threads or os.cpu_count() or 1,
                progress=progress,
            )
        except InputError as error:
            raise _of_files(error, {"network": net.name, "trips": trips.name}) from None
    figures = list_figures(result)
    if known is not None:
        difference = float(abs(result.flow - known).max())
        figures["max_flow_difference"] = _figure(difference, "vehicles")
    if csv is not None:
        _write_flows(csv, network, result)
    if state.json:
        print_json({**_as_dict(network, result, figures), "csv": None if csv is None else str(csv)})
    else:
        _print(figures, state.lang)
    for line in [*_say_of_trips(table, state.lang), *_say(network, result, state.lang)]:
        complain(line)
    if csv is not None:
        complain(words("assign.written", path=csv))
    return ExitCode.FINE if result.converged else ExitCode.NO


def list_figures(result: "RoadResult") -> dict[str, Figure]:
    """Return what an assignment found, by name, with units and source classes."""
    total = "vehicles x time"
    lost = result.unreachable
    return {
        "objective": _figure(result.objective, total),
        "total_travel_time": _figure(result.total_travel_time, total),
        "total_cost": _figure(result.total_cost, total),
        "relative_gap": _figure(result.relative_gap, "share"),
        "iterations": _figure(result.iterations, "iterations", _OBSERVED),
        "seconds": _figure(result.seconds, "s", _OBSERVED),
        "assigned_trips": _figure(result.assigned_trips, "vehicles", _OBSERVED),
        "intrazonal_trips": _figure(result.intrazonal_trips, "vehicles", _OBSERVED),
        "unreachable_trips": _figure(lost.total, "vehicles", _OBSERVED),
    }


def _figure(value: float, unit: str, origin: SourceClass = _ESTIMATED) -> Figure:
    return Figure(value=value, unit=unit, source_class=origin)


def _as_dict(
    network: "RoadNetwork", result: "RoadResult", figures: dict[str, Figure]
) -> dict[str, Any]:
    """Return one JSON object: the figures by name, then their units and classes."""
    lost = result.unreachable
    named = zip(*_pairs(network, result, _PAIRS_GIVEN), lost.trips, strict=False)
    return {
        "kind": str(result.kind),
        "converged": result.converged,
        **{name: figure.value for name, figure in figures.items()},
        "units": {name: figure.unit for name, figure in figures.items()},
        "source_classes": {name: str(figure.source_class) for name, figure in figures.items()},
        "gaps": list(result.history),
        "closed_links": int(result.closed.sum()),
        "unreachable_pairs": len(lost.trips),
        "unreachable": [{"origin": o, "destination": d, "trips": float(t)} for o, d, t in named],
    }


def _print(figures: dict[str, Figure], lang: str) -> None:
    words = get_words(lang)
    classes = get_catalogue(lang)
    table = Table(box=SIMPLE_HEAD, header_style="", expand=True, pad_edge=False)
    table.add_column(words("table.indicator"), ratio=1)
    table.add_column(words("table.value"), justify="right", no_wrap=True)
    table.add_column(words("table.unit"))
    table.add_column(words("table.class"))
    for name, figure in figures.items():
        table.add_row(
            words(f"assign.{name}"),
            _format(name, figure.value, lang),
            words.find("assign_unit", figure.unit),
            classes.find("class", figure.source_class),
        )
    make_console().print(table)


def _format(name: str, value: float, lang: str) -> str:
    words = get_words(lang)
    if name == "relative_gap" or 0 < value < _SMALL:
        text = f"{value:.2e}"
        return text.replace(".", ",") if lang == "fr" else text
    return words.number(value, _DIGITS.get(name, 1))


def _pairs(network: "RoadNetwork", result: "RoadResult", most: int) -> tuple[list[int], list[int]]:
    """Return the zones' numbers of the first pairs no path serves: origins, destinations."""
    lost = result.unreachable
    origin, destination = (network.node_numbers[z[:most]] for z in (lost.origin, lost.destination))
    return origin.tolist(), destination.tolist()


def _say(network: "RoadNetwork", result: "RoadResult", lang: str) -> list[str]:
    """Return what a person should know beside the figures."""
    words = get_words(lang)
    lines = []
    lost = result.unreachable
    if len(lost.trips):
        pairs = zip(*_pairs(network, result, _PAIRS_SHOWN), strict=True)
        shown = ", ".join(f"{o} → {d}" for o, d in pairs)
        more = " …" if len(lost.trips) > _PAIRS_SHOWN else ""
        lines.append(words("assign.unreachable", count=len(lost.trips), pairs=shown + more))
    if result.closed.any():
        lines.append(words("assign.closed", count=int(result.closed.sum())))
    if not result.converged:
        lines.append(words("error.not_converged"))
    return lines


def _say_of_trips(trips: "TripTable", lang: str) -> list[str]:
    """Return what is odd about a trip table that is used all the same."""
    words, stated = get_words(lang), trips.stated_total
    if stated is None or abs(trips.total - stated) <= _OTHER_TOTAL * stated:
        return []
    total = words.number(trips.total, 1)
    return [words("assign.other_total", stated=words.number(stated, 1), total=total)]


def _weigh(network: "RoadNetwork", toll: float | None, distance: float | None) -> "RoadNetwork":
    """Return the network with the factors asked for in place of its file's."""
    return replace(
        network,
        toll_factor=network.toll_factor if toll is None else toll,
        distance_factor=network.distance_factor if distance is None else distance,
    )


def _of_files(error: InputError, names: dict[str, str]) -> InputError:
    """Say of which file each problem is: the solver knows only what kind it is."""
    return InputError(
        *(
            replace(problem, file=names.get(problem.file, problem.file))
            for problem in error.problems
        )
    )


def _check(gap: float, csv: Path | None, factors: dict[str, float | None]) -> None:
    problems = [
        Problem(
            file=option,
            found=f"{factor:g}",
            expected="a finite number, as in 0.02",
            mend=f"Correct {option} or leave it out.",
        )
        for option, factor in factors.items()
        if factor is not None and not isfinite(factor)
    ]
    if not gap > 0:
        problems.append(
            Problem(
                file="--gap",
                found=f"{gap:g}",
                expected="a number above 0, as in 1e-6",
                mend="Correct --gap or leave it out.",
            )
        )
    wrong = None if csv is None else find_unwritable("--csv", csv)
    if wrong is not None:
        problems.append(wrong)
    if problems:
        raise InputError(*problems)


def _write_flows(path: Path, network: "RoadNetwork", result: "RoadResult") -> None:
    """Write a row for each link, in the network's order; a closed link has neither time nor cost.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    numbers = network.node_numbers
    columns = (numbers[network.tail], numbers[network.head], result.flow, result.time, result.cost)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csvlib.writer(file)
            rows.writerow(("init_node", "term_node", "flow", "time", "cost"))
            for *row, closed in zip(*(c.tolist() for c in columns), result.closed, strict=True):
                rows.writerow([*row[:3], "", ""] if closed else row)
    except OSError as error:
        raise InputError(unwritable_file("--csv", path, error)) from None
