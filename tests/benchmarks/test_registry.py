"""The registry measures what it is given, each case once, and says why one could not run."""

import json
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from benchmarks import Case, Phase, Unavailable, list_cases, measure_case, registry
from benchmarks.__main__ import main
from benchmarks.registry import (
    ROOT,
    Measurement,
    as_dict,
    pick_cases,
    run_benchmarks,
)
from benchmarks.table import format_seconds, format_table


def make_case(prepare: Callable[[], Callable[[], object]], *, repeats: int = 3) -> Case:
    return Case(
        name="made", phase=Phase.NETWORK_BUILD, about="A case.", repeats=repeats, prepare=prepare
    )


def test_a_case_is_prepared_once_and_called_once_more_than_its_repeats() -> None:
    events: list[str] = []

    def prepare() -> Callable[[], object]:
        events.append("prepare")
        return lambda: events.append("call")

    measured = measure_case(make_case(prepare, repeats=3))
    assert events == ["prepare", "call", "call", "call", "call"]
    assert measured.status == "ok"
    assert len(measured.calls_s) == 3


def test_the_median_leaves_the_first_call_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # Clock readings: prepare 0-1; calls take 100 (first), then 3, 5 and 1 seconds.
    clock = iter([0.0, 1.0, 10.0, 110.0, 200.0, 203.0, 300.0, 305.0, 400.0, 401.0])
    monkeypatch.setattr(registry, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    measured = measure_case(make_case(lambda: lambda: None, repeats=3))
    assert measured.prepare_s == 1.0
    assert measured.first_s == 100.0
    assert measured.calls_s == (3.0, 5.0, 1.0)
    assert measured.median_s == 3.0


def test_peak_memory_counts_what_was_held_and_let_go() -> None:
    program = (
        "from benchmarks.registry import peak_memory_mib\n"
        "before = peak_memory_mib()\n"
        "block = b'x' * (256 * 1024 * 1024)\n"
        "del block\n"
        "print(peak_memory_mib() - before)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 250 <= float(ran.stdout) <= 270


def test_a_case_that_cannot_run_here_says_what_it_needs() -> None:
    def prepare() -> Callable[[], object]:
        raise Unavailable("needs feed.zip")

    measured = measure_case(make_case(prepare))
    assert (measured.status, measured.reason) == ("unavailable", "needs feed.zip")
    assert measured.median_s is None


def test_every_phase_has_a_case_and_every_case_says_what_it_is() -> None:
    cases = list_cases()
    assert {chosen.phase for chosen in cases} == set(Phase)
    assert [chosen.id for chosen in cases if not chosen.about.endswith(".")] == []


def test_cases_come_in_the_order_of_the_phases() -> None:
    order = list(Phase)
    places = [order.index(chosen.phase) for chosen in list_cases()]
    assert places == sorted(places)


def test_a_name_picks_one_case_and_a_phase_picks_all_of_its_cases() -> None:
    cases = list_cases()
    one = pick_cases(cases, ["network.build/metro-week"])
    assert [chosen.id for chosen in one] == ["network.build/metro-week"]
    phase = pick_cases(cases, ["network.build"])
    assert [c.id for c in phase] == [c.id for c in cases if c.phase is Phase.NETWORK_BUILD]
    assert len(phase) > 1


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="no benchmark network.fly; there are: network.build/"):
        run_benchmarks(["network.fly"])


def test_an_unknown_name_exits_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["network.fly"]) == 2
    assert "network.fly" in capsys.readouterr().err


def test_two_cases_of_one_id_are_refused() -> None:
    existing = list_cases()[0]
    with pytest.raises(ValueError, match="two cases"):
        registry.case(existing.name, existing.phase)(lambda: lambda: None)


def test_a_case_measured_once_has_no_median_so_it_is_refused() -> None:
    with pytest.raises(ValueError, match="repeats must be at least 1"):
        registry.case("never", Phase.NETWORK_BUILD, repeats=0)


def test_json_output_is_one_object_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Measurement(id="network.build/made", about="A case.", status="ok", median_s=0.5)
    monkeypatch.setattr(registry, "_measure_apart", lambda chosen: row)
    run_benchmarks(["network.build/metro-week"], json=True)
    printed = capsys.readouterr()
    assert json.loads(printed.out)["cases"][0]["median_s"] == 0.5
    assert printed.err == ""


def test_a_case_that_crashes_is_reported_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(chosen: Case) -> Measurement:
        status = "failed" if chosen.id.endswith("embedded") else "unavailable"
        return Measurement(id=chosen.id, about=chosen.about, status=status, reason="because")

    monkeypatch.setattr(registry, "_measure_apart", measure)
    assert main(["network.build"]) == 1
    table = capsys.readouterr().out
    assert "network.build/embedded: failed, because" in table
    assert "network.build/metro-week: unavailable, because" in table


def test_a_case_without_its_data_is_measured_apart_as_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("CRENEAU_DATA", str(tmp_path))
    (row,) = run_benchmarks(["network.build/metro-week"])
    assert row.status == "unavailable"
    assert "set CRENEAU_DATA" in row.reason


def test_measurements_name_the_machine_they_were_made_on() -> None:
    machine = as_dict([])["machine"]
    assert set(machine) == {"python", "cpus", "platform"}
    assert machine["cpus"] >= 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00057, "0.00057"), (0.4519, "0.452"), (12.34, "12.3"), (None, "-")]
)
def test_seconds_show_three_digits_that_count(seconds: float | None, text: str) -> None:
    assert format_seconds(seconds) == text


def test_the_table_shows_seconds_and_memory_of_a_case() -> None:
    row = Measurement(
        id="network.build/made",
        about="A case.",
        status="ok",
        prepare_s=0.1,
        first_s=2.0,
        median_s=0.5,
        calls_s=(0.4, 0.5, 0.6),
        prepared_mib=100.4,
        peak_mib=250.6,
    )
    line = format_table([row]).splitlines()[1]
    assert line.split() == ["network.build/made", "2", "0.5", "3", "251", "100"]
