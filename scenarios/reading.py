"""Scenario files: YAML in, checked scenarios out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from network.base import Problem
from network.base.errors import ScenarioInputError
from network.base.yaml_text import parse_yaml
from scenarios.schema import Scenario
from scenarios.validation import problems_of

if TYPE_CHECKING:
    from pathlib import Path


MAX_BYTES = 1_000_000
"""A scenario has a few thousand bytes; a larger file is something else."""


def read_scenario(path: Path) -> Scenario:
    """Read a scenario from a YAML file.

    Raises
    ------
    ScenarioInputError
        If there is no such file, it is too large or no YAML, or a field is wrong; names each.
    """
    try:
        data = parse_yaml(_read_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                found=f"it cannot be read ({error.__class__.__name__})",
                expected="a scenario, YAML in UTF-8",
                mend="Correct the path or the file's permissions and encoding.",
            )
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ScenarioInputError(
            Problem(
                file=str(path),
                row=None if mark is None else mark.line + 1,
                found=f"no YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}",
                expected="a scenario, YAML in UTF-8",
                mend="Correct that line; mind indentation and colons.",
            )
        ) from None
    return parse_scenario(data, file=str(path))


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                found=f"more than {MAX_BYTES} bytes",
                expected="a scenario, YAML in UTF-8",
                mend="Name the scenario's own file; data belong in the territory.",
            )
        )
    return raw.decode("utf-8-sig")


def parse_scenario(data: object, *, file: str) -> Scenario:
    """Check a scenario that is already parsed (from YAML or a request).

    Raises
    ------
    ScenarioInputError
        Naming each wrong field of ``file``.
    """
    if not isinstance(data, dict):
        raise ScenarioInputError(
            Problem(
                file=file,
                found="nothing" if data is None else f"a {type(data).__name__}",
                expected="keys and values, `name` among them",
                mend="Start with `name: ...` and `territory: ...`.",
            )
        )
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioInputError(*problems_of(error, file=file)) from None
