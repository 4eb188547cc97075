"""Access tags: who may pass a way or a barrier, and in which direction."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from network.streets.raw import BACKWARD, BIKE_BIT, BOTH, CAR_BIT, FORWARD, WALK_BIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network.streets.tables import StreetTables

WALK_KEYS = ("access", "foot")
BIKE_KEYS = ("access", "vehicle", "bicycle")
CAR_KEYS = ("access", "vehicle", "motor_vehicle", "motorcar")
"""Keys that concern a mode, from the most general to the most specific: the last holds."""

PLAIN_ACCESS_KEYS = ("access", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar")
ACCESS_KEYS = frozenset(
    key + suffix for key in PLAIN_ACCESS_KEYS for suffix in ("", ":forward", ":backward")
)


class Access(IntEnum):
    """What an access tag grants."""

    CLOSED = 0
    PUSHED = 1  # bicycle=dismount
    LIMITED = 2  # only those whose trip starts or ends there
    OPEN = 3


_OPEN = {"yes", "permissive", "designated", "official", "public", "allowed", "optional_sidepath"}
_LIMITED = {"destination", "customers", "delivery", "residents", "permit"}
_CLOSED = {
    "no", "private", "agricultural", "forestry", "military", "emergency", "psv", "bus", "taxi",
    "hgv", "restricted", "use_sidepath", "employees", "staff", "prohibited",
}  # fmt: skip
GRANTS = (
    dict.fromkeys(_OPEN, Access.OPEN)
    | dict.fromkeys(_LIMITED, Access.LIMITED)
    | dict.fromkeys(_CLOSED, Access.CLOSED)
    | {"dismount": Access.PUSHED}
)
"""Values that mean something here; any other (``unknown``, a typing error) is passed over."""


def find_grant(value: str | None) -> Access | None:
    """Return what an access value grants, None where it says nothing.

    Of several values with semicolons the first known one holds.
    """
    if value is None:
        return None
    for part in value.split(";"):
        grant = GRANTS.get(part.strip().lower())
        if grant is not None:
            return grant
    return None


def find_access(
    tags: Mapping[str, str], keys: tuple[str, ...], default: Access, suffix: str = ""
) -> Access:
    """Return what a mode may do, by the hierarchy of access keys.

    A key of its own kind of vehicle opens what the class of street closes (a track with
    ``motor_vehicle=yes``); ``access`` alone says who, not by what means, and never opens a
    footway to cars. ``suffix`` (``:forward``) prefers the tags of one direction.

    References
    ----------
    OpenStreetMap wiki, Key:access, "Transport mode restrictions".
    """
    found = default
    for key in keys:
        grant = find_grant(tags.get(key + suffix)) if suffix else None
        if grant is None:
            grant = find_grant(tags.get(key))
        if grant is None or (grant is Access.PUSHED and "bicycle" not in keys):
            continue
        found = min(grant, default) if key == "access" and grant > Access.CLOSED else grant
    return found


def find_passage(
    tags: Mapping[str, str], keys: tuple[str, ...], default: Access
) -> tuple[int, Access]:
    """Return the directions access tags leave open, and the weaker grant of those."""
    both = find_access(tags, keys, default)
    if not any(key + ":forward" in tags or key + ":backward" in tags for key in keys):
        return (BOTH if both > Access.CLOSED else 0), both
    forward = find_access(tags, keys, default, ":forward")
    backward = find_access(tags, keys, default, ":backward")
    passage = FORWARD * (forward > Access.CLOSED) + BACKWARD * (backward > Access.CLOSED)
    granted = [grant for grant in (forward, backward) if grant > Access.CLOSED]
    return passage, min(granted, default=Access.CLOSED)


def decode_barrier(tags: Mapping[str, str], tables: StreetTables) -> int:
    """Return the modes (bits) that cannot pass a node with these tags.

    The kind of barrier says what is closed where no access tag does; ``access=yes`` at a
    bollard does not make room for a car, ``motor_vehicle=yes`` does.
    """
    barrier = tags.get("barrier")
    if barrier is None:
        return 0
    kinds = tables.barrier_closed
    closed = kinds.get(barrier.split(";")[0].strip(), kinds["other"])
    if tags.get("locked") == "yes":
        closed = WALK_BIT | BIKE_BIT | CAR_BIT
    result = 0
    for bit, keys in ((WALK_BIT, WALK_KEYS), (BIKE_BIT, BIKE_KEYS), (CAR_BIT, CAR_KEYS)):
        default = Access.CLOSED if closed & bit else Access.OPEN
        if find_access(tags, keys, default) == Access.CLOSED:
            result |= bit
    return result
