"""The rules as inequalities: one function per family, each switched on by its record.

Every row carries the ``item`` it stands for (an employer, a cohort, a cell or a rule's place
in its list), so that a conflict can be told in words. Shares are ``x[c, j]``, people of a
cohort ``n_c``, its start in slot j ``s_j``, today's slot ``b``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.programs.parts import Parts, candidate_priced_min

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.staggering.programs.linear import ModelBuilder


def add_moved_at_most(builder: ModelBuilder, parts: Parts) -> None:
    """Move at most B people: ``sum_(c, j != base) n_c x[c, j] <= B``."""
    limit = parts.problem.rules.max_moved_people
    if np.isfinite(limit):
        row = sparse.csr_array(parts.matrices.moved_people[None, :])
        builder.add_rows("moved_at_most", [(parts.x, row)], upper=limit, n=1)


def add_cohorts_moved_at_most(builder: ModelBuilder, parts: Parts) -> None:
    """Move at most K cohorts: ``sum_(c, j != base) x[c, j] <= K``."""
    limit = parts.problem.rules.max_moved_cohorts
    if np.isfinite(limit):
        row = sparse.csr_array(parts.matrices.is_move.astype(np.float64)[None, :])
        builder.add_rows("cohorts_moved_at_most", [(parts.x, row)], upper=limit, n=1)


def add_largest_shift(builder: ModelBuilder, parts: Parts) -> None:
    """Shift nobody by more than D: ``sum_(j: |s_j - s_b| > D) x[c, j] <= 0`` for each c."""
    limit = parts.problem.rules.max_shift_s
    if not np.isfinite(limit):
        return
    far = np.abs(parts.matrices.shift_s) > limit
    _add_none_of(builder, parts, "largest_shift", far)


def add_exempt(builder: ModelBuilder, parts: Parts) -> None:
    """Leave exempt cohorts where they are: ``sum_(j != base) x[c, j] <= 0`` for each such c."""
    is_exempt = np.zeros(len(parts.problem.cohorts), dtype=np.bool_)
    is_exempt[list(parts.problem.rules.exempt)] = True
    held = parts.matrices.is_move & is_exempt[parts.matrices.candidate_cohort]
    _add_none_of(builder, parts, "exempt", held)


def add_eligible_share(builder: ModelBuilder, parts: Parts) -> None:
    """Move at most the eligible share of a cohort: ``sum_(j != base) x[c, j] <= e_c``."""
    rules = parts.problem.rules.eligible
    rows = [_moves_of(parts, rule.cohort) for rule in rules]
    upper = np.array([rule.share for rule in rules])
    builder.add_rows(
        "eligible_share",
        [(parts.x, parts.rows_of(rows))],
        upper=upper,
        n=len(rows),
        item=np.arange(len(rows)),
    )


def add_employer_cap(builder: ModelBuilder, parts: Parts) -> None:
    """Move at most so many of one employer: ``sum_(c of e, j != base) n_c x[c, j] <= B_e``.

    The same with 1 in place of ``n_c`` where cohorts are counted.
    """
    cohorts = parts.problem.cohorts
    rows, upper, item = [], [], []
    for place, cap in enumerate(parts.problem.rules.caps):
        own = np.flatnonzero(cohorts.employer == cap.employer).tolist()
        moves = [k for c in own for k in _moves_of(parts, c)]
        people = {k: float(parts.matrices.moved_people[k]) for k in moves}
        for limit, row in (
            (cap.max_moved_people, people),
            (cap.max_moved_cohorts, dict.fromkeys(moves, 1.0)),
        ):
            if np.isfinite(limit):
                rows.append(row)
                upper.append(limit)
                item.append(place)
    builder.add_rows(
        "employer_cap",
        [(parts.x, parts.rows_of(rows))],
        upper=np.array(upper),
        n=len(rows),
        item=np.array(item, dtype=np.int64),
    )


def add_burden_limit(builder: ModelBuilder, parts: Parts) -> None:
    """Bound each employer's moving: ``sum n_c d_cj x_cj <= F sum n_c``."""
    limit = parts.problem.rules.max_burden_min
    if np.isfinite(limit):
        per_employer, staff = parts.employer_sums(parts.matrices.burden_min)
        n = len(staff)
        builder.add_rows(
            "burden_limit",
            [(parts.x, per_employer)],
            upper=limit * staff,
            n=n,
            item=np.arange(n),
        )


def add_envy(builder: ModelBuilder, parts: Parts) -> None:
    """Bound the difference between employers: ``burden_e - burden_f <= E`` for all e, f.

    ``burden_e = sum_(c of e) n_c d_cj x_cj / sum_(c of e) n_c``. One more column ``least``
    says all pairs in two rows an employer: ``least <= burden_e <= least + E``. Employers
    without staff have no part in it.
    """
    limit = parts.problem.rules.max_envy_min
    if not np.isfinite(limit):
        return
    per_employer, staff = parts.employer_sums(parts.matrices.burden_min)
    present = np.flatnonzero(staff > 0)
    n = len(present)
    head = sparse.csr_array(sparse.diags_array(1.0 / staff[present]) @ per_employer[present])
    most = float(parts.problem.cohorts.candidate_disutility_min.max(initial=0.0))
    least = builder.add_columns("least", cost=np.zeros(1), upper=np.array([most]))
    ones = sparse.csr_array(np.ones((n, 1)))
    builder.add_rows(
        "envy",
        [
            (parts.x, sparse.csr_array(sparse.vstack([head, -head]))),
            (least, sparse.csr_array(sparse.vstack([-ones, ones]))),
        ],
        upper=np.repeat([limit, 0.0], n),
        n=2 * n,
    )


def add_no_employer_worse_off(builder: ModelBuilder, parts: Parts) -> None:
    """Let nobody's staff lose: ``sum (n_c d_cj + sum_o pax p_g) x_cj <= today + slack n``.

    ``p_g`` is the group's cheapest route at today's crowding, what a passenger who knows
    the line pays; "today" is the same sum with everyone in today's slot.
    """
    if parts.problem.rules.no_employer_worse_off:
        cost = candidate_priced_min(parts.problem, parts.matrices)
        per_employer, staff = parts.employer_sums(cost)
        today = per_employer[:, parts.matrices.base_candidate].sum(axis=1)
        slack = parts.problem.rules.worse_off_slack_min * staff
        n = len(staff)
        builder.add_rows(
            "no_employer_worse_off",
            [(parts.x, per_employer)],
            upper=np.asarray(today) + slack,
            n=n,
            item=np.arange(n),
        )


def add_changed_at_most(builder: ModelBuilder, parts: Parts) -> None:
    """Change at most S people's slot of the last plan: ``sum_(c, j != p_c) n_c x[c, j] <= S``."""
    limit = parts.problem.rules.max_changed_people
    if np.isfinite(limit):
        row = sparse.csr_array(parts.matrices.changed_people[None, :])
        builder.add_rows("changed_at_most", [(parts.x, row)], upper=limit, n=1)


def add_presence(builder: ModelBuilder, parts: Parts) -> None:
    """Keep enough people at work: ``sum_(c of T) sum_(j: s_j <= t < s_j + w_c) n_c x[c, j] >= P``.

    For each moment t of the period at which fewer may be there than just before: its start,
    and whenever some candidate's day ends in it. In between presence can only rise.
    """
    size = parts.problem.cohorts.size
    rows, upper, item = [], [], []
    for place, rule in enumerate(parts.problem.rules.presence):
        members = list(zip(rule.cohorts, rule.work_s, strict=True))
        ends = {int(s) + work for c, work in members for s in parts.starts_of(c)}
        for moment in sorted({rule.from_s} | {t for t in ends if rule.from_s < t < rule.to_s}):
            row: dict[int, float] = {}
            for c, work in members:
                starts = parts.starts_of(c)
                there = np.flatnonzero((starts <= moment) & (moment < starts + work))
                first = parts.candidates_of(c).start
                row |= {first + int(k): -float(size[c]) for k in there}
            rows.append(row)
            upper.append(-rule.min_people)
            item.append(place)
    builder.add_rows(
        "presence",
        [(parts.x, parts.rows_of(rows))],
        upper=np.array(upper),
        n=len(rows),
        item=np.array(item, dtype=np.int64),
    )


def add_team_cohesion(builder: ModelBuilder, parts: Parts) -> None:
    """Keep a team's starts within D: ``sum_(s_i <= t) x[a, i] <= sum_(s_i <= t + D) x[b, i]``.

    For all pairs a, b of the team in both orders and each start t of a. Said of cumulated
    shares it is tight: a whole cohort that has started by t has every other one by t + D.
    """
    rows, item = [], []
    for place, rule in enumerate(parts.problem.rules.cohesion):
        for a in rule.cohorts:
            for b in rule.cohorts:
                if a != b:
                    more = _starts_within(parts, a, b, rule.max_spread_s)
                    rows += more
                    item += [place] * len(more)
    _add_ordering(builder, parts, "team_cohesion", rows, item)


def add_team_meeting(builder: ModelBuilder, parts: Parts) -> None:
    """Give teams that meet M together: ``s_b <= s_a + w_a - M`` and ``s_a <= s_b + w_b - M``.

    Both in cumulated shares, as for cohesion; days shorter than M never meet.
    """
    rows, item = [], []
    for place, rule in enumerate(parts.problem.rules.meetings):
        (a, b), (work_a, work_b) = rule.cohorts, rule.work_s
        more = _starts_within(parts, a, b, work_a - rule.common_s)
        more += _starts_within(parts, b, a, work_b - rule.common_s)
        rows += more
        item += [place] * len(more)
    _add_ordering(builder, parts, "team_meeting", rows, item)


def add_load_limit(builder: ModelBuilder, parts: Parts) -> None:
    """Keep limited cells under their limit: ``background + load <= limit_k``."""
    limits = parts.problem.cells.limit_pax
    if limits is None:
        return
    cells = parts.reduced.cells
    bound = np.flatnonzero(np.isfinite(limits[cells]))
    background = parts.problem.cells.background_pax[cells][bound]
    terms = [(block, sparse.csr_array(matrix[bound])) for block, matrix in parts.load_terms()]
    builder.add_rows(
        "load_limit",
        terms,
        upper=limits[cells][bound] - background,
        n=len(bound),
        item=cells[bound],
    )


RULES: dict[str, Callable[[ModelBuilder, Parts], None]] = {
    "moved_at_most": add_moved_at_most,
    "cohorts_moved_at_most": add_cohorts_moved_at_most,
    "largest_shift": add_largest_shift,
    "exempt": add_exempt,
    "eligible_share": add_eligible_share,
    "employer_cap": add_employer_cap,
    "burden_limit": add_burden_limit,
    "envy": add_envy,
    "no_employer_worse_off": add_no_employer_worse_off,
    "changed_at_most": add_changed_at_most,
    "presence": add_presence,
    "team_cohesion": add_team_cohesion,
    "team_meeting": add_team_meeting,
    "load_limit": add_load_limit,
}


def _moves_of(parts: Parts, cohort: int) -> dict[int, float]:
    span = parts.candidates_of(cohort)
    return {k: 1.0 for k in range(span.start, span.stop) if parts.matrices.is_move[k]}


def _add_none_of(builder: ModelBuilder, parts: Parts, name: str, barred: NDArray[np.bool_]) -> None:
    """Add a row a cohort that gives its barred candidates no share."""
    found = np.unique(parts.matrices.candidate_cohort[barred])
    matrix = parts.matrices.cohort[found] @ sparse.diags_array(barred.astype(np.float64))
    terms = [(parts.x, sparse.csr_array(matrix))]
    builder.add_rows(name, terms, upper=0.0, n=len(found), item=found)


def _starts_within(parts: Parts, a: int, b: int, most_s: int) -> list[dict[int, float]]:
    """Return the rows that let b start at most ``most_s`` after a; rows always true left out."""
    starts_a, starts_b = parts.starts_of(a), parts.starts_of(b)
    first_a, first_b = parts.candidates_of(a).start, parts.candidates_of(b).start
    rows = []
    for moment in np.unique(starts_a):
        late = np.flatnonzero(starts_b > moment + most_s)
        if len(late) == 0:
            continue
        row = {first_a + int(k): 1.0 for k in np.flatnonzero(starts_a <= moment)}
        for k in np.flatnonzero(starts_b <= moment + most_s):
            row[first_b + int(k)] = -1.0
        rows.append(row)
    return rows


def _add_ordering(
    builder: ModelBuilder,
    parts: Parts,
    name: str,
    rows: list[dict[int, float]],
    item: list[int],
) -> None:
    builder.add_rows(
        name,
        [(parts.x, parts.rows_of(rows))],
        upper=0.0,
        n=len(rows),
        item=np.array(item, dtype=np.int64),
    )
