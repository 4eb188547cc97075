"""``creneau bench routing``: rows and cities go to the benchmark, its verdict is the status."""

from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.text import get_words
from benchmarks import routing_table
from tests.benchmarks.routing_city import answers, build


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRENEAU_LOG", str(tmp_path / "creneau.log"))
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.parametrize(("differs", "status"), [(0, 0), (1, 1)], ids=["agree", "diverge"])
def test_the_verdict_of_the_table_is_the_status(
    monkeypatch: pytest.MonkeyPatch, differs: int, status: int
) -> None:
    asked: list[tuple[Any, Any]] = []

    def fake(cities: list[str], **others: Any) -> int:
        asked.append((cities, others))
        return differs

    monkeypatch.setattr(routing_table, "run_routing", fake)
    words = ["bench", "routing", "--rows", "doors, range", "--city", "porto", "--json"]
    assert main(words) == status
    assert asked == [(["porto"], {"rows": ["doors", "range"], "json": True})]


def test_a_divergence_of_our_engines_ends_in_1_and_a_missing_peer_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = build(tmp_path / "feed")
    scan_s = 100

    def apart(row: str, name: str, folder: Path, **_: str) -> Any:
        if name in ("cafein", "nigiri", "ferrobus"):
            return answers(name, unavailable="not installed")
        found = [scan_s if name == "scan" else 100] * 500
        return answers(name, *found)

    monkeypatch.setattr(routing_table, "answer_apart", apart)
    monkeypatch.setattr(routing_table, "CITIES", {"porto": lambda: network})
    monkeypatch.setattr(routing_table, "read_city", lambda _: network)
    words = ["bench", "routing", "--rows", "stops", "--city", "porto"]
    assert main(words) == 0
    assert "nigiri: unavailable, not installed" in capsys.readouterr().out
    scan_s = 101
    assert main(words) == 1
    assert "DIVERGENCE: scan and raptor differ on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("routing", "--rows", "speed"), "no row speed; there are: stops, doors"),
        (("routing", "--city", "rome"), "no city rome; there are: porto, mexico-city"),
        (("network.build", "--rows", "doors"), "rows and cities of the case routing alone"),
    ],
    ids=["row", "city", "another case"],
)
def test_a_row_or_city_that_there_is_not_ends_in_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["bench", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lang", "word"), [("fr", "lignes de son tableau"), ("en", "rows of its table")]
)
def test_rows_are_helped_with_in_both_languages(lang: str, word: str) -> None:
    assert word in get_words(lang)("help.bench_rows")
