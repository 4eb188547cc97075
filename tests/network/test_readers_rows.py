"""Rows, fields, values and tables of a feed, however they are written."""

import pytest

from network.readers import read_timetable
from tests.builders.feeds import DAY, feed_bytes, line_feed, write_files
from tests.builders.tables import lines_of, message_of, names_of, tables_of

STOPS = line_feed()["stops"]
STOP_TIMES = line_feed()["stop_times"]


# Rows and fields


def test_quotes_commas_and_line_breaks_in_names_are_kept(tmp_path, each_way):
    two = '"Two, ""the\nold"" one"'
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", two))
    assert names_of(tables) == ["One", 'Two, "the\nold" one', "Three"]
    assert lines_of(tables.stops) == [2, 3, 5]
    assert tables.log.total == 0


def test_every_field_between_quotes_is_read(tmp_path, each_way):
    quoted = "\n".join(
        ",".join(f'"{field}"' for field in line.split(",")) for line in STOPS.splitlines()
    )
    tables = tables_of(tmp_path, stops=quoted)
    assert names_of(tables) == ["One", "Two", "Three"]
    assert tables.stops["stop_lat"].tolist() == [48.9, 48.9, 48.9]


def test_a_quote_within_a_name_is_a_letter(tmp_path, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", 'Bar 5" wide'))
    assert names_of(tables) == ["One", 'Bar 5" wide', "Three"]


def test_a_quote_that_is_not_closed_costs_its_line_alone(tmp_path, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", '"Two'))
    assert names_of(tables) == ["One", "Three"]
    assert tables.log.counts == {"row with a quotation mark that is not closed": 1}
    assert tables.log.problems[0].row == 3


def test_a_quote_closed_lines_below_costs_its_line_alone(tmp_path, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", '"Two').replace("Three", 'Thr"ee'))
    assert names_of(tables) == ["One", 'Thr"ee']
    assert tables.log.problems[0].row == 3


def test_fields_between_quotes_after_a_space_are_read(tmp_path, each_way):
    stops = STOPS.replace("S2,Two,", 'S2, "Two, halt", ')
    assert names_of(tables_of(tmp_path, stops=stops)) == ["One", "Two, halt", "Three"]


def test_columns_in_any_order_spaced_quoted_and_in_capitals_are_the_same(tmp_path, each_way):
    stops = ' STOP_LON , "stop_lat",Stop_Name, stop_id\n 2.3 ,48.9, One , S1 \n2.33,48.9,Two,S2\n'
    tables = tables_of(tmp_path, stops=stops)
    assert names_of(tables) == ["One", "Two"]
    assert tables.stops["stop_id"].tolist() == ["S1", "S2"]
    assert tables.stops["stop_lon"].tolist() == [2.3, 2.33]


def test_of_two_columns_of_one_name_the_first_is_read(tmp_path, each_way):
    stops = "stop_id,stop_name,stop_lat,stop_lon,stop_name\nS1,One,48.9,2.3,Uno\n"
    tables = tables_of(tmp_path, stops=stops)
    assert names_of(tables) == ["One"]
    assert tables.log.counts == {"column given twice": 1}


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_columns_separated_by_something_else_are_refused_with_what_it_is(tmp_path, mark, word):
    path = write_files(tmp_path, feed_bytes(stops=STOPS.replace(",", mark)))
    message = message_of(path)
    assert f"feed/stops.txt, line 1: columns separated by {word}" in message


def test_rows_with_a_wrong_number_of_fields_are_set_aside_with_their_lines(tmp_path, each_way):
    stops = STOPS.replace("S2,Two,48.90,2.33", "S2,Two, the old one,48.90,2.33") + "S4,Four\n"
    tables = tables_of(tmp_path, stops=stops)
    assert names_of(tables) == ["One", "Three"]
    assert tables.log.counts == {"row with a wrong number of fields": 2}
    assert [(p.row, p.found) for p in tables.log.problems] == [(3, "5 fields"), (5, "2 fields")]


def test_commas_too_many_at_the_end_of_rows_are_passed_by(tmp_path, each_way):
    stops = STOPS.replace("\nS", ",\nS").rstrip("\n") + ",,\n"
    tables = tables_of(tmp_path, stops=stops.replace("stop_lon,", "stop_lon"))
    assert names_of(tables) == ["One", "Two", "Three"]
    assert tables.log.total == 0


def test_optional_fields_left_out_at_the_end_of_a_row_are_blank_and_counted(tmp_path, each_way):
    stops = "stop_id,stop_lat,stop_lon,stop_name,zone_id\nS1,48.9,2.3,One,A\nS2,48.9,2.33,Two\n"
    tables = tables_of(tmp_path, stops=stops)
    assert names_of(tables) == ["One", "Two"]
    assert tables.stops["zone_id"].isna().tolist() == [False, True]
    assert tables.log.counts == {"row with fields left out at its end, read as blank": 1}


def test_a_very_long_field_is_kept(tmp_path, each_way):
    long = "é" * 200_000
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", long))
    assert names_of(tables)[1] == long


def test_a_line_too_long_to_be_a_row_is_set_aside(tmp_path, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two", "x" * (3 << 20)))
    assert names_of(tables) == ["One", "Three"]
    assert lines_of(tables.stops) == [2, 4]
    assert tables.log.counts == {"line that is too long": 1}
    assert tables.log.problems[0].row == 3


# Values


@pytest.mark.parametrize("word", ["NA", "null", "None", "NULL", "nan", "N/A", "#N/A"])
def test_words_for_nothing_are_text_in_names_and_ids(tmp_path, word, each_way):
    tables = tables_of(
        tmp_path,
        stops=STOPS.replace("S2,Two", f"{word},{word}"),
        stop_times=STOP_TIMES.replace("S2", word),
    )
    assert names_of(tables) == ["One", word, "Three"]
    assert tables.stops["stop_id"].tolist() == ["S1", word, "S3"]
    assert tables.stop_times["stop_id"].tolist() == ["S1", word, "S3"]


def test_words_for_nothing_are_blank_in_numbers_times_and_links(tmp_path, each_way):
    tables = tables_of(
        tmp_path,
        stops=STOPS.replace("stop_lon", "stop_lon,parent_station,wheelchair_boarding")
        .replace("2.30", "2.30,null,NA").replace("2.33", "2.33,,").replace("2.36", "2.36,S1,1"),
        stop_times=STOP_TIMES.replace("08:05:00,08:06:00", "NULL,null"),
    )  # fmt: skip
    assert tables.stops["parent_station"].fillna("-").tolist() == ["-", "-", "S1"]
    assert tables.stops["wheelchair_boarding"].fillna(-1).tolist() == [-1, -1, 1]
    assert tables.stop_times["arrival_time"].isna().tolist() == [False, True, False]
    assert tables.log.total == 0


def test_a_link_to_an_id_that_reads_like_nothing_is_kept_where_there_is_such_an_id(tmp_path):
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,parent_station\n"
        "NA,Napoli,40.8,14.2,\nS1,One,40.8,14.2,NA\n"
    )
    assert tables_of(tmp_path, stops=stops).stops["parent_station"].tolist()[1] == "NA"


def test_ids_that_look_like_numbers_stay_as_they_are_written(tmp_path, each_way):
    ids = ["007", "1e5", "1.0", "0x1F", "+3", "-0", "1_000", "True", "12345678901234567890"]
    stops = "stop_id,stop_lat,stop_lon,platform_code,level_id\n" + "".join(
        f"{one},48.9,2.3,{one},{one}\n" for one in ids
    )
    tables = tables_of(tmp_path, stops=stops)
    for column in ("stop_id", "platform_code", "level_id"):
        assert tables.stops[column].tolist() == ids


def test_numbers_are_taken_from_every_way_of_writing_them(tmp_path, each_way):
    stops = (
        "stop_id,stop_lat,stop_lon,location_type\n"
        "A,+48.9, 2.3 ,0\nB,4.89e1,.5,1.0\nC,48,-2,\nD,-48.,2.3,2\n"
    )
    tables = tables_of(tmp_path, stops=stops)
    assert tables.stops["stop_lat"].tolist() == pytest.approx([48.9, 48.9, 48.0, -48.0])
    assert tables.stops["stop_lon"].tolist() == pytest.approx([2.3, 0.5, -2.0, 2.3])
    assert tables.stops["location_type"].fillna(-1).tolist() == [0, 1, -1, 2]
    assert str(tables.stops["location_type"].dtype) == "Int64"


@pytest.mark.parametrize("value", ["two", "1.5", "inf", "1e400", "99999999999", "0x10", "1_0", "½"])
def test_a_wrong_whole_number_sets_its_row_aside_with_its_line(tmp_path, value, each_way):
    tables = tables_of(tmp_path, stop_times=STOP_TIMES.replace("S2,2", f"S2,{value}"))
    assert lines_of(tables.stop_times) == [2, 4]
    assert tables.log.counts == {"value that is not a number (stop_sequence)": 1}
    (problem,) = tables.log.problems
    assert (problem.row, problem.field, problem.found) == (3, "stop_sequence", repr(value))


@pytest.mark.parametrize("value", ["x", "inf", "-inf", "1e999", "48°", '"48,9"'])
def test_a_wrong_coordinate_sets_its_row_aside(tmp_path, value, each_way):
    tables = tables_of(tmp_path, stops=STOPS.replace("Two,48.90", f"Two,{value}"))
    assert names_of(tables) == ["One", "Three"]
    assert tables.log.counts == {"value that is not a number (stop_lat)": 1}


def test_a_wrong_number_in_an_optional_column_is_blank_and_counted(tmp_path, each_way):
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,shape_dist_traveled\n"
        "T1,08:00:00,08:00:00,S1,1,yes,a\nT1,08:05:00,08:05:00,S2,2,900,1.5\n"
    )
    tables = tables_of(tmp_path, stop_times=stop_times)
    assert tables.stop_times["pickup_type"].isna().all()
    assert tables.stop_times["shape_dist_traveled"].fillna(-1).tolist() == [-1, 1.5]
    assert tables.log.counts == {
        "value that is not a number, ignored (pickup_type)": 2,
        "value that is not a number, ignored (shape_dist_traveled)": 1,
    }


def test_negative_and_unsorted_sequences_are_kept_as_they_stand(tmp_path, each_way):
    stop_times = STOP_TIMES.replace("S1,1", "S1,30").replace("S2,2", "S2,-4")
    tables = tables_of(tmp_path, stop_times=stop_times)
    assert tables.stop_times["stop_sequence"].tolist() == [30, -4, 3]
    assert tables.log.total == 0


def test_spaces_round_times_are_no_part_of_them(tmp_path, each_way):
    tables = tables_of(tmp_path, stop_times=STOP_TIMES.replace("08:00:00", " 8:00:00 "))
    assert tables.stop_times["departure_time"].tolist()[0] == "8:00:00"


# Tables


def test_a_table_that_is_absent_is_none_and_a_column_that_is_absent_is_blank(tmp_path, each_way):
    tables = tables_of(tmp_path)
    absent = ("calendar_dates", "frequencies", "transfers", "shapes", "pathways", "levels")
    assert all(getattr(tables, name) is None for name in absent)
    for name in ("platform_code", "parent_station", "wheelchair_boarding", "level_id", "zone_id"):
        assert tables.stops[name].isna().all()
    assert str(tables.stop_times["trip_id"].dtype) == "category"
    assert str(tables.stop_times["pickup_type"].dtype) == "Int8"
    assert str(tables.trips["block_id"].dtype) == "string"


def test_every_table_of_a_full_feed_is_read_with_its_columns(tmp_path, each_way):
    tables = tables_of(
        tmp_path,
        shapes="shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n"
        "A,48.9,2.3,1,0\nA,48.91,2.31,2,\n",
        pathways="pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,"
        "traversal_time,stair_count,max_slope,min_width\nP,S1,S2,2,1,12.5,40,-22,0.08,1.2\n",
        levels="level_id,level_index,level_name\nL,-1.5,Quai\n",
        feed_info="feed_publisher_name,feed_publisher_url,feed_lang,feed_version,"
        "feed_start_date,feed_end_date\nMe,http://a,fr,007,20240101,20241231\n",
        attributions="organization_name,is_producer,is_operator,is_authority\nMe,1,0,\n",
    )
    assert tables.shapes["shape_dist_traveled"].fillna(-1).tolist() == [0, -1]
    row = tables.pathways.iloc[0]
    assert (row["pathway_mode"], row["stair_count"], row["length"]) == (2, -22, 12.5)
    assert tables.levels["level_index"].tolist() == [-1.5]
    assert tables.feed_info["feed_version"].tolist() == ["007"]
    assert tables.feed_info["feed_end_date"].tolist() == ["20241231"]
    assert tables.attributions["is_authority"].isna().tolist() == [True]
    assert tables.timezone == "Europe/Paris"


@pytest.mark.parametrize(
    ("table", "content"),
    [("frequencies", "trip_id\nT1\n"), ("shapes", "x\n1\n"), ("calendar_dates", "a;b\n1;2\n")],
)
def test_a_broken_table_that_can_be_done_without_is_set_aside(tmp_path, table, content):
    tables = tables_of(tmp_path, **{table: content})
    assert getattr(tables, table) is None
    assert tables.log.counts == {f"table that cannot be used ({table})": 1}


def test_a_broken_calendar_without_calendar_dates_is_an_error(tmp_path):
    path = write_files(tmp_path, feed_bytes(calendar="service_id\nWK\n"))
    assert "feed/calendar.txt, line 1: no column monday" in message_of(path)


def test_one_of_the_two_time_columns_is_enough(tmp_path):
    stop_times = (
        "trip_id,departure_time,stop_id,stop_sequence\nT1,08:00:00,S1,1\nT1,08:05:00,S2,2\n"
    )
    path = write_files(tmp_path, feed_bytes(stop_times=stop_times))
    assert read_timetable(path, DAY, include_spill=False).arrival_s.tolist() == [28_800, 29_100]


def test_transfers_between_trips_need_no_stops(tmp_path):
    transfers = "from_trip_id,to_trip_id,transfer_type\nT1,T2,4\n"
    assert tables_of(tmp_path, transfers=transfers).transfers["from_stop_id"].isna().all()
