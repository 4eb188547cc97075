"""``python -m benchmarks.staggering_table``: our plans and bounds beside plain branch and bound.

One run writes each instance to a file once; every engine reads it in a process of its own. Our
independent checker prices every plan and looks whether it keeps the rules. The exit status is
1 where a plan breaks one, where a bound exceeds what some plan costs, or where ours did not run.
"""

from __future__ import annotations

import argparse
import json as jsonlib
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from benchmarks.registry import ROOT
from benchmarks.staggering_rows import (
    LOADS,
    OURS,
    PEERS,
    ROWS,
    SEEDS,
    Ask,
    Row,
    Size,
    shorten,
)
from benchmarks.staggering_solve import Answer
from benchmarks.staggering_text import as_dict, format_row
from benchmarks.table import describe_machine

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
OWN_SLACK, PEER_SLACK = 1e-9, 1e-6
"""Relative distance by which a bound may lie over a plan's cost: ours, another engine's."""
GRACE_S = 600.0
"""Beyond its time limit an engine may build, read and be checked for so long."""
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One engine's answer to one ask on one seed.

    ``shortfall`` of a bound: how far it lies under the least continuous cost known of the same
    instance, relative to that (None for other asks).
    """

    row: str
    ask: Ask
    seed: int
    answer: Answer
    shortfall: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run: names of rows, loads and peers, seeds, sizes and limits, all checked."""

    rows: tuple[Row, ...]
    loads: tuple[str, ...]
    peers: tuple[str, ...]
    seeds: tuple[int, ...]
    size: Size
    time_limit_s: float | None


def run_staggering(
    rows: Sequence[str] = (),
    *,
    seeds: Sequence[int] = SEEDS,
    loads: Sequence[str] = (),
    peers: Sequence[str] = (),
    size: str = "full",
    time_limit_s: float | None = None,
    json: bool = False,
) -> int:
    """Measure and print the table, row by row.

    Parameters
    ----------
    rows, loads, peers
        Of :data:`ROWS`, ``light`` and ``heavy``, :data:`PEERS` or ``none``; all where empty.
    seeds
        Of the instances, and of the engines.
    size
        ``small`` for tiny instances and a second each.
    time_limit_s
        In place of the limit that is asked of each figure, seconds.
    json
        Print one JSON object instead of tables.

    Returns
    -------
    status
        1 where there is a divergence, 130 where it was interrupted (what was measured by then
        is printed), else 0.

    Raises
    ------
    ValueError
        If there is no such row, load, peer, size or seed, or the limit is not positive.
    """
    request = _check(rows, loads, peers, seeds, size, time_limit_s)
    tell = _keep_quiet if json else _print_part
    figures: list[Figure] = []
    status = 0
    for row in request.rows:
        first = len(figures)
        try:
            measure_row(row, request, figures)
        except KeyboardInterrupt:
            status = INTERRUPTED
        figures[first:] = _with_shortfalls(figures[first:])
        if len(figures) > first:
            tell(format_row(row, figures[first:]))
        if status:
            break
    divergences = find_divergences(figures)
    machine = describe_machine()
    if json:
        found = {"machine": machine, "interrupted": bool(status), "divergences": divergences}
        print(jsonlib.dumps({**found, "figures": as_dict(figures)}))
    else:
        if status:
            print("interrupted")
        for text in divergences:
            print(f"DIVERGENCE: {text}")
        print(f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['platform']}")
    return status or (1 if divergences else 0)


def measure_row(row: Row, request: Request, figures: list[Figure]) -> None:
    """Ask every engine all of a row; each figure joins ``figures`` as soon as it is there."""
    asks = [ask for ask in row.asks if ask.load is None or ask.load in request.loads]
    with tempfile.TemporaryDirectory(prefix="creneau-staggering-") as name:
        for seed in request.seeds:
            for ask in asks:
                path = Path(name) / f"{ask.instance}-{seed}.npz"
                problem = "" if path.exists() else _write(ask.instance, seed, request.size, path)
                for engine in (OURS, *(request.peers if row.peers and ask.kind == "plan" else ())):
                    figures.append(_measure(row, ask, seed, engine, path, request, problem))


def find_divergences(figures: Sequence[Figure]) -> list[str]:
    """Return which plans break a rule, which bounds exceed a plan's cost, and what did not run.

    A plan with routes in today's shares is a plan of the joint form too; a changed rule makes
    another instance, which is compared with nothing.
    """
    found = []
    for figure in figures:
        answer, where = figure.answer, f"{figure.row}, {figure.ask.instance}, seed {figure.seed}"
        found += [f"{where}: {answer.engine} breaks a rule: {text}" for text in answer.broken]
        if answer.unavailable and answer.engine == OURS:
            found.append(f"{where}: {OURS} could not run: {answer.unavailable}")
        if answer.bound_min is None or figure.ask.kind == "resolve":
            continue
        slack = OWN_SLACK if answer.engine == OURS else PEER_SLACK
        found += [
            f"{where}: bound {answer.bound_min} of {answer.engine} exceeds what "
            f"{other.answer.engine}'s plan costs, {other.answer.cost_min}"
            for other in figures
            if _is_plan_of(other, figure)
            and other.answer.cost_min is not None
            and answer.bound_min > other.answer.cost_min * (1 + slack)
        ]
    return found


def _is_plan_of(plan: Figure, bound: Figure) -> bool:
    form = "joint" if bound.ask.kind == "response" else bound.ask.form
    return (
        (plan.ask.instance, plan.seed) == (bound.ask.instance, bound.seed)
        and plan.ask.kind != "resolve"
        and not plan.answer.broken
        # Who responds to a plan chose routes freely: that is a joint plan, not one of fixed routes.
        and (form == "joint" or (plan.ask.form == "fixed" and plan.ask.kind == "plan"))
    )


def _with_shortfalls(figures: Sequence[Figure]) -> list[Figure]:
    """Say of each bound how far it lies under the least continuous cost that anyone found."""
    found = []
    for figure in figures:
        known = [
            other.answer.facts["lp_min"]
            for other in figures
            if "lp_min" in other.answer.facts
            and (other.ask.instance, other.ask.form, other.seed)
            == (figure.ask.instance, figure.ask.form, figure.seed)
        ]
        bound = figure.answer.bound_min
        shortfall = None
        if figure.ask.kind == "bound" and known and bound is not None:
            shortfall = 1.0 - bound / min(known)
        found.append(replace(figure, shortfall=shortfall))
    return found


def _measure(
    row: Row, ask: Ask, seed: int, engine: str, path: Path, request: Request, problem: str
) -> Figure:
    short = shorten(ask, size=request.size, time_limit_s=request.time_limit_s)
    answer = Answer(engine=engine, unavailable=problem)
    if not problem:
        _say(f"{row.name}: {ask.instance}, seed {seed}: {engine}, {short.time_limit_s:g} s ...")
        asked = {"path": str(path), "ask": asdict(short), "engine": engine, "seed": seed}
        output, problem = _run_apart(asked, short.time_limit_s)
        answer = replace(answer, unavailable=problem)
        if not problem:
            said = jsonlib.loads(output.splitlines()[-1])
            answer = Answer(**{**said, "broken": tuple(said["broken"])})
    return Figure(row=row.name, ask=short, seed=seed, answer=answer)


def _write(instance: str, seed: int, size: Size, path: Path) -> str:
    """Write an instance in a process of its own; return why it could not, else nothing."""
    _say(f"{instance}, seed {seed}: building ...")
    _, problem = _run_apart(
        {"path": str(path), "instance": instance, "seed": seed, "size": size}, 0
    )
    return problem


def _run_apart(request: dict[str, Any], time_limit_s: float) -> tuple[str, str]:
    """Return a new process's output, and why there is none: a crash there ends nothing here."""
    try:
        outcome = subprocess.run(
            [sys.executable, "-m", "benchmarks.staggering_solve", jsonlib.dumps(request)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=2 * time_limit_s + GRACE_S,
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {2 * time_limit_s + GRACE_S:g} s"
    if outcome.returncode != 0:
        said = outcome.stderr.strip().splitlines() or [f"exit status {outcome.returncode}"]
        return "", said[-1]
    return outcome.stdout.strip(), ""


def _check(
    rows: Sequence[str],
    loads: Sequence[str],
    peers: Sequence[str],
    seeds: Sequence[int],
    size: str,
    time_limit_s: float | None,
) -> Request:
    sizes = get_args(Size)
    _pick("row", rows, tuple(ROWS))
    (chosen_size,) = _pick("size", [size], sizes)
    if not seeds or min(seeds) < 0:
        msg = f"seeds are integers >= 0, not {', '.join(map(str, seeds)) or 'none'}"
        raise ValueError(msg)
    if time_limit_s is not None and not time_limit_s > 0:
        msg = f"the time limit is a number of seconds > 0, not {time_limit_s}"
        raise ValueError(msg)
    return Request(
        rows=tuple(row for name, row in ROWS.items() if not rows or name in rows),
        loads=_pick("load", loads, LOADS),
        peers=() if list(peers) == [NONE] else _pick("peer", peers, PEERS),
        seeds=tuple(dict.fromkeys(seeds)),
        size=next(known for known in sizes if known == chosen_size),
        time_limit_s=time_limit_s,
    )


def _pick(what: str, names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in known]
    if unknown:
        msg = f"no {what} {', '.join(unknown)}; there are: {', '.join(known)}"
        raise ValueError(msg)
    return tuple(names) or tuple(known)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print_part(text: str) -> None:
    print(text, end="\n\n", flush=True)


def _keep_quiet(text: str) -> None:
    """Tell nobody."""


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return 0, 1 at a divergence, 130 where interrupted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.staggering_table")
    parser.add_argument("--rows", default="", help=f"of {','.join(ROWS)}, with commas between")
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    parser.add_argument("--load", default="", help=f"of {','.join(LOADS)}")
    parser.add_argument("--peers", default="", help=f"of {','.join(PEERS)}, or {NONE}")
    parser.add_argument("--size", default="full", choices=get_args(Size))
    parser.add_argument("--time-limit", type=float, help="seconds, in place of what is asked")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        return run_staggering(
            _split(options.rows),
            seeds=read_seeds(options.seeds),
            loads=_split(options.load),
            peers=_split(options.peers),
            size=options.size,
            time_limit_s=options.time_limit,
            json=options.json,
        )
    except ValueError as problem:
        parser.error(str(problem))


def read_seeds(text: str) -> tuple[int, ...]:
    """Read seeds with commas between.

    Raises
    ------
    ValueError
        If one is no integer.
    """
    words = _split(text)
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        msg = f"seeds are integers >= 0, not {', '.join(wrong)}"
        raise ValueError(msg)
    return tuple(int(word) for word in words)


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    sys.exit(main())
