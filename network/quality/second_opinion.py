"""What an independent validator says of a feed: gtfs-guru, the canonical rules of MobilityData."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from network.quality.report import SecondOpinion

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from network.base import Progress

TOOL = "gtfs-guru"
_MODULE = "gtfs_guru"

MAX_TEXT_BYTES = 150_000_000
"""Feeds with more text than this are asked about only on request.

Measured with version 1.0.0: 261 MB of memory for 20 MB of text, so about 2 GB at the limit.
"""
TIME_LIMIT_S = 300.0
_WAIT_S = 0.1

# In a process of its own: the validator holds the whole feed in memory, which is free again
# when it ends, and whatever becomes of it, it cannot take the check along.
_PROGRAM = """
import collections, json, sys
import gtfs_guru
found = gtfs_guru.validate(sys.argv[1], date=sys.argv[2])
count = collections.Counter((str(n.code), str(n.severity).lower()) for n in found.notices)
json.dump([[code, severity, n] for (code, severity), n in count.items()], sys.stdout)
"""
_RANKS = {"error": 0, "warning": 1}


def ask_second_opinion(
    path: Path, today: dt.date, *, is_asked_for: bool, progress: Progress
) -> SecondOpinion:
    """Ask gtfs-guru about one feed; the answer says why where there is none.

    Parameters
    ----------
    path
        The feed, a zip file or a folder.
    today
        The date on which rules about expiry are judged.
    is_asked_for
        Ask about feeds of more than 150 MB of text too.
    progress
        Called while the validator runs; raising :class:`network.base.Cancelled` ends it.
    """
    if importlib.util.find_spec(_MODULE) is None:
        return _none(path, "gtfs-guru is not installed: pip install creneau[validator]", "")
    try:
        number = version(TOOL)
    except PackageNotFoundError:
        number = ""
    size = _text_bytes(path)
    if size > MAX_TEXT_BYTES and not is_asked_for:
        reason = f"{size / 1e6:.0f} MB of text, over {MAX_TEXT_BYTES / 1e6:.0f}; ask for it"
        return _none(path, reason, number)
    return _run(path, today, number, progress)


def _run(path: Path, today: dt.date, number: str, progress: Progress) -> SecondOpinion:
    command = [sys.executable, "-P", "-c", _PROGRAM, str(path.resolve()), today.isoformat()]
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        try:
            worker = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=answer, stderr=complaint
            )
        except OSError as error:
            return _none(path, f"could not be started ({type(error).__name__})", number)
        started = time.monotonic()
        try:
            while worker.poll() is None:
                progress("second_opinion", 0, 1)
                if time.monotonic() - started > TIME_LIMIT_S:
                    return _none(path, f"no answer within {TIME_LIMIT_S:.0f} s", number)
                time.sleep(_WAIT_S)
        finally:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        answer.seek(0)
        complaint.seek(0)
        try:
            rows = json.loads(answer.read())
        except ValueError:
            lines = complaint.read().decode("utf-8", "replace").strip().splitlines()
            last = lines[-1] if lines else f"it ended with status {worker.returncode}"
            return _none(path, f"failed: {last}", number)
    notices = [(str(code), str(severity), int(n)) for code, severity, n in rows]
    notices.sort(key=lambda notice: (_RANKS.get(notice[1], 2), -notice[2], notice[0]))
    return SecondOpinion(
        file=path.name,
        tool=TOOL,
        version=number,
        available=True,
        reason="",
        notices=tuple(notices),
    )


def _text_bytes(path: Path) -> int:
    """Return the bytes of a feed's files, unpacked; 0 where they cannot be seen."""
    try:
        if path.is_dir():
            return sum(file.stat().st_size for file in path.glob("*.txt"))
        with zipfile.ZipFile(path) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return 0


def _none(path: Path, reason: str, number: str) -> SecondOpinion:
    return SecondOpinion(
        file=path.name, tool=TOOL, version=number, available=False, reason=reason, notices=()
    )
