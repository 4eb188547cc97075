"""Words of the quality report by finding code, in French and English."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from scenarios.report.text import normalise_language


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingWords:
    """What a kind of finding is called, what it means, how it is mended."""

    title: str
    explanation: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWords:
    """The words of one language; codes nobody has words for are made readable."""

    lang: str
    findings: dict[str, FindingWords]
    units: dict[str, tuple[str, str]]
    severities: dict[str, tuple[str, str]]
    fallback: FindingWords

    def finding(self, code: str) -> FindingWords:
        """Return the words of a finding; general ones, under its code, where there are none."""
        known = self.findings.get(code)
        if known is not None:
            return known
        return FindingWords(
            title=code.replace("_", " "),
            explanation=self.fallback.explanation,
            mend=self.fallback.mend,
        )

    def unit(self, unit: str, count: int) -> str:
        """Return the word for what is counted, singular or plural as the language has it."""
        one, many = self.units.get(unit, (unit, unit))
        return one if self._is_single(count) else many

    def severity(self, severity: str, count: int = 1) -> str:
        """Return the word for a severity, singular or plural."""
        one, many = self.severities.get(severity, (severity, severity))
        return one if self._is_single(count) else many

    def _is_single(self, count: int) -> bool:
        return count == 1 or (count == 0 and self.lang == "fr")


@cache
def get_quality_words(lang: str) -> QualityWords:
    """Return the words of a language, French for one that is unknown."""
    known = normalise_language(lang)
    tables = _read(known)
    findings = {code: FindingWords(**words) for code, words in tables["finding"].items()}
    return QualityWords(
        lang=known,
        findings=findings,
        units={key: (one, many) for key, (one, many) in tables["unit"].items()},
        severities={key: (one, many) for key, (one, many) in tables["severity"].items()},
        fallback=FindingWords(**tables["fallback"]),
    )


def _read(lang: str) -> dict[str, Any]:
    file = resources.files("scenarios.report").joinpath(f"quality_{lang}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
