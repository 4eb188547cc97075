"""Emission factors that ship with the project."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from network.base import SourceClass
from network.routing.emissions import EmissionFactor

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).parent / "data" / "emission_factors.csv"


@cache
def read_emission_factors() -> Mapping[str, EmissionFactor]:
    """Read the factors of ADEME for vehicles in France, grams of CO2 equivalent a kilometre."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return MappingProxyType(
        {
            row["vehicle"]: EmissionFactor(
                vehicle=row["vehicle"],
                use_g_km=float(row["use_g_km"]),
                making_g_km=float(row["making_g_km"]),
                per=row["per"],
                year=int(row["year"]),
                source=row["source"],
                source_class=SourceClass(row["source_class"]),
            )
            for row in rows
        }
    )
