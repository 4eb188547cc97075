"""Transit shares by commune pair: own share, group mean, and what is in between."""

import numpy as np
import pytest

from demand import (
    CommunePairs,
    ModePairs,
    TransitShareSettings,
    compute_outer_factor,
    estimate_transit_share,
)

# a0 and b0 in the centre, c1 in the first ring, d2 and e2 in the outer one.
CODES = ("a0", "b0", "c1", "d2", "e2")


def ring_of(code):
    return int(code[1])


def pairs(*rows):
    places = {code: i for i, code in enumerate(CODES)}
    return CommunePairs(
        codes=CODES,
        origin=np.array([places[row[0]] for row in rows], dtype=np.int32),
        destination=np.array([places[row[1]] for row in rows], dtype=np.int32),
        workers=np.array([row[2] for row in rows], dtype=float),
        distance_m=np.array([row[3] for row in rows], dtype=float),
    )


def modes(*rows):
    return ModePairs(
        origin_code=tuple(row[0] for row in rows),
        destination_code=tuple(row[1] for row in rows),
        workers=np.array([row[2] for row in rows], dtype=float),
        transit=np.array([row[3] for row in rows], dtype=float),
    )


def estimate(table, survey, **settings):
    return estimate_transit_share(
        table, survey, ring_of=ring_of, settings=TransitShareSettings(**settings)
    )


def test_a_large_flow_keeps_its_own_share_and_a_small_one_leans_on_the_group():
    # Same rings, same band (3 km). Group: 300 of 450 ride. a0-b0 has 400 workers: 0.7.
    # b0-a0 has 50 with 20 riders: 50/200 x 0.4 + 150/200 x (300/450) = 0.1 + 0.5.
    table = pairs(("a0", "b0", 400, 3000), ("b0", "a0", 50, 3000))
    survey = modes(("a0", "b0", 400, 280), ("b0", "a0", 50, 20))

    result = estimate(table, survey)

    assert result.share.tolist() == pytest.approx([0.7, 0.6])
    assert result.surveyed.all()


def test_flows_inside_a_commune_are_a_group_of_their_own():
    table = pairs(("a0", "a0", 10, 900), ("b0", "b0", 10, 900), ("a0", "b0", 10, 900))
    survey = modes(("a0", "a0", 1000, 100), ("a0", "b0", 1000, 900))

    result = estimate(table, survey)

    assert result.share.tolist() == pytest.approx([0.1, 0.1, 0.9])
    assert result.surveyed.tolist() == [True, False, True]


def test_an_unsurveyed_pair_takes_its_group_and_the_outer_ones_the_factor():
    table = pairs(
        ("a0", "c1", 500, 8000),
        ("c1", "c1", 500, 800),
        ("a0", "d2", 100, 8000),
        ("d2", "d2", 100, 800),
    )
    survey = modes(("a0", "c1", 500, 300), ("c1", "c1", 500, 100))

    result = estimate(table, survey, outer_factor=0.5)

    # d2 counts as the outermost surveyed ring (1); a0-d2 touches the centre, d2-d2 does not.
    assert result.share.tolist() == pytest.approx([0.6, 0.2, 0.6, 0.1])


def test_an_unsurveyed_band_takes_the_nearest_band_of_its_rings():
    table = pairs(("a0", "b0", 500, 3000), ("b0", "a0", 500, 6000), ("a0", "b0", 5, 9000))
    survey = modes(("a0", "b0", 500, 100), ("b0", "a0", 500, 400))
    far = pairs(("a0", "b0", 500, 3000), ("b0", "a0", 500, 6000), ("b0", "b0", 5, 500))

    assert estimate(table, survey).share[1] == pytest.approx(0.8)
    # band 0 (inside a commune) has no survey: band 2 (3 km) is nearer than band 3 (6 km)
    assert estimate(far, survey).share[2] == pytest.approx(0.2)


def test_the_outer_factor_meets_the_target():
    table = pairs(("a0", "b0", 600, 3000), ("d2", "e2", 400, 3000))
    survey = modes(("a0", "b0", 600, 360), ("c1", "c1", 10, 5))
    plain = estimate(table, survey)

    factor = compute_outer_factor(table, plain, ring_of=ring_of, target_share=0.42)
    final = estimate(table, survey, outer_factor=factor)

    assert (final.share @ table.workers) / 1000 == pytest.approx(0.42)
    # 360 riders inside; 60 more wanted of the 400 x 0.6 that the pairs' own mean gives
    assert factor == pytest.approx(0.25)


def test_without_outer_pairs_the_factor_is_one():
    table = pairs(("a0", "b0", 600, 3000))
    plain = estimate(table, modes(("a0", "b0", 600, 360)))

    assert compute_outer_factor(table, plain, ring_of=ring_of, target_share=0.1) == 1.0


def test_bands_that_do_not_increase_are_refused():
    with pytest.raises(ValueError, match="increase"):
        TransitShareSettings(band_edges_m=(2000.0, 1000.0))


def test_a_certain_flow_of_nobody_is_refused():
    with pytest.raises(ValueError, match="certain_workers"):
        TransitShareSettings(certain_workers=0)
