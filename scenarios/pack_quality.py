"""The quality report of a pack's network, kept beside the network in the cache."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import network.quality
from network.base import no_progress
from network.quality.report import Severity
from scenarios.artefacts import Damaged, open_artefact, write_artefact
from scenarios.artefacts.folder import remove_artefact, replace_manifest
from scenarios.network_inputs import compute_key, program_version

if TYPE_CHECKING:
    import datetime as dt

    from network.base import Progress
    from network.quality.report import QualityReport
    from scenarios.built import BuiltNetwork

FOLDER = "quality"


def obtain_report(
    built: BuiltNetwork, *, today: dt.date, progress: Progress = no_progress
) -> tuple[QualityReport, bool]:
    """Check the files of a network, or open the report of an earlier check of the same files.

    A report that is opened says in ``checked_on`` of which day it is: what it says about
    feeds that end soon is as of then.

    Returns
    -------
    report, is_new
        The report, and whether the files were checked now.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    key = compute_key({"network": built.key, "checks": checks_version()})
    place = None if built.path is None else built.path / FOLDER
    if place is not None:
        with suppress(OSError, Damaged):
            found: QualityReport = open_artefact(place, key=key).value
            return found, False
    from network.quality.check import check_files  # slow to import, rarely needed

    inputs = built.inputs
    report, _ = check_files(
        inputs.feeds,
        inputs.osm,
        date=built.service_date,
        today=today,
        second_opinion=False,
        progress=progress,
    )
    if place is not None and built.path is not None:
        with suppress(OSError):
            if place.exists():  # damaged, or of other checks
                remove_artefact(place)
            summary = summarise_report(report)
            write_artefact(place, report, {"kind": "quality", "key": key, "quality": summary})
            manifest = {**built.manifest, "quality": {**built.manifest["quality"], **summary}}
            replace_manifest(built.path, manifest)
    return report, True


def summarise_report(report: QualityReport) -> dict[str, Any]:
    """Return a report in a few numbers, as plain JSON values."""
    return {
        "checked_on": report.checked_on.isoformat(),
        "findings": {
            str(severity): sum(1 for f in report.findings if f.severity is severity)
            for severity in Severity
        },
        "items": {str(severity): report.count(severity) for severity in Severity},
        "codes": {f"{f.code} {f.file}".strip(): f.count for f in report.findings},
    }


@cache
def checks_version() -> str:
    """Return a hash of the program's own files that check other files."""
    folder = Path(network.quality.__path__[0])
    digest = hashlib.sha256(program_version().encode())
    for path in sorted(folder.glob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
