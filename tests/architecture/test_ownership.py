"""The six top-level names are this distribution's, and each says what it exports."""

import importlib
import importlib.util
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.project import PACKAGES, ROOT


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_installs_a_package_of_this_name(name: str) -> None:
    owners = {owner.lower() for owner in packages_distributions().get(name, [])}
    assert owners <= {"creneau"}


@pytest.mark.parametrize("name", PACKAGES)
def test_the_name_imports_this_projects_folder(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_is_marked_as_typed(name: str) -> None:
    assert (ROOT / name / "py.typed").is_file()


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_lists_its_exports_and_they_exist(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", None)
    assert exported, f"{name}/__init__.py has no __all__"
    assert sorted(set(exported)) == sorted(exported), "a name is listed twice"
    missing = [export for export in exported if not hasattr(module, export)]
    assert missing == []
