"""The other commands, malformed ones, help, and one real process."""

import json
import os
import subprocess
import sys

import pytest

from api.commands.others import LOOPBACK, require_loopback
from network.base import InputError
from tests.architecture.project import ROOT


def run_process(*words, **environment):
    """Run the command as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_a_real_process_prints_exactly_one_json_object():
    ended = run_process("territory", "list", "--json")
    names = [row["name"] for row in json.loads(ended.stdout)["territories"]]
    assert ended.returncode == 0
    assert "plaine-commune" in names


def test_a_real_process_passes_the_exit_status_on():
    ended = run_process("run", "no-such-file.yaml", "--json")
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["error"]["type"] == "input"
    assert "Traceback" not in ended.stderr


def test_help_follows_the_language_of_the_environment(creneau):
    _, french, _ = creneau("run", "--help")
    english = run_process("run", "--help", CRENEAU_LANG="en").stdout
    assert "Calcule un scénario" in french
    assert "Run a scenario" in english


@pytest.mark.parametrize(
    "command", ["run", "demo", "itinerary", "serve", "version", "bench", "territory list"]
)
def test_every_command_has_help_with_an_example_and_takes_json(creneau, command):
    status, out, _ = creneau(*command.split(), "--help")
    assert status == 0
    assert f": creneau {command}" in " ".join(out.split())
    assert "--json" in out


def test_no_command_shows_the_help_and_ends_in_2(creneau):
    status, out, err = creneau()
    assert status == 2
    assert out == ""
    assert "Usage: creneau" in err


@pytest.mark.parametrize(
    "words", [("nothing",), ("run",), ("run", "x.yaml", "--nothing"), ("serve", "--port", "x")]
)
def test_a_malformed_command_ends_in_2_without_a_traceback(creneau, creneau_json, words):
    status, out, err = creneau(*words)
    assert (status, out) == (2, "")
    assert "--help" in err
    status, answer = creneau_json(*words)
    assert status == 2
    assert answer["error"]["type"] == "usage"


def test_the_version_is_the_installed_one(creneau_json):
    from importlib.metadata import version

    status, answer = creneau_json("version")
    assert status == 0
    assert answer["version"] == version("creneau")


def test_territories_are_listed_with_whether_their_data_are_there(creneau):
    status, out, _ = creneau("territory", "list", "--lang", "en")
    assert status == 0
    assert out == "corridor  A corridor  (ready)\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "example.org", ""])
def test_an_address_others_can_reach_is_refused(creneau_json, host):
    status, answer = creneau_json("serve", "--host", host)
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "--host"


@pytest.mark.parametrize("host", LOOPBACK)
def test_the_loopback_address_is_accepted(host):
    require_loopback(host)


def test_refusing_an_address_names_those_accepted():
    with pytest.raises(InputError, match=r"127\.0\.0\.1"):
        require_loopback("0.0.0.0")


def test_an_unknown_benchmark_ends_in_2_and_lists_those_there_are(creneau):
    status, _, err = creneau("bench", "no.such/case")
    assert status == 2
    assert "there are:" in err
