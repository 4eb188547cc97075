"""Built networks on disk: arrays that are mapped, found by the content they were made from."""

from scenarios.artefacts.cache import Cache, find_cache
from scenarios.artefacts.folder import Artefact, Damaged, open_artefact, write_artefact
from scenarios.artefacts.hashing import FileHash, hash_inputs

__all__ = [
    "Artefact",
    "Cache",
    "Damaged",
    "FileHash",
    "find_cache",
    "hash_inputs",
    "open_artefact",
    "write_artefact",
]
