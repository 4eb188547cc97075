"""Which files of a zip file or a folder are the tables of a feed."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError
from network.readers._gtfs_schema import TIMETABLE, get_schemas

if TYPE_CHECKING:
    from pathlib import Path

    from network.base import ProblemLog

_SHOWN = 8


def choose_tables(path: Path, names: list[str], log: ProblemLog) -> dict[str, str]:
    """Return the file of each table, all of one folder; a feed at the top goes first.

    Raises
    ------
    NetworkInputError
        If no file is a table of a timetable, or folders inside hold a feed each.
    """
    by_folder: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        table = table_of(name)
        if table is not None:
            folder = str(PurePosixPath(name.replace("\\", "/")).parent)
            by_folder.setdefault(folder, {})[table] = name
    ranked = {f: len(set(TIMETABLE) & set(tables)) for f, tables in by_folder.items()}
    best = max(ranked.values(), default=0)
    if best == 0:
        raise NetworkInputError(_without_tables(path, names))
    candidates = [folder for folder, rank in sorted(ranked.items()) if rank == best]
    chosen = "." if "." in candidates else candidates[0]
    if len(candidates) > 1 and chosen != ".":
        raise NetworkInputError(_several_feeds(path, candidates))
    for folder in sorted(set(by_folder) - {chosen}):
        log.set_aside(
            "table in another folder of the feed",
            no_feed(
                path,
                f"tables in the folder {folder} as well",
                "They are not read; give that folder alone if it is the feed you want.",
            ),
            count=len(by_folder[folder]),
        )
    return by_folder[chosen]


def table_of(name: str) -> str | None:
    """Return the table that a file holds by its name; None where it holds none."""
    path = PurePosixPath(name.replace("\\", "/"))
    if any(part == "__MACOSX" or part.startswith(".") for part in path.parts):
        return None
    table = path.stem.strip().lower()
    return table if path.suffix.lower() == ".txt" and table in get_schemas() else None


def no_feed(path: Path, found: str, mend: str) -> Problem:
    """Return what to say of a path that is no feed."""
    return Problem(
        file=str(path),
        found=found,
        expected="a GTFS feed: a zip file, or a folder, of .txt tables",
        mend=mend,
    )


def _without_tables(path: Path, names: list[str]) -> Problem:
    shown = sorted(names)[:_SHOWN]
    found = "no table of a timetable in it: "
    found += ", ".join(shown) if shown else "it is empty"
    if len(names) > _SHOWN:
        found += f" and {len(names) - _SHOWN} more files"
    if any(name.lower().endswith(".zip") for name in names):
        return no_feed(path, found, "Unpack it and give one of the zip files in it.")
    return no_feed(path, found, "Give the zip file or the folder that holds stops.txt.")


def _several_feeds(path: Path, folders: list[str]) -> Problem:
    shown = ", ".join(folders[:_SHOWN])
    return no_feed(
        path,
        f"feeds in {len(folders)} folders: {shown}",
        "Unpack it and give each folder as a feed of its own.",
    )
