"""What is wrong with an extract: streets cut off from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.quality.findings import Kind, Words, build_finding, problem
from network.quality.report import Severity
from network.streets.graph import StreetMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from network.quality.report import Finding
    from network.streets.graph import StreetGraph

_CODES = {
    StreetMode.WALK: "street_islands_walk",
    StreetMode.BIKE: "street_islands_bike",
    StreetMode.CAR: "street_islands_car",
}


def check_pruned_islands(streets: StreetGraph) -> Iterator[Finding]:
    """Find streets that were left out because no way leads to them, or back, in one mode.

    Some are cut off by the edge of the extract or truly private; that is why it is a note.
    """
    for mode, code in _CODES.items():
        graph = streets.mode_graph(mode)
        words = Words(
            found=f"{graph.n_islands_pruned} islands of {graph.n_island_nodes_pruned} junctions "
            f"left out for {mode}",
            expected="streets that hang together",
            mend="Nothing at the edge of the extract; else look at the tags where streets meet.",
        )
        finding = build_finding(
            Kind(code=code, severity=Severity.NOTE, unit="junctions"),
            streets.name,
            [problem(streets.name, words)],
            count=graph.n_island_nodes_pruned,
        )
        if finding is not None:
            yield finding
