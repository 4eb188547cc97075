"""The process ends with its own status though an engine still computes."""

import os
import threading

import pytest

from api.engines_left import end_if_engines_run
from network.base import Cancelled
from solver.staggering.programs.watch import run_watched


@pytest.fixture
def ended(monkeypatch):
    """List the statuses the process was ended with."""
    found = []
    monkeypatch.setattr(os, "_exit", found.append)
    return found


def test_an_engine_left_in_a_call_ends_the_process_with_the_status_given(ended):
    may_end, begun = threading.Event(), threading.Event()

    def compute():
        begun.set()
        may_end.wait(30)

    def stop():
        begun.wait(30)
        raise Cancelled

    try:
        with pytest.raises(Cancelled):
            run_watched(compute, stop)
        end_if_engines_run(130)
        assert ended == [130]
    finally:
        may_end.set()


def test_without_an_engine_nothing_is_ended(ended):
    for thread in threading.enumerate():
        if thread.name == "engine":
            thread.join(30)
    end_if_engines_run(130)
    assert ended == []
