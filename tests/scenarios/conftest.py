"""The corridor territory and its runs, made once for all tests of this folder."""

import pytest

from scenarios import load_territory, run_scenario
from scenarios.model import build_model
from tests.builders.territories import corridor_scenario, write_corridor


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    return write_corridor(tmp_path_factory.mktemp("territory"))


@pytest.fixture(scope="session")
def territory(pack):
    return load_territory(pack)


@pytest.fixture(scope="session")
def model(territory, pack):
    return build_model(territory, corridor_scenario(pack))


@pytest.fixture(scope="session")
def run(pack):
    """Run a scenario of the corridor, once for each choice of modifications and rules."""
    finished = {}

    def run_corridor(*modifications, **plan):
        key = repr((modifications, sorted(plan.items())))
        if key not in finished:
            finished[key] = run_scenario(corridor_scenario(pack, *modifications, **plan))
        return finished[key]

    return run_corridor
