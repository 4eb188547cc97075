"""constraints.txt pins every dependency, once, by version alone."""

import re
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.project import ROOT, read_pyproject


def read_pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert len({canonicalize_name(pin.name) for pin in pins}) == len(pins), "a name is pinned twice"
    return {canonicalize_name(pin.name): pin for pin in pins}


def list_requirements(*, leave_out: tuple[str, ...] = ()) -> list[Requirement]:
    project = read_pyproject()["project"]
    extras = [
        group for name, group in project["optional-dependencies"].items() if name not in leave_out
    ]
    return [Requirement(text) for group in (project["dependencies"], *extras) for text in group]


def test_pins_are_exact_versions_and_no_addresses() -> None:
    for pin in read_pins().values():
        assert pin.url is None
        assert re.fullmatch(r"==[\w.+!]+", str(pin.specifier)), str(pin)


@pytest.mark.parametrize("requirement", list_requirements(), ids=lambda r: r.name)
def test_every_dependency_is_pinned_to_a_version_it_allows(requirement: Requirement) -> None:
    pin = read_pins().get(canonicalize_name(requirement.name))
    assert pin is not None, f"constraints.txt does not pin {requirement.name}"
    pinned = str(pin.specifier).removeprefix("==")
    assert requirement.specifier.contains(pinned, prereleases=True)


# The peers of the benchmarks are installed by whoever runs those, not by `make`.
@pytest.mark.parametrize(
    "requirement", list_requirements(leave_out=("bench",)), ids=lambda r: r.name
)
def test_the_tests_run_on_the_pinned_versions(requirement: Requirement) -> None:
    pin = read_pins()[canonicalize_name(requirement.name)]
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        pytest.fail(f"{requirement.name} is not installed: run make")
    assert pin.specifier.contains(installed, prereleases=True)
