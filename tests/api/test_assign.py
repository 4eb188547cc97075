"""`assign` at the command line: figures, comparison, odd files, exit status."""

import csv
import gzip
import json
import re
import signal

import pytest

from solver.loading.road import equilibrium
from tests.builders.realdata import real_data

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 4
<FIRST THRU NODE> 1
<NUMBER OF LINKS> 5
<END OF METADATA>

~	init_node	term_node	capacity	length	fftt	b	power	speed	toll	link_type	;
	1	3	1	100	0.00000001	1000000000	1	0	0	1	;
	1	4	1	100	50	0.02	1	0	0	1	;
	3	2	1	100	50	0.02	1	0	0	1	;
	3	4	1	100	10	0.1	1	0	0	1	;
	4	2	1	100	0.00000001	1000000000	1	0	0	1	;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 6.0
<END OF METADATA>

Origin 	1
    1 :      0.0;     2 :     6.0;
"""
FLOW = (
    "From \tTo \tVolume \tCost\n1\t3\t4\t40\n1\t4\t2\t52\n3\t2\t2\t52\n3\t4\t2\t12\n4\t2\t4\t40\n"
)


@pytest.fixture
def files(tmp_path):
    """Write Braess's network, six trips and their flows: 92 minutes each, by hand."""
    named = {"net": NET, "trips": TRIPS, "flow": FLOW}
    for name, text in named.items():
        (tmp_path / f"x_{name}.tntp").write_text(text, encoding="utf-8")
    return tmp_path


def words_of(folder):
    return ("assign", "--net", folder / "x_net.tntp", "--trips", folder / "x_trips.tntp")


def test_the_figures_of_braess_are_those_found_by_hand(creneau_json, files):
    status, answer = creneau_json(
        *words_of(files), "--flow", files / "x_flow.tntp", "--gap", "1e-12"
    )
    assert status == 0
    assert answer["kind"] == "user_equilibrium"
    # Integrals: 5 v^2 twice at 4, 50 v + v^2 / 2 twice at 2, 10 v + v^2 / 2 at 2.
    assert answer["objective"] == pytest.approx(2 * 80 + 2 * 102 + 22)
    assert answer["total_travel_time"] == pytest.approx(6 * 92)
    assert answer["relative_gap"] <= 1e-12
    assert answer["max_flow_difference"] == pytest.approx(0, abs=1e-6)
    assert answer["iterations"] == len(answer["gaps"])
    assert answer["seconds"] > 0
    assert answer["assigned_trips"] == 6
    assert set(answer["units"]) == set(answer["source_classes"])
    assert answer["units"]["max_flow_difference"] == "vehicles"
    assert set(answer["units"]) <= set(answer)


def test_the_optimum_is_another_total(creneau_json, files):
    status, answer = creneau_json(*words_of(files), "--system-optimum", "--gap", "1e-12")
    assert status == 0
    assert answer["kind"] == "system_optimum"
    assert answer["objective"] == pytest.approx(498)
    assert answer["total_travel_time"] == pytest.approx(498)
    assert "max_flow_difference" not in answer


def test_sioux_falls_meets_its_published_answer(creneau_json):
    folder = real_data("transportation-networks", "SiouxFalls")
    words = [
        w for k in ("net", "trips", "flow") for w in (f"--{k}", folder / f"SiouxFalls_{k}.tntp")
    ]
    status, answer = creneau_json("assign", *words, "--gap", "1e-9", "--threads", "2")
    assert status == 0
    assert answer["objective"] == pytest.approx(4_231_335.287, abs=0.01)
    assert answer["max_flow_difference"] < 0.01


def test_people_read_the_figures_in_french_and_english(creneau, files):
    status, out, err = creneau(*words_of(files), "--flow", files / "x_flow.tntp")
    assert status == 0
    assert "Temps de parcours total" in out
    assert re.search(r"552,0 +véhicules × temps du fichier +estimé", out)
    assert "affectation routière" in err
    status, out, _ = creneau(*words_of(files), "--flow", files / "x_flow.tntp", "--lang", "en")
    assert re.search(r"Total travel time +552.0 +vehicles × file's time +estimated", out)
    assert re.search(r"Largest difference from the flows given +\S+ +vehicles +estimated", out)
    assert "Traceback" not in err


def test_help_has_an_example_and_every_option(creneau):
    status, out, _ = creneau("assign", "--help")
    assert status == 0
    assert ": creneau assign --net" in " ".join(out.split())
    for option in ("--net", "--trips", "--flow", "--gap", "--system-optimum", "--threads", "--csv"):
        assert option in out


@pytest.mark.parametrize(
    "change",
    [
        lambda net, trips: (net.split("<END OF METADATA>\n")[1], trips.split("METADATA>\n")[1]),
        lambda net, trips: (net.replace("\t", "\t\t"), trips.replace("\n", "\t\t\n")),
        lambda net, trips: (net.replace("\n", "\n~ a remark\n"), trips.replace("\n", "\n~ x\n")),
        lambda net, trips: (net.replace("\t;", ""), trips.replace(";\n", "\n")),
        lambda net, trips: (net.replace("\n", "\n\n"), trips.replace("; ", ";\n\n")),
        lambda net, trips: (net.replace("\n", "\r\n"), "\ufeff" + trips),
        lambda net, trips: (
            net.replace("<END", "<TOLL FACTOR> 0.1\n<DISTANCE FACTOR> 0\n<END"),
            trips,
        ),
    ],
    ids=["bare", "tabs", "comments", "no semicolons", "blank lines", "windows", "factors"],
)
def test_odd_files_of_the_same_network_have_the_same_answer(creneau_json, files, change):
    net, trips = change(NET, TRIPS)
    (files / "x_net.tntp").write_text(net, encoding="utf-8", newline="")
    (files / "x_trips.tntp").write_text(trips, encoding="utf-8", newline="")
    status, answer = creneau_json(*words_of(files), "--gap", "1e-9")
    assert status == 0
    assert answer["total_travel_time"] == pytest.approx(552)


def test_packed_files_are_read(creneau_json, files):
    path = files / "x_net.tntp.gz"
    path.write_bytes(gzip.compress(NET.encode()))
    status, _ = creneau_json("assign", "--net", path, "--trips", files / "x_trips.tntp")
    assert status == 0


def test_flows_times_and_costs_of_the_links_are_written_in_the_networks_order(creneau_json, files):
    net = NET.replace("<NUMBER OF LINKS> 5", "<NUMBER OF LINKS> 6")
    (files / "x_net.tntp").write_text(net + "\t1\t2\t0\t1\t1\t1\t4\t0\t0\t1\t;\n", encoding="utf-8")
    path = files / "flows.csv"
    status, answer = creneau_json(*words_of(files), "--gap", "1e-12", "--csv", path)
    assert status == 0
    assert answer["csv"] == str(path)
    assert answer["closed_links"] == 1
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["init_node", "term_node", "flow", "time", "cost"]
    assert [row[:2] for row in rows[:2]] == [["1", "3"], ["1", "4"]]
    assert [float(v) for v in rows[1][2:]] == pytest.approx([2, 52, 52], abs=1e-6)
    assert rows[5] == ["1", "2", "0.0", "", ""]


def test_pairs_no_path_serves_are_counted_named_and_not_fatal(creneau, creneau_json, files):
    trips = TRIPS.replace("6.0\n<END", "9.0\n<END") + "Origin 2\n 1 : 3.0;\n"
    (files / "x_trips.tntp").write_text(trips, encoding="utf-8")
    status, answer = creneau_json(*words_of(files))
    assert status == 0
    assert (answer["unreachable_pairs"], answer["unreachable_trips"]) == (1, 3)
    assert answer["unreachable"] == [{"origin": 2, "destination": 1, "trips": 3}]
    _, _, err = creneau(*words_of(files), "--lang", "en")
    assert "No path serves 1 pairs of zones: 2 → 1" in err


def test_an_assignment_that_did_not_converge_ends_in_1_with_its_figures(
    creneau, creneau_json, files
):
    status, answer = creneau_json(*words_of(files), "--max-iterations", "1")
    assert status == 1
    assert not answer["converged"]
    assert answer["iterations"] == 1
    status, _, err = creneau(*words_of(files), "--max-iterations", "1", "--lang", "en")
    assert status == 1
    assert "did not converge" in err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--gap", "0"), "--gap"),
        (("--gap", "nan"), "--gap"),
        (("--csv", "nowhere/flows.csv"), "--csv"),
        (("--flow", "nowhere.tntp"), "nowhere.tntp"),
    ],
    ids=["gap 0", "gap nan", "csv", "flow"],
)
def test_wrong_options_end_in_2_by_name(creneau_json, files, words, found):
    status, answer = creneau_json(*words_of(files), *words)
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == found


def test_files_that_do_not_fit_together_end_in_2_without_a_traceback(creneau, creneau_json, files):
    trips, net = files / "x_trips.tntp", files / "x_net.tntp"
    status, out, err = creneau("assign", "--net", trips, "--trips", net)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    trips.write_text("Origin 1\n7 : 4;\n", encoding="utf-8")
    status, answer = creneau_json(*words_of(files))
    assert status == 2
    assert answer["error"]["problems"][0]["found"] == "trips from or to zone 7"
    (files / "x_flow.tntp").write_text(FLOW.replace("1\t4\t2", "2\t4\t2"), encoding="utf-8")
    trips.write_text(TRIPS, encoding="utf-8")
    status, answer = creneau_json(*words_of(files), "--flow", files / "x_flow.tntp")
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "x_flow.tntp"


def test_ctrl_c_while_bushes_are_levelled_ends_in_130(creneau, files, monkeypatch):
    level = equilibrium.Forest.level

    def interrupted(*given):
        signal.raise_signal(signal.SIGINT)
        return level(*given)

    monkeypatch.setattr(equilibrium.Forest, "level", interrupted)
    status, out, _ = creneau(*words_of(files), "--json")
    assert status == 130
    assert json.loads(out)["error"]["type"] == "interrupted"
