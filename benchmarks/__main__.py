"""``python -m benchmarks [NAME ...] [--json] [--list]``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from benchmarks.registry import list_cases, measure_case, pick_cases, run_benchmarks


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; return 0, 1 if a case failed, 2 if a name fits none."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="ids or phases; all cases if left out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    parser.add_argument("--one", metavar="ID", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.list:
        for chosen in list_cases():
            print(f"{chosen.id}: {chosen.about}")
        return 0
    try:
        if options.one:
            (chosen,) = pick_cases(list_cases(), [options.one])
            print(json.dumps(asdict(measure_case(chosen))))
            return 0
        measured = run_benchmarks(options.names or None, json=options.json)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 1 if any(row.status == "failed" for row in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
