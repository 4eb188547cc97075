"""Words and numbers as people read them, in French and English."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
REPORT = "scenarios.report"
_THIN_SPACE = "\u202f"
_BEFORE_THIN = re.compile(r" (?=[;?!%])")
_BESIDE_FULL = re.compile(r"(?<=«) | (?=[:»])")
_MINUS = "\u2212"


def normalise_language(lang: str | None) -> str:
    """Return the nearest language there is: ``"en_GB.UTF-8"`` gives ``"en"``, others ``"fr"``."""
    short = (lang or "").strip().lower()[:2]
    return short if short in LANGUAGES else DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The words of one language by dotted key, ``"table.unit"``."""

    lang: str
    words: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its ``{names}`` filled in; raise KeyError for an unknown key."""
        text = self.words[key]
        return text.format(**values) if values else text

    def find(self, section: str, key: str) -> str:
        """Return the word of a key that data brings, or the key itself made readable."""
        return self.words.get(f"{section}.{key}", key.replace("_", " "))

    def number(self, value: float, digits: int | None = None, *, signed: bool = False) -> str:
        """Return a number with the language's separators; three significant digits by default."""
        places = _digits(value) if digits is None else digits
        rounded = round(value, places)
        text = f"{abs(rounded):,.{places}f}"
        if self.lang == "fr":
            text = text.replace(",", _THIN_SPACE).replace(".", ",")
        if rounded < 0:
            return _MINUS + text
        return f"+{text}" if signed and rounded > 0 else text

    def hundredths(self, share: float, digits: int = 0, *, signed: bool = False) -> str:
        """Return a share in hundredths, with more digits where fewer would make it nothing."""
        size = abs(100 * share)
        if 0.5 * 10.0**-_MOST_DIGITS <= size < 0.5 * 10.0**-digits:
            digits = next(d for d in range(digits, _MOST_DIGITS + 1) if size >= 0.5 * 10.0**-d)
        return self.number(100 * share, digits, signed=signed)

    def percent(self, share: float, digits: int = 0, *, signed: bool = False) -> str:
        """Return a share as per cent."""
        text = self.hundredths(share, digits, signed=signed)
        return f"{text}{_THIN_SPACE}%" if self.lang == "fr" else f"{text}%"

    def minutes(self, value: float, digits: int | None = None) -> str:
        """Return minutes with their unit."""
        return f"{self.number(value, digits)} min"


_MOST_DIGITS = 4


def _digits(value: float) -> int:
    size = abs(value)
    if size >= 100 or value == int(value):
        return 0
    return 1 if size >= 10 else 2


def read_words(package: str, lang: str) -> dict[str, str]:
    """Read a package's ``text_<lang>.toml`` as dotted keys."""
    text = resources.files(package).joinpath(f"text_{lang}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value
        for section, table in tomllib.loads(text).items()
        for key, value in table.items()
    }


def set_french_spaces(text: str) -> str:
    """Return French text whose signs of two parts can't be torn from their word.

    A thin no-break space before ``; ? ! %``, a full one before a colon and inside guillemets.

    References
    ----------
    Imprimerie nationale, *Lexique des règles typographiques*, "Ponctuation".
    """
    return _BESIDE_FULL.sub("\u00a0", _BEFORE_THIN.sub(_THIN_SPACE, text))


@cache
def get_catalogue(lang: str, package: str = REPORT) -> Catalogue:
    """Return the words of a language, French for one that is unknown."""
    known = normalise_language(lang)
    words = read_words(package, known)
    if known == "fr" and package == REPORT:  # a terminal's lines stay plain, to be searched
        words = {key: set_french_spaces(text) for key, text in words.items()}
    return Catalogue(lang=known, words=words)
