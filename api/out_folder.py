"""The folder that a command writes into: there before the work, and named where it cannot be."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import ScenarioInputError

if TYPE_CHECKING:
    from pathlib import Path


def require_folder(out: Path) -> None:
    """Make the folder before a run that takes a while, so that nothing is computed in vain.

    Raises
    ------
    ScenarioInputError
        If it cannot be made or takes no file.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, f"a folder that cannot be made ({error.strerror})") from None
    try:
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise unwritable(out, f"a folder that takes no file ({error.strerror})") from None


def unwritable(out: Path, found: str) -> ScenarioInputError:
    """Return the error of a folder that cannot be written; ``found`` says what is wrong."""
    return ScenarioInputError(
        Problem(
            file=str(out),
            field="--out",
            found=found,
            expected="a folder that can be written",
            mend="Name another folder.",
        )
    )
