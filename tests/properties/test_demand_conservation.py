"""Nobody is lost or made: spreading, gathering, trimming, cohorts, background, profiles."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from demand import (
    ArrivalProfile,
    CommunePairs,
    CommuneSplit,
    CommuterFlows,
    Employer,
    Site,
    Team,
    ZoneSystem,
    build_background,
    build_cohorts,
    smooth_profile,
    spread_flows,
    weigh_work_ends,
)
from demand.grouping import group_places
from demand.quartiers import split_commune
from demand.trimming import trim_flows
from tests.builders.squares import MILLI, square

PROFILE = ArrivalProfile(start_s=0, share=np.ones(1))
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=60, deadline=None)


def random_split(rng, n_communes, n_zones):
    """Every commune in one to three zones of its own choosing, shares at random."""
    counts = rng.integers(1, min(3, n_zones) + 1, n_communes)
    zones = [rng.choice(n_zones, size=count, replace=False) for count in counts]
    shares = [rng.dirichlet(np.ones(count)) for count in counts]
    return CommuneSplit(
        codes=tuple(f"{i:05d}" for i in range(n_communes)),
        n_zones=n_zones,
        offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        zone_idx=np.concatenate(zones).astype(np.int32),
        home_share=np.concatenate(shares),
        work_share=np.concatenate(shares),
    )


def random_pairs(rng, n_communes):
    n_pairs = int(rng.integers(1, 30))
    return CommunePairs(
        codes=tuple(f"{i:05d}" for i in range(n_communes)),
        origin=rng.integers(0, n_communes, n_pairs).astype(np.int32),
        destination=rng.integers(0, n_communes, n_pairs).astype(np.int32),
        workers=rng.gamma(0.5, 200, n_pairs),
        distance_m=rng.uniform(0, 40_000, n_pairs),
    )


def random_flows(rng, n_zones):
    cells = rng.choice(n_zones**2, size=int(rng.integers(1, n_zones**2 + 1)), replace=False)
    cells.sort()
    return CommuterFlows(
        origin=(cells // n_zones).astype(np.int32),
        destination=(cells % n_zones).astype(np.int32),
        workers=rng.gamma(0.5, 100, len(cells)) + 1e-3,
        transit_share=rng.uniform(0, 1, len(cells)),
    )


def random_zones(rng, n_zones):
    ids = tuple(f"z{i}" for i in range(n_zones))
    communes = {zone: f"c{rng.integers(0, 3)}" for zone in ids}
    levels = dict.fromkeys(ids, "quartier") | dict.fromkeys(communes.values(), "commune")
    return ZoneSystem(
        ids=ids,
        lat=rng.uniform(48.5, 49.2, n_zones),
        lon=rng.uniform(1.8, 2.9, n_zones),
        in_territory=np.ones(n_zones, dtype=bool),
        names={zone: zone for zone in levels},
        levels=levels,
        parents=communes,
    )


@given(seed=seeds)
@few
def test_spreading_conserves_workers_and_riders_of_every_commune(seed):
    rng = np.random.default_rng(seed)
    n_communes, n_zones = int(rng.integers(1, 8)), int(rng.integers(1, 12))
    pairs, split = random_pairs(rng, n_communes), random_split(rng, n_communes, n_zones)
    share = rng.uniform(0, 1, len(pairs))

    flows = spread_flows(pairs, share, split)

    np.testing.assert_allclose(flows.workers.sum(), pairs.workers.sum(), rtol=1e-12)
    np.testing.assert_allclose(
        flows.workers @ flows.transit_share, pairs.workers @ share, rtol=1e-9, atol=1e-6
    )
    home = np.bincount(pairs.origin, weights=pairs.workers, minlength=n_communes)
    by_zone = split.matrix(split.home_share).T @ home
    found = np.bincount(flows.origin, weights=flows.workers, minlength=n_zones)
    np.testing.assert_allclose(found, by_zone, rtol=1e-9, atol=1e-9)
    keys = flows.origin.astype(np.int64) * n_zones + flows.destination
    assert (np.diff(keys) > 0).all()


@given(seed=seeds, unmeasured=st.floats(0, 1))
@few
def test_gathering_jobs_keeps_every_communes_total(seed, unmeasured):
    rng = np.random.default_rng(seed)
    split = random_split(rng, 5, 8)
    weights = np.where(rng.uniform(size=8) < 0.4, np.nan, rng.gamma(1.0, 100, 8))

    gathered = weigh_work_ends(split, weights, unmeasured=unmeasured)

    by_commune = np.add.reduceat(gathered.work_share, split.offset[:-1])
    np.testing.assert_allclose(by_commune, 1.0, rtol=1e-9)
    assert (gathered.work_share >= 0).all()


@given(seed=seeds, least=st.floats(0, 200))
@few
def test_trimming_conserves_everybody_by_home(seed, least):
    rng = np.random.default_rng(seed)
    n_zones = int(rng.integers(2, 8))
    flows = random_flows(rng, n_zones)

    trimmed = trim_flows(flows, min_workers=least, n_zones=n_zones)

    before = np.bincount(flows.origin, weights=flows.workers, minlength=n_zones)
    after = np.bincount(trimmed.flows.origin, weights=trimmed.flows.workers, minlength=n_zones)
    np.testing.assert_allclose(after, before, rtol=1e-9)
    assert len(trimmed.flows) + trimmed.dropped_pairs == len(flows)


@given(seed=seeds)
@few
def test_staff_and_background_together_are_everybody(seed):
    rng = np.random.default_rng(seed)
    zones = random_zones(rng, 6)
    flows = random_flows(rng, 6)
    work = int(rng.choice(flows.destination))
    site = Site(id="s", name="S", lat=48.9, lon=2.3, zone_idx=work)
    team = Team(
        id="t", name="T", site_id="s", headcount=int(rng.integers(1, 50)), start_s=32_400,
        work_s=28_800, earliest_s=0, latest_s=86_400, max_shift_s=1_800,
        telework_share=float(rng.uniform(0, 0.9)), movable=True,
    )  # fmt: skip
    employer = Employer(
        id="e", name="E", sites=(site,), teams=(team,), core_start_s=36_000, core_end_s=50_000
    )
    least = float(rng.choice([0.0, 0.2, 5.0]))

    cohorts = build_cohorts([employer], flows, zones, min_strand_pax=least)
    background = build_background(
        flows, cohorts, zones, presence_share=0.8, other_purposes_factor=1.5, profile=PROFILE
    )

    everybody = flows.workers * flows.transit_share * 0.8 * 1.5
    staff = cohorts.strand_pax.sum()
    family = [zones.parents[zone] for zone in zones.ids]
    near = np.isin(flows.destination, [i for i in range(6) if family[i] == family[work]])
    np.testing.assert_allclose(background.trips[~near], everybody[~near], rtol=1e-12)
    np.testing.assert_allclose(
        background.trips[near].sum(), max(0.0, everybody[near].sum() - staff), rtol=1e-9, atol=1e-6
    )
    assert (background.trips >= 0).all()


@given(seed=seeds)
@few
def test_merging_strands_conserves_a_cohorts_passengers(seed):
    rng = np.random.default_rng(seed)
    zones, flows = random_zones(rng, 6), random_flows(rng, 6)
    work = int(rng.choice(flows.destination))
    site = Site(id="s", name="S", lat=48.9, lon=2.3, zone_idx=work)
    team = Team(
        id="t", name="T", site_id="s", headcount=100, start_s=32_400, work_s=28_800,
        earliest_s=0, latest_s=86_400, max_shift_s=0, telework_share=0.0, movable=True,
    )  # fmt: skip
    employer = Employer(
        id="e", name="E", sites=(site,), teams=(team,), core_start_s=36_000, core_end_s=50_000
    )

    whole = build_cohorts([employer], flows, zones, min_strand_pax=0.0)
    merged = build_cohorts([employer], flows, zones, min_strand_pax=10.0)

    np.testing.assert_allclose(merged.strand_pax.sum(), whole.strand_pax.sum(), rtol=1e-12)
    assert len(merged.strand_pax) <= max(1, len(whole.strand_pax))
    assert len(merged.strand_pax) <= 1 or merged.strand_pax.min() >= 10.0
    assert (np.diff(merged.strand_origin) > 0).all()


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=12).filter(lambda s: sum(s) > 0))
@few
def test_a_smoothed_profile_keeps_each_interval_and_is_never_negative(shares):
    total = sum(shares)
    scaled = [share / total for share in shares]
    edges = [3600 * (5 + i) for i in range(len(shares) + 1)]

    profile = smooth_profile(edges, scaled)

    kept = [profile.share_between(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    np.testing.assert_allclose(kept, scaled, rtol=1e-9, atol=1e-11)
    assert profile.share.min() >= 0


@given(seed=seeds)
@few
def test_every_place_is_in_exactly_one_group(seed):
    rng = np.random.default_rng(seed)
    n_places = int(rng.integers(1, 40))
    groups = group_places(
        rng.uniform(48, 49, n_places),
        rng.choice(rng.uniform(2, 3, 5), n_places),
        from_lat=48.9,
        from_lon=2.4,
        size_per_distance=float(rng.uniform(0.05, 2)),
        min_size_m=0.0,
    )

    assert sorted(np.concatenate(groups).tolist()) == list(range(n_places))


@given(seed=seeds, least=st.floats(0, 0.9))
@few
def test_quartiers_share_out_the_whole_commune(seed, least):
    rng = np.random.default_rng(seed)
    n_stations = int(rng.integers(0, 6))
    parts = split_commune(
        square("1", "A", 1, 1, 20).polygon,
        stations_lat=rng.uniform(0, 22, n_stations) * MILLI,
        stations_lon=rng.uniform(0, 22, n_stations) * MILLI,
        step_m=200.0,
        reach_m=600.0,
        activity_radius_m=1.0,
        min_share=least,
    )

    shares = [part.share for part in parts]
    np.testing.assert_allclose(sum(shares), 1.0, rtol=1e-9)
    assert len(parts) == 1 or min(shares) >= least
    lat = sum(part.lat * part.share for part in parts)
    assert abs(lat / MILLI - 11) < 1.0  # the commune's centre, to half a grid step
