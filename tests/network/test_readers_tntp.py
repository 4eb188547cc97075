"""Road networks in TNTP: every dialect of the public files, and rows that are wrong."""

import gzip
import zipfile

import numpy as np
import pytest

from network.base.errors import NetworkInputError
from network.readers.tntp import read_tntp_network
from tests.builders.tntp import HEADER, META, ROWS, TRIP_META, complaints, network_of


def require_usual(network):
    assert network.node_numbers.tolist() == [1, 2, 3]
    assert network.tail.tolist() == [0, 2]
    assert network.head.tolist() == [2, 1]
    assert network.capacity.tolist() == [900, 1800]
    assert network.length.tolist() == [2.5, 5]
    assert network.free_flow_time.tolist() == [4, 8.5]
    assert network.b.tolist() == [0.15, 0.2]
    assert network.power.tolist() == [4, 5]


def test_a_network_keeps_what_the_file_says(tmp_path):
    network = network_of(tmp_path, f"{META}\n\n{HEADER}\n{ROWS}")
    require_usual(network)
    assert network.speed.tolist() == [50, 60]
    assert network.toll.tolist() == [1, 0]
    assert network.link_type.tolist() == [1, 7]
    assert (network.n_zones, network.n_nodes, network.n_links) == (2, 3, 2)
    assert (network.first_thru_node, network.first_thru_idx) == (3, 2)
    assert (network.toll_factor, network.distance_factor) == (0, 0)
    assert network.tail.dtype == network.head.dtype == network.link_type.dtype == np.int32
    assert network.capacity.dtype == np.float64


def test_factors_of_the_generalised_cost_are_read(tmp_path):
    meta = META.replace("<END", "<TOLL FACTOR> 0.02\n<distance  factor>: 4e-2 ;\n<END")
    network = network_of(tmp_path, meta + ROWS)
    assert (network.toll_factor, network.distance_factor) == (0.02, 0.04)


@pytest.mark.parametrize(
    "header",
    [
        "",
        HEADER,
        HEADER.lstrip("~ \t"),
        "~ \tInit node \tTerm node \tCapacity \tLength \tFree Flow Time \tB\tPower\tSpeed limit \t"
        "Toll \tType\t;",
        "~ \tTail\tHead\tCapacity (veh/h)\tLength (ft)\tFree Flow Time (min)\tB\tPower\t"
        "Speed (ft/min) \tToll \tType\t;",
        "~from  to  capacity  length  ftime(min)  B  power  speed(mpm)  toll  type",
        "~ Init node Term node Capacity Length Free Flow Time B Power Speed limit Toll Type ;",
        "~ of a city\n~ units: veh/h, km, min\n" + HEADER + "\n~ links follow",
    ],
)
def test_headers_with_and_without_a_tilde_name_the_same_columns(tmp_path, header):
    require_usual(network_of(tmp_path, f"{META}\n{header}\n{ROWS}"))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\t;\n", ";\n"),
        lambda text: text.replace("\t;\n", "\n"),
        lambda text: text.replace("\t;\n", " ;  ~ a remark\n"),
        lambda text: text.replace("\t", "   "),
        lambda text: text.replace("> ", ">\t\t").replace("\n", "\t\t\n"),
        lambda text: text.replace("\t900\t", "\t9.0E+02\t").replace("\t4\t0.15", "\t4.0e0\t.15"),
        lambda text: text.replace("\t1\t3\t", "\t1.0\t3.\t"),
        lambda text: text.replace("7\t;", "7.00000\t;"),
        lambda text: text.replace("1\t;", "1\t5\tB road\t;"),
        lambda text: text.replace("1\t;\n", "1\t; "),
        lambda text: "\ufeff" + text,
        lambda text: "\n\n" + text.replace("\n", "\n\n"),
        lambda text: text.replace("<END OF METADATA>\n", ""),
        lambda text: text.replace("<END", "<ORIGINAL HEADER>~\tTail\tHead\t;\n<END"),
    ],
)
def test_ways_of_writing_the_same_network_are_one(tmp_path, change):
    network = network_of(tmp_path, change(META + HEADER + "\n" + ROWS))
    require_usual(network)
    assert network.link_type.tolist() == [1, 7]


def test_utf_16_and_packed_files_are_read(tmp_path):
    text = META + HEADER + "\n" + ROWS
    require_usual(network_of(tmp_path, text.encode("utf-16")))
    require_usual(network_of(tmp_path, gzip.compress(text.encode()), "x_net.tntp.gz"))
    path = tmp_path / "x_net.tntp.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._x", "junk")
        archive.writestr("x_net.tntp", text)
    require_usual(read_tntp_network(path))


def test_a_header_in_another_order_is_followed_and_columns_unknown_to_it_passed_over(tmp_path):
    text = (
        "link_id\tfrom_node\tto_node\tname\tfree_flow_time\tlength\tcapacity\tb\tpower\n"
        "71\t1\t3\tMain\t4\t2.5\t900\t0.15\t4\n72\t3\t2\tSide\t8.5\t5\t1800\t0.2\t5\n"
    )
    network = network_of(tmp_path, META + text)
    require_usual(network)
    assert network.speed.tolist() == network.toll.tolist() == [0, 0]
    assert network.link_type.tolist() == [1, 1]


def test_links_that_cost_nothing_or_the_same_at_any_volume_are_kept(tmp_path):
    rows = "1 3 0 0 0 0 0 0 0 1;\n3 2 999999999 0 1e-8 1000000000 1 0 -2 3;\n1 3 1 1 1 1 1 1 1 1;\n"
    network = network_of(tmp_path, META.replace("LINKS> 2", "LINKS> 3") + rows)
    assert network.capacity.tolist() == [0, 999999999, 1]
    assert network.free_flow_time.tolist() == [0, 1e-8, 1]
    assert network.b.tolist() == [0, 1e9, 1]
    assert network.power.tolist() == [0, 1, 1]
    assert network.toll.tolist() == [0, -2, 1]
    assert network.tail.tolist() == [0, 2, 0]  # parallel links stay apart


def test_without_metadata_nodes_are_counted_and_all_are_zones(tmp_path):
    network = network_of(tmp_path, HEADER + "\n" + ROWS)
    require_usual(network)
    assert (network.n_zones, network.first_thru_node, network.first_thru_idx) == (3, 1, 0)


def test_without_a_number_of_zones_they_end_before_the_first_thru_node(tmp_path):
    network = network_of(tmp_path, META.replace("<NUMBER OF ZONES> 2\n", "") + ROWS)
    assert network.n_zones == 2


def test_nodes_without_links_count_and_numbers_with_gaps_are_kept(tmp_path):
    alone = network_of(tmp_path, META.replace("NODES> 3", "NODES> 5") + ROWS)
    assert alone.node_numbers.tolist() == [1, 2, 3, 4, 5]
    gaps = network_of(tmp_path, META + ROWS.replace("\t3\t", "\t700\t"))
    assert gaps.node_numbers.tolist() == [1, 2, 700]
    assert gaps.tail.tolist() == [0, 2]
    assert gaps.head.tolist() == [2, 1]
    assert gaps.first_thru_idx == 2


@pytest.mark.parametrize(
    ("old", "new", "found", "expected"),
    [
        ("\t900\t", "\tx\t", "capacity 'x'", "a number, 0 or more"),
        ("\t900\t", "\t-1\t", "capacity '-1'", "a number, 0 or more"),
        ("\t900\t", "\tnan\t", "capacity 'nan'", "a number, 0 or more"),
        ("\t900\t", "\tinf\t", "capacity 'inf'", "a number, 0 or more"),
        ("\t900\t", "\t1_000\t", "capacity '1_000'", "a number, 0 or more"),
        ("\t1\t3\t", "\t0\t3\t", "init_node '0'", "a whole number, 1 or more"),
        ("\t1\t3\t", "\t1\t3.5\t", "term_node '3.5'", "a whole number, 1 or more"),
        ("\t1\t3\t", "\t1\t9999999999\t", "term_node '9999999999'", "a whole number, 1 or more"),
        ("\t1\t1\t;", "\t1\t1.5\t;", "link_type '1.5'", "a whole number"),
        ("\t0.15\t", "\t-0.15\t", "b '-0.15'", "a number, 0 or more"),
    ],
)
def test_a_wrong_value_names_its_line_and_column(tmp_path, old, new, found, expected):
    text = META + HEADER + "\n" + ROWS.replace(old, new, 1)
    assert complaints(network_of, tmp_path, text) == [(7, found, expected)]


def test_every_wrong_row_is_named(tmp_path):
    rows = "1 3 x 1 1 1 1 1 1 1;\n1 3 5 1 1 1 1;\n1 2 1 1 1 1 1 1 1 1;\n3 2 1 1 y 1 1 1 1 1;\n"
    found = complaints(network_of, tmp_path, META.replace("LINKS> 2", "LINKS> 4") + rows)
    assert [row for row, _, _ in found] == [6, 7, 9]
    assert found[1][1].startswith("7 fields")


def test_a_row_with_a_lost_value_is_told_by_the_header(tmp_path):
    text = META + HEADER + "\n" + ROWS.replace("\t50\t", "\t")
    ((row, found, expected),) = complaints(network_of, tmp_path, text)
    assert (row, found.split(",")[0], expected.split(":")[0]) == (7, "9 fields", "10")


def test_a_header_without_a_needed_column_is_refused(tmp_path):
    text = META + "init_node\tterm_node\tcapacity\tlength\tfree_flow_time\n1\t3\t900\t1\t1\n"
    ((row, _, expected),) = complaints(network_of, tmp_path, text)
    assert (row, expected) == (6, "also b, power")


@pytest.mark.parametrize(
    ("change", "row", "found"),
    [
        (("LINKS> 2", "LINKS> 3"), 4, "<NUMBER OF LINKS> 3, and 2 links below"),
        (("LINKS> 2", "LINKS> 1"), 4, "<NUMBER OF LINKS> 1, and 2 links below"),
        (("NODES> 3", "NODES> 2"), 2, "<NUMBER OF NODES> 2, and 3 nodes below"),
        (("NODES> 3", "NODES> many"), 2, "<NUMBER OF NODES> 'many'"),
        (("ZONES> 2", "ZONES> 2000000000"), 1, "<NUMBER OF ZONES> '2000000000'"),
        (("ZONES> 2", "ZONES 2"), 1, "'<NUMBER OF ZONES 2'"),
    ],
)
def test_metadata_that_contradict_the_rows_are_refused(tmp_path, change, row, found):
    problems = complaints(network_of, tmp_path, META.replace(*change) + ROWS)
    assert problems[0][:2] == (row, found)


def test_a_cut_file_is_refused(tmp_path):
    text = META + HEADER + "\n" + ROWS
    problems = complaints(network_of, tmp_path, text[: text.index("8.5") + 1])
    assert problems[0][0] == 8
    problems = complaints(network_of, tmp_path, text[: text.index("\t3\t2\t1800")])
    assert "<NUMBER OF LINKS> 2, and 1 links" in problems[0][1]
    packed = gzip.compress(text.encode())
    problems = complaints(network_of, tmp_path, packed[: len(packed) // 2])
    assert problems[0][1].startswith("unreadable")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "an empty file"),
        (META, "<NUMBER OF LINKS> 2, and 0 links below"),
        ("\n\n<!DOCTYPE html>\n<html></html>", "a web page"),
        (TRIP_META + "Origin 1\n 1 : 0.0; 2 : 5.0;\n", "the beginning of a trip table"),
        ("PK\x03\x04 no zip", "unreadable (File is not a zip file)"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, text, found):
    assert complaints(network_of, tmp_path, text)[0][1] == found


def test_a_missing_file_a_folder_and_an_archive_of_several_are_refused(tmp_path):
    with pytest.raises(NetworkInputError, match="no such file"):
        read_tntp_network(tmp_path / "none_net.tntp")
    with pytest.raises(NetworkInputError, match="unreadable"):
        read_tntp_network(tmp_path)
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a_net.tntp", META + ROWS)
        archive.writestr("b_net.tntp", META + ROWS)
    with pytest.raises(NetworkInputError, match="an archive of 2 files"):
        read_tntp_network(path)


def test_text_beyond_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("network.readers._tntp_text.MAX_TEXT_BYTES", 1 << 20)
    bomb = gzip.compress(b"~" + b" " * (1 << 24))
    assert len(bomb) < 50_000
    assert "of text" in complaints(network_of, tmp_path, bomb)[0][1]
