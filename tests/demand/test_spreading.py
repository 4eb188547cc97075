"""Flows between communes become flows between zones: two communes by hand."""

from dataclasses import replace

import numpy as np
import pytest

from demand import CommunePairs, CommuneSplit, spread_flows, weigh_work_ends
from demand.trimming import trim_flows
from network.base import ProblemLog
from network.base.errors import DemandInputError

# Commune A is zones 0 (3/4 of homes) and 1 (1/4); commune B is zone 2.
SPLIT = CommuneSplit(
    codes=("A", "B"),
    n_zones=3,
    offset=np.array([0, 2, 3], dtype=np.int32),
    zone_idx=np.array([0, 1, 2], dtype=np.int32),
    home_share=np.array([0.75, 0.25, 1.0]),
    work_share=np.array([0.5, 0.5, 1.0]),
)
PAIRS = CommunePairs(
    codes=("A", "B"),
    origin=np.array([0, 0, 1], dtype=np.int32),
    destination=np.array([0, 1, 0], dtype=np.int32),
    workers=np.array([80.0, 40.0, 20.0]),
    distance_m=np.array([500.0, 3000.0, 3000.0]),
)


def as_dict(flows, values):
    pairs = zip(flows.origin.tolist(), flows.destination.tolist(), strict=True)
    return dict(zip(pairs, values.tolist(), strict=True))


def test_two_communes_by_hand():
    flows = spread_flows(PAIRS, np.array([0.1, 0.5, 1.0]), SPLIT)

    # A to A: homes 60 and 20, halves to each zone; A to B: 30 and 10; B to A: 10 each.
    assert as_dict(flows, flows.workers) == pytest.approx(
        {
            (0, 0): 30,
            (0, 1): 30,
            (0, 2): 30,
            (1, 0): 10,
            (1, 1): 10,
            (1, 2): 10,
            (2, 0): 10,
            (2, 1): 10,
        }
    )
    share = as_dict(flows, flows.transit_share)
    assert share[0, 0] == pytest.approx(0.1)
    assert share[1, 2] == pytest.approx(0.5)
    assert share[2, 1] == pytest.approx(1.0)


def test_pairs_that_share_a_zone_mix_their_transit_shares_by_workers():
    # Both communes are one zone: 80 at 0.1, 40 at 0.5, 20 at 1.0 make 48 riders of 140.
    one = CommuneSplit(
        codes=("A", "B"),
        n_zones=1,
        offset=np.array([0, 1, 2], dtype=np.int32),
        zone_idx=np.array([0, 0], dtype=np.int32),
        home_share=np.ones(2),
        work_share=np.ones(2),
    )

    flows = spread_flows(PAIRS, np.array([0.1, 0.5, 1.0]), one)

    assert flows.workers.tolist() == [140.0]
    assert flows.transit_share[0] == pytest.approx(48 / 140)


def test_nobody_on_transit_stays_nobody():
    flows = spread_flows(PAIRS, np.zeros(3), SPLIT)

    assert flows.transit_share.tolist() == [0.0] * len(flows)


def test_a_commune_without_zone_is_named_in_the_error():
    other = replace(PAIRS, codes=("A", "Z"))
    with pytest.raises(
        DemandInputError, match=r"1 communes without zone \(Z\) on 2 pairs with 60 workers"
    ):
        spread_flows(other, np.zeros(3), SPLIT)


def test_with_a_log_flows_without_zone_are_set_aside_and_counted():
    other = replace(PAIRS, codes=("A", "Z"))
    log = ProblemLog()

    flows = spread_flows(other, np.zeros(3), SPLIT, log=log)

    assert flows.workers.sum() == pytest.approx(80)
    assert dict(log.counts) == {"flows without zone": 2}


def test_flows_of_no_known_commune_are_refused_even_with_a_log():
    with pytest.raises(DemandInputError, match="2 communes without zone"):
        spread_flows(replace(PAIRS, codes=("Y", "Z")), np.zeros(3), SPLIT, log=ProblemLog())


def test_jobs_gather_where_the_weights_say():
    weights = np.array([1.0, 3.0, np.nan])

    split = weigh_work_ends(SPLIT, weights)

    assert split.work_share.tolist() == [0.25, 0.75, 1.0]
    assert split.home_share.tolist() == SPLIT.home_share.tolist()


def test_an_unmeasured_zone_keeps_its_home_share_times_the_factor():
    weights = np.array([np.nan, 7.0, np.nan])

    assert weigh_work_ends(SPLIT, weights).work_share.tolist() == [0.75, 0.25, 1.0]
    assert weigh_work_ends(SPLIT, weights, unmeasured=0.5).work_share.tolist() == [
        0.375,
        0.625,
        1.0,
    ]


def test_an_unmeasured_factor_above_one_is_refused():
    with pytest.raises(ValueError, match="0 to 1"):
        weigh_work_ends(SPLIT, np.ones(3), unmeasured=1.5)


def test_trimming_drops_small_pairs_and_keeps_totals_by_zone():
    flows = spread_flows(PAIRS, np.array([0.1, 0.5, 1.0]), SPLIT)

    trimmed = trim_flows(flows, min_workers=15.0, n_zones=3)

    kept = as_dict(trimmed.flows, trimmed.flows.workers)
    # (1, 0) is the largest of home 1 and (2, 0) that of home 2, so they stay.
    assert set(kept) == {(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)}
    assert trimmed.dropped_pairs == 3
    assert trimmed.dropped_workers == 30.0
    by_home = np.bincount(trimmed.flows.origin, weights=trimmed.flows.workers)
    assert by_home.tolist() == pytest.approx([90, 30, 20])


def test_trimming_nothing_changes_nothing():
    flows = spread_flows(PAIRS, np.array([0.1, 0.5, 1.0]), SPLIT)

    trimmed = trim_flows(flows, min_workers=0.0, n_zones=3)

    np.testing.assert_allclose(trimmed.flows.workers, flows.workers, rtol=1e-12)
    assert trimmed.dropped_workers == 0
    assert trimmed.largest_total_error < 1e-12
