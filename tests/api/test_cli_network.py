"""`network check` at the command line: tables, JSON, page, exit status; words for every finding."""

import datetime as dt
import re
from importlib import resources
from pathlib import Path

import pytest

import network.quality
from api.commands import network as command
from network.quality.reading import _SEVERITIES, _STARTS, COVERED_BY, PARTS, SAME_AS
from scenarios.quality_words import get_quality_words
from tests.builders.clean_feed import CHECK_DAY, clean_feed
from tests.builders.feeds import write_feed

PACK = Path(str(resources.files("scenarios"))) / "territories" / "plaine_commune" / "gtfs"


@pytest.fixture(autouse=True)
def _on_the_day_of_the_check(monkeypatch):
    monkeypatch.setattr(command, "find_today", lambda: CHECK_DAY)


@pytest.fixture
def feed(tmp_path):
    return write_feed(tmp_path, zipped=True, **clean_feed())


def check(run, *words, **options):
    return run("network", "check", *words, "--no-second-opinion", **options)


def test_the_command_has_help_with_an_example(creneau):
    status, out, _ = creneau("network", "check", "--help")
    assert status == 0
    assert ": creneau network check" in " ".join(out.split())
    for option in ("--date", "--html", "--json", "--lang", "--no-second-opinion"):
        assert option in out


def test_a_clean_feed_is_said_to_be_fine_in_both_languages(creneau, feed):
    status, out, err = check(creneau, feed, "--lang", "en")
    assert status == 0
    assert "Network built for 2024-05-15" in out
    assert "Found: 0 errors, 0 warnings, 0 notes." in out
    assert "Traceback" not in err
    status, out, _ = check(creneau, feed)
    assert "Réseau construit pour le 2024-05-15" in out
    assert "Trouvé : 0 erreur, 0 avertissement, 0 remarque." in out


def test_findings_are_named_counted_and_placed_and_do_not_spoil_the_status(creneau, tmp_path):
    path = write_feed(
        tmp_path, **clean_feed(stop_times="+T9,08:00:00,08:00:00,A,1\nT9,08:05:00,08:05:00,B,2")
    )
    status, out, _ = check(creneau, path, "--lang", "en")
    assert status == 0
    assert re.search(r"error +Stop times of unknown trips +2 +stop times +stop_times.txt", out)
    assert "feed/stop_times.txt:8, trip_id  'T9'" in out
    assert "Found: 1 error, 0 warnings, 0 notes." in out


def test_json_is_one_object_that_says_what_was_found(creneau_json, tmp_path):
    path = write_feed(tmp_path, **clean_feed(stops="+D,Delta,48.95,2.40,0,,1"))
    status, answer = check(creneau_json, path)
    assert status == 0
    assert answer["service_date"] == "2024-05-15"
    assert [f["code"] for f in answer["findings"]] == ["stop_unused"]
    assert answer["counts"] == {"error": 0, "warning": 0, "note": 1}
    assert answer["html"] is None


def test_the_date_asked_for_is_the_one_that_is_built(creneau_json, feed):
    _, answer = check(creneau_json, feed, "--date", "2024-07-14")
    assert answer["service_date"] == "2024-07-14"


def test_a_date_outside_the_feed_ends_in_2_and_names_the_covered_dates(creneau, feed):
    status, out, err = check(creneau, feed, "--date", "2031-01-01")
    assert (status, out) == (2, "")
    assert "2024-01-01 to 2024-12-31" in err


@pytest.mark.parametrize("text", ["14 July", "2024-13-01", "20240230"])
def test_what_is_no_date_ends_in_2(creneau_json, feed, text):
    status, answer = check(creneau_json, feed, "--date", text)
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "--date"


def test_files_that_leave_nothing_to_build_on_end_in_1_with_their_report(creneau, tmp_path):
    calendar = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "ALL,0,0,0,0,0,0,0,20240101,20241231"
    )
    path = write_feed(tmp_path, **clean_feed(calendar=calendar, feed_info=None))
    status, out, _ = check(creneau, path, "--lang", "en")
    assert status == 1
    assert "No network can be built from these files." in out
    assert "Feed without any service" in out


def test_a_file_that_is_no_feed_ends_in_2_without_a_traceback(creneau, creneau_json, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a feed", encoding="utf-8")
    status, out, err = check(creneau, path)
    assert (status, out) == (2, "")
    assert "notes.txt" in err
    assert "Traceback" not in err
    status, answer = check(creneau_json, tmp_path / "absent.zip")
    assert status == 2
    assert "absent.zip" in answer["error"]["problems"][0]["file"]


def test_a_page_that_cannot_be_written_is_refused_before_the_check(creneau, feed, tmp_path):
    status, _, err = check(creneau, feed, "--html", tmp_path / "nowhere" / "page.html")
    assert status == 2
    assert "--html" in err


def test_a_page_is_written_and_named(creneau_json, feed, tmp_path):
    page = tmp_path / "page.html"
    status, answer = check(creneau_json, feed, "--html", page)
    assert status == 0
    assert answer["html"] == str(page)
    assert page.read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")


def test_a_page_is_written_where_nothing_could_be_built_too(creneau, tmp_path):
    path = write_feed(
        tmp_path,
        **clean_feed(
            stop_times="trip_id,arrival_time,departure_time,"
            "stop_id,stop_sequence\nT1,08:00:00,08:00:00,A,1"
        ),
    )
    page = tmp_path / "page.html"
    status, out, _ = check(creneau, path, "--html", page, "--lang", "en")
    assert status == 1
    assert "Feed nothing can be built from" in out
    assert page.stat().st_size > 0


def test_a_page_that_fails_to_be_written_is_bad_input_not_a_fault(creneau, feed):
    status, _, err = check(creneau, feed, "--html", "/dev/full")
    assert status == 2
    assert "--html" in err
    assert "Traceback" not in err


def test_a_second_opinion_is_shown_with_its_version(creneau, feed):
    pytest.importorskip("gtfs_guru")
    status, out, _ = creneau("network", "check", feed, "--second-opinion", "--lang", "en")
    assert status == 0
    assert re.search(r"Second opinion, gtfs-guru \d", out)


def test_the_embedded_feed_has_neither_errors_nor_warnings_in_its_own_year(
    creneau_json, monkeypatch
):
    monkeypatch.setattr(command, "find_today", lambda: dt.date(2019, 3, 14))
    status, answer = check(creneau_json, PACK)
    assert status == 0
    worst = [f for f in answer["findings"] if f["severity"] != "note"]
    assert worst == []


def test_the_document_names_every_key_of_the_json(creneau_json, tmp_path):
    text = (Path(command.__file__).parents[2] / "docs" / "network-check.md").read_text("utf-8")
    path = write_feed(tmp_path, **clean_feed(stops="+D,Delta,48.95,2.40,0,,1"))
    _, answer = check(creneau_json, path)
    keys = set(answer)
    for name in ("feeds", "findings"):
        keys |= set(answer[name][0])
    assert {key for key in keys if f"`{key}`" not in text} == set()


def known_codes():
    """Return every code that the checks of the source can find, and those that readers log."""
    folder = Path(network.quality.__path__[0])
    source = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    codes = set(re.findall(r'code="(\w+)"', source)) | set(
        re.findall(r'"(street_islands_\w+)"', source)
    )
    codes |= set(SAME_AS.values()) | set(COVERED_BY) | set(PARTS) | set(_STARTS.values())
    return codes | {code for kinds in _SEVERITIES.values() for code in kinds}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_code_has_words(lang):
    words = get_quality_words(lang)
    assert len(known_codes()) > 80
    assert known_codes() - set(words.findings) == set()


def test_both_languages_have_words_for_the_same_codes_units_and_severities():
    french, english = get_quality_words("fr"), get_quality_words("en")
    assert set(french.findings) == set(english.findings)
    assert set(french.units) == set(english.units)
    assert set(french.severities) == set(english.severities)
    for code in french.findings:
        assert french.findings[code] != english.findings[code]


def test_every_unit_of_a_finding_has_a_word():
    folder = Path(network.quality.__path__[0])
    source = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    units = set(re.findall(r'unit="(\w+)"', source))
    assert units - set(get_quality_words("fr").units) == set()


def test_words_are_singular_or_plural_as_the_language_has_it():
    french, english = get_quality_words("fr"), get_quality_words("en")
    assert [french.unit("stops", n) for n in (0, 1, 2)] == ["arrêt", "arrêt", "arrêts"]
    assert [english.unit("stops", n) for n in (0, 1, 2)] == ["stops", "stop", "stops"]


def test_a_code_without_words_is_made_readable():
    said = get_quality_words("en").finding("some_new_kind")
    assert said.title == "some new kind"
    assert said.mend
