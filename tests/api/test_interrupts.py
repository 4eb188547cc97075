"""Ctrl-C while a run is at work."""

import json
import signal

import pytest

from api.interrupts import Interruptible
from network.base import Cancelled, no_progress
from tests.api.fakes import FakeEngine


class Interrupted(FakeEngine):
    """Gets a real SIGINT while it runs, and goes on without telling progress again."""

    def run(self, scenario, **options):
        signal.raise_signal(signal.SIGINT)
        return super().run(scenario)


def test_a_run_that_swallows_ctrl_c_still_ends_in_130_without_a_result(
    creneau, scenario_file, tmp_path
):
    out = tmp_path / "out"
    status, printed, _ = creneau("run", scenario_file, "--json", "--out", out, by=Interrupted())
    assert status == 130
    assert json.loads(printed)["error"]["type"] == "interrupted"
    assert list(out.iterdir()) == []


def interrupt(times):
    """Press Ctrl-C so many times under way; return how many signs of progress were passed on."""
    passed = []
    try:
        with Interruptible(lambda *step: passed.append(step)) as progress:
            progress("loading", 1, 3)
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            progress("loading", 2, 3)
    finally:
        assert len(passed) == 1


def test_the_next_sign_of_progress_stops():
    with pytest.raises(Cancelled):
        interrupt(1)


def test_a_second_ctrl_c_interrupts_at_once():
    with pytest.raises(KeyboardInterrupt):
        interrupt(2)


def test_the_handler_from_before_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Interruptible(no_progress):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruptible(no_progress):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
