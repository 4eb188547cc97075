"""Rules of GTFS on times and frequencies: a feed each, answers by hand, every engine asked."""

import pytest

from tests.builders.rule_feeds import CALLS, Rule, assert_rule_holds

FREQUENCIES = "trip_id,start_time,end_time,headway_secs,exact_times\n"

# A to B to C in 10 minutes each; its own 07:00 counts only where no frequency names it.
LINE = (
    CALLS
    + """T1,07:00:00,07:00:00,A,1
                  T1,07:10:00,07:10:00,B,2
                  T1,07:20:00,07:20:00,C,3"""
)


def every(*rows, stop_times=LINE, **files):
    return {"stop_times": stop_times, "frequencies": FREQUENCIES + "\n".join(rows), **files}


RULES = [
    Rule(
        name="a frequency by the clock leaves from its start on",
        why="08:00 and 08:10; 08:20, the end, is no departure, and the 07:00 is a pattern only.",
        files=every("T1,08:00:00,08:20:00,600,1"),
        answers={
            "A>B": "08:00 08:10 x1; 08:10 08:20 x1",
            "B>C": "08:10 08:20 x1; 08:20 08:30 x1",
        },
    ),
    Rule(
        name="a frequency by headway is ridden as if it left from its start on",
        why="exact_times 0 says the same departures without a promise; waits are not added.",
        files=every("T1,08:00:00,08:20:00,600,0"),
        answers={"A>C": "08:00 08:20 x1; 08:10 08:30 x1"},
    ),
    Rule(
        name="blank exact_times are a headway",
        why="As with 0.",
        files=every("T1,08:00:00,08:20:00,600,"),
        answers={"A>C": "08:00 08:20 x1; 08:10 08:30 x1"},
    ),
    Rule(
        name="a frequency ends before its end",
        why="end_time is when service ceases: with 08:20:01 the departure of 08:20 is before it.",
        files=every("T1,08:00:00,08:20:01,600,1"),
        answers={"A>B": "08:00 08:10 x1; 08:10 08:20 x1; 08:20 08:30 x1"},
    ),
    Rule(
        name="a headway longer than its period leaves once",
        why="08:00, and 09:00 is after the end.",
        files=every("T1,08:00:00,08:20:00,3600,0"),
        answers={"A>B": "08:00 08:10 x1"},
    ),
    Rule(
        name="periods that follow each other change the headway at the second one's start",
        why="08:00 and 08:10 of the first, 08:20 and 08:35 of the second.",
        files=every("T1,08:00:00,08:20:00,600,0", "T1,08:20:00,08:50:00,900,0"),
        answers={"A>B": "08:00 08:10 x1; 08:10 08:20 x1; 08:20 08:30 x1; 08:35 08:45 x1"},
    ),
    Rule(
        name="periods that overlap run both, a common departure once",
        why="08:00, 08:10, 08:20 of the first; 08:10, 08:25 of the second.",
        files=every("T1,08:00:00,08:30:00,600,0", "T1,08:10:00,08:40:00,900,0"),
        answers={"A>B": "08:00 08:10 x1; 08:10 08:20 x1; 08:20 08:30 x1; 08:25 08:35 x1"},
    ),
    Rule(
        name="a frequency starts when its trip leaves the first stop not when it comes there",
        why="The trip stands at A from 06:55 to 07:00, at B from 07:08 to 07:10: 08:00 moves all.",
        files=every(
            "T1,08:00:00,08:05:00,600,1",
            stop_times=CALLS
            + """T1,06:55:00,07:00:00,A,1
                 T1,07:08:00,07:10:00,B,2
                 T1,07:20:00,07:20:00,C,3""",
        ),
        answers={"A>B": "08:00 08:08 x1", "B>C": "08:10 08:20 x1"},
    ),
    Rule(
        name="a frequency pattern may be written from midnight on",
        why="0:00, 0:10, 0:20 are minutes of the ride.",
        files=every(
            "T1,08:00:00,08:05:00,600,1",
            stop_times=CALLS
            + """T1,00:00:00,00:00:00,A,1
                 T1,00:10:00,00:10:00,B,2
                 T1,00:20:00,00:20:00,C,3""",
        ),
        answers={"A>C": "08:00 08:20 x1"},
    ),
    Rule(
        name="a change from a timed trip into a frequency takes its next departure",
        why="T2 is at B at 08:13; T1 passes there at 08:10, 08:20 and 08:30.",
        files=every(
            "T1,08:00:00,08:30:00,600,1",
            stop_times=LINE + "\nT2,08:03:00,08:03:00,D,1\nT2,08:13:00,08:13:00,B,2",
        ),
        answers={"D>C": "08:03 08:30 x2"},
    ),
    Rule(
        name="a blank time lies between its neighbours by distance",
        why="B is halfway from A to C along one meridian: 08:10, for who gets on or off there.",
        files={
            "stop_times": CALLS + "T1,08:00:00,08:00:00,A,1\nT1,,,B,2\nT1,08:20:00,08:20:00,C,3"
        },
        answers={
            "A>B": "08:00 08:10 x1",
            "B>C": "08:10 08:20 x1",
            "A>C": "08:00 08:20 x1",
        },
    ),
    Rule(
        name="several blank times lie by distance",
        why="A to E is four equal steps of 10 minutes, the fourth of them timed.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,,,B,2
                 T1,,,C,3
                 T1,08:30:00,08:32:00,D,4
                 T1,08:40:00,08:40:00,E,5"""
        },
        answers={"A>C": "08:00 08:20 x1", "B>D": "08:10 08:30 x1", "C>E": "08:20 08:40 x1"},
    ),
    Rule(
        name="a blank time leaves from when the one before does",
        why="A is left at 08:04 after 4 minutes there; halfway to 08:24 is 08:14.",
        files={
            "stop_times": CALLS + "T1,08:00:00,08:04:00,A,1\nT1,,,B,2\nT1,08:24:00,08:24:00,C,3"
        },
        answers={"A>B": "08:04 08:14 x1", "B>C": "08:14 08:24 x1"},
    ),
    Rule(
        name="an approximate time is a time",
        why="timepoint 0 says that 08:12 is not kept to strictly; it is what the feed says.",
        files={
            "stop_times": """
                trip_id,arrival_time,departure_time,stop_id,stop_sequence,timepoint
                T1,08:00:00,08:00:00,A,1,1
                T1,08:12:00,08:12:00,B,2,0
                T1,08:20:00,08:20:00,C,3,1
                """
        },
        answers={"A>B": "08:00 08:12 x1", "B>C": "08:12 08:20 x1"},
    ),
    Rule(
        name="an approximate call without times lies between its neighbours",
        why="timepoint 0 and no times: halfway, 08:10.",
        files={
            "stop_times": """
                trip_id,arrival_time,departure_time,stop_id,stop_sequence,timepoint
                T1,08:00:00,08:00:00,A,1,1
                T1,,,B,2,0
                T1,08:20:00,08:20:00,C,3,1
                """
        },
        answers={"A>B": "08:00 08:10 x1", "B>C": "08:10 08:20 x1"},
    ),
    Rule(
        name="an hour may have one digit",
        why="6:40:00 is 06:40, before 10:05:00 whatever the order of the texts.",
        files={"stop_times": CALLS + "T1,6:40:00,6:40:00,A,1\nT1,10:05:00,10:05:00,B,2"},
        answers={"A>B": "06:40 10:05 x1"},
    ),
    Rule(
        name="numbers of calls may leave gaps and rows stand in any order",
        why="2, 9, 10 and 100 by number: A, B, C, D.",
        files={
            "stop_times": CALLS
            + """T1,08:20:00,08:20:00,C,10
                 T1,08:30:00,08:30:00,D,100
                 T1,08:00:00,08:00:00,A,2
                 T1,08:10:00,08:10:00,B,9"""
        },
        answers={"A>D": "08:00 08:30 x1", "B>C": "08:10 08:20 x1", "C>B": "", "D>A": ""},
    ),
    Rule(
        name="one time of a call is both its times",
        why="B has an arrival only, C a departure only.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:00,,B,2
                 T1,,08:20:00,C,3
                 T1,08:30:00,08:30:00,D,4"""
        },
        answers={"A>C": "08:00 08:20 x1", "B>D": "08:10 08:30 x1", "C>D": "08:20 08:30 x1"},
    ),
    Rule(
        name="a hop may take no minute",
        why="B and C bear the same minute: one arrives at C as one leaves B.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:00,08:10:00,B,2
                 T1,08:10:00,08:10:00,C,3"""
        },
        answers={"A>C": "08:00 08:10 x1", "B>C": "08:10 08:10 x1"},
    ),
    Rule(
        name="changes within one second are made in any order of trips",
        why="Z takes one from A to B, Y from B to C, X from C to D, all at 08:00:00.",
        files={
            "stop_times": CALLS
            + """X,08:00:00,08:00:00,C,1
                 X,08:00:00,08:00:00,D,2
                 Y,08:00:00,08:00:00,B,1
                 Y,08:00:00,08:00:00,C,2
                 Z,08:00:00,08:00:00,A,1
                 Z,08:00:00,08:00:00,B,2"""
        },
        answers={"A>D": "08:00 08:00 x3", "D>A": ""},
    ),
    Rule(
        name="one gets off on arrival and on until departure",
        why="""T1 stands at B from 08:10 to 08:15: who is there by 08:12 with T2 gets on, who
            comes with T1 gets off at 08:10 and into T3 at 08:11.""",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:00,08:15:00,B,2
                 T1,08:25:00,08:25:00,C,3
                 T2,08:02:00,08:02:00,D,1
                 T2,08:12:00,08:12:00,B,2
                 T3,08:11:00,08:11:00,B,1
                 T3,08:21:00,08:21:00,E,2"""
        },
        answers={
            "A>B": "08:00 08:10 x1",
            "B>C": "08:15 08:25 x1",
            "D>C": "08:02 08:25 x2",
            "A>E": "08:00 08:21 x2",
        },
    ),
    Rule(
        name="who arrives as the next one leaves gets on",
        why="T1 comes to B at 08:10:00, T2 leaves at 08:10:00.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:00,08:10:00,B,2
                 T2,08:10:00,08:10:00,B,1
                 T2,08:20:00,08:20:00,C,2"""
        },
        answers={"A>C": "08:00 08:20 x2"},
    ),
    Rule(
        name="who arrives a second late waits for the next one",
        why="T1 comes to B at 08:10:01; T2 left at 08:10:00, T3 leaves at 08:30.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:01,08:10:01,B,2
                 T2,08:10:00,08:10:00,B,1
                 T2,08:20:00,08:20:00,C,2
                 T3,08:30:00,08:30:00,B,1
                 T3,08:40:00,08:40:00,C,2"""
        },
        answers={"A>C": "08:00 08:40 x2", "A>B": "08:00 08:10:01 x1"},
    ),
    Rule(
        name="a trip that starts after midnight is of its own day at both ends",
        why="00:05 today of today's service, and 24:05 of nobody's: T1 is written 00:05.",
        files={"stop_times": CALLS + "T1,00:05:00,00:05:00,A,1\nT1,00:15:00,00:15:00,B,2"},
        answers={"A>B": "00:05 00:15 x1"},
    ),
    Rule(
        name="a trip that starts after 24 h runs tonight and ran last night",
        why="24:05 to 24:15 of every day: that of the day before is at 00:05.",
        files={"stop_times": CALLS + "T1,24:05:00,24:05:00,A,1\nT1,24:15:00,24:15:00,B,2"},
        answers={"A>B": "00:05 00:15 x1; 24:05 24:15 x1"},
    ),
    Rule(
        name="a trip that goes back in time is not ridden",
        why="T1 comes to B before it leaves A; T2 is whole.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,07:50:00,07:50:00,B,2
                 T2,09:00:00,09:00:00,A,1
                 T2,09:10:00,09:10:00,B,2"""
        },
        answers={"A>B": "09:00 09:10 x1"},
    ),
    Rule(
        name="a trip of one call is not ridden",
        why="T1 calls at A alone; T2 is whole.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T2,09:00:00,09:00:00,A,1
                 T2,09:10:00,09:10:00,B,2"""
        },
        answers={"A>B": "09:00 09:10 x1"},
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_every_engine_answers_as_by_hand(tmp_path, rule):
    assert_rule_holds(rule, tmp_path)
