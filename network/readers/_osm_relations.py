"""Relations of an extract: turn restrictions, and areas whose outline is a street."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from network.base import Problem
from network.streets.raw import TurnRestriction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network.base import ProblemLog

CAR_RESTRICTION_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")
"""Keys of restrictions that concern cars, the most specific first."""

_CAR_WORDS = {"motorcar", "motor_vehicle", "vehicle"}
_TIME_KEYS = ("day_on", "day_off", "hour_on", "hour_off")

Members = list[tuple[str, int, str]]
"""Type (``n``, ``w`` or ``r``), id and role."""


def parse_restriction(
    relation: int, tags: Mapping[str, str], members: Members, file: str, log: ProblemLog
) -> TurnRestriction | None:
    """Return the turn restriction for cars that a relation makes, None where it makes none.

    Restrictions by the hour (``restriction:conditional``, ``day_on``) are passed over, and
    those that except cars. A relation without its members is set aside.

    References
    ----------
    OpenStreetMap wiki, Relation:restriction.
    """
    value = next((tags[key].strip() for key in CAR_RESTRICTION_KEYS if key in tags), None)
    if value is None or any(key in tags for key in _TIME_KEYS):
        return None
    if _CAR_WORDS & {word.strip() for word in tags.get("except", "").split(";")}:
        return None
    if not value.startswith(("no_", "only_")):
        _set_aside(log, file, relation, f"restriction={value}", "no_... or only_...")
        return None
    from_ways = _of_role(members, "w", "from")
    to_ways = _of_role(members, "w", "to")
    via_nodes, via_ways = _of_role(members, "n", "via"), _of_role(members, "w", "via")
    several_from, several_to = value == "no_entry", value == "no_exit"
    is_whole = (
        bool(from_ways and to_ways)
        and (len(from_ways) == 1 or several_from)
        and (len(to_ways) == 1 or several_to)
        and (len(via_nodes) == 1) != bool(via_ways)
    )
    if not is_whole:
        found = f"{len(from_ways)} from, {len(via_nodes) + len(via_ways)} via, {len(to_ways)} to"
        _set_aside(log, file, relation, found, "one from, one via node or via ways, one to")
        return None
    return TurnRestriction(
        id=relation,
        only=value.startswith("only_"),
        from_ways=from_ways,
        to_ways=to_ways,
        via_node=via_nodes[0] if via_nodes else -1,
        via_ways=via_ways,
    )


def list_members(relation: Any) -> Members:  # noqa: ANN401 - osmium's Relation
    """Return the members of a relation as type, id and role."""
    return [(member.type, member.ref, member.role) for member in relation.members]


def outline_tags(tags: Mapping[str, str]) -> dict[str, str] | None:
    """Return the tags that the outlines of a multipolygon share, None where it is no street."""
    if tags.get("type") != "multipolygon":
        return None
    is_square = tags.get("highway") in ("pedestrian", "footway", "path", "platform", "corridor")
    is_platform = "platform" in (tags.get("railway"), tags.get("public_transport"))
    if not (is_square or is_platform or tags.get("man_made") == "pier"):
        return None
    return {key: value for key, value in tags.items() if key != "type"} | {"area": "yes"}


def _of_role(members: Members, kind: str, role: str) -> tuple[int, ...]:
    """Return the members of a role, one that is named twice in a row once."""
    ids = [ref for member, ref, its_role in members if (member, its_role) == (kind, role)]
    return tuple(ref for i, ref in enumerate(ids) if i == 0 or ids[i - 1] != ref)


def _set_aside(log: ProblemLog, file: str, relation: int, found: str, expected: str) -> None:
    log.set_aside(
        "turn restriction that is not whole",
        Problem(
            file=file,
            field=f"relation {relation}",
            found=found,
            expected=expected,
            mend="Correct the relation; where the extract is cut there, nothing is lost.",
        ),
    )
