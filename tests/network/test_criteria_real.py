"""Real networks: a cost that is nothing changes no answer; the one that is least is kept."""

import datetime as dt

import numpy as np
import pytest

from network.readers import read_network
from network.routing import Place, find_itineraries
from network.routing.criteria.costs import CostRules, Criterion, Weights
from network.routing.criteria.search import find_itineraries_by
from network.routing.criteria.ways import CriteriaWorkspace
from network.routing.loads import SegmentLoads
from tests.builders.realdata import real_data

THURSDAY = dt.date(2019, 3, 14)
PLACES = [(48.9356, 2.3580), (48.8920, 2.2380), (48.8483, 2.3960), (48.8186, 2.3590)]
PAIRS = [(a, b) for a in range(4) for b in range(4) if a != b]
DEPARTURE_S = 8 * 3600 + 1234


@pytest.fixture(scope="module")
def metro():
    return read_network(real_data("plaine-commune", "ratp_metro_all_week_20190311.zip"), THURSDAY)


@pytest.fixture(scope="module")
def crowds(metro):
    """Load factors without any order, the same each time."""
    levels = np.random.default_rng(7).gamma(2.0, 0.35, metro.timetable.n_stop_times)
    return SegmentLoads(load_factor=levels.astype(np.float32))


def ends(pair):
    return [Place(name=str(i), lat=PLACES[i][0], lon=PLACES[i][1]) for i in pair]


def spans(itineraries):
    return [(i.departure_s, i.arrival_s, i.n_rides) for i in itineraries]


@pytest.mark.parametrize("of_nothing", ["crowded", "generalised"])
def test_a_cost_that_is_always_nothing_leaves_the_answers_of_arrival_and_rides(metro, of_nothing):
    free = Weights(riding=0.0, waiting=0.0, walking=0.0, transfer_s=0.0)
    work = CriteriaWorkspace(metro, [Criterion(of_nothing)], rules=CostRules(weights=free))
    for pair in PAIRS:
        plain = find_itineraries(metro, *ends(pair), departure_s=DEPARTURE_S).itineraries
        found = find_itineraries_by(
            metro, *ends(pair), departure_s=DEPARTURE_S, criteria=work.criteria,
            within_s=None, workspace=work,
        )  # fmt: skip
        assert [s[1:] for s in spans(r.itinerary for r in found.itineraries)] == [
            s[1:] for s in spans(plain)
        ]
        for rated, other in zip(found.itineraries, plain, strict=True):
            assert rated.itinerary.departure_s >= other.departure_s
            assert rated.costs == (0.0,)


def test_two_costs_hold_the_answers_of_each_alone(metro, crowds):
    rules = CostRules(loads=crowds)
    both = (Criterion.WALKING, Criterion.CROWDED)
    for pair in PAIRS[:6]:
        question = {"departure_s": DEPARTURE_S, "rules": rules}
        found = find_itineraries_by(metro, *ends(pair), criteria=both, **question).itineraries
        for c, criterion in enumerate(both):
            alone = find_itineraries_by(metro, *ends(pair), criteria=[criterion], **question)
            shown = {(r.itinerary.arrival_s, r.itinerary.n_rides, r.costs[c]) for r in found}
            best = {
                (r.itinerary.arrival_s, r.itinerary.n_rides, *r.costs) for r in alone.itineraries
            }
            assert best <= shown


def test_crowded_seconds_of_an_answer_are_those_of_its_rides(metro, crowds):
    work = CriteriaWorkspace(metro, [Criterion.CROWDED], rules=CostRules(loads=crowds))
    for pair in PAIRS[:6]:
        found = find_itineraries_by(
            metro, *ends(pair), departure_s=DEPARTURE_S, criteria=work.criteria, workspace=work
        )
        for rated in found.itineraries:
            assert rated.costs == (float(sum(o.crowded_s for o in rated.occupancies)),)
            walked = [leg for leg in rated.itinerary.legs if leg not in rated.itinerary.rides]
            assert all(leg.arrival_s >= leg.departure_s for leg in walked)
