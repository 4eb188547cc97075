"""Which feeds make one network, and the prefix that stands before the ids of each."""

from __future__ import annotations

import filecmp
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError
from network.building.inputs import FeedSource

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_WORD = "feed"


def name_sources(feeds: Path | Sequence[FeedSource]) -> list[FeedSource]:
    """Return the feeds by prefix, each with one of its own where there are several.

    Raises
    ------
    NetworkInputError
        If there is no feed, or a feed or a prefix is given twice.
    """
    if isinstance(feeds, Path):
        return [FeedSource(path=feeds)]
    sources = list(feeds)
    if not sources:
        raise NetworkInputError(_refused("feeds", "no feed", "one GTFS feed or more"))
    if len(sources) == 1:
        return sources
    problems = [
        _refused(str(a.path), f"the same feed as {b.path}", "each feed once")
        for i, a in enumerate(sources)
        for b in sources[:i]
        if _is_same(a.path, b.path)
    ]
    given = Counter(source.prefix for source in sources if source.prefix)
    problems += [
        _refused("feeds", f"the prefix {prefix!r} for {n} feeds", "a prefix for each feed")
        for prefix, n in sorted(given.items())
        if n > 1
    ]
    if problems:
        raise NetworkInputError(*problems)
    return sorted(_prefixed(sources), key=lambda source: source.prefix)


def _is_same(a: Path, b: Path) -> bool:
    if a.resolve() == b.resolve():
        return True
    if not (a.is_file() and b.is_file()) or a.stat().st_size != b.stat().st_size:
        return False
    return filecmp.cmp(a, b, shallow=False)


def _prefixed(sources: list[FeedSource]) -> list[FeedSource]:
    """Return the feeds with a prefix each: file names first, then folders, then numbers."""
    taken = {source.prefix for source in sources if source.prefix}
    bare = sorted((s for s in sources if not s.prefix), key=lambda s: str(s.path.resolve()))
    by_file = [_words(source.path.resolve().stem) for source in bare]
    counts = Counter(by_file)
    named = [source for source in sources if source.prefix]
    for source, words in zip(bare, by_file, strict=True):
        prefix = words
        if counts[words] > 1 or words in taken:
            folder = _words(source.path.resolve().parent.name)
            prefix = f"{folder}-{words}" if words != _NO_WORD else folder
        number = 2
        stem = prefix
        while prefix in taken:
            prefix = f"{stem}-{number}"
            number += 1
        taken.add(prefix)
        named.append(replace(source, prefix=prefix))
    return named


def _words(name: str) -> str:
    """Return the words of a file name but "gtfs", in lower case, joined by hyphens."""
    words = [word for word in re.split(r"[\W_]+", name.casefold()) if word and word != "gtfs"]
    return "-".join(words) or _NO_WORD


def _refused(file: str, found: str, expected: str) -> Problem:
    return Problem(
        file=file, found=found, expected=expected, mend="Leave one out, or name another."
    )
