"""Rules of GTFS on dates and midnight: a feed each, answers by hand, every engine asked."""

import datetime as dt

import pytest

from tests.builders.rule_feeds import CALLS, Rule, assert_rule_holds

WEEK = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
DATES = "service_id,date,exception_type\n"
EVERY_DAY = "ALL,1,1,1,1,1,1,1,20240101,20241231\n"

# T1 is of the service in question, T2 runs every day an hour later.
TWO = {
    "trips": "route_id,service_id,trip_id\nR1,WK,T1\nR1,ALL,T2",
    "stop_times": CALLS
    + """T1,08:00:00,08:00:00,A,1
         T1,08:10:00,08:10:00,B,2
         T2,09:00:00,09:00:00,A,1
         T2,09:10:00,09:10:00,B,2""",
}
BOTH = {"A>B": "08:00 08:10 x1; 09:00 09:10 x1"}
ONE = {"A>B": "09:00 09:10 x1"}


def on(weekdays, first, last):
    """A calendar in which T1's service runs on some weekdays, given as seven digits."""
    return {
        **TWO,
        "calendar": f"{WEEK}{EVERY_DAY}WK,{','.join(weekdays)},{first},{last}",
    }


MAY_WEEK = on("1111111", "20240513", "20240517")
WEEKDAYS = on("1111100", "20240101", "20241231")

# One trip of the night, on the 14th or the 15th of May; T2 keeps the other days in service.
NIGHT = (
    CALLS
    + """T1,24:50:00,24:50:00,A,1
                   T1,25:10:00,25:10:00,B,2
                   T2,12:00:00,12:00:00,A,1
                   T2,12:10:00,12:10:00,B,2"""
)


def night_of(*days, stop_times=NIGHT, **files):
    return {
        "trips": TWO["trips"],
        "stop_times": stop_times,
        "calendar": WEEK + EVERY_DAY,
        "calendar_dates": DATES + "".join(f"WK,{day},1\n" for day in days),
        **files,
    }


ACROSS = (
    CALLS
    + """T1,23:50:00,23:50:00,A,1
                    T1,24:10:00,24:10:00,B,2
                    T1,24:30:00,24:30:00,C,3
                    T2,12:00:00,12:00:00,A,1
                    T2,12:10:00,12:10:00,B,2"""
)

RULES = [
    Rule(
        name="the night after the last day of a calendar runs, on a date without service",
        why="""T1 of Wednesday the 15th leaves at 0:50 of the 16th, on which no service runs.""",
        files={
            "trips": "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2",
            "stop_times": NIGHT,
            "calendar": "",
            "calendar_dates": DATES + "WK,20240515,1",
        },
        day=dt.date(2024, 5, 16),
        answers={"A>B": "00:50 01:10 x1"},
    ),
    Rule(
        name="the first day of a calendar counts",
        why="start_date is Monday the 13th, which is asked: T1 runs beside T2.",
        files=MAY_WEEK,
        day=dt.date(2024, 5, 13),
        answers=BOTH,
    ),
    Rule(
        name="the last day of a calendar counts",
        why="end_date is Friday the 17th, which is asked.",
        files=MAY_WEEK,
        day=dt.date(2024, 5, 17),
        answers=BOTH,
    ),
    Rule(
        name="the day before the first is without service",
        why="Sunday the 12th is not of the calendar though all its weekdays run: T2 alone.",
        files=MAY_WEEK,
        day=dt.date(2024, 5, 12),
        answers=ONE,
    ),
    Rule(
        name="the day after the last is without service",
        why="The same for Saturday the 18th.",
        files=MAY_WEEK,
        day=dt.date(2024, 5, 18),
        answers=ONE,
    ),
    Rule(
        name="a weekday that is 0 does not run",
        why="The 18th of May 2024 is a Saturday.",
        files=WEEKDAYS,
        day=dt.date(2024, 5, 18),
        answers=ONE,
    ),
    Rule(
        name="a calendar alone is enough",
        why="There is no calendar_dates.txt; the 15th of May 2024 is a Wednesday.",
        files=WEEKDAYS,
        answers=BOTH,
    ),
    Rule(
        name="an exception adds a day",
        why="A Saturday is added to a calendar of weekdays.",
        files={**WEEKDAYS, "calendar_dates": DATES + "WK,20240518,1"},
        day=dt.date(2024, 5, 18),
        answers=BOTH,
    ),
    Rule(
        name="an exception adds a day outside of the calendar",
        why="The 20th is three days after end_date.",
        files={**MAY_WEEK, "calendar_dates": DATES + "WK,20240520,1"},
        day=dt.date(2024, 5, 20),
        answers=BOTH,
    ),
    Rule(
        name="an exception removes a day",
        why="Wednesday the 15th is removed.",
        files={**WEEKDAYS, "calendar_dates": DATES + "WK,20240515,2"},
        answers=ONE,
    ),
    Rule(
        name="a holiday swaps one service for another",
        why="WK is removed and SU, which no calendar names, added: T3 at 10:00 and T2 run.",
        files={
            "trips": "route_id,service_id,trip_id\nR1,WK,T1\nR1,ALL,T2\nR1,SU,T3",
            "stop_times": TWO["stop_times"]
            + "\nT3,10:00:00,10:00:00,A,1\nT3,10:10:00,10:10:00,B,2",
            "calendar": WEEKDAYS["calendar"],
            "calendar_dates": DATES + "WK,20240515,2\nSU,20240515,1",
        },
        answers={"A>B": "09:00 09:10 x1; 10:00 10:10 x1"},
    ),
    Rule(
        name="a feed without a calendar runs by its dates",
        why="There is no calendar.txt; both services are given the 15th, WK the 14th too.",
        files={
            **TWO,
            "calendar": "",
            "calendar_dates": DATES + "WK,20240514,1\nWK,20240515,1\nALL,20240515,1",
        },
        answers=BOTH,
    ),
    Rule(
        name="a feed without a calendar does not run on other days",
        why="Only T2 is given the 15th.",
        files={
            **TWO,
            "calendar": "",
            "calendar_dates": DATES + "WK,20240514,1\nALL,20240515,1",
        },
        answers=ONE,
    ),
    Rule(
        name="calendar_dates without a row change nothing",
        why="The file holds its header alone.",
        files={**WEEKDAYS, "calendar_dates": DATES},
        answers=BOTH,
    ),
    Rule(
        name="a trip past midnight runs with the day before",
        why="T1 is of the 14th: 24:50 to 25:10 are 00:50 to 01:10 of the 15th.",
        files=night_of("20240514"),
        answers={"A>B": "00:50 01:10 x1; 12:00 12:10 x1"},
    ),
    Rule(
        name="times above 24 h belong to the day they started",
        why="T1 is of the 15th, whose day goes on past 24:00; the 14th has no T1.",
        files=night_of("20240515"),
        answers={"A>B": "12:00 12:10 x1; 24:50 25:10 x1"},
    ),
    Rule(
        name="a night trip of every day runs at both ends of the day",
        why="That of the 14th at 00:50, that of the 15th at 24:50.",
        files=night_of("20240514", "20240515"),
        answers={"A>B": "00:50 01:10 x1; 12:00 12:10 x1; 24:50 25:10 x1"},
    ),
    Rule(
        name="a service that ended yesterday runs on past midnight",
        why="end_date is the 14th, and its night trip comes at 01:10 of the 15th.",
        files={
            **night_of(),
            "calendar": f"{WEEK}{EVERY_DAY}WK,1,1,1,1,1,1,1,20240513,20240514",
        },
        answers={"A>B": "00:50 01:10 x1; 12:00 12:10 x1"},
    ),
    Rule(
        name="a trip that set out before midnight is boarded after it",
        why="T1 of the 14th left A at 23:50 before the day began; at B it leaves at 00:10.",
        files=night_of("20240514", stop_times=ACROSS),
        answers={"A>B": "12:00 12:10 x1", "B>C": "00:10 00:30 x1", "A>C": ""},
    ),
    Rule(
        name="a trip across midnight is ridden whole on its own day",
        why="T1 of the 15th: 23:50 at A, 24:10 at B, 24:30 at C.",
        files=night_of("20240515", stop_times=ACROSS),
        answers={
            "A>B": "12:00 12:10 x1; 23:50 24:10 x1",
            "B>C": "24:10 24:30 x1",
            # T2 comes to B at 12:10, in time for T1 there, but A need not be left so early.
            "A>C": "23:50 24:30 x1",
        },
    ),
    Rule(
        name="a trip of the night is changed into one of the morning",
        why="T1 of the 14th is at B at 01:10; T2 of the 15th leaves there at 01:15.",
        files=night_of(
            "20240514",
            stop_times=CALLS
            + """T1,24:50:00,24:50:00,A,1
                 T1,25:10:00,25:10:00,B,2
                 T2,01:15:00,01:15:00,B,1
                 T2,01:25:00,01:25:00,C,2""",
        ),
        answers={"A>C": "00:50 01:25 x2", "A>B": "00:50 01:10 x1"},
    ),
    Rule(
        name="departures of a frequency past midnight run with the day before",
        why="Of 23:30, 24:00 and 24:30 of the 14th the first is over before the 15th begins.",
        files={
            "stop_times": CALLS + "T1,06:00:00,06:00:00,A,1\nT1,06:20:00,06:20:00,B,2",
            "frequencies": "trip_id,start_time,end_time,headway_secs\nT1,23:30:00,25:00:00,1800",
        },
        answers={
            "A>B": """00:00 00:20 x1; 00:30 00:50 x1
                      23:30 23:50 x1; 24:00 24:20 x1; 24:30 24:50 x1"""
        },
    ),
    Rule(
        name="clocks put forward leave the times of the day alone",
        why="Times count from noon less 12 h, so that 09:00 is 09:00 on the 31st of March too.",
        files=TWO | {"calendar": WEEK + EVERY_DAY + "WK,1,1,1,1,1,1,1,20240101,20241231"},
        day=dt.date(2024, 3, 31),
        answers=BOTH,
    ),
    Rule(
        name="a night in which clocks are put forward is an hour shorter",
        why="Noon of the 30th to noon of the 31st is 23 h: 24:50 less 23:00 is 01:50.",
        files=night_of("20240330"),
        day=dt.date(2024, 3, 31),
        answers={"A>B": "01:50 02:10 x1; 12:00 12:10 x1"},
    ),
    Rule(
        name="a night in which clocks are put back is an hour longer",
        why="""Noon of the 26th to noon of the 27th of October is 25 h: T1 left A ten minutes
            before the day began, and is at B at 25:10 less 25:00, at C at 25:30 less 25:00.""",
        files=night_of(
            "20241026",
            stop_times=CALLS
            + """T1,24:50:00,24:50:00,A,1
                 T1,25:10:00,25:10:00,B,2
                 T1,25:30:00,25:30:00,C,3
                 T2,12:00:00,12:00:00,A,1
                 T2,12:10:00,12:10:00,B,2""",
        ),
        day=dt.date(2024, 10, 27),
        answers={"A>B": "12:00 12:10 x1", "B>C": "00:10 00:30 x1", "A>C": ""},
    ),
    Rule(
        name="the night after a change of clocks is a night like others",
        why="Noon of the 31st of March to noon of the 1st of April is 24 h.",
        files=night_of("20240331"),
        day=dt.date(2024, 4, 1),
        answers={"A>B": "00:50 01:10 x1; 12:00 12:10 x1"},
    ),
    Rule(
        name="a feed of a place whose clocks never change has nights of 24 h",
        why="In Mexico City the 31st of March 2024 is a day like others.",
        files={
            **night_of("20240330"),
            "agency": "agency_id,agency_name,agency_url,agency_timezone\n"
            "X,X,http://x,America/Mexico_City",
        },
        day=dt.date(2024, 3, 31),
        answers={"A>B": "00:50 01:10 x1; 12:00 12:10 x1"},
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_every_engine_answers_as_by_hand(tmp_path, rule):
    assert_rule_holds(rule, tmp_path)
