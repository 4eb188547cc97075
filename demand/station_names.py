"""Matching stations of two sources by what they are called and where they stand."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from network.base import pairwise_distance_m

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = {"ST": "SAINT", "STE": "SAINTE", "FBG": "FAUBOURG", "PL": "PLACE", "AV": "AVENUE"}


def normalise_name(name: str) -> str:
    """Return a name in plain capitals: no accents, brackets or punctuation, no abbreviations.

    ``"Saint-Denis Université"`` and ``"ST-DENIS (UNIVERSITE) "`` differ only in the bracket.
    """
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "OE"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).upper()
    plain = re.sub(r"\([^)]*\)", " ", plain)
    words = re.sub(r"[^A-Z0-9]+", " ", plain).split()
    return " ".join(_SHORT.get(word, word) for word in words)


def match_stations(
    names: Sequence[str],
    lat: Sequence[float],
    lon: Sequence[float],
    *,
    other_names: Sequence[str],
    other_lat: Sequence[float],
    other_lon: Sequence[float],
    within_m: float = 400.0,
    min_likeness: float = 0.6,
) -> dict[int, int]:
    """Match each station to one of another source, by name likeness among those near by.

    Within ``within_m`` the other station whose normalised name is most alike is taken, the
    nearer of two equal ones; below ``min_likeness`` (0 to 1, Ratcliff and Obershelp) there
    is no match. A name that contains the other counts as alike. Each other station is
    used once, best likeness first.
    """
    if not len(names) or not len(other_names):
        return {}
    away = pairwise_distance_m(lat, lon, other_lat, other_lon)
    candidates = []
    for i, name in enumerate(names):
        for j in (away[i] <= within_m).nonzero()[0].tolist():
            likeness = _likeness(normalise_name(name), normalise_name(other_names[j]))
            if likeness >= min_likeness:
                candidates.append((-likeness, float(away[i, j]), i, j))
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, _, i, j in sorted(candidates):
        if i not in found and j not in used:
            found[i] = j
            used.add(j)
    return found


def _likeness(first: str, second: str) -> float:
    short, long = sorted((first, second), key=len)
    if first == second:
        return 1.0
    if f" {short} " in f" {long} ":
        return 0.95
    return SequenceMatcher(None, first, second).ratio()
