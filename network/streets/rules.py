"""Tags of a way to what each mode may do on it."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan
from typing import TYPE_CHECKING, Protocol

from network.streets.access import (
    ACCESS_KEYS,
    BIKE_KEYS,
    CAR_KEYS,
    WALK_KEYS,
    Access,
    find_grant,
    find_passage,
)
from network.streets.graph import BRIDGE, FERRY, ROUNDABOUT, STEPS, TOLL, TUNNEL
from network.streets.raw import BACKWARD, BOTH, FORWARD, WayRules
from network.streets.speeds import LIMIT_SOURCE_KEYS, count_lanes, find_limits, parse_duration
from network.streets.tables import Default

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network.streets.tables import StreetClass, StreetTables

_CONTRAFLOW_KEYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
_CONTRAFLOW_ONEWAY_KEYS = ("cycleway:left:oneway", "cycleway:right:oneway", "cycleway:both:oneway")
_ONEWAY_KEYS = (
    "oneway", "oneway:bicycle", "oneway:foot", "oneway:vehicle", "oneway:motor_vehicle",
    "oneway:motorcar",
)  # fmt: skip

RULE_KEYS = frozenset(
    {
        "highway", "route", "railway", "public_transport", "man_made", "area", "junction",
        "service", "motorroad", "bridge", "tunnel", "toll", "duration", "conveying", "abandoned",
        "disused", "demolished", "razed", "ramp:bicycle", "lanes", "lanes:forward",
        "lanes:backward", "maxspeed", "maxspeed:forward", "maxspeed:backward", "segregated",
        "sidewalk", "impassable",
    }
    | ACCESS_KEYS
    | set(_ONEWAY_KEYS)
    | set(_CONTRAFLOW_KEYS)
    | set(_CONTRAFLOW_ONEWAY_KEYS)
    | set(LIMIT_SOURCE_KEYS)
)  # fmt: skip
"""Every key that :func:`decode_way` looks at; others need not be read."""

_PASSAGE_OF_ONEWAY = {
    "yes": FORWARD, "true": FORWARD, "1": FORWARD,
    "-1": BACKWARD, "reverse": BACKWARD,
    "no": BOTH, "false": BOTH, "0": BOTH, "alternating": BOTH,
    # Open one way at some hours and the other way at others: nobody may count on it. Ways
    # that are closed for it are named, so that a planner knows.
    "reversible": 0,
}  # fmt: skip
_GONE_KEYS = ("abandoned", "disused", "demolished", "razed", "impassable")


class _Tags(Protocol):
    """A dict of tags, or osmium's list of them."""

    def get(self, key: str) -> str | None:
        """Return the value of a key, None where it has none."""


def is_street(tags: _Tags) -> bool:
    """Say whether a way counts as one of the streets of an extract, open to anybody or not."""
    return (
        tags.get("highway") is not None
        or tags.get("route") == "ferry"
        or tags.get("railway") == "platform"
        or tags.get("public_transport") == "platform"
        or tags.get("man_made") == "pier"
    )


def decode_way(tags: Mapping[str, str], tables: StreetTables) -> WayRules | None:
    """Return what the tags of a way mean, None where nobody travels on it.

    Closed: ``no``, ``private`` and the like. ``destination``, ``customers`` and ``delivery``
    leave a street to those whose trip starts or ends there; on foot they close nothing.
    Conditional tags (by the hour) are not read. Steps are walked at half speed and closed to
    bicycles unless a ramp or a bicycle tag says otherwise; then they are pushed, as on
    pedestrian streets and where ``bicycle=dismount``; who pushes goes where walkers go.
    The outline of an area is walked, never driven. ``tables`` come from
    ``network.readers.street_tables.default_street_tables()``.

    References
    ----------
    OpenStreetMap wiki: Key:access, Key:oneway, Key:cycleway, Key:maxspeed, Key:duration,
    OSM tags for routing.
    """
    kind = _find_kind(tags, tables)
    if kind is None or any(tags.get(key) == "yes" for key in _GONE_KEYS):
        return None
    street = tables.classes[kind]
    walk = _decode_walk(tags, kind, street)
    bike, bike_grant = _decode_bike(tags, kind, street, walk)
    car, car_grant = _decode_car(tags, kind, street)
    if not (walk or bike or car):
        return None
    steps = kind == "steps"
    rules = WayRules(
        kind=kind,
        rank=street.rank,
        walk=walk,
        bike=bike,
        car=car,
        bike_limited=bike_grant is Access.LIMITED,
        car_limited=car_grant is Access.LIMITED,
        walk_pace=street.walk_pace,
        bike_pace=street.bike_pace if bike_grant is not Access.PUSHED or steps else 1.0,
        bike_pushed=bike_grant is Access.PUSHED,
        lanes=count_lanes(tags),
        flags=_decode_flags(tags, kind),
        car_snap=_may_drivers_start(tags, kind),
        walk_snap=kind != "ferry",
    )
    return _with_speeds(rules, tags, street, tables)


def _find_kind(tags: Mapping[str, str], tables: StreetTables) -> str | None:
    for value in tags.get("highway", "").split(";"):
        kind = value.strip()
        if kind in tables.classes and kind != "ferry":
            return kind
    if tags.get("route") == "ferry":
        return "ferry"
    if "platform" in (tags.get("railway"), tags.get("public_transport")):
        return "platform"
    return "pier" if tags.get("man_made") == "pier" else None


def _default(is_open: bool) -> Access:  # noqa: FBT001 - a conversion
    return Access.OPEN if is_open else Access.CLOSED


def _decode_walk(tags: Mapping[str, str], kind: str, street: StreetClass) -> int:
    is_open = street.walk is Default.YES and tags.get("motorroad") != "yes"
    if kind == "cycleway":
        # A cycleway with a pavement of its own.
        is_open = "segregated" in tags or tags.get("sidewalk") in ("yes", "both", "left", "right")
    passage, _ = find_passage(tags, WALK_KEYS, _default(is_open))
    oneway = _PASSAGE_OF_ONEWAY.get(tags.get("oneway:foot", ""))
    if oneway is None:
        # Escalators and moving walkways carry people one way.
        oneway = {"forward": FORWARD, "backward": BACKWARD}.get(tags.get("conveying", ""), BOTH)
    return passage & oneway


def _decode_bike(
    tags: Mapping[str, str], kind: str, street: StreetClass, walk: int
) -> tuple[int, Access]:
    default = {Default.YES: Access.OPEN, Default.PUSH: Access.PUSHED}.get(
        street.bike, Access.CLOSED
    )
    if tags.get("motorroad") == "yes" or (tags.get("area") == "yes" and default is Access.OPEN):
        default = Access.CLOSED
    if kind == "steps" and tags.get("ramp:bicycle") == "yes":
        default = Access.PUSHED
    passage, grant = find_passage(tags, BIKE_KEYS, default)
    if kind == "steps" and passage:
        grant = Access.PUSHED
    if grant is Access.PUSHED:
        return walk, grant
    return passage & _bike_oneway(tags, kind), grant


def _bike_oneway(tags: Mapping[str, str], kind: str) -> int:
    own = _PASSAGE_OF_ONEWAY.get(tags.get("oneway:bicycle", ""))
    if own is not None:
        return own
    oneway = _vehicle_oneway(tags, kind, ("oneway:vehicle", "oneway"))
    contraflow = any(tags.get(key, "").startswith("opposite") for key in _CONTRAFLOW_KEYS)
    against = {FORWARD: ("-1", "no"), BACKWARD: ("yes", "no")}.get(oneway, ())
    lane = any(tags.get(key) in against for key in _CONTRAFLOW_ONEWAY_KEYS)
    return BOTH if oneway and (contraflow or lane) else oneway


def _vehicle_oneway(tags: Mapping[str, str], kind: str, keys: tuple[str, ...]) -> int:
    """Return the passage of the first key that says one; roundabouts and motorways imply it."""
    for key in keys:
        passage = _PASSAGE_OF_ONEWAY.get(tags.get(key, "").strip().lower())
        if passage is not None:
            return passage
    implied = kind == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return FORWARD if implied else BOTH


def _decode_car(tags: Mapping[str, str], kind: str, street: StreetClass) -> tuple[int, Access]:
    if tags.get("area") == "yes":
        return 0, Access.CLOSED
    is_open = street.car is Default.YES and tags.get("service") != "emergency_access"
    if kind == "ferry":
        # A ferry that names walkers or cyclists and no cars takes no cars.
        named = (find_grant(tags.get(key)) for key in ("foot", "bicycle"))
        is_open = not any(grant in (Access.OPEN, Access.PUSHED) for grant in named)
    passage, grant = find_passage(tags, CAR_KEYS, _default(is_open))
    keys = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
    return passage & _vehicle_oneway(tags, kind, keys), grant


def _decode_flags(tags: Mapping[str, str], kind: str) -> int:
    flags = STEPS * (kind == "steps") + FERRY * (kind == "ferry")
    if tags.get("junction") in ("roundabout", "circular"):
        flags |= ROUNDABOUT
    if tags.get("bridge", "no") != "no":
        flags |= BRIDGE
    if tags.get("tunnel", "no") != "no":
        flags |= TUNNEL
    if tags.get("toll", "no") != "no":
        flags |= TOLL
    return flags


def _may_drivers_start(tags: Mapping[str, str], kind: str) -> bool:
    """Say whether a car trip may start on a way: not on motorways, ferries or underground."""
    if kind in ("motorway", "motorway_link", "ferry") or tags.get("motorroad") == "yes":
        return False
    return tags.get("tunnel", "no") in ("no", "building_passage")


def _with_speeds(
    rules: WayRules, tags: Mapping[str, str], street: StreetClass, tables: StreetTables
) -> WayRules:
    forward, backward, unread = find_limits(tags, tables.zone_kmh)
    duration_s = nan
    if rules.kind == "ferry" and "duration" in tags:
        found = parse_duration(tags["duration"])
        duration_s = nan if found is None else found
        if found is None:
            unread.append("duration")
    unread += [
        key
        for key in _ONEWAY_KEYS
        if key in tags and not _PASSAGE_OF_ONEWAY.get(tags[key].strip().lower())
    ]
    return replace(
        rules,
        car_kmh_forward=forward if isfinite(forward) else street.car_kmh,
        car_kmh_backward=backward if isfinite(backward) else street.car_kmh,
        duration_s=duration_s,
        unread=tuple((key, tags[key]) for key in unread),
    )
