"""A problem as a document and as arrays: nothing is lost, every bad value is named."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from network.base import InputError
from solver.staggering import (
    Cohesion,
    EligibleShare,
    EmployerCap,
    Meeting,
    ObjectiveWeights,
    PlanRules,
    Presence,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.documents.plan_document import plan_document, read_start
from solver.staggering.documents.problem_document import (
    from_arrays,
    from_document,
    to_arrays,
    to_document,
)
from tests.reference.staggering_oracle import random_problem

EVERY_RULE = PlanRules(
    max_moved_people=1e6 / 3,
    max_moved_cohorts=3,
    max_shift_s=1800,
    max_burden_min=0.1 + 0.2,
    max_envy_min=2.5,
    no_employer_worse_off=True,
    worse_off_slack_min=0.7,
    max_changed_people=500,
    whole_cohorts=False,
    exempt=(3,),
    eligible=(EligibleShare(cohort=1, share=0.3),),
    caps=(EmployerCap(employer=1, max_moved_people=90.5),),
    presence=(
        Presence(
            name="accueil été",
            cohorts=(0, 2),
            work_s=(28_800, 30_000),
            from_s=-60,
            to_s=57_600,
            min_people=40.0,
        ),
    ),
    cohesion=(Cohesion(name="atelier", cohorts=(0, 1), max_spread_s=900),),
    meetings=(Meeting(name="relève", cohorts=(0, 3), work_s=(28_800, 28_800), common_s=7200),),
)


def full_problem() -> StaggeringProblem:
    problem = random_problem(3)
    cells, groups = problem.cells, problem.groups
    limits = np.full(len(cells), np.inf)
    limits[2] = 1e5 / 7
    return replace(
        problem,
        cohorts=replace(problem.cohorts, previous_slot=np.array([0, 1, 2, 1], dtype=np.int32)),
        groups=replace(groups, co2_kg=groups.free_min / 30),
        cells=replace(
            cells,
            limit_pax=limits,
            place=np.array([0, 0, 1, 1, 2, 2, 3], dtype=np.int32),
            window=np.array([4, 5, 4, 5, 4, 5, 0], dtype=np.int32),
        ),
        rules=EVERY_RULE,
        weights=ObjectiveWeights(moving=1 / 3, changed_min=0.25, co2_min_per_kg=2.0),
    )


def assert_same(first: StaggeringProblem, again: StaggeringProblem) -> None:
    np.testing.assert_array_equal(first.slot_start_s, again.slot_start_s)
    for name in ("cohorts", "groups", "cells"):
        for field in fields(getattr(first, name)):
            a = getattr(getattr(first, name), field.name)
            b = getattr(getattr(again, name), field.name)
            if isinstance(a, np.ndarray):
                assert a.dtype == b.dtype
                assert a.tobytes() == b.tobytes()
            else:
                assert a == b
    assert first.rules == again.rules
    assert first.weights == again.weights
    assert first.curve == again.curve


@pytest.mark.parametrize("build", [full_problem, lambda: random_problem(1)], ids=["full", "plain"])
def test_document_comes_back_to_the_last_bit(build: Callable[[], StaggeringProblem]) -> None:
    problem = build()
    text = json.dumps(to_document(problem), allow_nan=False)
    assert_same(problem, from_document(json.loads(text)))


@pytest.mark.parametrize("build", [full_problem, lambda: random_problem(1)], ids=["full", "plain"])
def test_arrays_come_back_to_the_last_bit(build: Callable[[], StaggeringProblem]) -> None:
    problem = build()
    arrays = to_arrays(problem)
    assert all(array.dtype.kind in "iuf" for array in arrays.values())
    assert_same(problem, from_arrays(arrays))


def test_rules_curve_and_weights_may_be_left_out() -> None:
    document = to_document(random_problem(1))
    for name in ("rules", "curve", "weights"):
        del document[name]
    read = from_document(document)
    assert read.rules == PlanRules()
    assert read.weights == ObjectiveWeights()
    assert read.curve.slope == 0.1


def set_at(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> None:
    at: Any = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "field", "expected"),
    [
        (("schema",), "other", "schema", '"creneau.staggering"'),
        (("version",), 2, "version", "1, the one version there is"),
        (("more",), 1, "more", "one of schema"),
        (("cohorts",), [], "cohorts", "a JSON object"),
        (("cohorts", "size", 2), "12", "cohorts.size[2]", "a finite number"),
        (("cohorts", "size", 2), -1.0, "cohorts.size[2]", "a finite number >= 0"),
        (("cohorts", "size", 1), True, "cohorts.size[1]", "a finite number"),
        (("cohorts", "size", 1), 10**400, "cohorts.size[1]", "a finite number"),
        (("cohorts", "base_slot", 0), 1.5, "cohorts.base_slot[0]", "an integer (int32)"),
        (("cohorts", "site", 0), 2**31, "cohorts.site[0]", "an integer (int32)"),
        (("cohorts", "ids", 3), "c0", "cohorts.ids[3]", "names that differ from each other"),
        (("cohorts", "ids", 3), 3, "cohorts.ids[3]", "a name in quotes"),
        (("groups", "cell", 5), 7, "groups.cell[5]", "an index from 0 to 6"),
        (("groups", "free_min"), None, "groups.free_min", "a list of finite numbers"),
        (("cells", "seats", 0), None, "cells.seats[0]", "a finite number"),
        (("cells", "place", 1), -1, "cells.place[1]", "an integer >= 0"),
        (("cells", "window"), [4, 5], "cells.window", "7 values"),
        (("cells", "window"), None, "cells.window", "place and window, or neither"),
        (("cells", "window", 3), 4, "cells.window[3]", "no place twice in one window"),
        (("curve", "slope"), -1, "curve.slope", "a number >= 0"),
        (("weights", "travel"), "1", "weights.travel", "a finite number"),
        (("weights", "speed"), 1, "weights.speed", "one of travel"),
        (("rules", "exempt", 0), "nobody", "rules.exempt[0]", "one of cohorts.ids"),
        (("rules", "whole_cohorts"), 1, "rules.whole_cohorts", "true or false"),
        (("rules", "caps", 0, "employer"), "z", "rules.caps[0].employer", "one of cohorts.emp"),
        (("rules", "cohesion", 0), 4, "rules.cohesion[0]", "a JSON object"),
        (
            ("rules", "presence", 0, "work_s", 1),
            2.5,
            "rules.presence[0].work_s[1]",
            "an integer",
        ),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_bad_value_is_named_with_its_path(
    path: tuple[str | int, ...], value: object, field: str, expected: str
) -> None:
    document = to_document(full_problem())
    set_at(document, path, value)
    with pytest.raises(InputError) as error:
        from_document(document, file="a.json")
    first = error.value.problems[0]
    assert (first.file, first.field) == ("a.json", field)
    assert first.expected.startswith(expected)
    assert first.mend


def test_all_bad_values_are_named_at_once() -> None:
    document = to_document(full_problem())
    document["cohorts"]["size"][0] = "a"
    document["cells"]["seats"][1] = "b"
    document["groups"]["cell"][2] = 0.5
    with pytest.raises(InputError) as error:
        from_document(document)
    assert [p.field for p in error.value.problems] == [
        "cohorts.size[0]",
        "groups.cell[2]",
        "cells.seats[1]",
    ]


def test_missing_key_of_a_rule_is_named() -> None:
    document = to_document(full_problem())
    del document["rules"]["meetings"][0]["common_s"]
    with pytest.raises(InputError) as error:
        from_document(document)
    assert error.value.problems[0].field == "rules.meetings[0].common_s"


def test_arrays_of_another_kind_are_refused_by_name() -> None:
    arrays = to_arrays(random_problem(1))
    arrays["cohorts.site"] = arrays["cohorts.site"] * 0.5
    arrays["extra"] = np.zeros(1)
    del arrays["cells.seats"]
    with pytest.raises(InputError) as error:
        from_arrays(arrays, file="a.npz")
    assert {p.field for p in error.value.problems} == {"cohorts.site", "extra", "cells.seats"}


def test_arrays_without_a_document_are_refused() -> None:
    arrays = to_arrays(random_problem(1))
    del arrays["document"]
    with pytest.raises(InputError) as error:
        from_arrays(arrays)
    assert error.value.problems[0].field == "document"


def test_plan_read_back_is_the_same_start() -> None:
    problem = random_problem(6)
    result = solve_staggering(problem)
    document = json.loads(json.dumps(plan_document(problem, result, with_routes=True)))
    start = read_start(document, problem)
    x = np.zeros(problem.cohorts.n_candidates)
    x[start.choices(problem)] = 1.0
    np.testing.assert_array_equal(x, result.x)
    np.testing.assert_array_equal(start.route_flow, result.route_flow)


def test_what_is_no_plan_is_refused_as_a_start() -> None:
    with pytest.raises(InputError) as error:
        read_start({"schema": "creneau.staggering"}, random_problem(6), file="p.json")
    assert error.value.problems[0].field == "schema"


def test_broken_rows_of_a_plan_are_named() -> None:
    problem = random_problem(6)
    document = plan_document(problem, solve_staggering(problem))
    document["plan"][1]["starts"] = [{"start_s": "08:00", "share": 1.0}]
    document["routes"] = [[0, "many"], 3]
    with pytest.raises(InputError) as error:
        read_start(document, problem)
    assert [p.field for p in error.value.problems] == [
        "plan[1].starts[0].start_s",
        "routes[0][1]",
        "routes[1]",
    ]
