r"""Where artefacts are kept between runs: opened, stored, counted and removed.

``CRENEAU_CACHE`` names the folder, or says ``off``. Else it is the user's cache folder:
``$XDG_CACHE_HOME/creneau`` or ``~/.cache/creneau``, ``~/Library/Caches/creneau`` on macOS,
``%LOCALAPPDATA%\creneau\cache`` on Windows. Anything in it may be removed at any time.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.artefacts.folder import (
    UNFINISHED,
    Artefact,
    Damaged,
    open_artefact,
    read_manifest,
    remove_artefact,
    remove_unfinished,
    write_artefact,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE_VARIABLE = "CRENEAU_CACHE"
OFF = "off"
KEPT = 3
"""Artefacts of one territory; older ones are removed when a new one is stored."""

LEFT_OVER_S = 24 * 3600.0
"""An unfinished folder of another machine is taken to be left behind after so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A folder of artefacts, by name of the territory and key."""

    root: Path

    @property
    def memory(self) -> Path:
        """Folder of what is remembered about inputs."""
        return self.root

    def place(self, name: str, key: str) -> Path:
        """Return where the artefact of a key is or would be."""
        return self.root / "artefacts" / name / key[:32]

    def open(self, name: str, key: str) -> Artefact:
        """Open an artefact.

        Raises
        ------
        FileNotFoundError
            If there is none.
        Damaged
            If it is not as it was written.
        """
        return open_artefact(self.place(name, key), key=key)

    def store(self, name: str, value: object, manifest: dict[str, Any]) -> Path:
        """Write an artefact and return where it is.

        Another process may have finished the same one meanwhile: then that one stays. A
        damaged one is replaced.

        Raises
        ------
        OSError
            If the folder cannot be written to or is full.
        """
        key = str(manifest["key"])
        place = self.place(name, key)
        for _ in range(3):
            try:
                write_artefact(place, value, manifest)
            except FileExistsError:
                try:
                    open_artefact(place, key=key)
                except FileNotFoundError:
                    continue
                except Damaged:
                    with suppress(FileNotFoundError):
                        remove_artefact(place)
                    continue
            return place
        msg = f"{place} is in use by others"
        raise OSError(msg)

    def prune(self, name: str, *, keep: int = KEPT, spare: Path | None = None) -> list[Path]:
        """Remove what stopped writers left, and all but the newest artefacts of a territory.

        ``spare`` stays whatever its age. Returns what was removed.
        """
        folder = self.root / "artefacts" / name
        remove_unfinished(folder, older_than_s=LEFT_OVER_S, now_s=time.time())
        dated = []
        with suppress(OSError):
            places = [path for path in folder.iterdir() if not path.name.endswith(UNFINISHED)]
            for place in places:
                with suppress(OSError):
                    dated.append((place != spare, -place.stat().st_mtime_ns, place.name, place))
        removed = []
        for *_, place in sorted(dated)[keep:]:
            with suppress(OSError):
                remove_artefact(place)
                removed.append(place)
        return removed

    def find_manifest(self, name: str, key: str) -> dict[str, Any] | None:
        """Return the manifest of an artefact, None where there is none that is whole."""
        try:
            return read_manifest(self.place(name, key))
        except (OSError, Damaged):
            return None


def find_cache(environment: Mapping[str, str] | None = None) -> Cache | None:
    """Return the user's cache, None where it is off or there is no place for one."""
    given = os.environ if environment is None else environment
    named = given.get(CACHE_VARIABLE, "").strip()
    if named.lower() == OFF:
        return None
    if named:
        return Cache(root=Path(named).absolute())
    folder = _platform_folder(given)
    return None if folder is None else Cache(root=folder)


def _platform_folder(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():  # a relative one is invalid, says the standard
        return Path(named) / "creneau"
    if sys.platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return Path(local) / "creneau" / "cache" if local else None
    try:
        home = Path.home()
    except RuntimeError:  # nobody's home
        return None
    caches = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return caches / "creneau"
