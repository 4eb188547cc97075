"""The corridor, loaded once, and a command line that talks to it."""

import json

import pytest

from api.cli import main
from scenarios import load_territory
from tests.api.fakes import OneTerritory
from tests.builders.territories import write_corridor


@pytest.fixture(scope="session")
def corridor_pack(tmp_path_factory):
    return write_corridor(tmp_path_factory.mktemp("territory"))


@pytest.fixture(scope="session")
def corridor(corridor_pack):
    return load_territory(corridor_pack)


@pytest.fixture
def engine(corridor):
    return OneTerritory(corridor)


@pytest.fixture
def creneau(engine, capsys, monkeypatch, tmp_path):
    """Run the command line; return exit status, standard output and standard error."""
    monkeypatch.setenv("CRENEAU_LOG", str(tmp_path / "creneau.log"))
    monkeypatch.setenv("COLUMNS", "120")  # the width of whoever runs the tests must not matter

    def run(*words, by=engine):
        capsys.readouterr()
        status = main([str(word) for word in words], engine=by)
        return (status, *capsys.readouterr())

    return run


@pytest.fixture
def creneau_json(creneau):
    """Run a command with --json; return exit status and the one object it prints."""

    def run(*words, **options):
        status, out, _ = creneau(*words, "--json", **options)
        return status, json.loads(out)

    return run


@pytest.fixture
def scenario_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: Mine\nterritory: corridor\n", encoding="utf-8")
    return path
