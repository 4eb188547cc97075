"""Stations of two sources matched by name and place."""

import pytest

from demand.station_names import match_stations, normalise_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Saint-Denis Université", "SAINT DENIS UNIVERSITE"),
        ("ST-DENIS (CENTRE) UNIVERSITE", "SAINT DENIS UNIVERSITE"),
        ("Chaussée d'Antin - La Fayette", "CHAUSSEE D ANTIN LA FAYETTE"),
        ("Sacré-Cœur", "SACRE COEUR"),
    ],
)
def test_names_in_plain_capitals(name, plain):
    assert normalise_name(name) == plain


def match(names, places, others, other_places):
    return match_stations(
        names,
        [0.0] * len(names),
        [x / 111_195 for x in places],
        other_names=others,
        other_lat=[0.0] * len(others),
        other_lon=[x / 111_195 for x in other_places],
    )


def test_the_likest_name_near_by_wins_over_the_nearest():
    assert match(["Les Courtilles"], [0], ["LOGES", "LES COURTILLES"], [10, 300]) == {0: 1}


def test_a_longer_form_of_the_name_matches():
    assert match(["Asnières Les Courtilles"], [0], ["LES COURTILLES"], [50]) == {0: 0}


def test_the_same_name_far_away_does_not_match():
    assert match(["Saint-Denis"], [0], ["SAINT-DENIS"], [5_000]) == {}


def test_unlike_names_near_by_do_not_match():
    assert match(["Pyramides"], [0], ["QUATRE SEPTEMBRE"], [100]) == {}


def test_a_station_is_used_once_by_the_better_match():
    found = match(["Porte de Clichy", "Clichy"], [0, 10], ["PORTE DE CLICHY"], [0])

    assert found == {0: 0}


def test_no_stations_match_nothing():
    assert match([], [], ["A"], [0]) == {}
