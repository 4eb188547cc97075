"""TNTP, the format of the public road test networks: networks, trip tables, link flows.

A road test network with a lost row has no known answer: here a bad row is an error.

References
----------
Transportation Networks for Research Core Team, Transportation Networks for Research, section
"TNTP Data format", https://github.com/bstabler/TransportationNetworks.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

import numpy as np

from network.readers._tntp_columns import Column, TableKind, read_columns
from network.readers._tntp_text import TntpLines, parse_number, read_lines
from network.roads import LinkFlows, RoadNetwork, TripTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

TOTAL_TOLERANCE = 0.01
"""Relative: a stated total that is farther off means lost rows, not another rounding."""

_TAIL = Column(
    name="init_node",
    aliases=("initnode", "init", "from", "fromnode", "tail", "tailnode", "inode", "startnode"),
    low=1,
    whole=True,
)
_HEAD = Column(
    name="term_node",
    aliases=("termnode", "term", "to", "tonode", "head", "headnode", "jnode", "endnode"),
    low=1,
    whole=True,
)
_LINKS = TableKind(
    columns=(
        _TAIL,
        _HEAD,
        Column(name="capacity", aliases=("capacity", "cap"), low=0),
        Column(name="length", aliases=("length", "distance", "linklength"), low=0),
        Column(
            name="free_flow_time",
            aliases=("freeflowtime", "freeflowtraveltime", "fftime", "ftime", "fft", "fftt"),
            low=0,
        ),
        Column(name="b", aliases=("b", "alpha"), low=0),
        Column(name="power", aliases=("power", "beta"), low=0),
        Column(name="speed", aliases=("speed", "speedlimit"), low=0, default=0),
        Column(name="toll", aliases=("toll",), default=0),
        Column(name="link_type", aliases=("linktype", "type"), whole=True, default=1),
    ),
    mend="Correct the row: without one of its links a network has another answer.",
)
_FLOWS = TableKind(
    columns=(
        _TAIL,
        _HEAD,
        Column(name="volume", aliases=("volume", "vol", "flow", "linkflow"), low=0),
        Column(name="cost", aliases=("cost", "time", "traveltime", "linkcost"), default=0),
    ),
    mend="Correct the row: every link has one, also where nothing flows.",
)
_ORIGIN = re.compile(r"origin\s*[:#]?\s*(\d{1,9})(?:\s*[:;,])?(?=\s|$)(.*)", re.IGNORECASE)
_ZONE = r"\d{1,9}"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PAIR = re.compile(rf"\s*({_ZONE})(?:\s*[:,]\s*|\s+)({_NUMBER})\s*(?:;|(?=\s)|$)")
_PAIRS = re.compile(rf"(?:\s*{_ZONE}+\s*+:\s*+{_NUMBER}\s*+;)*+\s*")


def read_tntp_network(path: Path) -> RoadNetwork:
    """Read a road network (``_net.tntp``): links with capacity, free-flow time, b and power.

    Nodes are numbered 1 to the stated number of nodes; where numbers go beyond it the nodes
    are those in use. Without ``<NUMBER OF ZONES>`` the zones are the nodes before the first
    thru node, all nodes if that is 1 or not stated.

    Parameters
    ----------
    path
        Plain text, ``.gz``, or a ``.zip`` with one file in it.

    Raises
    ------
    NetworkInputError
        If the file cannot be read, a row is wrong, or there are more or fewer links or nodes
        than stated; names every such row.
    """
    out = TntpLines(file=path.name)
    columns = read_columns(read_lines(path, out), _LINKS, out)
    out.raise_problems()
    tail, head = _numbers(columns, "init_node"), _numbers(columns, "term_node")
    _check_count(out, "NUMBER OF LINKS", len(tail), "links")
    if not len(tail):
        out.complain(None, "no links", "a row for each link", "Get the file again.")
    out.raise_problems()
    node_numbers, n_zones, first_thru = _number_nodes(np.union1d(tail, head), out)
    toll_factor = out.find_number("TOLL FACTOR", low=-np.inf) or 0.0
    distance_factor = out.find_number("DISTANCE FACTOR", low=-np.inf) or 0.0
    out.raise_problems()
    return RoadNetwork(
        node_numbers=node_numbers,
        tail=np.searchsorted(node_numbers, tail).astype(np.int32),
        head=np.searchsorted(node_numbers, head).astype(np.int32),
        capacity=columns["capacity"],
        length=columns["length"],
        free_flow_time=columns["free_flow_time"],
        b=columns["b"],
        power=columns["power"],
        speed=_or_default(columns, "speed", len(tail)),
        toll=_or_default(columns, "toll", len(tail)),
        link_type=_or_default(columns, "link_type", len(tail)).astype(np.int32),
        n_zones=n_zones,
        first_thru_node=first_thru,
        toll_factor=toll_factor,
        distance_factor=distance_factor,
    )


def read_tntp_flows(path: Path) -> LinkFlows:
    """Read link flows (``_flow.tntp``): volumes and, where there is such a column, costs.

    Raises
    ------
    NetworkInputError
        If the file cannot be read or a row is wrong; names every such row.
    """
    out = TntpLines(file=path.name)
    columns = read_columns(read_lines(path, out), _FLOWS, out)
    out.raise_problems()
    tail = _numbers(columns, "init_node")
    _check_count(out, "NUMBER OF LINKS", len(tail), "links")
    if not len(tail):
        out.complain(None, "no flows", "a row for each link", "Get the file again.")
    out.raise_problems()
    return LinkFlows(
        tail_number=tail,
        head_number=_numbers(columns, "term_node"),
        volume=columns["volume"],
        cost=columns.get("cost"),
    )


def read_tntp_trips(path: Path) -> TripTable:
    """Read a trip table (``_trips.tntp``): trips by origin and destination zone.

    Raises
    ------
    NetworkInputError
        If the file cannot be read, an entry is wrong, a pair stands twice and the stated
        total does not say that both count, or the sum is more than 1 % short of that total;
        names every such row. A sum above it is kept: a file that was cut has less.
    """
    out = TntpLines(file=path.name)
    pairs = _Pairs(out)
    for row, line in read_lines(path, out):
        if not line.startswith("~"):
            pairs.add_line(row, line)
    n_zones = out.find_count("NUMBER OF ZONES")
    stated = out.find_number("TOTAL OD FLOW")
    out.raise_problems()
    return pairs.to_table(n_zones, stated or None)


class _Pairs:
    """Entries of a trip table as they come, with the row each stood on."""

    def __init__(self, out: TntpLines) -> None:
        self._out = out
        self._origin = 0
        self._destination = array("q")
        self._trips = array("d")
        self._lines: list[tuple[int, int, int]] = []  # row, origin, entries

    def add_line(self, row: int, line: str) -> None:
        """Take a line: a new origin, entries, or both."""
        match = _ORIGIN.match(line)
        if match is not None:
            self._origin = int(match.group(1))
            line = match.group(2).strip()
        if not line or line == ";":
            return
        if not self._origin:
            found, expected = repr(line[:60]), "Origin and a zone's number first"
            self._out.complain(row, found, expected, "Give a trip table, from its beginning.")
            self._out.raise_problems()
        before = len(self._trips)
        if _PAIRS.fullmatch(line):
            words = line.replace(":", " ").replace(";", " ").split()
            self._destination.extend(map(int, words[::2]))
            self._trips.extend(map(float, words[1::2]))
        else:
            self._add_slowly(row, line)
        self._lines.append((row, self._origin, len(self._trips) - before))

    def _add_slowly(self, row: int, line: str) -> None:
        at = 0
        while line[at:].strip(" \t;"):
            match = _PAIR.match(line, at)
            value = None if match is None else parse_number(match.group(2))
            if match is None or value is None:
                found = repr(line[at:].strip()[:40])
                mend = "Correct the entry: without it the table has another sum."
                self._out.complain(row, found, "a zone, a colon, trips, a semicolon", mend)
                return
            at = match.end()
            while line[at : at + 1] in (" ", "\t", ";"):
                at += 1
            self._destination.append(int(match.group(1)))
            self._trips.append(value)

    def to_table(self, n_zones: int | None, stated: float | None) -> TripTable:
        """Check all entries and return the table."""
        rows, origins, counts = np.array(self._lines, dtype=np.int64).reshape(-1, 3).T
        row, origin = np.repeat(rows, counts), np.repeat(origins, counts)
        destination = np.array(self._destination, dtype=np.int64)
        trips = np.array(self._trips, dtype=np.float64)
        if not len(trips):
            self._out.complain(None, "no trips", "Origin and its entries", "Get the file again.")
            self._out.raise_problems()
        named = np.union1d(origin, destination)
        # As many zones as stated with gaps between their numbers are a table's own business.
        if n_zones is None or len(named) <= n_zones:
            n_zones = max(n_zones or 0, int(named[-1]))
        zones = f"a zone from 1 to {n_zones}"
        bad = (origin < 1) | (origin > n_zones)
        self._refuse(bad, row, lambda k: f"origin {origin[k]}", zones)
        bad = (destination < 1) | (destination > n_zones)
        self._refuse(bad, row, lambda k: f"destination {destination[k]}", zones)
        bad = ~((trips >= 0) & (trips < np.inf))
        self._refuse(bad, row, lambda k: f"{trips[k]:g} trips", "a number, 0 or more")
        kept = np.flatnonzero(trips > 0)
        order = kept[np.lexsort((row[kept], destination[kept], origin[kept]))]
        new = np.ones(len(order), dtype=np.bool_)
        new[1:] = (np.diff(origin[order]) != 0) | (np.diff(destination[order]) != 0)
        if stated is None or abs(float(trips.sum()) - stated) > TOTAL_TOLERANCE * stated:
            again = np.zeros(len(trips), dtype=np.bool_)
            again[order[~new]] = True
            self._refuse(
                again,
                row,
                lambda k: f"{origin[k]} to {destination[k]} again",
                "each pair once, or a <TOTAL OD FLOW> that counts both",
            )
        self._check_total(float(trips.sum()), stated)
        self._out.raise_problems()
        first = np.flatnonzero(new)
        return TripTable(
            n_zones=n_zones,
            origin=(origin[order[first]] - 1).astype(np.int32),
            destination=(destination[order[first]] - 1).astype(np.int32),
            trips=np.add.reduceat(trips[order], first) if len(first) else np.zeros(0),
            stated_total=stated,
        )

    def _refuse(
        self,
        bad: NDArray[np.bool_],
        row: NDArray[np.int64],
        describe: Callable[[int], str],
        expected: str,
    ) -> None:
        for k in np.flatnonzero(bad).tolist():
            mend = "Correct the entry: without it the table has another sum."
            self._out.complain(int(row[k]), describe(k), expected, mend)

    def _check_total(self, total: float, stated: float | None) -> None:
        if stated is not None and stated - total > TOTAL_TOLERANCE * stated:
            self._out.complain(
                self._out.metadata["TOTAL OD FLOW"][0],
                f"<TOTAL OD FLOW> {stated:.10g}, and {total:.10g} trips below",
                "the sum of the trips",
                "The file may be cut: get it again. Else correct the total or remove its line.",
            )


def _number_nodes(used: NDArray[np.int32], out: TntpLines) -> tuple[NDArray[np.int32], int, int]:
    """Return the node numbers, how many zones there are, and the first thru node."""
    n_nodes, n_zones = out.find_count("NUMBER OF NODES"), out.find_count("NUMBER OF ZONES")
    first_thru = out.find_count("FIRST THRU NODE") or 1
    out.raise_problems()
    if n_zones is None:
        n_zones = first_thru - 1 or (n_nodes or int(used[-1]))
    numbers = np.union1d(used, np.arange(1, n_zones + 1, dtype=np.int32)).astype(np.int32)
    if n_nodes is not None and numbers[-1] <= n_nodes:
        numbers = np.arange(1, n_nodes + 1, dtype=np.int32)
    elif n_nodes is not None and len(used) > n_nodes:
        row = out.metadata["NUMBER OF NODES"][0]
        found = f"<NUMBER OF NODES> {n_nodes}, and {len(used)} nodes below"
        out.complain(row, found, "as many as there are", "Correct the number, or the rows.")
    return numbers, n_zones, first_thru


def _check_count(out: TntpLines, key: str, count: int, what: str) -> None:
    stated = out.find_count(key)
    if stated is not None and stated != count:
        out.complain(
            out.metadata[key][0],
            f"<{key}> {stated}, and {count} {what} below",
            "as many as there are",
            "The file may be cut: get it again. Else correct the number.",
        )


def _numbers(columns: dict[str, NDArray[np.float64]], name: str) -> NDArray[np.int32]:
    return columns[name].astype(np.int32) if columns else np.zeros(0, dtype=np.int32)


def _or_default(
    columns: dict[str, NDArray[np.float64]], name: str, count: int
) -> NDArray[np.float64]:
    default = next(c.default for c in _LINKS.columns if c.name == name)
    return columns.get(name, np.full(count, default, dtype=np.float64))
