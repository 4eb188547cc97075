"""The registry of benchmark cases, and how one is measured.

A case is a function that prepares and returns the call to measure::

    @case("metro-week", Phase.NETWORK_BUILD, repeats=3)
    def build_metro_week() -> Callable[[], object]:
        path = find_real_data("feed.zip")        # may raise Unavailable
        return lambda: read_network(path, DATE)

Every case runs in a process of its own, so that one's memory and compiled kernels do not
colour another's figures.
"""

from __future__ import annotations

import importlib
import json as jsonlib
import pkgutil
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.phases import Phase
from benchmarks.table import describe_machine, format_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT = Path(__file__).resolve().parents[1]
MIB = 1024 * 1024


class Unavailable(Exception):  # noqa: N818 - an outcome of preparing, not a fault
    """A case cannot run here; the message says what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A thing to measure: ``prepare`` returns the call, called ``1 + repeats`` times."""

    name: str
    phase: Phase
    about: str
    repeats: int
    prepare: Callable[[], Callable[[], object]]

    @property
    def id(self) -> str:
        """The phase and the name, as a user picks the case."""
        return f"{self.phase}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a case took.

    ``first_s`` is the first call of the process (kernels are loaded or compiled in it),
    ``median_s`` the median of the later ``calls_s``, seconds. ``peak_mib`` is the most
    memory the process held, imports and preparation included, and ``prepared_mib`` the most
    it had held before the first call. ``status`` is ``ok``, ``unavailable`` or ``failed``,
    ``reason`` why.
    """

    id: str
    about: str
    status: str
    reason: str = ""
    prepare_s: float | None = None
    first_s: float | None = None
    median_s: float | None = None
    calls_s: tuple[float, ...] = ()
    prepared_mib: float | None = None
    peak_mib: float | None = None


_CASES: dict[str, Case] = {}


def case(
    name: str, phase: Phase, *, repeats: int = 3
) -> Callable[[Callable[[], Callable[[], object]]], Callable[[], Callable[[], object]]]:
    """Register the decorated function as a case; its docstring's first line says what it is."""
    if repeats < 1:
        msg = f"repeats must be at least 1, got {repeats}"
        raise ValueError(msg)

    def register(prepare: Callable[[], Callable[[], object]]) -> Callable[[], Callable[[], object]]:
        about = (prepare.__doc__ or "").strip().split("\n")[0]
        new = Case(name=name, phase=phase, about=about, repeats=repeats, prepare=prepare)
        if new.id in _CASES:
            msg = f"there are two cases {new.id}"
            raise ValueError(msg)
        _CASES[new.id] = new
        return prepare

    return register


def list_cases() -> tuple[Case, ...]:
    """Import every module of ``benchmarks.cases`` and return the cases, in order of phases."""
    package = importlib.import_module("benchmarks.cases")
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"benchmarks.cases.{module}")
    phases = list(Phase)
    return tuple(sorted(_CASES.values(), key=lambda c: (phases.index(c.phase), c.name)))


def measure_case(chosen: Case) -> Measurement:
    """Measure a case in this process."""
    started = time.perf_counter()
    try:
        call = chosen.prepare()
    except Unavailable as problem:
        return Measurement(
            id=chosen.id, about=chosen.about, status="unavailable", reason=str(problem)
        )
    prepare_s = time.perf_counter() - started
    prepared_mib = peak_memory_mib()
    seconds = [_time(call) for _ in range(1 + chosen.repeats)]
    return Measurement(
        id=chosen.id,
        about=chosen.about,
        status="ok",
        prepare_s=prepare_s,
        first_s=seconds[0],
        median_s=statistics.median(seconds[1:]),
        calls_s=tuple(seconds[1:]),
        prepared_mib=prepared_mib,
        peak_mib=peak_memory_mib(),
    )


def run_benchmarks(names: list[str] | None = None, *, json: bool = False) -> list[Measurement]:
    """Measure cases, each in its own process, and print a table or one JSON object.

    Parameters
    ----------
    names
        Ids (``network.build/metro-week``) or phases (``network.build``); all cases if None.
    json
        Print JSON, and nothing else, to standard output.

    Raises
    ------
    ValueError
        If a name fits no case; the message lists them.
    """
    measured = []
    for chosen in pick_cases(list_cases(), names):
        if not json:
            print(f"{chosen.id} ...", file=sys.stderr, flush=True)
        measured.append(_measure_apart(chosen))
    if json:
        print(jsonlib.dumps(as_dict(measured), indent=2))
    else:
        print(format_table(measured))
    return measured


def as_dict(measured: Iterable[Measurement]) -> dict[str, Any]:
    """Return measurements and the machine they were made on as one JSON object."""
    return {"machine": describe_machine(), "cases": [asdict(row) for row in measured]}


def pick_cases(cases: Iterable[Case], names: list[str] | None) -> list[Case]:
    """Return the cases whose id or phase is named, in their own order."""
    known = list(cases)
    if not names:
        return known
    unknown = [n for n in names if not any(n in (c.id, str(c.phase)) for c in known)]
    if unknown:
        msg = f"no benchmark {', '.join(unknown)}; there are: {', '.join(c.id for c in known)}"
        raise ValueError(msg)
    return [c for c in known if c.id in names or str(c.phase) in names]


def peak_memory_mib() -> float:
    """Return the most memory this process has held, MiB.

    Linux carries ``ru_maxrss`` over from the process that started this one; the high-water
    mark of /proc starts anew, so it is preferred where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def _time(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _measure_apart(chosen: Case) -> Measurement:
    """Measure a case in a new process; a crash there is a failed measurement here."""
    outcome = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--one", chosen.id],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = outcome.stdout.strip().splitlines()
    if outcome.returncode != 0 or not lines:
        said = outcome.stderr.strip().splitlines() or [f"exit status {outcome.returncode}"]
        return Measurement(id=chosen.id, about=chosen.about, status="failed", reason=said[-1])
    sys.stderr.write(outcome.stderr)  # what a case says of itself beside its time
    return _from_json(jsonlib.loads(lines[-1]))


def _from_json(values: Mapping[str, Any]) -> Measurement:
    return Measurement(**{**values, "calls_s": tuple(values["calls_s"])})
