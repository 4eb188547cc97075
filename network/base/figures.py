"""A number as it is shown to a person: with its unit, where it comes from, how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceClass(StrEnum):
    """How a figure came about; the order is from most to least sure."""

    OBSERVED = "observed"  # counted or measured, taken from the data as they are
    PUBLISHED = "published"  # printed by whoever runs or surveys the thing
    ESTIMATED = "estimated"  # derived by this program or by judgement from the above
    ILLUSTRATIVE = "illustrative"  # made up to show something; stands for nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value with its unit, its source class and its range where a model made it."""

    value: float
    unit: str
    source_class: SourceClass
    low: float | None = None
    high: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, float | str | None]:
        """Return the figure as plain JSON values."""
        return {
            "value": self.value,
            "unit": self.unit,
            "source_class": str(self.source_class),
            "low": self.low,
            "high": self.high,
            "note": self.note,
        }
