"""The folder or file a command writes: tried before the work, named where it cannot be."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from network.base import InputError, Problem
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


def require_file(option: str, path: Path | None) -> None:
    """Refuse a file that could not be written, before minutes are spent on it.

    Raises
    ------
    InputError
        If its folder does not exist or it is a folder itself.
    """
    wrong = None if path is None else find_unwritable(option, path)
    if wrong is not None:
        raise InputError(wrong)


def find_unwritable(option: str, path: Path) -> Problem | None:
    """Return why no file can be at a path, before minutes are spent on it; None if one can."""
    if path.is_dir():
        return unwritable_file(option, path, "a folder")
    if not path.parent.is_dir():
        return unwritable_file(option, path, "its folder does not exist")
    return None


def unwritable_file(option: str, path: Path, found: str | OSError) -> Problem:
    """Return what is wrong with a file that an option names and that cannot be written."""
    why = found if isinstance(found, str) else found.strerror or type(found).__name__
    return Problem(
        file=option,
        found=f"{path}: {why}",
        expected="a file in a folder that exists and can be written to",
        mend="Make the folder, or choose another place.",
    )
