"""A network pack as its page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.base import SourceClass
from scenarios.atlas.view import TerritoryView
from scenarios.network_pack import find_outline_file
from scenarios.pack_files import resolve_path
from scenarios.zoning import read_outlines

if TYPE_CHECKING:
    from network.quality.report import QualityReport
    from scenarios.network_pack import NetworkPack


def build_view(pack: NetworkPack, report: QualityReport | None) -> TerritoryView:
    """Return what a pack's page is drawn from; zones without an outline keep their centre.

    Raises
    ------
    ScenarioInputError
        If the outlines cannot be read.
    """
    outlines = find_outline_file(pack.file)
    zones, people = pack.zones, pack.people
    return TerritoryView(
        title=pack.title,
        service_date=pack.service_date,
        network=pack.network,
        zones=zones,
        zone_polygons={}
        if outlines is None
        else read_outlines(resolve_path(outlines, pack.folder)),
        population=people.leaf_values("population", zones) if zones and people else None,
        jobs=people.leaf_values("jobs", zones) if zones and people else None,
        people_class=_worst_class(people.source_class) if zones and people else "",
        report=report,
        sources=pack.sources,
        notes=pack.notes,
        coverage=pack.coverage,
    )


def _worst_class(by_zone: dict[str, str]) -> str:
    """Return the least sure source class of the zones' figures."""
    order = [str(source_class) for source_class in SourceClass]
    return max((c for c in by_zone.values() if c in order), key=order.index, default="")
