"""Rules of GTFS on staying on board: a feed each, answers by hand, every engine asked."""

import pytest

from tests.builders.rule_feeds import CALLS, CHANGES, WAYS, Rule, assert_rule_holds

# T1 comes to B at 08:10; T2 leaves there at 08:12 for C, T3 at 08:32. A change at B takes ten
# minutes, so that T2 is caught by who stays on board and T3 by who changes.
LINE = (
    CALLS
    + """T1,08:00:00,08:00:00,A,1
                  T1,08:10:00,08:10:00,B,2
                  T2,08:12:00,08:12:00,B,1
                  T2,08:20:00,08:20:00,C,2
                  T3,08:32:00,08:32:00,B,1
                  T3,08:40:00,08:40:00,C,2"""
)
TEN_MINUTES = "B,B,2,600,,,,"
SEATED = {"A>C": "08:00 08:20 x1"}
CHANGED = {"A>C": "08:00 08:40 x2"}


def feed(blocks, *rows, stop_times=LINE, **files):
    """Trips of one route with a block each, one letter a trip, - for none."""
    trips = [
        f"R1,ALL,T{i},{'' if block == '-' else block}" for i, block in enumerate(blocks, start=1)
    ]
    return {
        "trips": "\n".join(["route_id,service_id,trip_id,block_id", *trips]),
        "stop_times": stop_times,
        "transfers": CHANGES + "\n".join((TEN_MINUTES, *rows)),
        **files,
    }


# B and D are platforms of one station, 200 m apart; elsewhere D is 11 km from B.
STATION = {
    "stops": """stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
                A,A,48.0,2.3,0,
                B,B,48.1,2.3,0,P
                C,C,48.2,2.3,0,
                D,D,48.1018,2.3,0,P
                P,P,48.1,2.3,1,"""
}
FROM_D = LINE.replace("T2,08:12:00,08:12:00,B", "T2,08:12:00,08:12:00,D")
# Four trips in a row, each as the last one ends: A to B to C to D to E.
FOUR = (
    CALLS
    + """T1,08:00:00,08:00:00,A,1
                  T1,08:10:00,08:10:00,B,2
                  T2,08:10:00,08:10:00,B,1
                  T2,08:20:00,08:20:00,C,2
                  T3,08:20:00,08:20:00,C,1
                  T3,08:30:00,08:30:00,D,2
                  T4,08:30:00,08:30:00,D,1
                  T4,08:40:00,08:40:00,E,2"""
)
TYPES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"


RULES = [
    Rule(
        name="without a block a change is a change",
        why="Ten minutes at B: T3.",
        files=feed("---"),
        answers=CHANGED,
    ),
    Rule(
        name="who stays on board a block does not change",
        why="T1 goes on as T2: one ride, whatever a change takes.",
        files=feed("XX-"),
        answers={**SEATED, "A>B": "08:00 08:10 x1", "B>C": "08:12 08:20 x1; 08:32 08:40 x1"},
    ),
    Rule(
        name="trips of two blocks are not stayed on board of",
        why="T1 is of X, T2 of Y.",
        files=feed("XY-"),
        answers=CHANGED,
    ),
    Rule(
        name="a block goes on as its next trip",
        why="T1 and T3 are of one vehicle that waits 22 minutes at B; T2 is of none.",
        files=feed("X-X"),
        answers={"A>C": "08:00 08:40 x1"},
    ),
    Rule(
        name="a seat kept late stands beside a change that is sooner",
        why="Without a minimum time T2 is caught with a change, and T3 ridden without one.",
        files={**feed("X-X"), "transfers": ""},
        answers={"A>C": "08:00 08:20 x2; 08:00 08:40 x1"},
    ),
    Rule(
        name="type 5 makes a block get off",
        why="T1 into T2 is not stayed on board of: ten minutes at B, T3.",
        files=feed("XX-", "B,B,5,,,,T1,T2"),
        answers=CHANGED,
    ),
    Rule(
        name="type 4 keeps the seat without a block",
        why="T1 goes on as T2.",
        files=feed("---", "B,B,4,,,,T1,T2"),
        answers=SEATED,
    ),
    Rule(
        name="type 4 needs no stops",
        why="Both trips are named.",
        files=feed("---", ",,4,,,,T1,T2"),
        answers=SEATED,
    ),
    Rule(
        name="type 4 goes before the block",
        why="The block says T2, the transfer T3.",
        files=feed("XX-", "B,B,4,,,,T1,T3"),
        answers={"A>C": "08:00 08:40 x1"},
    ),
    Rule(
        name="type 5 goes before type 4",
        why="Rows that contradict each other: the stricter holds.",
        files=feed("---", "B,B,4,,,,T1,T2", "B,B,5,,,,T1,T2"),
        answers=CHANGED,
    ),
    Rule(
        name="type 4 does not catch a trip that has left",
        why="T2 leaves B at 08:05, T1 is there at 08:10: T3 after a change.",
        files=feed("---", "B,B,4,,,,T1,T2", stop_times=LINE.replace("08:12:00", "08:05:00")),
        answers=CHANGED,
    ),
    Rule(
        name="type 4 keeps the seat to wherever the next trip starts",
        why="T2 starts at D, 11 km from B, two minutes later: the vehicle goes there with us.",
        files=feed("---", "B,D,4,,,,T1,T2", stop_times=FROM_D),
        answers={**SEATED, "A>D": "08:00 08:12 x1"},
    ),
    Rule(
        name="a block goes on from one platform of a station to another",
        why="T2 starts at D, of the same station: the seat is kept, D reached as T2 leaves.",
        files=feed("XX-", "B,D,2,600,,,,", stop_times=FROM_D, **STATION),
        answers={**SEATED, "A>D": "08:00 08:12 x1"},
    ),
    Rule(
        name="a block that starts again elsewhere takes nobody along",
        why="T2 starts at D, 11 km from B: the vehicle goes there empty.",
        files=feed("XX-", stop_times=FROM_D),
        answers={**CHANGED, "A>D": ""},
    ),
    Rule(
        name="trips of a block that are under way at once are no block",
        why="T2 leaves B at 08:05 before T1 is there: one vehicle cannot be both.",
        files=feed("XX-", stop_times=LINE.replace("08:12:00", "08:05:00")),
        answers=CHANGED,
    ),
    Rule(
        name="a seat is kept over any number of trips",
        why="A to E in one ride of four trips; a change anywhere but at B takes no time.",
        files=feed("Y" * 4, stop_times=FOUR),
        answers={"A>E": "08:00 08:40 x1", "B>E": "08:10 08:40 x1", "A>D": "08:00 08:30 x1"},
    ),
    Rule(
        name="one gets out of a kept seat and into another vehicle",
        why="T1 goes on as T2; at C one changes into T3, which goes on as T4.",
        files=feed("XXYY", stop_times=FOUR),
        answers={"A>E": "08:00 08:40 x2", "A>C": "08:00 08:20 x1"},
    ),
    Rule(
        name="a chain is broken where one trip of it does not run",
        why="T2 is of a service of Sundays: T1 ends at B and T3 starts at C, not one place.",
        files={
            **feed("YYY"),
            "trips": """route_id,service_id,trip_id,block_id
                        R1,ALL,T1,X
                        R1,SUN,T2,X
                        R1,ALL,T3,X
                        R1,ALL,T4,X""",
            "stop_times": FOUR,
            "transfers": "",
        },
        answers={"A>C": "", "A>B": "08:00 08:10 x1", "C>E": "08:20 08:40 x1"},
    ),
    Rule(
        name="a kept seat is not barred by a closed door",
        why="Nobody gets on or off at B, on T1 or T2; who is on board goes on to C.",
        files=feed(
            "XX-",
            stop_times=TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:10:00,08:10:00,B,2,1,1
                 T2,08:12:00,08:12:00,B,1,1,1
                 T2,08:20:00,08:20:00,C,2,0,0""",
        ),
        answers={**SEATED, "A>B": "", "B>C": ""},
    ),
    Rule(
        name="one gets off at the first call of the trip that a vehicle goes on as",
        why="""T1 lets nobody off at B at 08:10; as T2 it stands there from 08:11 to 08:15, and
            lets off.""",
        files=feed(
            "XX-",
            stop_times=TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:10:00,08:10:00,B,2,0,1
                 T2,08:11:00,08:15:00,B,1,0,0
                 T2,08:20:00,08:20:00,C,2,0,0""",
        ),
        answers={**SEATED, "A>B": "08:00 08:11 x1", "B>C": "08:15 08:20 x1"},
    ),
    Rule(
        name="one gets on at the last call of a trip whose vehicle goes on elsewhere",
        why="""T1 is at B at 08:10 and becomes T2, which starts at D, 11 km from B: to C one gets
            on at B, but D is where T2 only starts: nothing of it has been ridden there.""",
        files=feed("---", "B,D,4,,,,T1,T2", stop_times=FROM_D),
        answers={
            "B>C": "08:10 08:20 x1; 08:32 08:40 x1",
            "D>C": "08:12 08:20 x1",
            "A>B": "08:00 08:10 x1",
            "B>D": "",
        },
    ),
    Rule(
        name="one gets on at a last call until the vehicle leaves as the next trip",
        why="""T1 stands at B until 08:14 by its own timetable, yet leaves as T2 at 08:12; nobody
            gets on there as T2.""",
        files=feed(
            "XX-",
            stop_times=TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:10:00,08:14:00,B,2,0,0
                 T2,08:11:00,08:12:00,B,1,1,0
                 T2,08:20:00,08:20:00,C,2,0,0""",
        ),
        answers={**SEATED, "B>C": "08:12 08:20 x1", "A>B": "08:00 08:10 x1"},
    ),
    Rule(
        name="one gets off at a first call once the vehicle has come as the trip before",
        why="""T2 stands at B from 08:08 by its own timetable, yet comes there as T1 at 08:10;
            nobody gets off there as T1.""",
        files=feed(
            "XX-",
            stop_times=TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:10:00,08:10:00,B,2,0,1
                 T2,08:08:00,08:12:00,B,1,0,0
                 T2,08:20:00,08:20:00,C,2,0,0""",
        ),
        answers={**SEATED, "A>B": "08:00 08:10 x1", "B>C": "08:12 08:20 x1"},
    ),
    Rule(
        name="a trip that follows itself by headway is ridden round and round",
        why="""A, B, C, A in 15 minutes every 15 minutes: from C past A to B is one ride of 10
            minutes in a vehicle that goes on as its next round, but after the last round.""",
        files={
            "trips": "route_id,service_id,trip_id,block_id\nR1,ALL,T1,X",
            "stop_times": CALLS
            + """T1,00:00:00,00:00:00,A,1
                 T1,00:05:00,00:05:00,B,2
                 T1,00:10:00,00:10:00,C,3
                 T1,00:15:00,00:15:00,A,4""",
            "frequencies": "trip_id,start_time,end_time,headway_secs\nT1,08:00:00,08:45:00,900",
            "transfers": CHANGES + "A,A,2,600,,,,",
        },
        answers={
            "C>B": "08:10 08:20 x1; 08:25 08:35 x1",
            "C>A": "08:10 08:15 x1; 08:25 08:30 x1; 08:40 08:45 x1",
        },
    ),
    Rule(
        name="a seat is kept across midnight within one service",
        why="Last night's T1 and T2 at 00:00 and 00:12; tonight's at 24:00 and 24:12.",
        files=feed(
            "XX-",
            stop_times=CALLS
            + """T1,24:00:00,24:00:00,A,1
                 T1,24:10:00,24:10:00,B,2
                 T2,24:12:00,24:12:00,B,1
                 T2,24:20:00,24:20:00,C,2""",
        ),
        answers={"A>C": "00:00 00:20 x1; 24:00 24:20 x1"},
    ),
    Rule(
        name="a seat is kept where a frequency by the clock meets a trip of its block",
        why="T1 leaves A at 08:00 only, by frequency; it is at B for T2 at 08:12.",
        files=feed(
            "XX-",
            frequencies="trip_id,start_time,end_time,headway_secs,exact_times\n"
            "T1,08:00:00,08:05:00,600,1",
        ),
        answers=SEATED,
    ),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_every_engine_answers_as_by_hand(tmp_path, rule, way):
    assert_rule_holds(rule, tmp_path, way)
