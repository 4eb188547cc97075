from __future__ import annotations

import re
from dataclasses import replace

import pytest

from scenarios.report import get_catalogue
from scenarios.report.curves_svg import draw_curves
from scenarios.report.entries_svg import draw_entries, largest_errors
from scenarios.report.labels import Labels, line_colors
from scenarios.report.map_page import draw_maps
from scenarios.report.map_svg import (
    change_class,
    change_scale,
    changes_by_stretch,
    load_class,
)
from scenarios.report.map_view import HEIGHT, WIDTH, choose_view, key_stations
from scenarios.report.svg import round_ticks
from tests.builders.fake_run import LINE_13, LINE_D, fake_entries, fake_run

FRENCH = get_catalogue("fr")


def _with_status_quo(result, **changes):
    base = replace(result.situations["status_quo"], **changes)
    return replace(result, situations={**result.situations, "status_quo": base})


@pytest.mark.parametrize(
    ("factor", "step"), [(0.0, 0), (0.5, 0), (0.51, 1), (0.75, 1), (0.9, 2), (1.0, 3), (1.01, 4)]
)
def test_colour_step_of_a_load_factor_ends_at_its_bound(factor, step):
    assert load_class(factor) == step


@pytest.mark.parametrize(
    ("points", "step"), [(-5.0, 0), (-2.0, 1), (-1.0, 2), (0.0, 2), (1.0, 2), (1.1, 3), (4.1, 4)]
)
def test_change_within_a_quarter_of_the_scale_is_no_change(points, step):
    assert change_class(points, 4.0) == step


def test_scale_of_changes_is_round_and_not_set_by_one_outlier():
    assert change_scale([0.1] * 95 + [-50.0]) == 0.4
    assert change_scale([3.0, -3.0, 3.0]) == 4.0
    assert change_scale([500.0]) == 16.0
    assert change_scale([]) == 0.4


def test_map_is_centred_on_the_stations_of_the_territory_not_on_the_whole_network():
    segments = fake_run().situations["status_quo"].map_segments
    far = replace(segments[0], lat=(48.0, 48.1), lon=(2.0, 2.1), from_stop="A", to_stop="B")
    view = choose_view((*segments, far), [name for name, _, _ in LINE_13])
    for _, lat, lon in LINE_13:
        x, y = view.project(lat, lon)
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    assert not view.shows(far)


def test_map_of_unknown_stations_shows_the_whole_network():
    segments = fake_run().situations["status_quo"].map_segments
    view = choose_view(segments, ["nowhere"])
    assert all(view.shows(segment) for segment in segments)


def test_north_is_up_and_east_is_right():
    view = choose_view(fake_run().situations["status_quo"].map_segments, [])
    x, y = view.project(view.lat, view.lon)
    assert (x, y) == (WIDTH / 2, HEIGHT / 2)
    assert view.project(view.lat + 0.01, view.lon)[1] < y
    assert view.project(view.lat, view.lon + 0.01)[0] > x


def test_stations_to_name_begin_with_the_fullest_stretch_and_end_with_the_territory():
    names = key_stations(fake_run())
    assert names[:2] == ("La Fourche", "Place de Clichy")
    assert set(names[-3:]) == {name for name, _, _ in LINE_13[:3]}


def test_change_of_a_stretch_is_found_when_its_fuller_direction_turns():
    segments = fake_run().situations["status_quo"].map_segments
    one = replace(segments[0], load_factor=0.60)
    turned = replace(
        one,
        from_stop=one.to_stop,
        to_stop=one.from_stop,
        lat=one.lat[::-1],
        lon=one.lon[::-1],
        load_factor=0.55,
    )
    view = choose_view((one,), [])
    ((_, points),) = changes_by_stretch((one,), (turned,), view)
    assert points == pytest.approx(-5.0)


def test_map_has_two_figures_with_response_and_one_without():
    result = fake_run()
    assert len(draw_maps(result, FRENCH).figures) == 2
    alone = replace(result, situations={"status_quo": result.situations["status_quo"]})
    assert len(draw_maps(alone, FRENCH).figures) == 1


def test_map_names_its_quarter_hour_only_when_the_curves_tell_it():
    result = fake_run()
    base = result.situations["status_quo"]
    curve = base.curves[0]
    peak = max(curve.load_pax)
    told = tuple(
        replace(s, load_pax=peak)
        if (s.line, s.from_stop, s.to_stop) == (curve.line, curve.from_stop, curve.to_stop)
        else s
        for s in base.map_segments
    )
    assert draw_maps(_with_status_quo(result, map_segments=told), FRENCH).lede.startswith(
        "08:15–08:30, le quart d'heure"
    )
    untold = _with_status_quo(result, curves=())
    assert draw_maps(untold, FRENCH).lede == FRENCH("report.map_lede_alone")


def test_labels_never_lie_on_each_other():
    labels = Labels(200, 200)
    placed = sum(labels.name(100, 100, "Saint-Denis") for _ in range(20))
    assert 1 <= placed < 20
    spots = re.findall(r'x="([\d.]+)" y="([\d.]+)"', labels.content)
    assert len(set(spots)) == placed


def test_label_outside_the_drawing_is_left_out():
    assert not Labels(50, 50).name(45, 45, "A name far too long for the room there is")


@pytest.mark.parametrize(
    ("color", "ink"), [("FFFFFF", "#111111"), ("000000", "#ffffff"), ("not a color", "#ffffff")]
)
def test_line_name_is_written_in_the_ink_that_reads_on_its_colour(color, ink):
    assert line_colors(color)[1] == ink


def test_curves_share_one_scale_so_that_equal_factors_are_equally_high():
    figures = draw_curves(fake_run(), FRENCH)
    full = [re.search(r'd="M44 ([\d.]+)L392 \1" class="capacity"', f.drawing) for f in figures]
    assert len(figures) == 2
    assert all(full)
    assert len({match.group(1) for match in full}) == 1


def test_curve_caption_gives_both_peaks_and_their_change():
    base = fake_run().situations["status_quo"].curves[0]
    halved = replace(base, load_pax=tuple(v / 2 for v in base.load_pax))
    result = _with_status_quo(fake_run(), curves=(base,))
    free = replace(result.situations["free_response"], curves=(halved,))
    result = replace(result, situations={**result.situations, "free_response": free})
    (figure,) = draw_curves(result, get_catalogue("en"))
    assert figure.caption == (
        "Peak: 3,000 passengers at 08:15, then 1,500 at 08:15 in free response (−50.0%)."
    )
    assert figure.drawing.count('class="fewer"') == len(base.load_pax)
    assert 'class="more"' not in figure.drawing


def test_lines_that_are_watched_come_before_those_that_change_more():
    result = fake_run()
    base = result.situations["status_quo"]
    watching = _with_status_quo(result, watched=base.watched[:1], curves=base.curves[::-1])
    assert [figure.line for figure in draw_curves(watching, FRENCH)] == ["13", "D"]


def test_curve_of_an_empty_line_is_left_out():
    result = fake_run()
    base = result.situations["status_quo"]
    empty = replace(base.curves[1], load_pax=(0.0,) * len(base.curves[1].load_pax))
    figures = draw_curves(_with_status_quo(result, curves=(base.curves[0], empty)), FRENCH)
    assert [figure.line for figure in figures] == ["13"]


def test_scatter_names_the_stations_of_the_territory_and_marks_their_dots():
    drawing = draw_entries(fake_entries(), FRENCH)
    named = re.findall(r'class="place">([^<]+)<', drawing)
    assert set(named) == {name for name, _, _ in LINE_13[:3]}
    assert drawing.count('class="dot own"') == 9
    assert drawing.count('class="dot"') == 6


def test_largest_errors_are_of_the_territory_and_fall():
    rows = largest_errors(fake_entries())
    sizes = [abs(row.modelled_pax - row.observed_pax) for row in rows]
    assert all(row.in_territory for row in rows)
    assert sizes == sorted(sizes, reverse=True)


def test_ticks_are_round_and_reach_the_top():
    assert round_ticks(3_670) == [0.0, 1000.0, 2000.0, 3000.0, 4000.0]
    assert round_ticks(0) == [0.0, 1.0]


def test_both_lines_have_their_badge_on_the_map():
    drawing = draw_maps(fake_run(), FRENCH).figures[0].drawing
    assert re.findall(r'class="line-name">(\w+)<', drawing).count("13") == 1
    assert re.findall(r'class="line-name">(\w+)<', drawing).count("D") == 1
    assert LINE_D[-1][0] in drawing
