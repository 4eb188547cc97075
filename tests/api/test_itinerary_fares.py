"""What single tickets cost: by hand, and against every way to buy them."""

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios import load_territory
from scenarios.fares import Fare, FareRide, buy_tickets
from scenarios.network_pack import find_pack
from scenarios.pack_files import PACK_FILE, read_territory_file
from tests.api.fakes import OneTerritory
from tests.builders.territories import TERRITORY, write_corridor

DAY = dt.date(2024, 5, 15)
ENDS = ("--from", "48.991,2.35", "--to", "48.931,2.35", "--depart", "08:00")
FARE = """
[[fares]]
name_fr = "Ticket simple"
name_en = "Single ticket"
price = 1.90
currency = "EUR"
modes = ["metro"]
valid_from = 2024-01-01
valid_until = 2024-12-31
source = "The corridor"
source_date = 2024-01-01
"""


def fare(price=2.0, **changed):
    values = {
        "name_fr": "t",
        "name_en": "t",
        "price": price,
        "currency": "EUR",
        "valid_from": dt.date(2024, 1, 1),
        "valid_until": dt.date(2024, 12, 31),
        "source": "s",
        "source_date": dt.date(2024, 1, 1),
        **changed,
    }
    return Fare(**values)


def ride(minute=0, mode="bus", line="1", agency="", start="A", end="B"):
    return FareRide(
        mode=mode,
        agency=agency,
        line=line,
        from_name=start,
        to_name=end,
        departure_s=60 * minute,
    )


def bought(fares, *rides, day=DAY):
    tickets = buy_tickets(fares, rides, day)
    return None if tickets is None else [(t.fare.price, t.rides) for t in tickets]


def test_a_ticket_covers_rides_boarded_within_its_minutes():
    timed = fare(covers_min=30)
    assert bought([timed], ride(0), ride(30)) == [(2.0, (0, 1))]
    assert bought([timed], ride(0), ride(31)) == [(2.0, (0,)), (2.0, (1,))]
    assert bought([fare()], ride(0), ride(500)) == [(2.0, (0, 1))]


def test_bus_and_metro_take_a_ticket_each_and_go_on_with_their_own():
    fares = [fare(2.0, modes=("bus",)), fare(2.5, modes=("metro",))]
    rides = ride(0), ride(9, "metro"), ride(20)
    assert bought(fares, *rides) == [(2.0, (0, 2)), (2.5, (1,))]


def test_a_dearer_ticket_is_bought_where_it_saves_a_second_one():
    fares = [fare(2.0, modes=("bus",)), fare(3.0)]
    assert bought(fares, ride(0), ride(9, "metro")) == [(3.0, (0, 1))]


@pytest.mark.parametrize(
    "without",
    [
        {"modes": ("tram",)},
        {"agencies": ("Other",)},
        {"except_lines": ("1",)},
        {"except_stations": ("airport",)},
        {"valid_until": dt.date(2024, 5, 14)},
        {"valid_from": dt.date(2024, 5, 16)},
    ],
    ids=lambda without: next(iter(without)),
)
def test_a_ride_that_no_ticket_is_for_leaves_the_whole_without_a_fare(without):
    rides = ride(0, "metro", "2", start="Town"), ride(9, end="City Airport")
    metro = fare(modes=("metro",))
    assert bought([metro, fare(modes=("bus",))], *rides) == [(2.0, (0,)), (2.0, (1,))]
    assert bought([metro, fare(**{"modes": ("bus",), **without})], *rides) is None


def test_without_rides_or_with_two_currencies_there_is_no_fare():
    fares = [fare(modes=("bus",)), fare(modes=("metro",), currency="CHF")]
    assert bought(fares) is None
    assert bought(fares, ride(0), ride(9, "metro")) is None
    assert bought(fares, ride(0)) == [(2.0, (0,))]


def test_prices_out_of_order_in_time_are_refused():
    with pytest.raises(ValidationError, match="valid_from first"):
        fare(valid_until=dt.date(2023, 12, 31))


MODES = ("bus", "metro", "tram")
FARES = st.lists(
    st.builds(
        fare,
        price=st.integers(1, 9).map(float),
        covers_min=st.sampled_from([None, 10, 30]),
        modes=st.sets(st.sampled_from(MODES)).map(tuple),
    ),
    max_size=3,
)
RIDES = st.lists(st.tuples(st.integers(0, 15), st.sampled_from(MODES)), min_size=1, max_size=4)


def least_price(fares, rides):
    """Try to put every ride on every ticket, one ticket of each fare beginning at each ride."""
    tickets = [(f, first) for f in fares for first in range(len(rides))]

    def covers(ticket, place):
        f, first = ticket
        here = rides[place]
        late_s = here.departure_s - rides[first].departure_s
        in_time = f.covers_min is None or late_s <= 60 * f.covers_min
        return first <= place and in_time and (not f.modes or here.mode in f.modes)

    prices = [
        sum(f.price for f, _ in chosen)
        for count in range(1, len(rides) + 1)
        for chosen in itertools.combinations(tickets, count)
        if all(any(covers(ticket, place) for ticket in chosen) for place in range(len(rides)))
    ]
    return min(prices, default=None)


@settings(deadline=None, max_examples=200)
@given(FARES, RIDES)
def test_no_way_to_buy_tickets_is_cheaper(fares, steps):
    minute, rides = 0, []
    for gap, mode in steps:
        minute += gap
        rides.append(ride(minute, mode))
    tickets = buy_tickets(fares, rides, DAY)
    price = None if tickets is None else sum(t.fare.price for t in tickets)
    assert price == least_price(fares, rides)


# --- in an answer


@pytest.fixture(scope="module")
def priced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("priced")
    return OneTerritory(load_territory(write_corridor(folder, territory=TERRITORY + FARE)))


def test_an_itinerary_says_what_it_costs_and_who_says_so(creneau_json, priced):
    _, answer = creneau_json("itinerary", *ENDS, "--lang", "en", by=priced)
    assert answer["itineraries"][0]["fare"] == {
        "amount": 1.9,
        "currency": "EUR",
        "tickets": [{"name": "Single ticket", "price": 1.9, "legs": [1]}],
        "source": "The corridor",
        "source_date": "2024-01-01",
        "source_class": "published",
    }


def test_a_tram_without_a_stated_fare_has_none(creneau_json, priced):
    _, answer = creneau_json("itinerary", *ENDS, "--ban", "1", by=priced)
    assert answer["itineraries"][0]["fare"] is None


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "1.90 EUR (published): 1 × Single ticket; The corridor, 2024-01-01"),
        ("fr", "1,90 EUR (publié) : 1 × Ticket simple ; The corridor, 2024-01-01"),
    ],
)
def test_the_text_names_the_tickets_and_their_source(creneau, priced, lang, line):
    _, out, _ = creneau("itinerary", *ENDS, "--lang", lang, by=priced)
    assert line in out


@pytest.mark.parametrize(
    ("pack", "day", "mode", "price"),
    [
        ("plaine-commune", dt.date(2019, 3, 14), "metro", 1.9),
        ("plaine-commune", dt.date(2019, 3, 14), "rail", None),
        ("ile-de-france", dt.date(2025, 6, 2), "bus", 2.0),
        ("ile-de-france", dt.date(2026, 6, 2), "rail", 2.55),
        ("porto", dt.date(2024, 5, 15), "bus", None),
    ],
)
def test_packs_state_the_single_tickets_that_are_simple(pack, day, mode, price):
    file = read_territory_file(find_pack(pack) / PACK_FILE)
    expected = None if price is None else [(price, (0,))]
    assert bought(file.fares, ride(mode=mode), day=day) == expected


def test_an_airport_has_no_fare_by_the_metro_ticket():
    file = read_territory_file(find_pack("ile-de-france") / PACK_FILE)
    there = ride(mode="rail", line="B", end="Aéroport CDG Terminal 1")
    assert bought(file.fares, there, day=dt.date(2026, 6, 2)) is None
