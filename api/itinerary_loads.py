"""Loads that a query is answered with: where a service finds them, what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.base import InputError, Problem
from network.base.kept import Kept
from network.readers.loads import GivenLoads, read_loads

if TYPE_CHECKING:
    from pathlib import Path

    from network.timetable import Timetable
    from scenarios.report import Catalogue

_KEPT_FILES = 4
_kept: Kept[GivenLoads] = Kept(_KEPT_FILES)


def find_loads(folder: Path | None, name: str, timetable: Timetable) -> GivenLoads:
    """Find loads by the name of a file or folder in a service's folder of loads.

    Read once for a timetable, and again when the file was written since.

    Raises
    ------
    InputError
        If there is no such name, or the file cannot be used.
    """
    known = {} if folder is None else {path.name: path for path in folder.iterdir()}
    path = known.get(name)
    if path is None:
        raise InputError(
            Problem(
                file="request",
                field="loads",
                found=repr(name),
                expected="one of " + ", ".join(sorted(known)) if known else "no loads: none here",
                mend="Start the service with creneau serve --loads DIR, and name what is in it.",
            )
        )
    state = path.stat()
    return _kept.find(
        (timetable,),
        lambda: read_loads(path, timetable),
        values=(str(path), state.st_mtime_ns, state.st_size),
    )


def describe_loads(given: GivenLoads, words: Catalogue) -> list[str]:
    """Return what an answer has to say of the loads it rests on."""
    notes = [
        words(
            "itinerary.loads_note",
            file=given.file,
            share=words.percent(given.n_given / max(1, given.n_segments)),
        )
    ]
    if given.period is not None:
        start, end = given.period
        notes.append(words("itinerary.loads_period", start=start, end=end))
    if given.relative_error is None:
        notes.append(words("itinerary.loads_unsure"))
    else:
        notes.append(words("itinerary.loads_error", share=words.percent(given.relative_error)))
    if given.is_same is False:
        notes.append(words("itinerary.loads_other", file=given.file))
    first = {kind: examples[0] for kind, examples in given.log.examples.items()}
    notes += [
        words(
            "itinerary.loads_aside",
            file=given.file,
            count=words.number(count, 0),
            kind=words.find("loads_aside", kind),
            row=first[kind].row,
            found=first[kind].found,
        )
        for kind, count in given.log.counts.items()
    ]
    return notes
