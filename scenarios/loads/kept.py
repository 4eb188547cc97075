"""Journeys already found, kept in the cache: a loading that was stopped goes on from them."""

from __future__ import annotations

import hashlib
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from scenarios.artefacts import Damaged, find_cache, open_artefact, write_artefact
from scenarios.artefacts.codec import pack
from scenarios.artefacts.folder import remove_unfinished
from scenarios.network_inputs import program_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network import Network
    from solver.loading.vehicles import GroupPart

KEPT_QUESTIONS = 3
"""Sets of journeys of one territory that stay; older ones are removed."""
LEFT_OVER_S = 24 * 3600.0
_SOURCES = ("network/routing", "network/walking", "solver/choice", "solver/loading/vehicles")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptJourneys:
    """The journeys of some origins of one question, each chunk a folder of its own.

    ``folder`` is named by ``key``, the hash of everything that journeys follow from. A chunk
    that is damaged counts as not there.
    """

    folder: Path
    key: str

    def load(self, number: int) -> Sequence[GroupPart] | None:
        """Return the journeys of a chunk of origins, None where it is not finished."""
        try:
            artefact = open_artefact(self._place(number), key=self._key(number))
        except (OSError, Damaged):
            return None
        return cast("list[GroupPart]", artefact.value)

    def save(self, number: int, parts: Sequence[GroupPart]) -> None:
        """Keep the journeys of a chunk; where that cannot be, the next run finds them again."""
        place = self._place(number)
        with suppress(OSError):
            if place.exists():
                shutil.rmtree(place, ignore_errors=True)
            write_artefact(place, list(parts), {"key": self._key(number), "kind": "journeys"})

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:04d}"

    def _key(self, number: int) -> str:
        return f"{self.key}:{number}"


def keep_journeys(name: str, network: Network, question: object) -> KeptJourneys | None:
    """Return where journeys of a question on a network are kept, None where the cache is off.

    The oldest questions of the territory ``name`` make room. ``question`` is whatever else the
    journeys follow from: arrays, settings.
    """
    cache = find_cache()
    if cache is None:
        return None
    held = (network.timetable, network.footpaths, network.transfer_rules, network.pathways)
    key = _hash(program_version(), _hash_sources(), held, question)
    folder = cache.root / "journeys" / name
    _make_room(folder, folder / key[:32])
    return KeptJourneys(folder=folder / key[:32], key=key)


def _hash(*values: object) -> str:
    """Return the SHA-256 of values as they would be stored."""
    packed = pack(values)
    digest = hashlib.sha256(repr((packed.tree, packed.layout)).encode())
    for chunk in packed.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _hash_sources() -> str:
    """Return a hash of the program's own files that find journeys."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for place in _SOURCES:
        for path in sorted((root / place).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _make_room(folder: Path, present: Path) -> None:
    """Remove what stopped writers left here, and the questions that were asked longest ago."""
    with suppress(OSError):
        present.mkdir(parents=True, exist_ok=True)
        present.touch()
        dated = sorted((place.stat().st_mtime_ns, place) for place in folder.iterdir())
        for _, place in dated[:-KEPT_QUESTIONS]:
            shutil.rmtree(place, ignore_errors=True)
        remove_unfinished(present, older_than_s=LEFT_OVER_S, now_s=time.time())
