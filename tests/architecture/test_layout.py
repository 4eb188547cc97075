"""Folders are packages, files stay readable, and what an install needs is there."""

import re

from tests.architecture.project import ROOT, describe, list_files, list_python, read_pyproject

MAX_LINES = 450


def test_every_folder_with_python_in_it_is_a_package() -> None:
    folders = {path.parent for path in list_python()} - {ROOT}
    scripts = ROOT / "scripts"
    bare = {
        describe(folder)
        for folder in folders
        if not (folder / "__init__.py").is_file() and scripts not in (folder, *folder.parents)
    }
    assert bare == set()


def test_no_python_file_is_too_long_to_read() -> None:
    lengths = {
        describe(path): len(path.read_text(encoding="utf-8").splitlines()) for path in list_python()
    }
    assert {path: n for path, n in lengths.items() if n > MAX_LINES} == {}


def test_no_unfinished_work_is_marked_in_the_code() -> None:
    marker = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
    marked = [
        f"{describe(path)}:{number}"
        for path in list_python()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marker.search(line)
    ]
    assert marked == []


def test_documents_named_by_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_licence_is_the_one_the_metadata_names() -> None:
    assert read_pyproject()["project"]["license"] == "EUPL-1.2"
    words = " ".join((ROOT / "LICENSE").read_text(encoding="utf-8").split())
    assert words.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    for article in range(1, 16):
        assert re.search(rf" {article}\. [A-Z]", words), f"article {article} is missing"
    assert words.endswith("require the production of a new EUPL version.")


def test_every_decision_record_has_its_three_parts_and_its_own_number() -> None:
    records = [path for path in list_files() if path.parent == ROOT / "docs" / "decisions"]
    numbers = [path.name[:4] for path in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{path.name} lacks {part}"
