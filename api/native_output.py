"""Keeps what compiled libraries print by themselves out of the answer."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUTPUT, _ERRORS = 1, 2


@contextmanager
def native_output_to_errors() -> Iterator[None]:
    """Send what is written to the process's standard output to standard error meanwhile.

    Solvers print notes of their own past Python's streams, whatever they are told; with
    ``--json`` one such line makes the answer unreadable. The answer is printed afterwards.
    Where the process has no such streams nothing is done.
    """
    try:
        kept = os.dup(_OUTPUT)
    except OSError:
        yield
        return
    try:
        _flush()
        with suppress(OSError):
            os.dup2(_ERRORS, _OUTPUT)
        yield
    finally:
        _flush()
        os.dup2(kept, _OUTPUT)
        os.close(kept)


def _flush() -> None:
    with suppress(OSError, ValueError):
        sys.stdout.flush()
