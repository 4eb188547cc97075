"""Published load factors beside a loading's own."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from scenarios.loads import LoadRequest, render_page, run_loads
from scenarios.loads.stretches import sum_stretches
from scenarios.parameters import PublishedLoad


def stated(line, factor):
    return PublishedLoad(
        line=line,
        load_factor=factor,
        where_fr="en pointe",
        where_en="at the peak",
        source="A newspaper",
        source_date=dt.date(2018, 4, 1),
    )


@pytest.fixture(scope="module")
def loads(pack):
    """The corridor, with what somebody published of lines 1 and 9 (which there is none of)."""
    found = run_loads(pack, LoadRequest(pax_per_row=5.0, workers=1))
    file = found.territory.file.model_copy(
        update={"published_loads": (stated("1", 1.25), stated("9", 1.1))}
    )
    return replace(found, territory=replace(found.territory, file=file))


def test_a_published_factor_stands_beside_the_lines_fullest_hour(loads):
    """By the definition: four quarter hours of one stretch, passengers over places."""
    first, second = loads.published()
    stretches = sum_stretches(loads)
    best, at = 0.0, (0, 0)
    for k, line in enumerate(loads.segments.line):
        for w in range(loads.windows.count - 3):
            hour = slice(w, w + 4)
            if line != "1" or stretches.vehicles[k, hour].sum() < 8:
                continue
            factor = stretches.load_pax[k, hour].sum() / stretches.capacity_pax[k, hour].sum()
            if factor > best:
                best, at = factor, (k, w)
    assert first.load_factor == pytest.approx(best)
    assert first.error == pytest.approx(best - 1.25)
    assert first.from_stop == loads.segments.from_station[at[0]]
    assert first.start_s == loads.windows.starts_s()[at[1]]
    assert first.end_s - first.start_s == 3600
    assert second.load_factor is None
    assert second.error is None


def test_the_report_and_the_result_show_both_and_the_source(loads):
    html = render_page(loads, lang="en")
    assert "125%" in html
    assert "at the peak" in html
    assert "A newspaper, 2018-04-01" in html
    rows = loads.as_dict()["published"]
    assert [row["line"] for row in rows] == ["1", "9"]
    assert rows[0]["source_class"] == "published"
    assert np.isfinite(rows[0]["error"])
    assert rows[1]["hour"] is None
