"""Staggering problems in files: JSON, and NPZ where the name ends so."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem
from solver.staggering.documents.problem_document import (
    from_arrays,
    from_document,
    to_arrays,
    to_document,
)

if TYPE_CHECKING:
    from pathlib import Path

    from solver.staggering import StaggeringProblem

_ARRAYS = ".npz"


def read_problem(path: Path) -> StaggeringProblem:
    """Read a problem from JSON, or from NPZ where the name ends so.

    Raises
    ------
    InputError
        If the file cannot be read, or naming every value that cannot be used.
    """
    if path.suffix.lower() != _ARRAYS:
        return from_document(read_document(path), file=str(path))
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise _unreadable(path, f"no NPZ file ({describe_os(error)})") from None
    return from_arrays(arrays, file=str(path))


def read_document(path: Path) -> object:
    """Read a JSON file; NaN and infinity are none.

    Raises
    ------
    InputError
        If the file cannot be read or is no JSON.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        return json.loads(text, parse_constant=_no_constant)
    except OSError as error:
        raise _unreadable(path, f"a file that cannot be read ({describe_os(error)})") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"no JSON ({describe_os(error)})") from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def describe_os(error: BaseException) -> str:
    """Say an error of the system in one line."""
    return getattr(error, "strerror", None) or str(error).split("\n", maxsplit=1)[0]


def _unreadable(path: Path, found: str) -> InputError:
    return InputError(
        Problem(
            file=str(path),
            found=found,
            expected="a staggering file: JSON, or NPZ for a problem",
            mend="Name a file as docs/staggering-problem.md has it.",
        )
    )


def write_problem(problem: StaggeringProblem, path: Path) -> None:
    """Write a problem as JSON, or as NPZ where the name ends so; nothing is lost."""
    if path.suffix.lower() == _ARRAYS:
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **to_arrays(problem))
        return
    text = json.dumps(to_document(problem), ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
