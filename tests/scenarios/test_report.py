from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from network.base import Figure, SourceClass
from scenarios.report import (
    LANGUAGES,
    entry_rows,
    format_unit,
    get_catalogue,
    headline_rows,
    kpi_rows,
    plan_rows,
    render_report,
    segment_rows,
    summarise,
    write_report,
)
from tests.builders.fake_run import fake_entries, fake_run

HOSTILE = "<script>alert('x')</script>\"&"
LOADING_ATTRIBUTES = frozenset({"src", "href", "srcset", "poster", "data", "action", "xlink:href"})
VOID = frozenset({"meta", "input", "br", "img", "link", "hr"})


class Page(HTMLParser):
    """What a page asks for, and its text by language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text: dict[str, list[str]] = {}
        self._lang = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        # A link is followed by the reader, not by the page.
        followed = tag == "a"
        self.asked.extend(
            (tag, name) for name, _ in attrs if name in LOADING_ATTRIBUTES and not followed
        )
        if tag == "main":
            self._lang = dict(attrs)["lang"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.asked.extend((tag, name) for name, _ in attrs if name in LOADING_ATTRIBUTES)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "main":
            self._lang = ""

    def handle_data(self, data):
        self.text.setdefault(self._lang, []).append(data)

    def words(self, lang: str) -> str:
        """Return a language's text with single spaces."""
        return " ".join(" ".join(self.text[lang]).split())


def page_of(result, lang="fr"):
    return Page(render_report(result, lang=lang))


def bare(text):
    return " ".join(text.split())


def test_page_asks_nobody_for_anything():
    html = render_report(fake_run())
    page = Page(html)
    assert page.asked == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not re.search(r"https?:|url\(|@import", html)


def test_every_element_that_opens_closes():
    assert page_of(fake_run()).open == []


def test_same_result_gives_the_same_bytes(tmp_path):
    first = write_report(fake_run(), tmp_path / "a").read_bytes()
    assert write_report(fake_run(), tmp_path / "b").read_bytes() == first


@pytest.mark.parametrize("lang", LANGUAGES)
def test_language_asked_for_comes_first_and_is_the_one_checked(lang):
    html = render_report(fake_run(), lang=lang)
    assert html.index(f'class="page-{lang}"') == min(
        html.index(f'class="page-{code}"') for code in LANGUAGES
    )
    assert re.findall(r'id="lang-(\w+)" checked', html) == [lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_is_shown_with_unit_and_source_class(lang):
    result, words = fake_run(), get_catalogue(lang)
    html = render_report(result, lang=lang)
    first = html[: html.index("</main>")]
    listed = re.findall(r"<tr class=\"([\w]+)\"><th scope=\"row\">(.*?)</tr>", first, re.DOTALL)
    shown = dict(listed)
    rows = (
        *segment_rows(result, words),
        *kpi_rows(result, words),
        *headline_rows(result, words),
        *plan_rows(result, words),
        *entry_rows(result, words),
    )
    assert {row.key for row in rows} <= set(shown)
    for key in {row.key for row in rows}:
        assert re.search(r'class="(?:num )?unit"|class="unit"', shown[key]), key
        assert re.search(r'class="class (observed|published|estimated|illustrative)"', shown[key])
    assert {*result.headline, *result.situations["status_quo"].kpis} <= set(shown)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_unit_and_figure_of_a_run_has_words_in_both_languages(lang):
    result, words = fake_run(), get_catalogue(lang)
    figures = {**result.headline, **result.situations["status_quo"].kpis}
    assert {f"kpi.{key}" for key in figures} <= set(words.words)
    units = {format_unit(words, figure.unit) for figure in figures.values()}
    assert units <= {"%"} | {text for key, text in words.words.items() if key.startswith("unit.")}
    assert {f"situation.{name}" for name in result.situations} <= set(words.words)


def test_both_languages_have_the_same_keys_and_placeholders():
    french, english = (get_catalogue(lang).words for lang in LANGUAGES)
    assert set(french) == set(english)
    for key, text in french.items():
        holes = sorted(set(re.findall(r"\{(\w*)\}", text)))
        assert holes == sorted(set(re.findall(r"\{(\w*)\}", english[key]))), key


def test_headline_says_what_is_left_with_its_range():
    words = get_catalogue("en")
    assert summarise(fake_run(), words)[0] == (
        "Once everybody has chosen routes again, the plan saves 221 hours of perceived travel "
        "a day (180 to 258)."
    )


def test_headline_of_a_plan_that_does_harm_says_so():
    result = fake_run()
    loss = Figure(
        value=-12.0, unit="hours a day", source_class=SourceClass.ESTIMATED, low=-20.0, high=3.0
    )
    harmed = replace(result, headline={**result.headline, "free_response_gain_h": loss})
    said = summarise(harmed, get_catalogue("en"))[0]
    assert "saves nothing: it costs 12 hours" in said
    assert "(−3 to 20)" in said


def test_names_from_data_are_escaped_everywhere():
    result = fake_run()
    move = replace(result.plan.moves[0], employer=HOSTILE, team=HOSTILE)
    entries = fake_entries()
    row = replace(entries.rows[0], station=HOSTILE)
    base = result.situations["status_quo"]
    curve = replace(base.curves[0], line="<b>", direction=HOSTILE, from_stop=HOSTILE)
    segment = replace(base.map_segments[0], line="<b>", from_stop=HOSTILE, color='"><script>')
    watched = replace(base.watched[0], from_stop=HOSTILE, direction=HOSTILE)
    hostile = replace(
        result,
        scenario=result.scenario.model_copy(update={"name": HOSTILE}),
        territory_title={"fr": HOSTILE, "en": HOSTILE},
        plan=replace(result.plan, moves=(move, *result.plan.moves[1:])),
        entries=replace(entries, rows=(row, *entries.rows[1:]), unmatched=(HOSTILE,)),
        sources=(replace(result.sources[0], title=HOSTILE, source=HOSTILE, path=HOSTILE),),
        notes={"fr": (HOSTILE,), "en": (HOSTILE,)},
        set_aside={HOSTILE: 2},
        situations={
            **result.situations,
            "status_quo": replace(
                base,
                curves=(curve,),
                map_segments=(segment, *base.map_segments[1:]),
                watched=(watched,),
            ),
        },
    )
    page = page_of(hostile)
    assert "script" not in page.tags
    assert set(page.tags) == set(page_of(result).tags)
    assert HOSTILE in page.words("fr")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_run_without_a_plan_gives_the_reason_and_no_moves(lang):
    result = fake_run(feasible=False)
    words = get_catalogue(lang)
    page = page_of(result, lang)
    text = page.words(lang)
    assert bare(words("sentence.no_plan")) in text
    assert "No slot lies inside the core hours of mairie." in text
    assert bare(words("report.no_moves")) in text
    assert bare(words("report.moves_lede")) not in text
    assert page.tags.count("svg") > 0


def test_plan_that_moves_nobody_says_so_and_promises_nothing():
    result = fake_run()
    idle = replace(result, plan=replace(result.plan, moves=(), people_moved=0.0))
    words = get_catalogue("fr")
    text = page_of(idle).words("fr")
    assert bare(words("sentence.moves_none")) in text
    assert bare(words("report.no_moves")) in text
    assert "L'optimiseur attendait" not in text


def test_run_without_entry_counts_says_that_nothing_was_compared():
    text = page_of(fake_run(entries=False)).words("fr")
    words = get_catalogue("fr")
    assert bare(words("sentence.no_entries")) in text
    assert bare(words("report.no_entries")) in text
    assert bare(words("report.entries_lede")) not in text


def test_entries_without_a_territory_are_reported_over_all_stations_alone():
    result = fake_run()
    rows = tuple(replace(row, in_territory=False) for row in result.entries.rows)
    outside = replace(result, entries=replace(result.entries, rows=rows, territory=None))
    keys = [row.key for row in entry_rows(outside, get_catalogue("fr"))]
    assert keys
    assert all(key.endswith("_overall") for key in keys)
    words = get_catalogue("fr")
    assert bare(words("report.entries_table_all")) in page_of(outside).words("fr")


def test_territory_without_watched_stretches_shows_the_busiest():
    result = fake_run()
    unwatched = replace(
        result,
        situations={k: replace(s, watched=()) for k, s in result.situations.items()},
    )
    rows = segment_rows(unwatched, get_catalogue("en"))
    assert [row.label for row in rows if row.key == "segment_load"] == [
        "13, La Fourche → Place de Clichy, 08:15–08:30"
    ]
    assert page_of(unwatched).tags.count("svg") > 0


def test_run_without_geometry_or_curves_still_makes_a_page():
    result = fake_run()
    empty = {"map_segments": (), "curves": (), "watched": (), "busiest": ()}
    bald = replace(
        result, situations={k: replace(s, **empty) for k, s in result.situations.items()}
    )
    text = page_of(bald).words("fr")
    assert bare(get_catalogue("fr")("report.map")) not in text
    assert "221 heures" in text


def test_employer_whose_staff_lose_is_counted_and_marked():
    result = fake_run()
    gains = {"mairie": 0.31, "bureau": -0.02, "absent": 0.005}
    page = page_of(replace(result, plan=replace(result.plan, employer_gain_min=gains)), "en")
    text = page.words("en")
    assert "At 1 of 3 employers staff lose on average, at most 1.2 s a person" in text
    assert "The other employers (1) do not move; their staff gain +0.3 to +0.3 s" in text
    assert "−1.2 s" in text
    assert "+18.6 s" in text


def test_gain_shown_for_a_plan_that_moves_nobody_is_called_imprecision():
    result = fake_run()
    rows = tuple(
        replace(row, free_response_gain_h=1.02) if row.people_moved == 0 else row
        for row in result.sensitivity
    )
    assert "should gain 0" in page_of(replace(result, sensitivity=rows)).words("en")
    assert "should gain 0" not in page_of(result).words("en")


def test_situation_that_did_not_converge_is_named():
    text = page_of(fake_run(converged=False)).words("en")
    assert "the assignment did not converge (Today)" in text
    assert "Today: not converged" in text


def test_partial_compliance_column_gives_the_share_that_follows():
    text = page_of(fake_run()).words("en")
    assert "Partly followed (50%)" in text


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0.0"), (0.123, "12.3"), (4e-5, "0.004"), (-2e-6, "−0.0002"), (1e-9, "0.0")],
)
def test_small_shares_keep_a_digit_and_noise_keeps_none(share, shown):
    assert get_catalogue("en").hundredths(share, 1) == shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bound_that_rests_on_the_engines_word_is_said_to(lang):
    result, words = fake_run(), get_catalogue(lang)
    said = words("sentence.bound_engine")
    assert said not in " ".join(summarise(result, words))
    resting = replace(result, plan=replace(result.plan, rests_on_engine=True))
    assert said in " ".join(summarise(resting, words))
