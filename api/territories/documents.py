"""Territories as plain JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from network.quality.plain import report_as_dict
from scenarios.built import Origin, count_network
from scenarios.zone_people import summarise_levels

if TYPE_CHECKING:
    from network import FeedInfo
    from network.quality.report import QualityReport
    from scenarios.built import BuiltNetwork
    from scenarios.network_pack import NetworkPack
    from scenarios.zone_people import LevelSummary


def describe_built(built: BuiltNetwork, seconds: float) -> dict[str, Any]:
    """Return where a network came from and what its artefact says of itself."""
    return {
        "origin": str(built.origin),
        "is_new": built.origin is not Origin.OPENED,
        "path": None if built.path is None else str(built.path),
        "key": built.key,
        "seconds": round(seconds, 3),
        "reason": built.reason,
        "damage": built.damage,
        "removed": [str(path) for path in built.removed],
        "manifest": built.manifest,
    }


def describe_pack(pack: NetworkPack, report: QualityReport | None) -> dict[str, Any]:
    """Return all that is known about a territory's network."""
    zones = None
    if pack.zones is not None and pack.people is not None:
        levels = summarise_levels(pack.zones, pack.people)
        zones = {
            "leaves": len(pack.zones),
            "zones": len(pack.zones.names),
            "levels": [_describe_level(level) for level in levels],
        }
    return {
        "name": pack.name,
        "title": pack.title,
        "folder": str(pack.folder),
        "service_date": pack.service_date.isoformat(),
        "timezone": pack.network.timetable.timezone,
        "counts": count_network(pack.network),
        "walking": pack.network.footpaths.kind,
        "coverage": [_describe_feed(feed) for feed in pack.coverage],
        "zones": zones,
        "quality": None if report is None else report_as_dict(report),
        "set_aside": pack.set_aside,
        "sources": [source.as_dict() for source in pack.sources],
        "notes": {lang: list(notes) for lang, notes in pack.notes.items()},
        "inputs_sha256": pack.inputs_sha256,
    }


def _describe_level(level: LevelSummary) -> dict[str, Any]:
    return {
        "level": level.level,
        "zones": level.zones,
        "leaves": level.leaves,
        **level.sums,
        **{f"{quantity}_unknown": count for quantity, count in level.unknown.items()},
    }


def _describe_feed(feed: FeedInfo) -> dict[str, Any]:
    return {
        "name": feed.name,
        "prefix": feed.prefix,
        "service_date": feed.service_date.isoformat(),
        "first_date": feed.first_date.isoformat(),
        "last_date": feed.last_date.isoformat(),
        "publisher": feed.publisher,
        "version": feed.version,
    }
