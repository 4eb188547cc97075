"""Measurements as a table for a terminal."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.registry import Measurement

HEADINGS = ("case", "first s", "median s", "calls", "peak MiB", "before MiB")


def format_table(measured: Iterable[Measurement]) -> str:
    """Format measurements: a line each, then those that could not run and why."""
    rows = list(measured)
    cells = [HEADINGS]
    cells += [
        (
            row.id,
            format_seconds(row.first_s),
            format_seconds(row.median_s),
            str(len(row.calls_s)),
            f"{row.peak_mib:.0f}",
            f"{row.prepared_mib:.0f}",
        )
        for row in rows
        if row.status == "ok"
    ]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEADINGS))]
    lines = [
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    lines += [f"{row.id}: {row.status}, {row.reason}" for row in rows if row.status != "ok"]
    machine = describe_machine()
    lines.append(f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['platform']}")
    return "\n".join(lines)


def format_seconds(seconds: float | None) -> str:
    """Format seconds with three digits that count: 0.00213, 0.452, 12.3."""
    if seconds is None:
        return "-"
    return f"{seconds:.3g}" if seconds < 1000 else f"{seconds:.0f}"


def describe_machine() -> dict[str, str | int]:
    """Return what the figures depend on: interpreter, processors, system."""
    return {
        "python": platform.python_version(),
        "cpus": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1,
        "platform": f"{platform.system()} {platform.machine()}",
    }
