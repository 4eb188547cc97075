"""``creneau bench staggering``: options go to the benchmark, its verdict is the status."""

from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.text import get_words
from benchmarks import staggering_table


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRENEAU_LOG", str(tmp_path / "creneau.log"))
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.parametrize("status", [0, 1, 130], ids=["fine", "diverges", "interrupted"])
def test_the_verdict_of_the_table_is_the_status(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    asked: list[tuple[Any, Any]] = []

    def fake(rows: list[str], **others: Any) -> int:
        asked.append((rows, others))
        return status

    monkeypatch.setattr(staggering_table, "run_staggering", fake)
    words = [
        "--rows",
        "fixed,joint",
        "--seeds",
        "1,2",
        "--load",
        "heavy",
        "--peers",
        "none",
        "--size",
        "small",
    ]
    assert main(["bench", "staggering", *words, "--time-limit", "3", "--json"]) == status
    assert asked == [
        (
            ["fixed", "joint"],
            {
                "loads": ["heavy"],
                "peers": ["none"],
                "size": "small",
                "seeds": (1, 2),
                "time_limit_s": 3.0,
                "json": True,
            },
        )
    ]


def test_what_is_left_out_is_the_benchmarks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fake(rows: list[str], **others: Any) -> int:
        asked.append(others)
        return 0

    monkeypatch.setattr(staggering_table, "run_staggering", fake)
    assert main(["bench", "staggering"]) == 0
    assert asked == [{"loads": [], "peers": [], "time_limit_s": None, "json": False}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("staggering", "--rows", "speed"), "no row speed; there are: fixed"),
        (("staggering", "--seeds", "-1"), "seeds are integers >= 0, not -1"),
        (("staggering", "--size", "huge"), "no size huge; there are: full, small"),
        (("staggering", "--city", "porto"), "rows and cities of the case routing alone"),
        (("routing", "--peers", "none"), "an option of the case staggering alone"),
        (("network.build", "--load", "light"), "an option of the case staggering alone"),
    ],
    ids=["row", "seed", "size", "city", "routing", "another case"],
)
def test_what_there_is_not_ends_in_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["bench", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("lang", "word"), [("fr", "graines"), ("en", "seeds")])
def test_options_are_helped_with_in_both_languages(lang: str, word: str) -> None:
    assert word in get_words(lang)("help.bench_seeds")
