"""Trees of values taken apart and put together again."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from network.base import Problem, ProblemLog
from network.streets.graph import StreetMode
from network.walks import Footpaths
from scenarios.artefacts.codec import ALIGNMENT, pack, unpack
from tests.builders.lines import line_timetable

THURSDAY = dt.date(2019, 3, 14)


def assemble(packed):
    """Return the bytes of a packed value as an artefact's file has them."""
    raw = b"".join(bytes(chunk) for chunk in packed.chunks())
    assert len(raw) == packed.size
    return bytearray(raw)


def round_trip(value):
    packed = pack(value)
    return unpack(packed.tree, packed.layout, assemble(packed))


def assert_same(found, given):
    """Compare values and their types, all the way down."""
    assert type(found) is type(given)
    if isinstance(given, np.ndarray):
        assert found.dtype == given.dtype
        assert found.shape == given.shape
        np.testing.assert_array_equal(found, given)
    elif hasattr(given, "__dataclass_fields__"):
        for name in given.__dataclass_fields__:
            assert_same(getattr(found, name), getattr(given, name))
    elif isinstance(given, dict):
        assert list(found) == list(given)
        for key in given:
            assert_same(found[key], given[key])
    elif isinstance(given, list | tuple):
        assert len(found) == len(given)
        for one, other in zip(found, given, strict=True):
            assert_same(one, other)
    else:
        assert repr(found) == repr(given)  # NaN is not itself


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.sampled_from(StreetMode),
    npst.arrays(
        dtype=st.sampled_from(["?", "u1", "i1", "i2", "i4", "i8", "f4", "f8", "<U3", "M8[D]"]),
        shape=npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
    ),
    st.lists(st.text(st.characters(), max_size=4), min_size=17, max_size=30).map(tuple),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_tree_comes_back_as_it_was(tree):
    assert_same(round_trip(tree), tree)


def test_a_timetable_comes_back_with_every_field():
    log = ProblemLog()
    problem = Problem(file="x", found="\ud800 half a character", expected="y", mend="z", row=3)
    log.set_aside("trip", problem, count=7)
    timetable = line_timetable(departures_s=[0, 600, 1200], hops_s=[60] * 20)

    found = round_trip(timetable)
    assert_same(found, timetable)
    assert round_trip(log) == log
    assert isinstance(round_trip(log).counts, Counter)


def test_texts_of_every_script_and_empty_ones_keep_their_ends():
    texts = ("", "é", "", "日本", "a\x00b", "\U0001f68b", "") * 5
    assert round_trip(texts) == texts
    assert round_trip(list(texts)) == list(texts)


def test_every_array_starts_at_a_multiple_of_64_bytes():
    packed = pack(tuple(np.zeros(n, dtype=np.int8) for n in (1, 63, 64, 65, 0, 7)))
    starts = [start for _, _, start in packed.layout]
    assert starts == [0, 64, 128, 192, 320, 320]
    assert ALIGNMENT == 64


def test_an_array_that_stands_twice_is_stored_once():
    array = np.arange(1000)
    first, second = round_trip((array, array))
    assert pack((array, array)).size == pack((array,)).size
    assert first is second


def test_an_array_that_is_not_contiguous_comes_back_contiguous():
    found = round_trip((np.arange(12).reshape(3, 4)[:, ::2],))[0]
    assert found.tolist() == [[0, 2], [4, 6], [8, 10]]
    assert found.flags.c_contiguous


def test_a_kernel_sees_the_same_type_in_memory_and_mapped():
    walks = Footpaths(
        offset=np.asarray([0, 1], dtype=np.int32),
        stop=np.asarray([0], dtype=np.int32),
        duration_s=np.asarray([60], dtype=np.int32),
        kind="streets",
        speed_mps=1.2,
        limit_s=600,
        n_straight_stops=0,
    )
    found = round_trip(walks)
    assert numba.typeof(found.stop) == numba.typeof(walks.stop)
    assert found.stop.flags.writeable
    assert found.stop.flags.aligned


@dataclass(frozen=True)
class Foreign:
    """Not a class of the project."""

    x: int


@pytest.mark.parametrize(
    "value",
    [
        np.asarray(["a", None], dtype=object),
        np.asarray(3),
        dt.datetime(2024, 1, 1),  # noqa: DTZ001
        {1, 2},
        Foreign(x=1),
        print,
        b"raw",
        1 + 2j,
    ],
    ids=["objects", "no dimension", "datetime", "set", "foreign", "function", "bytes", "complex"],
)
def test_what_cannot_be_stored_is_refused(value):
    with pytest.raises(TypeError, match="cannot be stored"):
        pack({"deep": [value]})


@pytest.mark.parametrize(
    "name",
    ["os:system", "builtins:eval", "network.base:distance_m", "scenarios.store:nothing", "x", ""],
)
def test_a_tree_that_names_any_other_class_is_refused(name):
    with pytest.raises(ValueError, match="no class"):
        unpack({"$": "object", "of": name, "fields": {}}, [], b"")


def test_a_tree_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="nothing to this version"):
        unpack({"$": "pickle"}, [], b"")
