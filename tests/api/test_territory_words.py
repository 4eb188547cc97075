"""Words of the territory commands in both languages."""

import re
from pathlib import Path

import pytest

import api.territories
from scenarios.report import get_catalogue

PACKAGES = ("api.territories", "scenarios.making")


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_have_the_same_keys_and_fill_in_the_same_names(package):
    french, english = (get_catalogue(lang, package).words for lang in ("fr", "en"))
    assert set(french) == set(english)
    for key in french:
        assert set(re.findall(r"{(\w+)}", french[key])) == set(re.findall(r"{(\w+)}", english[key]))


def test_every_key_the_code_names_is_there():
    folder = Path(api.territories.__file__).parent
    sources = [*folder.glob("*.py"), folder.parent / "commands" / "territory.py"]
    pattern = re.compile(r"(?:words|_HELP)\(\s*\"((?:help|origin|show|made|count|level)\.\w+)\"")
    used = {key for path in sources for key in pattern.findall(path.read_text(encoding="utf-8"))}
    assert len(used) > 40
    assert used - set(get_catalogue("fr", "api.territories").words) == set()
