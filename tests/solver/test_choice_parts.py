"""Origins built in chunks: in order, on any number of threads, and only those not kept yet."""

import pytest

from network.base import Cancelled
from solver.choice import build_parts
from solver.choice.parts import MOST_CHUNKS, ORIGINS_AT_ONCE


class Kept(dict):
    """Chunks by number."""

    def load(self, number):
        return self.get(number)

    def save(self, number, parts):
        self[number] = list(parts)


@pytest.mark.parametrize("workers", [1, 3])
def test_parts_come_in_the_order_of_their_origins(workers):
    origins = [3 * k + 1 for k in range(50)]
    assert build_parts(origins, str, workers=workers) == [str(origin) for origin in origins]


def test_no_origins_have_no_parts():
    assert build_parts([], str, workers=2) == []


def test_progress_counts_chunks_of_which_there_are_never_too_many():
    told = []
    build_parts(
        range(MOST_CHUNKS * ORIGINS_AT_ONCE * 3),
        int,
        workers=1,
        progress=lambda *said: told.append(said),
    )
    assert told[0] == ("choice", 1, MOST_CHUNKS)
    assert told[-1] == ("choice", MOST_CHUNKS, MOST_CHUNKS)


def test_only_chunks_that_are_not_kept_are_built():
    kept, built = Kept(), []

    def build(origin):
        if origin == 20:
            raise Cancelled
        built.append(origin)
        return origin

    with pytest.raises(Cancelled):
        build_parts(range(24), build, workers=1, store=kept)
    assert kept[0] == list(range(8))
    assert kept[1] == list(range(8, 16))
    assert 2 not in kept
    built.clear()
    found = build_parts(range(24), lambda o: built.append(o) or o, workers=1, store=kept)
    assert built == list(range(16, 24))
    assert found == list(range(24))
