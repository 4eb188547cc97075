"""Employers' sheets and the report's section on what comes after a plan."""

from dataclasses import replace
from html import unescape

import pytest

from scenarios.report import (
    LANGUAGES,
    get_catalogue,
    render_report,
    render_sheet,
    sheet_name,
    write_sheets,
)
from tests.builders.fake_run import fake_run

HOSTILE = "<script>alert('x')</script>\"&"


def plain(html):
    return " ".join(unescape(html).split())


def test_a_sheet_tells_its_employer_what_it_is_asked_and_nothing_of_another():
    result = fake_run()
    mairie, bureau = result.after.employers
    html = plain(render_sheet(result, mairie, lang="en"))
    assert "180 of 2,000 people start at another time" in html
    assert "09:00 → 09:30" in html
    assert "+18.6" in html  # 0.31 minutes a head
    assert "95.00 h a day (± 0.50)" in html
    for secret in ("Bureau d", "Plans", "Calculs", "230", bureau.employer_id):
        assert secret not in html
    assert "too few employers are asked" in html


def test_other_starts_are_offered_with_what_they_cost():
    result = fake_run()
    _, bureau = result.after.employers
    html = plain(render_sheet(result, bureau, lang="en"))
    assert "+0.42" in html
    assert "08:00" in html
    mairie = plain(render_sheet(result, result.after.employers[0], lang="en"))
    assert "No other start is worth nearly as much" in mairie


def test_who_loses_and_who_is_not_asked_are_told_so():
    result = fake_run()
    view = result.after.employers[0]
    loses = plain(render_sheet(result, replace(view, gain_min=-0.02), lang="en"))
    assert "on average your staff lose 1.2 s" in loses
    team = replace(view.teams[0], to_s=view.teams[0].from_s)
    idle = replace(view, moved=0.0, teams=(team,))
    html = plain(render_sheet(result, idle, lang="en"))
    assert "Nothing: none of your teams changes its hours." in html
    assert "thanks to the others" in html
    assert "share of the expected gain" not in html


@pytest.mark.parametrize(
    ("gain_min", "fr", "en"),
    [
        (-0.02, "ne change pas d'heure et perd 1,2 s", "keep their hours and lose 1.2 s"),
        (0.02, "gagne 1,2 s", "gain 1.2 s a person a day thanks to the others"),
        (-0.0005, "à peu près ce qu'ils sont (0,0 s", "stay much as they are (0.0 s"),
    ],
)
def test_an_employer_asked_nothing_is_told_whether_it_gains_loses_or_neither(gain_min, fr, en):
    result = fake_run()
    view = replace(result.after.employers[0], moved=0.0, gain_min=gain_min)
    html = plain(render_sheet(result, view)).replace("\u202f", " ")
    assert fr in html
    assert en in html
    assert ("thanks to the others" in html) == ("grâce aux autres" in html) == (gain_min > 0.001)


@pytest.mark.parametrize(
    ("error_h", "said"),
    [
        (0.0, "5.00 h a day; without you"),
        (0.004, "5.00 h a day (error < 0.01); without you"),
        (0.006, "5.00 h a day (± 0.01); without you"),
    ],
)
def test_a_credit_never_shows_an_error_of_zero(error_h, said):
    result = fake_run()
    view = replace(result.after.employers[0], credit_h=5.0, credit_error_h=error_h)
    assert said in plain(render_sheet(result, view, lang="en"))
    after = replace(result.after, employers=(view,))
    html = plain(render_report(replace(result, after=after), lang="en"))
    assert "± 0.00" not in html
    assert ("error < 0.01" in html) == (error_h == 0.004)


def test_others_are_told_as_a_sum():
    result = fake_run()
    view = replace(result.after.employers[0], others_moved=680.0, others_count=4)
    assert "680 people at 4 other employers" in plain(render_sheet(result, view, lang="en"))


def test_both_languages_are_in_every_sheet_and_names_are_escaped():
    result = fake_run()
    view = replace(result.after.employers[0], employer=HOSTILE)
    html = render_sheet(result, view)
    assert "<script>" not in html
    assert html.index("votre fiche") < html.index("your sheet")


@pytest.mark.parametrize(
    ("employer_id", "name"),
    [("mairie", "mairie.html"), ("../a b", "_2e__2e__2f_a_20_b.html"), ("é", "_e9_.html")],
)
def test_a_sheets_file_stays_in_its_folder(employer_id, name):
    assert sheet_name(employer_id) == name


def test_every_employer_has_its_file_and_the_report_leads_to_it(tmp_path):
    result = fake_run()
    files = write_sheets(result, tmp_path)
    assert [f.relative_to(tmp_path).as_posix() for f in files] == [
        "employers/mairie.html",
        "employers/bureau.html",
    ]
    html = render_report(result)
    assert all(f'href="{f.relative_to(tmp_path).as_posix()}"' in html for f in files)
    assert write_sheets(fake_run(feasible=False), tmp_path) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_shows_followers_regimes_rebound_and_new_peaks(lang):
    words = get_catalogue(lang)
    html = unescape(render_report(fake_run(), lang=lang))
    for key in ("after.title", "after.compliance", "after.regimes", "after.rebound"):
        assert words(key) in html
    assert words("after.peaks", count=3, above=1) in html
    assert words("after.certificate", share=words.percent(0.0231, 2)) in html
    assert words("regime.uncoordinated") in html


def test_no_new_peak_is_said_in_words():
    result = fake_run()
    after = replace(result.after, new_peaks=replace(result.after.new_peaks, count=0, rows=()))
    html = render_report(replace(result, after=after), lang="en")
    assert get_catalogue("en")("after.no_peaks") in html
