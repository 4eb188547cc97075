"""Identifiers from French names, shared by the scripts that write the territory pack."""

from __future__ import annotations

import unicodedata


def slug(name: str) -> str:
    """Return a name as a lower-case ASCII identifier with hyphens."""
    folded = unicodedata.normalize("NFKD", name.replace("œ", "oe"))
    plain = "".join(c for c in folded.lower() if not unicodedata.combining(c))
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in plain).split())
