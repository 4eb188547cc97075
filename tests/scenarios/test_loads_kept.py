"""Journeys found before are not searched again: after a stop, or for another capacity."""

import numpy as np
import pytest

from network.base import Cancelled
from scenarios.artefacts import find_cache
from scenarios.loads import LoadRequest, run_loads
from solver.choice import parts, searches
from solver.loading.vehicles import Capacity, RunSettings


class Searched(list):
    """Searches made; more than ``most`` are interrupted."""

    most = 1_000


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRENEAU_CACHE", str(tmp_path / "cache"))
    return find_cache()


@pytest.fixture
def searched(monkeypatch):
    """The origins' stops of every search made; chunks of one origin."""
    made = Searched()
    search = searches.search_profile

    def count(network, access_stop, *arguments, **options):
        if len(made) == made.most:
            raise Cancelled
        made.append(access_stop.tolist())
        return search(network, access_stop, *arguments, **options)

    monkeypatch.setattr(searches, "search_profile", count)
    monkeypatch.setattr(parts, "ORIGINS_AT_ONCE", 1)
    return made


def request_of(**settings):
    return LoadRequest(pax_per_row=20.0, workers=1, settings=RunSettings(**settings))


def without_cache(pack, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("CRENEAU_CACHE", "off")
        return run_loads(pack, request_of())


def test_a_cancelled_loading_goes_on_from_the_origins_it_had_finished(
    pack, searched, own_cache, monkeypatch
):
    whole = without_cache(pack, monkeypatch)
    n_all = len(searched)
    searched.clear()
    searched.most = 3
    with pytest.raises(Cancelled):
        run_loads(pack, request_of())
    (question,) = (own_cache.root / "journeys" / "corridor").iterdir()
    n_finished = len([place for place in question.iterdir() if not place.name.startswith(".")])
    searched.clear()
    searched.most = 1_000
    again = run_loads(pack, request_of())
    assert n_finished >= 1
    assert n_all - 3 <= len(searched) <= n_all - n_finished
    assert (again.loading.load_pax == whole.loading.load_pax).all()
    assert (again.choices.free_min == whole.choices.free_min).all()


@pytest.mark.usefixtures("own_cache")
def test_another_capacity_asks_for_no_search_and_other_minutes_ask_for_all(pack, searched):
    run_loads(pack, request_of())
    n_all = len(searched)
    searched.clear()
    run_loads(pack, request_of(capacity=Capacity.HARD, relative_gap=1e-2))
    assert searched == []
    run_loads(pack, request_of(seed=7))
    assert len(searched) == n_all


def test_damaged_journeys_are_found_again(pack, searched, own_cache, monkeypatch):
    whole = without_cache(pack, monkeypatch)
    run_loads(pack, request_of())
    searched.clear()
    (question,) = (own_cache.root / "journeys" / "corridor").iterdir()
    arrays = sorted(question.glob("*/arrays.bin"))
    raw = bytearray(arrays[0].read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    arrays[0].write_bytes(raw)
    again = run_loads(pack, request_of())
    assert 1 <= len(searched) < len(arrays) * 2
    assert (again.loading.load_pax == whole.loading.load_pax).all()
    searched.clear()
    run_loads(pack, request_of())
    assert searched == []


def test_of_many_questions_the_oldest_make_room(pack, own_cache):
    for seed in range(5):
        run_loads(pack, request_of(seed=seed))
    assert len(list((own_cache.root / "journeys" / "corridor").iterdir())) == 3


def test_a_cache_that_cannot_be_written_to_stops_nothing(pack, tmp_path, monkeypatch):
    whole = without_cache(pack, monkeypatch)
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CRENEAU_CACHE", str(tmp_path / "file"))
    found = run_loads(pack, request_of())
    assert np.array_equal(found.loading.load_pax, whole.loading.load_pax)


def test_without_reuse_nothing_is_kept(pack, own_cache):
    run_loads(pack, LoadRequest(pax_per_row=20.0, workers=1, reuse=False))
    assert not (own_cache.root / "journeys").exists()
