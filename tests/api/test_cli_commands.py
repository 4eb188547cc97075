"""The command line: every command under its module, and no more imported than it needs."""

import subprocess
import sys

import pytest
import typer

from api.cli import COMMANDS, build_app

HEAVY = ("gtfs_kit", "folium", "ortools", "highspy", "matplotlib", "fastapi", "osmnx", "numba")


def names_of(app):
    return set(typer.main.get_command(app).commands)


def test_every_command_is_listed_under_the_module_that_adds_it():
    assert names_of(build_app()) == {name for names in COMMANDS.values() for name in names}
    for names in COMMANDS.values():
        for name in names:
            assert names_of(build_app([name])) == set(names)


def test_options_before_a_command_and_unknown_words_are_no_command():
    assert names_of(build_app(["--debug", "solve"])) == {"solve"}
    assert names_of(build_app(["slove"])) == names_of(build_app([]))


@pytest.mark.parametrize("command", ["itinerary", "load"])
def test_help_imports_no_optimiser_map_reader_or_compiler(command):
    code = (
        "import sys\n"
        "from api.cli import main\n"
        f"main([{command!r}, '--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stderr.strip() == "[]"
