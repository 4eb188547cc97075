"""A network from its inputs: opened from the cache, or built and put there."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from network.base import no_progress
from scenarios.artefacts import Damaged, find_cache
from scenarios.artefacts.folder import read_manifest
from scenarios.network_inputs import (
    LIBRARIES,
    builder_version,
    compute_key,
    describe_inputs,
    describe_parameters,
    find_service_date,
    hash_network_files,
    library_version,
    program_version,
    read_inputs,
)

if TYPE_CHECKING:
    from pathlib import Path

    from network import Network
    from network.base import Progress
    from scenarios.artefacts import Cache, FileHash
    from scenarios.network_inputs import NetworkInputs


class Origin(StrEnum):
    """How a network came about."""

    OPENED = "opened"  # it was in the cache
    BUILT = "built"  # and is in the cache now
    IN_MEMORY = "in_memory"  # built; the cache is off or cannot be written to


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltNetwork:
    """A network, and where it came from.

    ``path`` is the artefact's, None in memory; ``manifest`` is what it says of itself or would
    say. ``reason`` says why the network is not in the cache (empty where it is), ``damage``
    what was wrong with an artefact that had to be built again (else empty), ``removed`` which
    older artefacts of the territory made room.
    """

    network: Network
    inputs: NetworkInputs
    service_date: dt.date
    key: str
    origin: Origin
    manifest: dict[str, Any]
    hashes: dict[Path, FileHash]
    path: Path | None = None
    reason: str = ""
    damage: str = ""
    removed: tuple[Path, ...] = ()


def obtain_network(
    name: str, inputs: NetworkInputs, *, progress: Progress = no_progress
) -> BuiltNetwork:
    """Open the network of these inputs from the cache, else build it and put it there.

    Parameters
    ----------
    name
        The territory's: the cache keeps so many artefacts of each.
    inputs
        Files, parameters and date; without a date, the one that was chosen for these files
        before, else :func:`scenarios.network_inputs.find_service_date`.
    progress
        Called while files are read and the network is built.

    Raises
    ------
    InputError
        If a file cannot be read, or the files leave nothing to build on.
    """
    cache = find_cache()
    hashes = hash_network_files(inputs, memory=None if cache is None else cache.memory)
    if inputs.service_date is None:
        inputs = inputs.on(_choose_date(inputs, hashes, cache))
    key = compute_key(describe_inputs(inputs, hashes))
    damage = ""
    if cache is not None:
        try:
            artefact = cache.open(name, key)
        except OSError:
            pass  # there is none, or none that this user may read
        except Damaged as error:
            damage = str(error)
        else:
            return BuiltNetwork(
                network=artefact.value,
                inputs=inputs,
                service_date=artefact.value.timetable.service_date,
                key=key,
                origin=Origin.OPENED,
                manifest=artefact.manifest,
                hashes=hashes,
                path=artefact.path,
            )
    network = read_inputs(inputs, progress=progress)
    built = BuiltNetwork(
        network=network,
        inputs=inputs,
        service_date=network.timetable.service_date,
        key=key,
        origin=Origin.IN_MEMORY,
        manifest=_describe(name, key, inputs, hashes, network),
        hashes=hashes,
        damage=damage,
    )
    return built if cache is None else _store(built, name, cache)


def count_network(network: Network) -> dict[str, int]:
    """Return how much of each thing a network holds."""
    timetable, streets = network.timetable, network.streets
    counts = {
        "stops": timetable.n_stops,
        "routes": len(timetable.routes),
        "patterns": timetable.n_patterns,
        "trips": timetable.n_trips,
        "stop_times": timetable.n_stop_times,
        "footpaths": len(network.footpaths.stop),
    }
    if streets is not None:
        counts |= {
            "street_nodes": len(streets.nodes),
            "street_segments": len(streets.segments),
            "walk_edges": streets.walk.n_edges,
            "bike_edges": streets.bike.n_edges,
            "car_edges": streets.car.n_edges,
        }
    return counts


def count_set_aside(network: Network) -> dict[str, int]:
    """Return the rows and ways that could not be used, by kind."""
    counts = dict(network.timetable.set_aside.counts)
    if network.streets is not None:
        for kind, count in network.streets.set_aside.counts.items():
            counts[kind] = counts.get(kind, 0) + count
    return counts


def _describe(
    name: str,
    key: str,
    inputs: NetworkInputs,
    hashes: dict[Path, FileHash],
    network: Network,
) -> dict[str, Any]:
    """Return the manifest of a network that was just built."""
    return {
        "kind": "network",
        "key": key,
        "name": name,
        "program": program_version(),
        "builder": builder_version(),
        "libraries": {library: library_version(library) for library in LIBRARIES},
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "service_date": network.timetable.service_date.isoformat(),
        "inputs": [
            {
                "role": role,
                "path": str(path),
                "bytes": hashes[path].size,
                "sha256": hashes[path].sha256,
            }
            for role, paths in inputs.files().items()
            for path in paths
        ],
        "parameters": describe_parameters(inputs),
        "counts": count_network(network),
        "quality": {"set_aside": count_set_aside(network)},
    }


def _store(built: BuiltNetwork, name: str, cache: Cache) -> BuiltNetwork:
    """Put a network into the cache; one that cannot be put there stays in memory."""
    try:
        path = cache.store(name, built.network, built.manifest)
        manifest = read_manifest(path)
    except (OSError, Damaged) as error:
        why = getattr(error, "strerror", None) or str(error)
        return replace(built, reason=f"{cache.root}: {why}")
    removed = cache.prune(name, spare=path)
    return replace(built, origin=Origin.BUILT, path=path, manifest=manifest, removed=tuple(removed))


def _choose_date(
    inputs: NetworkInputs, hashes: dict[Path, FileHash], cache: Cache | None
) -> dt.date:
    """Return the date for inputs without one; what was chosen before is remembered."""
    if cache is None:
        return find_service_date(inputs)
    memory = cache.memory / "dates" / compute_key(describe_inputs(inputs, hashes))[:32]
    with suppress(OSError, ValueError):
        return dt.date.fromisoformat(memory.read_text(encoding="ascii"))
    date = find_service_date(inputs)
    draft = memory.with_name(f".{memory.name}.{uuid.uuid4().hex[:8]}")
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(date.isoformat(), encoding="ascii")
        draft.replace(memory)
    return date
