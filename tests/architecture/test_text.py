"""Nothing in the project's text belongs to one machine."""

import re
from pathlib import Path

import pytest

from tests.architecture.project import describe, list_files

MACHINE_PATH = re.compile(r"(?<![\w.\-<])/(?:work|root|home|tmp|opt|Users)/\w")
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted|npmjs\.|deb\.debian|proxy\.golang|index-url|find-links"
)
DATA_FOLDER = re.compile(r"\.\./shared")


def read_text(path: Path) -> str:
    """Return the text of a file, empty for one that is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def find_lines(pattern: re.Pattern[str], *, without: str = "") -> list[str]:
    return [
        f"{describe(path)}:{number}: {line.strip()[:100]}"
        for path in list_files()
        if path != Path(__file__)
        for number, line in enumerate(read_text(path).splitlines(), start=1)
        if pattern.search(line) and not (without and without in read_text(path))
    ]


@pytest.mark.parametrize("text", ["open('/tmp/x')", "cd /work/main", " /home/me/feed.zip"])
def test_machine_paths_are_recognised(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["https://example.org/work/x", "out/tmp/x", "home/work pairs"])
def test_addresses_and_relative_paths_are_no_machine_paths(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_no_file_names_a_path_of_one_machine() -> None:
    assert find_lines(MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert find_lines(REGISTRY_HOST) == []


def test_the_shared_folder_is_named_only_as_the_default_of_the_data_variable() -> None:
    assert find_lines(DATA_FOLDER, without="CRENEAU_DATA") == []
