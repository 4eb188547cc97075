"""Pydantic's complaints as Problems that name the file, the field and the mend."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING

from network.base import Problem

if TYPE_CHECKING:
    from pydantic import ValidationError


_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxlong = _SHOWN.maxother = 100


def problems_of(error: ValidationError, *, file: str) -> list[Problem]:
    """Return one problem for each complaint of a validation."""
    problems = []
    for complaint in error.errors():
        field = _name_field(complaint["loc"])
        kind = complaint["type"]
        if kind == "json_invalid":
            found, expected = "text that is no JSON", "one JSON object"
            mend = "Correct the text; mind quotes and commas."
        elif kind == "missing":
            found, expected, mend = "nothing", "a value", f"Add {field}."
        elif kind == "extra_forbidden":
            found, expected = "a key that means nothing here", "only known keys"
            mend = f"Remove {field} or correct its spelling."
        else:
            given = complaint["input"]
            whole = isinstance(given, dict) and kind == "value_error"
            found = "these values together" if whole else _SHOWN.repr(given)[:120]
            expected, mend = _word(complaint["msg"]), f"Correct {field}."
            if kind == "string_type" and not isinstance(complaint["input"], dict | list):
                mend = f'Put {field} in quotes, as in "10:30".'
        problems.append(Problem(file=file, field=field, found=found, expected=expected, mend=mend))
    return problems


def _word(message: str) -> str:
    """Return what was expected in pydantic's message or in that of a check of this package."""
    own = message.removeprefix("Value error, ")
    _, _, expected = own.partition("; expected ")
    if expected:
        return expected
    short = own.removeprefix("Input should be ")
    return short[0].lower() + short[1:]


def _name_field(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the whole file"
