"""The command line where its outputs are closed, full, or cannot hold a character."""

import io
import json
import os
import subprocess
import sys

import pytest

from api.cli import main
from api.text import get_words
from scenarios import run_scenario
from tests.builders.territories import corridor_scenario


def _start(words, **options):
    program = f"import sys; from api.cli import main; sys.exit(main({words!r}))"
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], stderr=subprocess.PIPE, check=False, **options
    )


def test_a_reader_who_leaves_at_once_is_no_error():
    read, write = os.pipe()
    os.close(read)
    ended = _start(["territory", "list"], stdout=write)
    os.close(write)
    assert ended.returncode == 0
    assert ended.stderr == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
@pytest.mark.parametrize("words", [["territory", "list"], ["territory", "list", "--json"]])
def test_a_full_disk_ends_in_3_without_a_traceback(words, tmp_path):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ended = _start(words, stdout=full, env={**os.environ, "CRENEAU_LOG": str(tmp_path / "l")})
    assert ended.returncode == 3
    assert b"Traceback" not in ended.stderr
    assert b"OSError" in ended.stderr


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_closed_stream_is_no_error(name, monkeypatch):
    monkeypatch.setattr(sys, name, None)
    status = main(["territory", "list"])
    getattr(sys, name).close()
    assert status == 0


def test_characters_a_terminal_lacks_become_question_marks(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["territory", "list", "--lang", "fr"]) == 0
    sys.stdout.flush()
    assert b"un jour ouvr? de mars 2019" in raw.getvalue()


def test_json_on_a_terminal_that_lacks_characters_loses_none(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["territory", "list", "--json"]) == 0
    titles = [row["title"]["fr"] for row in json.loads(raw.getvalue())["territories"]]
    assert "Plaine Commune, un jour ouvré de mars 2019" in titles


def test_half_a_character_does_not_break_the_json_that_complains_of_it(creneau_json, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text('name: x\nplan: "\\ud800"\n', encoding="utf-8")
    status, answer = creneau_json("run", path)
    assert (status, answer["error"]["problems"][0]["field"]) == (2, "plan")


def test_a_language_that_there_is_not_is_refused(creneau_json):
    status, answer = creneau_json("territory", "list", "--lang", "de")
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "--lang"


@pytest.mark.parametrize("seed", ["-1", str(2**31)])
def test_a_seed_no_engine_can_keep_is_a_malformed_command(creneau_json, scenario_file, seed):
    status, answer = creneau_json("run", scenario_file, f"--seed={seed}")
    assert (status, answer["error"]["type"]) == (2, "usage")


@pytest.mark.parametrize("option", ["--depart", "--arrive"])
def test_a_time_that_is_none_is_answered_with_how_times_are_written(creneau_json, option):
    status, answer = creneau_json("itinerary", "--from=48.9,2.3", "--to=48.9,2.4", option, "8h")
    assert status == 2
    assert "HH:MM" in answer["error"]["problems"][0]["expected"]
    assert "^" not in answer["error"]["problems"][0]["expected"]


def test_a_result_that_cannot_be_put_in_its_place_is_an_input_error(
    creneau_json, scenario_file, tmp_path
):
    (tmp_path / "out" / "result.json").mkdir(parents=True)
    status, answer = creneau_json("run", scenario_file, "--out", tmp_path / "out")
    assert status == 2
    assert "result.json" in answer["error"]["problems"][0]["found"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_stage_of_a_run_has_a_name(corridor_pack, lang):
    stages = set()
    run_scenario(
        corridor_scenario(corridor_pack), progress=lambda stage, _done, _total: stages.add(stage)
    )
    words = get_words(lang)
    assert {"network", "loading", "close"} <= stages
    assert {f"stage.{stage}" for stage in stages} <= set(words.words)
