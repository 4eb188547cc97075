"""How a command ends: exit status, and what is said about what went wrong."""

from __future__ import annotations

import os
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.output import complain, print_json
from api.text import get_words

if TYPE_CHECKING:
    from network.base import InputError

LOG_VARIABLE = "CRENEAU_LOG"


class ExitCode(IntEnum):
    """Exit status of every command."""

    FINE = 0
    NO = 1  # no feasible plan, no itinerary, a loading that did not converge
    BAD_INPUT = 2  # each problem named; malformed commands too
    UNEXPECTED = 3  # a fault of the program, details in the log
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """How to say that something went wrong: in which language, and whether as JSON."""

    lang: str
    json: bool

    def input_error(self, error: InputError) -> ExitCode:
        """Name every problem of an input."""
        if self.json:
            problems = [problem.as_dict() for problem in error.problems]
            _print_error("input", _title(error), problems=problems)
        complain(get_words(self.lang)("error.input", count=len(error.problems)))
        for problem in error.problems:
            complain(f"  {problem}")
        return ExitCode.BAD_INPUT

    def usage(self, message: str, command: str) -> ExitCode:
        """Say what is wrong with the command itself."""
        if self.json:
            _print_error("usage", message, problems=[])
        words = get_words(self.lang)
        complain(words("error.usage", message=message))
        complain(words("error.usage_hint", command=command))
        return ExitCode.BAD_INPUT

    def interrupted(self) -> ExitCode:
        """Say that the user stopped the command."""
        message = get_words(self.lang)("error.interrupted")
        if self.json:
            _print_error("interrupted", message, problems=[])
        complain(message)
        return ExitCode.INTERRUPTED

    def unexpected(self, error: Exception, *, debug: bool) -> ExitCode:
        """Say in one line that the program is at fault, and put the traceback in the log."""
        details = "".join(traceback.format_exception(error))
        path, is_logged = log_path(), False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n{details}\n")
            is_logged = True
        except OSError:
            pass
        key = "error.unexpected" if is_logged else "error.unexpected_unlogged"
        message = get_words(self.lang)(key, kind=type(error).__name__, path=path)
        if self.json:
            with suppress(OSError):  # nothing can be written there: perhaps that was the error
                _print_error("unexpected", message, problems=[])
        if debug:
            complain(details.rstrip())
        complain(message)
        return ExitCode.UNEXPECTED


def log_path() -> Path:
    """Return where unexpected errors are logged: ``CRENEAU_LOG``, else the user's state folder."""
    named = os.environ.get(LOG_VARIABLE)
    if named:
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME")
    folder = Path(state) if state else Path.home() / ".local" / "state"
    return folder / "creneau" / "creneau.log"


def _title(error: InputError) -> str:
    return str(error.problems[0]) if error.problems else str(error)


def _print_error(kind: str, message: str, *, problems: list[dict[str, Any]]) -> None:
    print_json({"error": {"type": kind, "message": message, "problems": problems}})
