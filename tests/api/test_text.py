"""Words in two languages, and that the tables find every word they use."""

import re
from pathlib import Path

import pytest

import api
from api.text import choose_language, get_words

SOURCES = Path(api.__file__).parent


def test_both_languages_have_the_same_keys():
    assert set(get_words("fr").words) == set(get_words("en").words)


@pytest.mark.parametrize("key", sorted(get_words("fr").words))
def test_both_languages_fill_in_the_same_names(key):
    fields = [set(re.findall(r"{(\w+)}", get_words(lang).words[key])) for lang in ("fr", "en")]
    assert fields[0] == fields[1]


def test_every_key_the_code_names_is_there():
    pattern = re.compile(
        r"(?<!\w)(?:words|own|HELP|get_words\([\w.]+\))\(\s*[\"']((?:help|error|run|table|itinerary|"
        r"territory|serve)\.\w+)[\"']"
    )
    used = {
        key
        for path in SOURCES.rglob("*.py")
        for key in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert len(used) > 40
    assert used - set(get_words("fr").words) == set()


def test_the_language_is_asked_for_else_the_environments_else_french(monkeypatch):
    assert choose_language("en") == "en"
    assert choose_language() == "fr"
    monkeypatch.setenv("CRENEAU_LANG", "en")
    assert choose_language() == "en"
    assert choose_language("fr") == "fr"
