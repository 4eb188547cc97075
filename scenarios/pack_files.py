"""Where packs are, what their file says, and the files they name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from network.base import Problem
from network.base.errors import ScenarioInputError
from scenarios.artefacts import hash_inputs
from scenarios.artefacts.hashing import combine
from scenarios.pack_tables import read_toml
from scenarios.parameters import DATA_PREFIX, DATA_VARIABLE, TerritoryFile
from scenarios.validation import problems_of

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKS = Path(__file__).parent / "territories"
PACK_FILE = "territory.toml"


def list_packs() -> dict[str, Path]:
    """Return the folders of the packs that ship with the program, by name."""
    found = {}
    for path in sorted(PACKS.glob(f"*/{PACK_FILE}")):
        found[read_territory_file(path).name] = path.parent
    return dict(sorted(found.items()))


def find_pack(name_or_path: str | Path) -> Path:
    """Return the folder of a pack, given by its name or by the path of its folder.

    Raises
    ------
    ScenarioInputError
        If there is no such pack; names those there are.
    """
    given = Path(name_or_path)
    if given.name == PACK_FILE and given.is_file():
        return given.parent
    if (given / PACK_FILE).is_file():
        return given
    known = list_packs()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    raise ScenarioInputError(
        Problem(
            file=str(name_or_path),
            found=f"no territory of that name, and no folder with a {PACK_FILE}",
            expected="one of " + ", ".join(known) + ", or the path of a pack's folder",
            mend="Correct the name or the path.",
        )
    )


def read_territory_file(path: Path) -> TerritoryFile:
    """Read and check one ``territory.toml``.

    Raises
    ------
    ScenarioInputError
        Naming each wrong field, or the line where the TOML breaks.
    """
    try:
        return TerritoryFile.model_validate(read_toml(path))
    except ValidationError as error:
        raise ScenarioInputError(*problems_of(error, file=str(path))) from None


def resolve_path(text: str, folder: Path) -> Path:
    """Return the path a pack names: relative to its folder, or under the data folder.

    ``${CRENEAU_DATA}`` stands for the environment variable of that name, which defaults to
    ``../shared/data`` from where the program is started.
    """
    if text.startswith(DATA_PREFIX.rstrip("/")):
        root = Path(os.environ.get(DATA_VARIABLE, "../shared/data"))
        return root / text.removeprefix(DATA_PREFIX.rstrip("/")).lstrip("/")
    return folder / text


def list_network_files(file: TerritoryFile, folder: Path) -> list[Path]:
    """Return every file and folder that a pack's network is built from."""
    rules = file.network
    named = [*(feed.path for feed in rules.feed_files), rules.osm, rules.elevation, rules.vehicles]
    return [resolve_path(text, folder) for text in named if text is not None]


def list_files(file: TerritoryFile, folder: Path) -> list[Path]:
    """Return every file and folder a pack names, its own file included, each once."""
    demand, people, zones = file.demand, file.people, file.zones
    named: list[str | None] = [file.network.hubs, file.network.other_stations, *file.sources]
    if people is not None:
        named += [people.employers, people.arrival_profile, people.station_entries]
    if zones is not None:
        named += [zones.file, zones.polygons]
    if demand is not None:
        named.append(demand.zones)
        if demand.kind == "pack":
            named.append(demand.flows)
        else:
            named += [demand.commune_zones, demand.workers, demand.modes]
    others = [resolve_path(text, folder) for text in named if text is not None]
    return list(dict.fromkeys([folder / PACK_FILE, *list_network_files(file, folder), *others]))


def require_files(files: Sequence[Path], folder: Path, file: TerritoryFile) -> None:
    """Raise ScenarioInputError naming every file that is not there, and how to come by it."""
    fetched = {resolve_path(DATA_PREFIX + download.to, folder) for download in file.fetch}
    by_hand = f"Put it there, or set {DATA_VARIABLE} to the folder that holds it."
    problems = [
        Problem(
            file=str(path),
            found="no such file",
            expected=f"a file that the territory in {folder.name} is built from",
            mend=f"Run creneau territory fetch {file.name}. Or: {by_hand[0].lower()}{by_hand[1:]}"
            if path in fetched
            else by_hand,
        )
        for path in files
        if not path.exists()
    ]
    if problems:
        raise ScenarioInputError(*problems)


def hash_files(paths: Sequence[Path], *, memory: Path | None = None) -> str:
    """Return the SHA-256 of files and folders: of their names and bytes, in order of name.

    ``memory`` is where the hashes of large files are remembered (None: nowhere).

    Raises
    ------
    ScenarioInputError
        If one cannot be read.
    """
    try:
        hashes = hash_inputs(paths, memory=memory)
    except OSError as error:
        raise ScenarioInputError(
            Problem(
                file=str(error.filename or ", ".join(map(str, paths))),
                found=f"it cannot be read ({type(error).__name__})",
                expected="a file that this program may read",
                mend="Correct the file's permissions, or give another file.",
            )
        ) from None
    return combine((path.name, hashes[path].sha256) for path in paths)
