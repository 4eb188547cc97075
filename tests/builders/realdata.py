"""Real data that tests may use where it is at hand; never a part of the project."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


def real_data(*parts: str) -> Path:
    """Return a file of the real-data folder; skip the test, saying so, where it is absent."""
    folder = Path(os.environ.get("CRENEAU_DATA", str(_ROOT.parent / "shared" / "data")))
    path = folder.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(parts)}: set CRENEAU_DATA to the folder that holds it")
    return path
