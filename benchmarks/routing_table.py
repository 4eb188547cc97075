"""``python -m benchmarks.routing_table [CITY ...]``: our routing beside other engines'.

One run exports the network once and asks, row by row, every engine the same, one process after
the other. The exit status is 1 where two of our own engines differ.
"""

from __future__ import annotations

import argparse
import json as jsonlib
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cases.routing import CITIES, find_divergences, find_extract, read_city
from benchmarks.peers.compare import (
    Comparison,
    compare,
    compare_sets,
    compare_tables,
    matrix_again,
)
from benchmarks.peers.ends import DoorEnds, draw_doors, draw_pairs, write_ends, write_network
from benchmarks.peers.export import plain_network, write_gtfs
from benchmarks.peers.question import Answers, Questions, write_questions
from benchmarks.peers.run import answer_apart
from benchmarks.registry import Unavailable
from benchmarks.routing_text import as_dict, format_row
from benchmarks.rows import ROWS, Row
from benchmarks.table import describe_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from network.network import Network

SEED = 20240515


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """A row's answers in a city, the comparisons with our first engine, and divergences."""

    row: str
    about: str
    n_questions: int
    answers: tuple[Answers, ...]
    comparisons: tuple[Comparison, ...]
    divergences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CityResult:
    """A city's rows; trips of the day before are left out of what is asked."""

    city: str
    n_stops: int
    n_trips: int
    n_left_out: int
    rows: tuple[RowResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A city ready to be asked about: as read, as exported, and the folder of the export."""

    city: str
    network: Network
    plain: Network
    folder: Path
    python: str


def run_routing(
    cities: Sequence[str] = (),
    *,
    rows: Sequence[str] = (),
    n_questions: int | None = None,
    seed: int = SEED,
    python: str = sys.executable,
    json: bool = False,
) -> int:
    """Set the engines side by side in each city and print the tables.

    Parameters
    ----------
    cities, rows
        Of :data:`CITIES` and :data:`ROWS`; all where empty.
    n_questions
        Questions of each row; the row's own number where None.
    python
        The interpreter that has the peers installed; our own engines run in this one.
    json
        Print one JSON object instead of tables.

    Returns
    -------
    status
        1 where two of our own engines differ or one could not run, else 0.

    Raises
    ------
    ValueError
        If there is no such city or row, or no question is asked.
    """
    chosen = _pick("row", rows, ROWS)
    results, missing = [], {}
    if n_questions is not None and n_questions < 1:
        msg = f"at least one question is needed, not {n_questions}"
        raise ValueError(msg)
    for city in _pick("city", cities, CITIES):
        try:
            network = read_city(city)
        except Unavailable as problem:
            missing[city] = str(problem)
            continue
        result = measure_city(
            city,
            network,
            rows=chosen,
            n_questions=n_questions,
            seed=seed,
            python=python,
            tell=_keep_quiet if json else _print_part,
        )
        results.append(result)
    machine = describe_machine()
    if json:
        found = {"machine": machine, "unavailable": missing, "seed": seed}
        print(jsonlib.dumps({**found, "cities": [as_dict(result) for result in results]}))
    else:
        for city, reason in missing.items():
            print(f"{city}: unavailable, {reason}")
        print(f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['platform']}")
    return 1 if any(row.divergences for result in results for row in result.rows) else 0


def measure_city(
    city: str,
    network: Network,
    *,
    rows: Sequence[str] = tuple(ROWS),
    n_questions: int | None = None,
    seed: int = SEED,
    python: str = sys.executable,
    tell: Callable[[str], None],
) -> CityResult:
    """Ask every engine of every row that this city has; ``tell`` is given each table."""
    plain = plain_network(network)
    with tempfile.TemporaryDirectory(prefix="creneau-routing-") as name:
        folder = Path(name)
        n_left_out = write_gtfs(plain, folder)
        write_network(plain, folder)
        opened = Opened(city=city, network=network, plain=plain, folder=folder, python=python)
        tell(
            f"{city}: {plain.timetable.n_stops} stops, {plain.timetable.n_trips} trips "
            f"({n_left_out} of the day before left out)"
        )
        measured = []
        for row in (ROWS[name] for name in rows):
            if row.cities is None or city in row.cities:
                measured.append(measure_row(row, opened, n_questions or row.n_questions, seed))
                tell(format_row(measured[-1]))
    return CityResult(
        city=city,
        n_stops=plain.timetable.n_stops,
        n_trips=plain.timetable.n_trips,
        n_left_out=n_left_out,
        rows=tuple(measured),
    )


def measure_row(row: Row, opened: Opened, n_questions: int, seed: int) -> RowResult:
    """Ask every engine of a row and compare the answers with those of its first."""
    questions = _draw(row, opened, n_questions, seed)
    if questions.doors:
        find_ends = DoorEnds(opened.plain, questions)
        write_ends([find_ends(number) for number in range(len(questions))], questions)
    write_questions(questions, opened.folder / f"{row.name}.json")
    answers = []
    for engine, about in row.engines.items():
        print(f"{opened.city}: {row.name}: {engine} ...", file=sys.stderr, flush=True)
        interpreter = sys.executable if about.is_own else opened.python
        answers.append(answer_apart(row.name, engine, opened.folder, python=interpreter))
    comparisons = compare_all(row, opened.plain, questions, answers)
    divergences = _divergences(row, answers, comparisons)
    if row.compares == "arrivals":
        divergences += find_divergences(opened.network, questions)
    return RowResult(
        row=row.name,
        about=row.about,
        n_questions=len(questions),
        answers=tuple(answers),
        comparisons=comparisons,
        divergences=tuple(divergences),
    )


def compare_all(
    row: Row, network: Network, questions: Questions, answers: Sequence[Answers]
) -> tuple[Comparison, ...]:
    """Compare every engine of a row that ran with the first."""
    ours = answers[0]
    if ours.unavailable or row.compares == "nothing":
        return ()
    found = []
    for one in answers[1:]:
        about = row.engines[one.engine]
        own_walks = about.walks == "own"
        if one.unavailable:
            continue
        if row.compares == "arrivals":
            found.append(compare(network, questions, ours, one, about.rules, own_walks=own_walks))
        elif row.compares == "sets":
            found.append(compare_sets(ours, one, own_walks=own_walks))
        else:
            again = partial(matrix_again, network, questions, about.rules)
            is_matrix = bool(questions.doors) and about.walks == "given"
            found.append(
                compare_tables(ours, one, own_walks=own_walks, again=again if is_matrix else None)
            )
    return tuple(found)


def _divergences(
    row: Row, answers: Sequence[Answers], comparisons: Sequence[Comparison]
) -> list[str]:
    """Return where our own engines differ by more than a limit of rides, or could not run."""
    first = next(iter(row.engines))
    own = {name: about for name, about in row.engines.items() if about.is_own}
    return [
        f"{one.engine} and {first} differ on {count} answers: {cause}"
        for one in comparisons
        if one.engine in own
        for cause, count in one.causes.items()
        if cause not in {rule.cause for rule in own[one.engine].rules}
    ] + [
        f"{one.engine} could not run: {one.unavailable}"
        for one in answers
        if one.engine in own and one.unavailable
    ]


def _draw(row: Row, opened: Opened, n_questions: int, seed: int) -> Questions:
    plain = opened.plain
    pairs = draw_pairs(plain, n_questions, seed) if row.asks == "pairs" else ()
    doors = draw_doors(plain, n_questions, seed) if row.asks == "doors" else ()
    return Questions(
        folder=str(opened.folder),
        date=plain.timetable.service_date.isoformat(),
        timezone=plain.timetable.timezone,
        departure_s=row.departure_s,
        max_rides=row.max_rides,
        walk_limit_s=plain.footpaths.limit_s,
        pairs=pairs,
        doors=doors,
        access_limit_s=row.access_limit_s,
        speed_mps=plain.footpaths.speed_mps,
        horizon_s=row.horizon_s,
        extract=find_extract(opened.city),
    )


def _print_part(text: str) -> None:
    print(text, end="\n\n", flush=True)


def _keep_quiet(text: str) -> None:
    """Tell nobody."""


def _pick(what: str, names: Sequence[str], known: Mapping[str, object]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in known]
    if unknown:
        msg = f"no {what} {', '.join(unknown)}; there are: {', '.join(known)}"
        raise ValueError(msg)
    return tuple(names) or tuple(known)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return 0, or 1 where our own engines differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing_table")
    parser.add_argument("cities", nargs="*", metavar="CITY", help=f"of {', '.join(CITIES)}")
    parser.add_argument("--rows", default="", help=f"of {','.join(ROWS)}, with commas between")
    parser.add_argument("--questions", type=int, help="of each row")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--python", default=sys.executable, help="interpreter with the peers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        return run_routing(
            options.cities,
            rows=[name for name in options.rows.split(",") if name],
            n_questions=options.questions,
            seed=options.seed,
            python=options.python,
            json=options.json,
        )
    except ValueError as problem:
        parser.error(str(problem))


if __name__ == "__main__":
    sys.exit(main())
