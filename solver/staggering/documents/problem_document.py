"""A staggering problem as a document (JSON values) or as named arrays (NPZ), and back, lossless.

The layout is that of the tables: one list a field, one section a table. Rules name cohorts and
employers by id. ``docs/staggering-problem.md`` has every field. Nothing here touches files.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import InputError, Problem
from solver.crowding import CrowdingCurve
from solver.staggering.documents.fields import TABLES, Column, Reader
from solver.staggering.documents.rules_document import (
    read_rules,
    read_weights,
    write_rules,
    write_weights,
)
from solver.staggering.problem import CellTable, CohortTable, GroupTable, StaggeringProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SCHEMA = "creneau.staggering"
VERSION = 1
_STEEPEST = 1e6  # a minute beside one other rider a square metre as a million: no such crowd
_SECTIONS = {"cohorts": CohortTable, "groups": GroupTable, "cells": CellTable}
_TOP = ("schema", "version", "slot_start_s", *_SECTIONS, "rules", "curve", "weights")


def to_document(problem: StaggeringProblem) -> dict[str, Any]:
    """Return a problem as plain JSON values; numbers come back to the last bit."""
    tables: dict[str, Any] = {}
    for section in _SECTIONS:
        table, values = getattr(problem, section), {}
        for column in TABLES[section]:
            value = getattr(table, column.name)
            if value is not None:
                values[column.name] = column.write(value)
        tables[section] = values
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "slot_start_s": problem.slot_start_s.tolist(),
        **tables,
        **_words_of(problem),
    }


def from_document(document: object, *, file: str = "<staggering problem>") -> StaggeringProblem:
    """Build a problem from JSON values.

    Parameters
    ----------
    document
        What :func:`to_document` writes; rules, curve and weights may be left out.
    file
        Name said in complaints.

    Raises
    ------
    InputError
        With one Problem per fault: the path of the value, what was expected, how to mend it.
    """
    reader = Reader(file)
    top = reader.section(document, "", _TOP)
    _check_version(reader, top)
    slots = Column("slot_start_s", np.dtype(np.int32)).read(reader, "slot_start_s", top)
    tables: dict[str, dict[str, Any]] = {}
    for section in _SECTIONS:
        columns = TABLES[section]
        given = reader.section(top.get(section), section, [c.name for c in columns])
        tables[section] = {c.name: c.read(reader, f"{section}.{c.name}", given) for c in columns}
    reader.stop_if_wrong()
    return _assemble(reader, top, slots, tables)


def to_arrays(problem: StaggeringProblem) -> dict[str, NDArray[Any]]:
    """Return a problem as named arrays for one NPZ file, without pickled objects.

    Arrays are named as the document's paths (``cohorts.size``); ``document`` holds all that
    is not a number, as UTF-8 bytes of JSON.
    """
    words: dict[str, Any] = {"schema": SCHEMA, "version": VERSION, **_words_of(problem)}
    arrays: dict[str, NDArray[Any]] = {"slot_start_s": problem.slot_start_s}
    for section in _SECTIONS:
        table = getattr(problem, section)
        for column in TABLES[section]:
            value = getattr(table, column.name)
            if column.dtype is None:
                words[f"{section}.{column.name}"] = list(value)
            elif value is not None:
                arrays[f"{section}.{column.name}"] = value
    text = json.dumps(words, allow_nan=False, ensure_ascii=False)
    arrays["document"] = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    return arrays


def from_arrays(
    arrays: Mapping[str, NDArray[Any]], *, file: str = "<staggering problem>"
) -> StaggeringProblem:
    """Build a problem from the arrays of :func:`to_arrays`.

    Raises
    ------
    InputError
        With one Problem per fault.
    """
    reader = Reader(file)
    words = _read_words(reader, arrays)
    _check_version(reader, words)
    slots = Column("slot_start_s", np.dtype(np.int32)).take(reader, "slot_start_s", arrays)
    known, tables = {"document", "slot_start_s"}, {}
    for section in _SECTIONS:
        values = {}
        for column in TABLES[section]:
            path = f"{section}.{column.name}"
            known.add(path)
            if column.dtype is None:
                values[column.name] = column.read(reader, path, {column.name: words.get(path)})
            else:
                values[column.name] = column.take(reader, path, arrays)
        tables[section] = values
    for name in sorted(set(arrays) - known):
        reader.complain(name, "an array nobody asked for", "only the arrays of the schema")
    reader.stop_if_wrong()
    return _assemble(reader, words, slots, tables)


def _words_of(problem: StaggeringProblem) -> dict[str, Any]:
    return {
        "rules": write_rules(problem.rules, problem.cohorts),
        "curve": {"slope": problem.curve.slope},
        "weights": write_weights(problem.weights),
    }


def _read_words(reader: Reader, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    given = arrays.get("document")
    try:
        words = json.loads(bytes(np.asarray(given, dtype=np.uint8)).decode("utf-8"))
    except (ValueError, TypeError, UnicodeDecodeError):
        words = None
    if not isinstance(words, dict):
        reader.complain("document", "no JSON object", "UTF-8 bytes of a JSON object (uint8)")
        reader.stop_if_wrong()
        return {}
    return words


def _check_version(reader: Reader, top: Mapping[str, Any]) -> None:
    before = len(reader.problems)
    if top.get("schema") != SCHEMA:
        reader.complain("schema", repr(top.get("schema")), f'"{SCHEMA}"')
    if top.get("version") != VERSION or isinstance(top.get("version"), bool):
        reader.complain("version", repr(top.get("version")), f"{VERSION}, the one version there is")
    if len(reader.problems) > before:
        reader.stop_if_wrong()  # of another layout every key would be a fault


def _assemble(
    reader: Reader,
    words: Mapping[str, Any],
    slots: NDArray[Any],
    tables: dict[str, dict[str, Any]],
) -> StaggeringProblem:
    """Check what only the whole shows, and say of which file."""
    cohorts = CohortTable(**tables["cohorts"])
    if not cohorts.ids:
        reader.complain("cohorts.ids", "no cohorts", "at least one: nobody else can be asked")
    for name in ("ids", "employer_ids"):
        reader.distinct(f"cohorts.{name}", getattr(cohorts, name))
    rules = read_rules(reader, words.get("rules"), cohorts)
    weights = read_weights(reader, words.get("weights"))
    curve = reader.section(words.get("curve", {}), "curve", ["slope"])
    slope = reader.number("curve.slope", curve.get("slope", CrowdingCurve().slope))
    if not slope >= 0:
        reader.complain("curve.slope", repr(slope), "a number >= 0, usually 0.05 to 0.15")
    elif slope > _STEEPEST:
        expected = f"at most {_STEEPEST:g}, usually 0.05 to 0.15"
        reader.complain("curve.slope", repr(slope), expected)
    reader.stop_if_wrong()
    try:
        return StaggeringProblem(
            slot_start_s=slots,
            cohorts=cohorts,
            groups=GroupTable(**tables["groups"]),
            cells=CellTable(**tables["cells"]),
            rules=rules,
            curve=CrowdingCurve(slope=slope),
            weights=weights,
        )
    except InputError as error:
        raise InputError(*(_of_file(p, reader.file) for p in error.problems)) from None


def _of_file(problem: Problem, file: str) -> Problem:
    return replace(problem, file=file, mend="Correct this value in the file.")
