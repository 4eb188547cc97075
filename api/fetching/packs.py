"""Which files a territory's pack names, where they go, and all of them one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.fetching.files import Wanted
from api.fetching.transfer import fetch_file
from network.base import InputError, Problem, no_progress
from scenarios.pack_files import resolve_path
from scenarios.parameters import DATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import httpx

    from api.fetching.client import FetchSettings
    from api.fetching.files import Fetched
    from network.base import Progress
    from scenarios.parameters import Download, TerritoryFile


def choose_files(
    file: TerritoryFile, folder: Path, only: Iterable[str] = ()
) -> list[tuple[Download, Wanted]]:
    """Return what a pack says of its files, and each as a file to fetch, in the pack's order.

    Parameters
    ----------
    folder
        The pack's folder.
    only
        Names (``idfm.zip``) or paths (``ile-de-france/idfm.zip``) of the files meant; all of
        them if empty.

    Raises
    ------
    InputError
        If a name is none of the pack's files; names those there are.
    """
    names = tuple(dict.fromkeys(only))
    unknown = [n for n in names if not any(_is_called(item, n) for item in file.fetch)]
    if unknown:
        known = ", ".join(item.to for item in file.fetch) or "nothing: the pack names no download"
        raise InputError(
            *(
                Problem(
                    file="--only",
                    found=repr(name),
                    expected=f"one of the files that {file.name} names: {known}",
                    mend="Correct the name, or leave --only out.",
                )
                for name in unknown
            )
        )
    chosen = [
        item for item in file.fetch if not names or any(_is_called(item, name) for name in names)
    ]
    return [(item, _to_wanted(item, folder)) for item in chosen]


def fetch_files(
    wanted: Sequence[Wanted],
    client: httpx.Client,
    *,
    settings: FetchSettings | None = None,
    again: bool = False,
    progress: Progress = no_progress,
    begin: Callable[[Wanted], None] = lambda _: None,
    end: Callable[[Fetched], None] = lambda _: None,
) -> list[Fetched]:
    """Fetch files one after the other; one that cannot be had does not keep the others back.

    Parameters
    ----------
    begin, end
        Called before each file, and after each that is there.

    Raises
    ------
    InputError
        Once all have been tried, naming every one that could not be had.
    """
    fetched: list[Fetched] = []
    problems: list[Problem] = []
    for item in wanted:
        begin(item)
        try:
            outcome = fetch_file(item, client, settings=settings, again=again, progress=progress)
        except InputError as error:
            problems += error.problems
        else:
            fetched.append(outcome)
            end(outcome)
    if problems:
        raise InputError(*problems)
    return fetched


def _is_called(item: Download, name: str) -> bool:
    return name in (item.to, item.to.rpartition("/")[2])


def _to_wanted(item: Download, folder: Path) -> Wanted:
    return Wanted(
        name=item.to,
        url=item.url,
        path=resolve_path(DATA_PREFIX + item.to, folder),
        sha256=item.sha256,
        size_bytes=None if item.size_mb is None else int(item.size_mb * 1e6),
        licence=item.licence,
        licence_url=item.licence_url,
    )
