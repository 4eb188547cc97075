"""What the architecture tests read: the project's folders, files and metadata."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("network", "demand", "solver", "scenarios", "api", "benchmarks")
CODE_FOLDERS = (*PACKAGES, "tests", "scripts")


@cache
def list_files() -> tuple[Path, ...]:
    """Return the files of the project: tracked or about to be, else (no git) all of them."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        found = {ROOT / name for name in listing.stdout.split("\0") if name}
    else:
        hidden = {".venv", ".git", "__pycache__", "out", "build", "dist"}
        found = {p for p in ROOT.rglob("*") if not hidden & set(p.relative_to(ROOT).parts)}
    return tuple(sorted(path for path in found if path.is_file()))


@cache
def list_python() -> tuple[Path, ...]:
    """Return the Python files of the packages, the tests and the scripts."""
    return tuple(
        path
        for path in list_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in CODE_FOLDERS
    )


@cache
def read_pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imported_modules(source: str) -> set[str]:
    """Return every module an import statement of the source names, wherever it stands.

    ``from a import b`` counts as ``a``; a relative import keeps its dots.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def describe(path: Path) -> str:
    """Return a path as it is written in the project."""
    return path.relative_to(ROOT).as_posix()
