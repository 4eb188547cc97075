"""Why there is no plan: which rules, dropped one at a time, would leave one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.staggering.engine import EngineStatus, solve_linear
from solver.staggering.model import RULE_FAMILIES

if TYPE_CHECKING:
    from solver.staggering.pieces import Tangents
    from solver.staggering.task import Task

_WORDS = {
    "moved_at_most": ("the most people that may move", "le nombre maximal de personnes décalées"),
    "burden_limit": ("the effort asked of an employer", "l'effort demandé à un employeur"),
    "no_employer_worse_off": (
        "no employer worse off",
        "aucun employeur perdant",
    ),
    "load_limit": ("the load limits of cells", "les plafonds de charge"),
}


def find_conflicting_rules(
    task: Task, tangents: Tangents, *, whole: bool, time_limit_s: float
) -> tuple[str, ...]:
    """Return the rule families whose removal alone makes a plan possible.

    Empty when the problem has a plan only without two or more families, or never.
    """
    present = {block.name for block in task.build(tangents).rows}
    families = [name for name in RULE_FAMILIES if name in present]
    found = []
    for name in families:
        model = task.build(tangents, whole=whole, without=[name])
        outcome = solve_linear(model, time_limit_s=time_limit_s / len(families))
        if outcome.status in (EngineStatus.OPTIMAL, EngineStatus.FEASIBLE):
            found.append(name)
    return tuple(found)


def describe_conflict(families: tuple[str, ...]) -> tuple[str, str]:
    """Say in English and in French why there is no plan and what would help."""
    if not families:
        return (
            "No plan respects all rules, and dropping any one of them does not help: "
            "relax several, or give cohorts more candidate slots.",
            "Aucun plan ne respecte toutes les règles, et en retirer une seule ne suffit pas : "
            "assouplissez-en plusieurs, ou élargissez les horaires possibles.",
        )
    english = "; ".join(_WORDS[name][0] for name in families)
    french = " ; ".join(_WORDS[name][1] for name in families)
    return (
        f"No plan respects all rules together. Relaxing any one of these leaves one: {english}.",
        "Aucun plan ne respecte toutes les règles à la fois. "
        f"Assouplir l'une de celles-ci suffit : {french}.",
    )
