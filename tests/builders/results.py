"""Comparing results of runs, and loading a model without a run."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from scenarios.model import Model
from solver.loading import TransitLoading, assign_transit


def load_status_quo(model: Model) -> TransitLoading:
    """Load everybody as today, as a run does first."""
    return assign_transit(
        model.alternatives,
        model.cells,
        model.background.pax + model.staff_today(),
        curve=model.curve,
        settings=model.assignment,
        path_size=model.path_size,
    )


def without_seconds(value: Any) -> Any:
    """Return plain JSON values without what a clock measured."""
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items() if not k.endswith("seconds")}
    if isinstance(value, list):
        return [without_seconds(item) for item in value]
    return value


def find_differences(left: Any, right: Any, where: str = "") -> list[str]:
    """Return where two objects of one kind differ, arrays bit for bit, dataclasses by field."""
    if is_dataclass(left) and type(left) is type(right):
        names = [field.name for field in fields(left)]
        return [
            found
            for name in names
            for found in find_differences(
                getattr(left, name), getattr(right, name), f"{where}.{name}"
            )
        ]
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        floats = left.dtype.kind == "f"
        same = left.dtype == right.dtype and np.array_equal(left, right, equal_nan=floats)
    elif isinstance(left, tuple | list) and len(left) == len(right) and left:
        pairs = zip(left, right, strict=True)
        return [
            found
            for number, (one, other) in enumerate(pairs)
            for found in find_differences(one, other, f"{where}[{number}]")
        ]
    else:
        same = bool(left == right)
    return [] if same else [where]
