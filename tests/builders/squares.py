"""A world of square communes near the equator, where degrees are worked out by hand.

One thousandth of a degree is 111.195 m in both directions there.
"""

from shapely.geometry import box

from demand import Commune, ZoningSettings

MILLI = 0.001


def square(code, name, west, south, side, population=1_000):
    """A square commune; west, south and side in thousandths of a degree."""
    outline = box(west * MILLI, south * MILLI, (west + side) * MILLI, (south + side) * MILLI)
    return Commune(code=code, name=name, polygon=outline, population=population)


def settings(**changes):
    """Settings of the square world: a grid of 2 thousandths, stations reach 5."""
    values = {
        "region_name": "Region",
        "territory_name": "Territory",
        "departement_names": {"01": "First", "02": "Second"},
        "near_m": 1_000.0,
        "grid_m": 2 * 111.195,
        "station_reach_m": 5 * 111.195,
        "min_quartier_share": 0.0,
        "min_near_share": 0.0,
        "min_size_m": 100.0,
    }
    return ZoningSettings(**(values | changes))
