"""The service keeps what its OpenAPI description promises, whatever it is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as promised

from api import create_app
from api.settings import Settings
from scenarios import load_territory
from tests.api.fakes import FakeEngine, OneTerritory
from tests.builders.territories import write_corridor

KEPT = [
    not_a_server_error,
    promised.status_code_conformance,
    promised.content_type_conformance,
    promised.response_headers_conformance,
    promised.response_schema_conformance,
    promised.negative_data_rejection,
    promised.unsupported_method,
]
PATHS = create_app(engine=FakeEngine()).openapi()["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    territory = load_territory(write_corridor(tmp_path_factory.mktemp("contract")))
    app = create_app(Settings(hosts=("testserver",)), engine=OneTerritory(territory))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def takes_input(path, method):
    """Say whether an operation takes anything that could be wrong: a body or a query."""
    operation = PATHS[path][method]
    named = {parameter["in"] for parameter in operation.get("parameters", ())}
    return "requestBody" in operation or "query" in named


def try_operation(schema, path, method, mode):
    operation = schema[path][method.upper()]
    tried = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    def try_cases(case):
        tried.append(case)
        case.call_and_validate(checks=KEPT)

    try_cases()
    assert tried


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_to_a_fitting_request_is_as_described(schema, path, method):
    try_operation(schema, path, method, GenerationMode.POSITIVE)


@pytest.mark.parametrize(("path", "method"), [o for o in OPERATIONS if takes_input(*o)])
def test_every_request_that_does_not_fit_is_refused_as_described(schema, path, method):
    try_operation(schema, path, method, GenerationMode.NEGATIVE)
