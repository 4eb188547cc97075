"""Rules of transfers.txt: a feed each, answers by hand, every engine asked."""

import pytest

from tests.builders.rule_feeds import CALLS, CHANGES, Rule, assert_rule_holds

# T1 of route R1 comes to B at 08:10. From B go T2 at 08:12 and T3 at 08:32, both of R2, and T4 of
# R3 at 08:22; each takes 8 minutes to C. So the time that a change takes shows in the arrival.
TRIPS = "route_id,service_id,trip_id\nR1,ALL,T1\nR2,ALL,T2\nR2,ALL,T3\nR3,ALL,T4"
AT_ONE_STOP = (
    CALLS
    + """T1,08:00:00,08:00:00,A,1
                         T1,08:10:00,08:10:00,B,2
                         T2,08:12:00,08:12:00,B,1
                         T2,08:20:00,08:20:00,C,2
                         T4,08:22:00,08:22:00,B,1
                         T4,08:30:00,08:30:00,C,2
                         T3,08:32:00,08:32:00,B,1
                         T3,08:40:00,08:40:00,C,2"""
)
# The same with the departures at D, 0.0018 degrees (200.15 m) north of B: times 1.3 at 1.2 m/s
# that is a walk of 216.8 s, rounded up to 217.
STOPS = """stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
           A,A,48.0,2.3,0,
           B,B,48.1,2.3,0,
           C,C,48.2,2.3,0,
           D,D,48.1018,2.3,0,"""
STATION = STOPS.replace("B,B,48.1,2.3,0,", "B,B,48.1,2.3,0,P").replace(
    "D,D,48.1018,2.3,0,", "D,D,48.1018,2.3,0,P\nP,P,48.1009,2.3,1,"
)
TWO_STATIONS = STATION.replace("48.1018,2.3,0,P", "48.1018,2.3,0,Q") + "\nQ,Q,48.1018,2.3,1,"
# 0.018 degrees are 2001.5 m: 2168.3 s, rounded up to 2169.
FAR = STOPS.replace("48.1018", "48.118")
AT_TWO_STOPS = AT_ONE_STOP.replace(",B,1\n", ",D,1\n")

EIGHT_TWENTY, EIGHT_THIRTY, EIGHT_FORTY, NEVER = (
    {"A>C": answer} for answer in ("08:00 08:20 x2", "08:00 08:30 x2", "08:00 08:40 x2", "")
)


def changes(*rows, stop_times=AT_ONE_STOP, **files):
    return {
        "trips": TRIPS,
        "stop_times": stop_times,
        "transfers": CHANGES + "\n".join(rows) if rows else "",
        **files,
    }


def walks(*rows, stops=STOPS, stop_times=AT_TWO_STOPS):
    return changes(*rows, stop_times=stop_times, stops=stops)


def at_seconds(leaves):
    """The trips of D with T2 at a second of its own; T4 and T3 follow."""
    return AT_TWO_STOPS.replace("T2,08:12:00,08:12:00", f"T2,{leaves},{leaves}")


ONE_STOP = [
    ("without a rule a change at one stop takes no time", "08:12 is caught.", (), EIGHT_TWENTY),
    (
        "a minimum time at one stop that is just enough is kept",
        "08:10 and 120 s are 08:12.",
        ("B,B,2,120,,,,",),
        EIGHT_TWENTY,
    ),
    (
        "a minimum time at one stop a second too long misses the next one",
        "08:12:01 is after T2; T4 at 08:22 is next.",
        ("B,B,2,121,,,,",),
        EIGHT_THIRTY,
    ),
    (
        "a minimum time does not hold for the ends of a way",
        "Who starts at B or ends there does not change.",
        ("B,B,2,3600,,,,",),
        {"A>B": "08:00 08:10 x1", "B>C": "08:12 08:20 x1; 08:22 08:30 x1; 08:32 08:40 x1"},
    ),
    ("type 0 at one stop takes no time", "It recommends.", ("B,B,0,,,,,",), EIGHT_TWENTY),
    ("a blank type is 0", "It recommends.", ("B,B,,,,,,",), EIGHT_TWENTY),
    ("type 1 at one stop takes no time", "T2 waits for T1.", ("B,B,1,,,,,",), EIGHT_TWENTY),
    (
        "a minimum time counts with type 2 alone",
        "Types 0 and 1 have none, whatever the column says.",
        ("B,B,0,900,,,,", "A,A,1,900,,,,"),
        EIGHT_TWENTY,
    ),
    ("type 2 without a time takes none", "Nothing to wait for.", ("B,B,2,,,,,",), EIGHT_TWENTY),
    ("type 3 at one stop forbids the change", "No way is left.", ("B,B,3,,,,,",), NEVER),
    (
        "a negative minimum time is no rule",
        "The row is set aside: no time, not less than none.",
        ("B,B,2,-60,,,,",),
        EIGHT_TWENTY,
    ),
    (
        "a rule of an unknown stop is no rule",
        "X is not in stops.txt.",
        ("B,X,2,900,,,,", "X,B,3,,,,,"),
        EIGHT_TWENTY,
    ),
    (
        "a rule for two routes holds between them alone",
        "From R1 into R2 takes 15 minutes, T3; T4 is of R3 and caught at 08:22.",
        ("B,B,2,900,R1,R2,,",),
        EIGHT_THIRTY,
    ),
    (
        "a rule for two routes does not hold the other way round",
        "From R2 into R1 is another change.",
        ("B,B,3,,R2,R1,,",),
        EIGHT_TWENTY,
    ),
    (
        "a rule from a route holds into all",
        "15 minutes from R1: 08:25, T3.",
        ("B,B,2,900,R1,,,",),
        EIGHT_FORTY,
    ),
    (
        "a rule into a route holds from all",
        "Into R2 forbidden: T4 remains.",
        ("B,B,3,,,R2,,",),
        EIGHT_THIRTY,
    ),
    (
        "a rule for two routes goes before the stop's",
        "The stop asks for 15 minutes, R1 into R2 for one.",
        ("B,B,2,900,,,,", "B,B,2,60,R1,R2,,"),
        EIGHT_TWENTY,
    ),
    (
        "a rule for two routes goes before one for a route",
        "R1 into all is forbidden, R1 into R3 allowed in a minute.",
        ("B,B,3,,R1,,,", "B,B,2,60,R1,R3,,"),
        EIGHT_THIRTY,
    ),
    (
        "a rule for two trips holds between them alone",
        "T1 into T2 is forbidden, T4 is next.",
        ("B,B,3,,,,T1,T2",),
        EIGHT_THIRTY,
    ),
    (
        "a rule for two trips goes before one for two routes",
        "R1 into R2 takes 15 minutes, T1 into T2 one.",
        ("B,B,2,900,R1,R2,,", "B,B,2,60,,,T1,T2"),
        EIGHT_TWENTY,
    ),
    (
        "a rule for a trip goes before one for two routes",
        "R1 into R2 takes a minute, but into T2 nobody changes; T3 is 2 minutes too late.",
        ("B,B,2,60,R1,R2,,", "B,B,3,,,,,T2", "B,B,3,,,R3,,"),
        EIGHT_FORTY,
    ),
    (
        "a rule for a trip and a route goes before one for a trip",
        "T1 changes nowhere but into R3.",
        ("B,B,3,,,,T1,", "B,B,2,60,,R3,T1,"),
        EIGHT_THIRTY,
    ),
]

RULES = [
    Rule(name=name, why=why, files=changes(*rows), answers=answers)
    for name, why, rows, answers in ONE_STOP
] + [
    Rule(
        name="a forbidden change does not touch who stays on board",
        why="T1 goes on from B to C at 08:15: nobody changes there.",
        files=changes(
            "B,B,3,,,,,",
            stop_times=AT_ONE_STOP.replace("T2", "T1,08:15:00,08:15:00,C,3\n T2", 1),
        ),
        answers={"A>C": "08:00 08:15 x1"},
    ),
    Rule(
        name="a rule for a trip holds for every departure of its frequency",
        why="T2 leaves B at 08:12 and 08:17, both forbidden from T1; T4 is caught at 08:22.",
        files=changes(
            "B,B,3,,,,T1,T2",
            frequencies="trip_id,start_time,end_time,headway_secs\nT2,08:12:00,08:22:00,300",
        ),
        answers=EIGHT_THIRTY,
    ),
    Rule(
        name="without a rule a near stop is a walk away",
        why="08:10 and 217 s are 08:13:37: T2 of 08:12 is missed, T4 caught.",
        files=walks(),
        answers=EIGHT_THIRTY,
    ),
    Rule(
        name="a walk that is just short enough is made",
        why="T2 leaves D at 08:13:37.",
        files=walks(stop_times=at_seconds("08:13:37")),
        answers=EIGHT_TWENTY,
    ),
    Rule(
        name="a walk a second too long is not made",
        why="T2 leaves D at 08:13:36.",
        files=walks(stop_times=at_seconds("08:13:36")),
        answers=EIGHT_THIRTY,
    ),
    Rule(
        name="a minimum time longer than the walk holds",
        why="15 minutes in place of 217 s: T3.",
        files=walks("B,D,2,900,,,,"),
        answers=EIGHT_FORTY,
    ),
    Rule(
        name="a minimum time shorter than the walk holds",
        why="The feed says that a minute is enough: T2.",
        files=walks("B,D,2,60,,,,"),
        answers=EIGHT_TWENTY,
    ),
    Rule(
        name="type 3 between two stops forbids the walk",
        why="Nothing goes on from B.",
        files=walks("B,D,3,,,,,"),
        answers=NEVER,
    ),
    Rule(
        name="a rule between two stops holds one way",
        why="From D to B is forbidden; T1 needs the other way.",
        files=walks("D,B,3,,,,,"),
        answers=EIGHT_THIRTY,
    ),
    Rule(
        name="types 0 and 1 between near stops leave the walk as it is",
        why="217 s as without a rule.",
        files=walks("B,D,0,,,,,", "D,B,1,,,,,"),
        answers=EIGHT_THIRTY,
    ),
    Rule(
        name="far stops are not joined unless a rule does",
        why="2169 s are beyond the 10 minutes that are walked between stops.",
        files=walks(stops=FAR),
        answers=NEVER,
    ),
    Rule(
        name="type 0 joins far stops by a walk",
        why="08:10 and 2169 s are 08:46:09: T2 leaves then, and takes until 08:50.",
        files=walks(
            "B,D,0,,,,,",
            stops=FAR,
            stop_times=at_seconds("08:46:09").replace(
                "T2,08:20:00,08:20:00", "T2,08:50:00,08:50:00"
            ),
        ),
        answers={"A>C": "08:00 08:50 x2"},
    ),
    Rule(
        name="type 2 joins far stops in its time",
        why="Two minutes, by whatever shuttle: T2.",
        files=walks("B,D,2,120,,,,", stops=FAR),
        answers=EIGHT_TWENTY,
    ),
    Rule(
        name="a rule within a station holds between its stops",
        why="P to P takes 15 minutes: B to D is of it.",
        files=walks("P,P,2,900,,,,", stops=STATION),
        answers=EIGHT_FORTY,
    ),
    Rule(
        name="a rule of a station to itself holds at each of its stops",
        why="The departures are at B itself; P to P forbids.",
        files=changes("P,P,3,,,,,", stops=STATION),
        answers=NEVER,
    ),
    Rule(
        name="a rule of a stop goes before that of its station",
        why="P to P is forbidden, B to D takes a minute.",
        files=walks("P,P,3,,,,,", "B,D,2,60,,,,", stops=STATION),
        answers=EIGHT_TWENTY,
    ),
    Rule(
        name="a rule between two stations holds between their stops",
        why="P (B) to Q (D) takes 15 minutes.",
        files=walks("P,Q,2,900,,,,", stops=TWO_STATIONS),
        answers=EIGHT_FORTY,
    ),
    Rule(
        name="a rule from a stop to a station holds for the stops of the station",
        why="B to Q takes a minute.",
        files=walks("B,Q,2,60,,,,", stops=TWO_STATIONS),
        answers=EIGHT_TWENTY,
    ),
    Rule(
        name="a rule for routes between stations holds for those routes",
        why="R1 at P into R3 at Q is forbidden; T3 of R2 is walked to.",
        files=walks("P,Q,3,,R1,R3,,", stops=TWO_STATIONS),
        answers=EIGHT_FORTY,
    ),
    Rule(
        name="a rule for trips between stops allows one of them alone",
        why="The walk is forbidden, but T1 and T2 meet: the walk's 217 s would miss T2, 60 s do.",
        files=walks("B,D,3,,,,,", "B,D,2,60,,,T1,T2"),
        answers=EIGHT_TWENTY,
    ),
    Rule(
        name="two walks are not made one after the other",
        why="B to D and D to C are near; C's departure would be in time after both, and is missed.",
        files={
            "stop_times": CALLS
            + """T1,08:00:00,08:00:00,A,1
                 T1,08:10:00,08:10:00,B,2
                 T2,09:00:00,09:00:00,C,1
                 T2,09:10:00,09:10:00,E,2
                 T3,07:00:00,07:00:00,D,1
                 T3,07:10:00,07:10:00,E,2""",
            "transfers": CHANGES + "B,D,2,60,,,,\nD,C,2,60,,,,",
        },
        answers={"A>E": "", "C>E": "09:00 09:10 x1"},
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_every_engine_answers_as_by_hand(tmp_path, rule):
    assert_rule_holds(rule, tmp_path)
