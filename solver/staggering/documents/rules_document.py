"""Rules and weights of a staggering document: cohorts and employers by their ids."""

from __future__ import annotations

from dataclasses import fields
from math import inf
from typing import TYPE_CHECKING, Any

from solver.staggering.rules import (
    Cohesion,
    EligibleShare,
    EmployerCap,
    Meeting,
    ObjectiveWeights,
    PlanRules,
    Presence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solver.staggering.documents.fields import Reader
    from solver.staggering.problem import CohortTable

_NUMBERS = (
    "max_moved_people",
    "max_moved_cohorts",
    "max_shift_s",
    "max_burden_min",
    "max_envy_min",
    "worse_off_slack_min",
    "max_changed_people",
)
_FLAGS = ("no_employer_worse_off", "whole_cohorts")
_RECORDS = {
    "eligible": EligibleShare,
    "caps": EmployerCap,
    "presence": Presence,
    "cohesion": Cohesion,
    "meetings": Meeting,
}


def write_rules(rules: PlanRules, cohorts: CohortTable) -> dict[str, Any]:
    """Return rules as JSON values; a limit that is not set is null."""
    ids, employers = cohorts.ids, cohorts.employer_ids
    document: dict[str, Any] = {name: _or_null(getattr(rules, name)) for name in _NUMBERS}
    document |= {name: getattr(rules, name) for name in _FLAGS}
    document["exempt"] = [ids[c] for c in rules.exempt]
    for name in _RECORDS:
        document[name] = [_write_record(r, ids, employers) for r in getattr(rules, name)]
    return document


def read_rules(reader: Reader, value: object, cohorts: CohortTable) -> PlanRules:
    """Build rules; those left out are not set."""
    if value is None:
        return PlanRules()
    given = reader.section(value, "rules", [*_NUMBERS, *_FLAGS, "exempt", *_RECORDS])
    default = PlanRules()
    rules: dict[str, Any] = {}
    for name in _NUMBERS:
        if name in given:
            limited = getattr(default, name) == inf
            rules[name] = reader.number(f"rules.{name}", given[name], or_inf=limited)
    for name in _FLAGS:
        if name in given:
            rules[name] = reader.flag(f"rules.{name}", given[name])
    names = _Names(reader, cohorts)
    exempt = reader.records(given.get("exempt"), "rules.exempt")
    rules["exempt"] = names.cohorts("rules.exempt", exempt)
    for name, kind in _RECORDS.items():
        listed = reader.records(given.get(name), f"rules.{name}")
        read = [names.record(f"rules.{name}[{i}]", r, kind) for i, r in enumerate(listed)]
        rules[name] = tuple(record for record in read if record is not None)
    return PlanRules(**rules)


def write_weights(weights: ObjectiveWeights) -> dict[str, float]:
    """Return weights as JSON values."""
    return {f.name: getattr(weights, f.name) for f in fields(ObjectiveWeights)}


def read_weights(reader: Reader, value: object) -> ObjectiveWeights:
    """Build weights; those left out are the defaults."""
    if value is None:
        return ObjectiveWeights()
    known = [f.name for f in fields(ObjectiveWeights)]
    given = reader.section(value, "weights", known)
    return ObjectiveWeights(
        **{name: reader.number(f"weights.{name}", given[name]) for name in known if name in given}
    )


class _Names:
    """Looks cohorts and employers up by id."""

    def __init__(self, reader: Reader, cohorts: CohortTable) -> None:
        self._reader = reader
        self._cohorts = {name: i for i, name in enumerate(cohorts.ids)}
        self._employers = {name: i for i, name in enumerate(cohorts.employer_ids)}

    def cohorts(self, path: str, names: Iterable[object]) -> tuple[int, ...]:
        return tuple(
            self._find(f"{path}[{i}]", name, self._cohorts, "cohorts.ids")
            for i, name in enumerate(names)
        )

    def record(self, path: str, value: object, kind: type[Any]) -> Any:  # noqa: ANN401
        known = [f.name for f in fields(kind)]
        given = self._reader.section(value, path, known)
        limits = ("max_moved_people", "max_moved_cohorts")
        missing = [n for n in known if n not in given and n not in limits]
        for name in missing:
            self._reader.complain(f"{path}.{name}", "nothing", "a value")
        if missing:
            return None
        return kind(**{n: self._value(f"{path}.{n}", n, given[n]) for n in known if n in given})

    def _value(self, path: str, name: str, value: object) -> object:
        read = self._reader
        if name == "name":
            if not isinstance(value, str):
                read.complain(path, repr(value), "a name in quotes")
            return str(value)
        if name == "cohort":
            return self._find(path, value, self._cohorts, "cohorts.ids")
        if name == "employer":
            return self._find(path, value, self._employers, "cohorts.employer_ids")
        if name == "cohorts":
            return self.cohorts(path, read.records(value, path))
        if name == "work_s":
            listed = read.records(value, path)
            return tuple(read.whole(f"{path}[{i}]", v) for i, v in enumerate(listed))
        if name.endswith("_s"):
            return read.whole(path, value)
        return read.number(path, value, or_inf=name.startswith("max_moved"))

    def _find(self, path: str, name: object, known: dict[str, int], where: str) -> int:
        if not isinstance(name, str) or name not in known:
            self._reader.complain(path, repr(name), f"one of {where}")
            return 0
        return known[name]


def _write_record(
    record: object, ids: tuple[str, ...], employers: tuple[str, ...]
) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for f in fields(record):  # type: ignore[arg-type]
        value = getattr(record, f.name)
        if f.name == "cohort":
            value = ids[value]
        elif f.name == "employer":
            value = employers[value]
        elif f.name == "cohorts":
            value = [ids[c] for c in value]
        elif isinstance(value, tuple):
            value = list(value)
        document[f.name] = _or_null(value)
    return document


def _or_null(value: Any) -> Any:  # noqa: ANN401
    return None if value == inf else value
