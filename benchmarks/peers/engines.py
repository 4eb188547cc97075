"""The engines that are set side by side: ours first, then the peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.peers.own import open_raptor, open_scan
from benchmarks.peers.rules import CAFEIN_RULES, NIGIRI_RULES, SCAN_RULES, Rule
from benchmarks.peers.with_cafein import open_cafein
from benchmarks.peers.with_ferrobus import open_ferrobus
from benchmarks.peers.with_nigiri import open_nigiri

if TYPE_CHECKING:
    from benchmarks.peers.question import Opener


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine: how it is opened, and its known rules, each in force with those before it.

    With ``own_walks`` it cannot be given our footpaths, so differences are only measured.
    """

    open: Opener
    is_own: bool = False
    rules: tuple[Rule, ...] = ()
    own_walks: bool = False


RAPTOR = "raptor"
ENGINES = {
    RAPTOR: Engine(open=open_raptor, is_own=True),
    "scan": Engine(open=open_scan, is_own=True, rules=SCAN_RULES),
    "cafein": Engine(open=open_cafein, rules=CAFEIN_RULES),
    "nigiri": Engine(open=open_nigiri, rules=NIGIRI_RULES),
    "ferrobus": Engine(open=open_ferrobus, own_walks=True),
}
