"""``python -m benchmarks.routing_table [CITY ...]``: our routing beside other engines'.

One run exports the network once, asks every engine the same pairs of stops, one process after
the other, and prints agreement, causes of disagreement, times and ratios. The exit status is 1
where two of our own engines differ.
"""

from __future__ import annotations

import argparse
import json as jsonlib
import pickle
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cases.routing import CITIES, find_divergences, find_extract, read_city
from benchmarks.peers.compare import Comparison, compare, draw_pairs
from benchmarks.peers.engines import ENGINES, RAPTOR
from benchmarks.peers.export import plain_network, write_gtfs
from benchmarks.peers.question import NO_ARRIVAL, Answers, Questions, write_questions
from benchmarks.peers.run import answer_apart
from benchmarks.registry import Unavailable
from benchmarks.table import describe_machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.network import Network

N_PAIRS = 500
SEED = 20240515
DEPARTURE_S = 8 * 3600
MAX_RIDES = 5
_HEADINGS = (
    "engine",
    "agree",
    "with its rules",
    "median ms",
    "p95 ms",
    "CPU median ms",
    "CPU x raptor",
    "open s",
    "memory MiB",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CityResult:
    """A city's answers, comparisons with RAPTOR, and where our own engines differ."""

    city: str
    n_stops: int
    n_trips: int
    n_pairs: int
    n_left_out: int
    answers: tuple[Answers, ...]
    comparisons: tuple[Comparison, ...]
    divergences: tuple[str, ...]


def run_routing(
    cities: Sequence[str] = tuple(CITIES),
    *,
    n_pairs: int = N_PAIRS,
    seed: int = SEED,
    python: str = sys.executable,
    json: bool = False,
) -> int:
    """Set the engines side by side in each city and print the tables.

    Parameters
    ----------
    python
        The interpreter that has the peers installed; our own engines run in this one.
    json
        Print one JSON object instead of tables.

    Returns
    -------
    status
        1 where two of our own engines differ or one could not run, else 0.
    """
    results, missing = [], {}
    for city in cities:
        try:
            network = read_city(city)
        except Unavailable as problem:
            missing[city] = str(problem)
            continue
        results.append(measure_city(city, network, n_pairs=n_pairs, seed=seed, python=python))
    if json:
        found = {"machine": describe_machine(), "unavailable": missing}
        print(jsonlib.dumps({**found, "cities": [as_dict(result) for result in results]}))
    else:
        for result in results:
            print(format_city(result), end="\n\n")
        for city, reason in missing.items():
            print(f"{city}: unavailable, {reason}")
        machine = describe_machine()
        print(f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['platform']}")
    return 1 if any(result.divergences for result in results) else 0


def measure_city(
    city: str, network: Network, *, n_pairs: int, seed: int, python: str = sys.executable
) -> CityResult:
    """Ask every engine and compare the answers with RAPTOR's."""
    plain = plain_network(network)
    pairs = draw_pairs(plain, n_pairs, seed)
    with tempfile.TemporaryDirectory(prefix="creneau-routing-") as name:
        folder = Path(name)
        questions = Questions(
            folder=str(folder),
            date=plain.timetable.service_date.isoformat(),
            timezone=plain.timetable.timezone,
            departure_s=DEPARTURE_S,
            max_rides=MAX_RIDES,
            walk_limit_s=plain.footpaths.limit_s,
            pairs=pairs,
            extract=find_extract(city),
        )
        n_left_out = write_gtfs(plain, folder)
        (folder / "network.pickle").write_bytes(pickle.dumps(plain))
        write_questions(questions, folder / "questions.json")
        answers = []
        for engine, about in ENGINES.items():
            print(f"{city}: {engine} ...", file=sys.stderr, flush=True)
            interpreter = sys.executable if about.is_own else python
            answers.append(answer_apart(engine, folder, python=interpreter))
    comparisons = compare_all(plain, questions, answers)
    divergences = find_divergences(network, pairs, DEPARTURE_S)
    divergences += [
        f"{one.engine} and {RAPTOR} differ on {count} pairs: {cause}"
        for one in comparisons
        for cause, count in one.causes.items()
        if ENGINES[one.engine].is_own
        and cause not in {rule.cause for rule in ENGINES[one.engine].rules}
    ]
    divergences += [
        f"{one.engine} could not run: {one.unavailable}"
        for one in answers
        if ENGINES[one.engine].is_own and one.unavailable
    ]
    return CityResult(
        city=city,
        n_stops=plain.timetable.n_stops,
        n_trips=plain.timetable.n_trips,
        n_pairs=len(pairs),
        n_left_out=n_left_out,
        answers=tuple(answers),
        comparisons=comparisons,
        divergences=tuple(divergences),
    )


def compare_all(
    network: Network, questions: Questions, answers: Sequence[Answers]
) -> tuple[Comparison, ...]:
    """Compare every engine that ran with RAPTOR."""
    (ours,) = [one for one in answers if one.engine == RAPTOR]
    if ours.unavailable:
        return ()
    return tuple(
        compare(network, questions, ours, one, about.rules, own_walks=about.own_walks)
        for one, about in ((one, ENGINES[one.engine]) for one in answers)
        if one.engine != RAPTOR and not one.unavailable
    )


def format_city(result: CityResult) -> str:
    """Format a city's engines, the causes of disagreement with examples, and divergences."""
    comparisons = {one.engine: one for one in result.comparisons}
    ours_ms = _median_ms(next(one for one in result.answers if one.engine == RAPTOR).cpu_s)
    cells = [_HEADINGS]
    for one in result.answers:
        if one.unavailable:
            continue
        beside = comparisons.get(one.engine)
        cells.append(
            (
                one.engine,
                f"{beside.n_agreed}/{beside.n_pairs}" if beside else "-",
                f"{beside.n_explained}/{beside.n_pairs}" if beside else "-",
                f"{_median_ms(one.query_s):.3g}",
                f"{_p95_ms(one.query_s):.3g}",
                f"{_median_ms(one.cpu_s):.3g}",
                f"{_median_ms(one.cpu_s) / ours_ms:.2f}" if ours_ms else "-",
                f"{one.build_s:.2f}",
                f"{one.memory_mib:.0f}",
            )
        )
    widths = [max(len(row[i]) for row in cells) for i in range(len(_HEADINGS))]
    lines = [
        f"{result.city}: {result.n_stops} stops, {result.n_trips} trips "
        f"({result.n_left_out} of the day before left out), {result.n_pairs} pairs"
    ]
    lines += [
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in cells
    ]
    lines += [
        f"{one.engine}: unavailable, {one.unavailable}" for one in result.answers if one.unavailable
    ]
    for beside in result.comparisons:
        lines += [f"{beside.engine}: {n} x {cause}" for cause, n in beside.causes.items()]
        lines += [
            f"  s{d.pair[0]} to s{d.pair[1]}: {RAPTOR} {_clock(d.ours_s)}, "
            f"{beside.engine} {_clock(d.peer_s)} ({d.cause})"
            for d in beside.examples()
        ]
    return "\n".join(lines + [f"DIVERGENCE: {text}" for text in result.divergences])


def as_dict(result: CityResult) -> dict[str, Any]:
    """Return a result as JSON values, with medians and p95 beside the single times."""
    return {
        **asdict(result),
        "answers": [
            {
                **asdict(one),
                "median_ms": _median_ms(one.query_s),
                "p95_ms": _p95_ms(one.query_s),
                "cpu_median_ms": _median_ms(one.cpu_s),
            }
            for one in result.answers
        ],
    }


def _median_ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000 if seconds else 0.0


def _p95_ms(seconds: Sequence[float]) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] * 1000 if ordered else 0.0


def _clock(seconds: int) -> str:
    if seconds == NO_ARRIVAL:
        return "none"
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return 0, or 1 where our own engines differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing_table")
    parser.add_argument("cities", nargs="*", metavar="CITY", help=f"of {', '.join(CITIES)}")
    parser.add_argument("--pairs", type=int, default=N_PAIRS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--python", default=sys.executable, help="interpreter with the peers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    unknown = [city for city in options.cities if city not in CITIES]
    if unknown:
        parser.error(f"no city {', '.join(unknown)}; there are: {', '.join(CITIES)}")
    return run_routing(
        options.cities or tuple(CITIES),
        n_pairs=options.pairs,
        seed=options.seed,
        python=options.python,
        json=options.json,
    )


if __name__ == "__main__":
    sys.exit(main())
