"""Imports go one way, and the contracts that say so do break when they are broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import PACKAGES, ROOT, describe, imported_modules, list_python

VIOLATIONS = {
    "Imports go one way": ("network/base/bad.py", "import solver\n"),
    "Demand knows nothing of the network but its base": (
        "demand/readers/bad.py",
        "from network.timetable import Timetable\n",
    ),
    "Only api knows HTTP and the command line": ("scenarios/bad.py", "import fastapi\n"),
    "The solver reads no files and no feeds": ("solver/choice/bad.py", "import pandas\n"),
}


def run_lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_contracts_are_kept() -> None:
    outcome = run_lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Lint a copy of the packages with one forbidden import a contract."""
    copy = tmp_path_factory.mktemp("violations")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path in list_python():
        target = copy / path.relative_to(ROOT)
        if target.relative_to(copy).parts[0] in PACKAGES:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    for file, source in VIOLATIONS.values():
        (copy / file).write_text(source, encoding="utf-8")
    return run_lint_imports(copy)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_forbidden_import_breaks_its_contract(
    contract: str, violated: subprocess.CompletedProcess[str]
) -> None:
    verdicts = [line for line in violated.stdout.splitlines() if line.startswith(contract)]
    assert verdicts, violated.stdout + violated.stderr
    assert "BROKEN" in verdicts[0]
    assert violated.returncode == 1


def list_kernels() -> list[Path]:
    return [path for path in list_python() if path.name.endswith("_kernels.py")]


def test_there_are_kernels_to_check() -> None:
    assert list_kernels()


@pytest.mark.parametrize("path", list_kernels(), ids=describe)
def test_kernels_import_arrays_only(path: Path) -> None:
    allowed = {"__future__", "math", "numpy", "numba", "typing"}
    own_kernels = {
        describe(other).removesuffix(".py").replace("/", ".") for other in list_kernels()
    }
    imported = imported_modules(path.read_text(encoding="utf-8"))
    outside = {
        name for name in imported if name.split(".")[0] not in allowed and name not in own_kernels
    }
    assert outside == set()


def test_demand_imports_nothing_of_the_network_but_its_base() -> None:
    wrong = {
        f"{describe(path)}: {name}"
        for path in list_python()
        if path.relative_to(ROOT).parts[0] == "demand"
        for name in imported_modules(path.read_text(encoding="utf-8"))
        if name.split(".")[0] == "network" and name.split(".")[:2] != ["network", "base"]
    }
    assert wrong == set()
