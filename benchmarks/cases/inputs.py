"""What several cases start from: real feeds where they are at hand, the embedded territory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.registry import ROOT, Unavailable

if TYPE_CHECKING:
    from scenarios.model import Model
    from scenarios.territory import Territory


def find_real_data(*parts: str) -> Path:
    """Return a file of the folder ``CRENEAU_DATA`` names (default ../shared/data)."""
    folder = Path(os.environ.get("CRENEAU_DATA", str(ROOT.parent / "shared" / "data")))
    path = folder.joinpath(*parts)
    if not path.exists():
        msg = f"needs {'/'.join(parts)}: set CRENEAU_DATA to the folder that holds it"
        raise Unavailable(msg)
    return path


def load_default_territory() -> Territory:
    """Return the embedded territory."""
    from scenarios.territory import load_territory

    return load_territory("plaine-commune")


def build_default_model() -> Model:
    """Return the embedded territory's model under a scenario that changes nothing."""
    from scenarios.model import build_model
    from scenarios.schema import Scenario

    return build_model(load_default_territory(), Scenario(name="benchmark"))
