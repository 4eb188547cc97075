"""How long the parts take and how much memory they need: cases by phase, each measured alone."""

from benchmarks.phases import Phase
from benchmarks.registry import (
    Case,
    Measurement,
    Unavailable,
    case,
    list_cases,
    measure_case,
    run_benchmarks,
)

__all__ = [
    "Case",
    "Measurement",
    "Phase",
    "Unavailable",
    "case",
    "list_cases",
    "measure_case",
    "run_benchmarks",
]
