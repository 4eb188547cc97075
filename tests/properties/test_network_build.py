"""Building a network of a feed with everything in it: the order of rows does not matter."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from network.readers import read_network
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.properties.test_network_reading import assert_equal

RICH = line_feed(
    agency="""
        agency_id,agency_name,agency_url,agency_timezone
        X,Example,http://example.org,Europe/Paris
        Y,Other,http://example.org,Europe/Paris
        """,
    stops="""
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,level_id,wheelchair_boarding
        S1,Quay 1,48.90,2.30,0,P,L1,
        S2,Two,48.90,2.33,,,,
        S3,Three,48.90,2.36,0,,,2
        S4,Two,48.901,2.33,0,,,
        S4,Two,48.9011,2.33,0,,,
        P,Gare du Nord,48.90,2.30,1,,,1
        E,Entrance,48.9001,2.30,2,P,L0,
        N,Hall,,,3,P,,
        A,Area,,,4,S1,,
        """,
    routes="""
        route_id,agency_id,route_short_name,route_type
        R1,X,1,1
        R2,Y,2,3
        R2,Y,two,3
        """,
    trips="""
        route_id,service_id,trip_id,direction_id,block_id,shape_id,wheelchair_accessible
        R1,WK,T1,0,B,H,1
        R1,WK,T2,1,B,,
        R1,WK,T3,0,,H,
        R1,WK,T4,0,,G,2
        R2,WK,T5,0,C,G,2
        R2,WK,T6,0,C,none,2
        R2,WK,T6,1,C,,2
        """,
    stop_times="""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
        T1,08:00:00,08:00:00,S1,1,0
        T1,,,S2,2,
        T1,08:10:00,08:10:00,S3,3,9.5
        T2,08:20:00,08:20:00,S3,1,
        T2,24:40:00,24:40:00,S2,2,
        T2,24:50:00,24:50:00,S1,3,
        T3,06:00:00,06:00:00,S1,1,
        T3,06:10:00,06:10:00,S3,9,
        T4,06:05:00,06:05:00,S1,1,
        T4,06:08:00,06:08:00,S3,9,
        T5,07:00:00,07:00:00,S4,1,
        T5,07:10:00,07:10:00,S3,2,
        T5,07:15:00,07:15:00,S1,2,
        T6,07:20:00,07:20:00,S3,1,
        T6,07:30:00,07:30:00,S4,2,
        """,
    frequencies="""
        trip_id,start_time,end_time,headway_secs,exact_times
        T3,06:00:00,07:00:00,900,1
        T3,06:30:00,08:00:00,900,0
        T9,06:30:00,08:00:00,900,0
        """,
    transfers="""
        from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id
        S1,S3,2,120,,
        S1,S3,2,90,,
        P,S3,3,,,
        S3,P,1,,T1,
        ,,4,,T1,T2
        S9,S1,2,60,,
        """,
    shapes="""
        shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
        H,48.90,2.30,1,0
        H,48.91,2.33,2,5
        H,48.90,2.36,3,9.5
        H,48.92,2.36,3,9.5
        G,48.90,2.36,1,
        G,48.90,2.30,2,
        """,
    pathways="""
        pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,traversal_time
        W1,E,N,1,1,20,
        W2,N,A,2,1,10,
        W3,N,S1,5,1,,40
        W4,N,P,1,1,5,
        """,
    levels="level_id,level_index\nL0,0\nL1,-1\nL1,-2\n",
    attributions="organization_name,is_producer\nB,1\nA,1\n",
)


def network_of(files):
    with tempfile.TemporaryDirectory() as folder:
        return read_network(write_feed(Path(folder), **files), DAY)


def test_the_feed_with_everything_in_it_is_used():
    network = network_of(RICH)
    timetable = network.timetable
    assert timetable.n_trips == 14  # T3 runs eight times; T1, T2, T4, T5, T6; T2 of the night
    assert timetable.shapes.stop_point.max() > 0
    assert (timetable.trip_next >= 0).sum() == 2  # T1 as T2, T5 as T6
    assert len(network.transfer_rules.kind) == 3  # S1 to S3, S3 to S1 from T1, T1 as T2
    assert len(network.pathways.mode) == 8  # three ways and the area's, both ways each


@settings(max_examples=25)
@given(data=st.data())
def test_the_order_of_rows_does_not_matter_to_anything_that_is_built(data):
    shuffled = {}
    for name, text in RICH.items():
        header, *rows = text.splitlines()
        shuffled[name] = "\n".join([header, *data.draw(st.permutations(rows))])
    first, second = network_of(RICH), network_of(shuffled)
    assert_equal(first, second)
    assert first.timetable.set_aside.counts == second.timetable.set_aside.counts
