"""What an opened engine holds in memory, and how long a fresh process takes to its answers."""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers.question import EngineUnavailable

if TYPE_CHECKING:
    from benchmarks.peers.question import Questions
    from benchmarks.rows import Engine

_MIB = 1024 * 1024
_STATM = Path("/proc/self/statm")
N_LATER = 100


def measure_memory(about: Engine, questions: Questions) -> dict[str, float]:
    """Measure an engine in this process, which must have done nothing before.

    Returns
    -------
    facts
        ``import_s``, ``open_s``, ``first_s`` (the first question, kernels read from their
        cache) and ``second_s``, wall seconds; ``opened_mib``, ``asked_mib`` and ``later_mib``,
        resident memory after opening, after the first question and after a hundred more, less
        that after the imports; ``process_mib``, all of it at the end.
    """
    started = time.perf_counter()
    for module in about.imports:
        try:
            importlib.import_module(module)
        except ImportError as problem:
            raise EngineUnavailable(f"{module} is not installed ({problem})") from None
    imported, before = time.perf_counter(), resident_mib()
    opened = about.open(questions)
    open_s, opened_mib = time.perf_counter() - imported, resident_mib() - before
    asked = time.perf_counter()
    opened(0)
    first_s, asked_mib = time.perf_counter() - asked, resident_mib() - before
    asked = time.perf_counter()
    opened(1)
    second_s = time.perf_counter() - asked
    for number in range(2, min(N_LATER + 1, len(questions))):
        opened(number)
    return {
        "import_s": imported - started,
        "open_s": open_s,
        "first_s": first_s,
        "second_s": second_s,
        "opened_mib": opened_mib,
        "asked_mib": asked_mib,
        "later_mib": resident_mib() - before,
        "process_mib": resident_mib(),
    }


def resident_mib() -> float:
    """Return the resident memory of this process, MiB.

    Raises
    ------
    EngineUnavailable
        Where the system does not say.
    """
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError as problem:
        raise EngineUnavailable(f"this system does not tell memory held now ({problem})") from None
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
