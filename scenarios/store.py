"""Results on disk: the one place of this package that writes files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.results import RunResult


def write_result(result: RunResult, out_dir: Path) -> list[Path]:
    """Write a run as ``result.json`` into a folder; return what was written.

    The file appears whole or not at all: it is written beside its place and then renamed.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / "result.json"
    partial = path.with_suffix(".json.part")
    text = json.dumps(result.as_dict(), ensure_ascii=False, indent=1, allow_nan=False)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)
    return [path]
