"""Words of the command line and the service, and the language they are said in."""

from __future__ import annotations

import os

from scenarios.report import LANGUAGES, Catalogue, get_catalogue, normalise_language

__all__ = ["LANGUAGES", "LANGUAGE_VARIABLE", "choose_language", "get_words"]

LANGUAGE_VARIABLE = "CRENEAU_LANG"


def choose_language(asked: str | None = None) -> str:
    """Return the language asked for, else that of ``CRENEAU_LANG``, else French."""
    return normalise_language(asked or os.environ.get(LANGUAGE_VARIABLE))


def get_words(lang: str) -> Catalogue:
    """Return this package's words; those of tables are in :mod:`scenarios.report`."""
    return get_catalogue(lang, "api")
