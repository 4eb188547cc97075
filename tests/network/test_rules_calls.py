"""Rules of GTFS on calls and trips: a feed each, answers by hand, every engine asked."""

import pytest

from tests.builders.rule_feeds import CALLS, Rule, assert_rule_holds

TYPES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"


def calls_of_b(pickup, drop_off):
    """A to B to C, ten minutes each, with the types of B."""
    return {
        "stop_times": TYPES
        + f"""T1,08:00:00,08:00:00,A,1,0,0
              T1,08:10:00,08:10:00,B,2,{pickup},{drop_off}
              T1,08:20:00,08:20:00,C,3,0,0"""
    }


OUT_AT_B, ON_AT_B, PAST_B = (
    {"A>B": "08:00 08:10 x1"},
    {"B>C": "08:10 08:20 x1"},
    {"A>C": "08:00 08:20 x1"},
)
A_TO_B = CALLS + "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:10:00,B,2\n"

RULES = [
    Rule(
        name="pickup_type 1 lets nobody on",
        why="B may be left there, and ridden through, but not boarded.",
        files=calls_of_b(1, 0),
        answers={**OUT_AT_B, "B>C": "", **PAST_B},
    ),
    Rule(
        name="drop_off_type 1 lets nobody off",
        why="B may be boarded, and ridden through, but not left.",
        files=calls_of_b(0, 1),
        answers={"A>B": "", **ON_AT_B, **PAST_B},
    ),
    Rule(
        name="a call that is closed both ways is ridden through",
        why="Both types of B are 1.",
        files=calls_of_b(1, 1),
        answers={"A>B": "", "B>C": "", **PAST_B},
    ),
    Rule(
        name="types 2 and 3 are boarded and left by arrangement",
        why="Phone the agency, ask the driver: the trip can be ridden.",
        files=calls_of_b(2, 3),
        answers={**OUT_AT_B, **ON_AT_B, **PAST_B},
    ),
    Rule(
        name="types 3 and 2 are boarded and left by arrangement",
        why="The same the other way round.",
        files=calls_of_b(3, 2),
        answers={**OUT_AT_B, **ON_AT_B, **PAST_B},
    ),
    Rule(
        name="blank types are regular",
        why="Blank is 0.",
        files=calls_of_b("", ""),
        answers={**OUT_AT_B, **ON_AT_B, **PAST_B},
    ),
    Rule(
        name="a pickup at the last call and a drop-off at the first lead nowhere",
        why="""Nobody rides from C, nor to A, whatever is allowed there, and whoever gets on T1
            at C does not get into T2 that leaves D then.""",
        files={
            "stop_times": TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:20:00,08:20:00,C,2,0,0
                 T2,08:20:00,08:20:00,D,1,0,0
                 T2,08:30:00,08:30:00,E,2,0,0"""
        },
        answers={"A>C": "08:00 08:20 x1", "C>A": "", "C>E": "", "A>E": ""},
    ),
    Rule(
        name="a trip may open its doors for getting on at first and for getting off at the end",
        why="An express: A and B to get on, C and D to get off; from A to B there is no ride.",
        files={
            "stop_times": TYPES
            + """T1,08:00:00,08:00:00,A,1,0,1
                 T1,08:10:00,08:10:00,B,2,0,1
                 T1,08:20:00,08:20:00,C,3,1,0
                 T1,08:30:00,08:30:00,D,4,1,0"""
        },
        answers={
            "A>B": "",
            "C>D": "",
            "A>C": "08:00 08:20 x1",
            "B>D": "08:10 08:30 x1",
        },
    ),
    Rule(
        name="one of two trips with the same calls may be closed where the other is open",
        why="At B one gets on T2 alone; at A on both.",
        files={
            "stop_times": TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:10:00,08:10:00,B,2,1,0
                 T1,08:20:00,08:20:00,C,3,0,0
                 T2,08:30:00,08:30:00,A,1,0,0
                 T2,08:40:00,08:40:00,B,2,0,0
                 T2,08:50:00,08:50:00,C,3,0,0"""
        },
        answers={
            "B>C": "08:40 08:50 x1",
            "A>C": "08:00 08:20 x1; 08:30 08:50 x1",
        },
    ),
    Rule(
        name="a trip that overtakes another is taken though it leaves later",
        why="""T1 leaves A first and is last at C. From A only T2 counts; from B, T2 passes at
            08:15 and T1 at 08:20 with nothing after it.""",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:20:00,08:20:00,B,2
                 T1,08:40:00,08:40:00,C,3
                 T2,08:10:00,08:10:00,A,1
                 T2,08:15:00,08:15:00,B,2
                 T2,08:20:00,08:20:00,C,3"""
        },
        answers={
            "A>B": "08:10 08:15 x1",
            "A>C": "08:10 08:20 x1",
            "B>C": "08:15 08:20 x1; 08:20 08:40 x1",
        },
    ),
    Rule(
        name="one changes from a trip into another of its line that overtakes it",
        why="""T2 left A at 07:50, stands long before B and leaves it at 08:10, after T1 came at
            08:05: C is reached at 08:20 with a change, at 08:40 without.""",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:05:00,08:05:00,B,2
                 T1,08:40:00,08:40:00,C,3
                 T2,07:50:00,07:50:00,A,1
                 T2,08:10:00,08:10:00,B,2
                 T2,08:20:00,08:20:00,C,3"""
        },
        answers={
            "A>C": "07:50 08:20 x1; 08:00 08:20 x2; 08:00 08:40 x1",
            "A>B": "08:00 08:05 x1",
        },
    ),
    Rule(
        name="a loop that comes by again is boarded as late as possible",
        why="A is called at 08:00 and 08:15: for D the second call, for B the first.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:05:00,08:05:00,B,2
                 T1,08:10:00,08:10:00,C,3
                 T1,08:15:00,08:15:00,A,4
                 T1,08:20:00,08:20:00,D,5"""
        },
        answers={
            "A>D": "08:15 08:20 x1",
            "A>B": "08:00 08:05 x1",
            "B>A": "08:05 08:15 x1",
            "C>D": "08:10 08:20 x1",
            "C>B": "",
        },
    ),
    Rule(
        name="a line that goes round twice is boarded and left at either call",
        why="A, B, A, B, C ten minutes apart from 08:00.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:00,08:10:00,B,2
                 T1,08:20:00,08:20:00,A,3
                 T1,08:30:00,08:30:00,B,4
                 T1,08:40:00,08:40:00,C,5"""
        },
        answers={
            "A>B": "08:00 08:10 x1; 08:20 08:30 x1",
            "B>A": "08:10 08:20 x1",
            "B>C": "08:30 08:40 x1",
            "A>C": "08:20 08:40 x1",
        },
    ),
    Rule(
        name="a loop closed at its second call is boarded at its first",
        why="As the loop above, but nobody gets on at A at 08:15, nor off.",
        files={
            "stop_times": TYPES
            + """T1,08:00:00,08:00:00,A,1,0,0
                 T1,08:10:00,08:10:00,B,2,0,0
                 T1,08:15:00,08:15:00,A,3,1,1
                 T1,08:20:00,08:20:00,D,4,0,0"""
        },
        answers={"A>D": "08:00 08:20 x1", "B>A": "", "B>D": "08:10 08:20 x1"},
    ),
    Rule(
        name="a stop called twice in a row is one stop",
        why="B is reached at the first call, left at the second.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:05:00,08:05:00,B,2
                 T1,08:09:00,08:09:00,B,3
                 T1,08:12:00,08:12:00,C,4"""
        },
        answers={"A>B": "08:00 08:05 x1", "B>C": "08:09 08:12 x1", "A>C": "08:00 08:12 x1"},
    ),
    Rule(
        name="of two routes with the same stops the better one is ridden",
        why="R2's trip leaves later and is there as soon as R1's; a third leaves last.",
        files={
            "trips": "route_id,service_id,trip_id\nR1,ALL,T1\nR2,ALL,T2\nR1,ALL,T3",
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:30:00,08:30:00,B,2
                 T2,08:10:00,08:10:00,A,1
                 T2,08:30:00,08:30:00,B,2
                 T3,08:20:00,08:20:00,A,1
                 T3,08:50:00,08:50:00,B,2""",
        },
        answers={"A>B": "08:10 08:30 x1; 08:20 08:50 x1"},
    ),
    Rule(
        name="two trips of the same times are one way",
        why="T1 and T2 are alike to the second.",
        files={"stop_times": A_TO_B + "T2,08:00:00,08:00:00,A,1\nT2,08:10:00,08:10:00,B,2"},
        answers={"A>B": "08:00 08:10 x1"},
    ),
    Rule(
        name="more rides stay only where they save time",
        why="""Direct 08:00 to 08:40; over B 08:00 to 08:30; over B and D the same 08:30 with a
            third ride, which is not better.""",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:40:00,08:40:00,C,2
                 T2,08:00:00,08:00:00,A,1
                 T2,08:10:00,08:10:00,B,2
                 T3,08:10:00,08:10:00,B,1
                 T3,08:30:00,08:30:00,C,2
                 T4,08:10:00,08:10:00,B,1
                 T4,08:20:00,08:20:00,D,2
                 T5,08:20:00,08:20:00,D,1
                 T5,08:30:00,08:30:00,C,2"""
        },
        answers={"A>C": "08:00 08:30 x2; 08:00 08:40 x1", "A>D": "08:00 08:20 x2"},
    ),
    Rule(
        name="wheelchair and bicycle flags keep nobody out who does not ask",
        why="Both stops and the trip say that neither is possible.",
        files={
            "stops": """stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding
                        A,A,48.0,2.3,2
                        B,B,48.1,2.3,2""",
            "trips": "route_id,service_id,trip_id,wheelchair_accessible,bikes_allowed\n"
            "R1,ALL,T1,2,2",
            "stop_times": A_TO_B,
        },
        answers={"A>B": "08:00 08:10 x1", "B>A": ""},
    ),
    Rule(
        name="both directions of a route are rides of their own",
        why="T1 goes there, T2 comes back.",
        files={
            "trips": "route_id,service_id,trip_id,direction_id\nR1,ALL,T1,0\nR1,ALL,T2,1",
            "stop_times": A_TO_B + "T2,08:30:00,08:30:00,B,1\nT2,08:40:00,08:40:00,A,2",
        },
        answers={"A>B": "08:00 08:10 x1", "B>A": "08:30 08:40 x1"},
    ),
    Rule(
        name="a call at an unknown stop is passed by and the trip goes on",
        why="X is in no stops.txt: A to B is ridden past it.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:05:00,08:05:00,X,2
                 T1,08:10:00,08:10:00,B,3"""
        },
        answers={"A>B": "08:00 08:10 x1"},
    ),
    Rule(
        name="a trip of an unknown route is not ridden",
        why="T1 is of R9, which routes.txt does not have.",
        files={
            "trips": "route_id,service_id,trip_id\nR9,ALL,T1\nR1,ALL,T2",
            "stop_times": A_TO_B + "T2,09:00:00,09:00:00,A,1\nT2,09:10:00,09:10:00,B,2",
        },
        answers={"A>B": "09:00 09:10 x1"},
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_every_engine_answers_as_by_hand(tmp_path, rule):
    assert_rule_holds(rule, tmp_path)
