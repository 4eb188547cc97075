"""Why there is no plan, in words: which rules conflict, of which employers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.model import RULE_FAMILIES

if TYPE_CHECKING:
    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.programs.conflict import RuleInConflict
    from solver.staggering.programs.watch import Pulse
    from solver.staggering.task import Task

_WORDS = {
    "moved_at_most": ("the most people that may move", "le nombre maximal de personnes décalées"),
    "cohorts_moved_at_most": (
        "the most cohorts that may move",
        "le nombre maximal de cohortes décalées",
    ),
    "largest_shift": ("the largest shift", "le décalage maximal"),
    "exempt": ("the exemption", "l'exemption"),
    "eligible_share": ("the eligible share", "la part éligible"),
    "employer_cap": ("the employer's cap", "le plafond de l'employeur"),
    "burden_limit": ("the effort asked of an employer", "l'effort demandé à un employeur"),
    "envy": ("the envy bound between employers", "l'écart d'effort entre employeurs"),
    "no_employer_worse_off": (
        "no employer worse off",
        "aucun employeur perdant",
    ),
    "changed_at_most": (
        "the most people that may change since the last plan",
        "le nombre maximal de changements depuis le dernier plan",
    ),
    "presence": ("the minimum presence", "la présence minimale"),
    "team_cohesion": ("team cohesion", "la cohésion d'équipe"),
    "team_meeting": ("time for teams to meet", "le temps commun des équipes"),
    "load_limit": ("the load limits of cells", "les plafonds de charge"),
}


def find_conflicting_rules(
    task: Task,
    tangents: Tangents,
    *,
    whole: bool,
    time_limit_s: float,
    pulse: Pulse | None = None,
) -> tuple[str, ...]:
    """Return the rule families whose removal alone makes a plan possible.

    Empty when the problem has a plan only without two or more families, or never. What
    ``pulse`` raises while the engine runs ends the search at once and is raised here.
    """
    present = {block.name for block in task.build(tangents).rows}
    families = [name for name in RULE_FAMILIES if name in present]
    found = []
    for name in families:
        model = task.build(tangents, whole=whole, without=[name])
        outcome = solve_linear(model, time_limit_s=time_limit_s / len(families), pulse=pulse)
        if outcome.status in (EngineStatus.OPTIMAL, EngineStatus.FEASIBLE):
            found.append(name)
    return tuple(found)


def describe_conflict(
    families: tuple[str, ...], conflict: tuple[RuleInConflict, ...] = ()
) -> tuple[str, str]:
    """Say in English and in French why there is no plan and what would help."""
    english, french = _describe_families(families)
    if conflict:
        english += " Together these cannot be kept: " + _list(conflict, french=False) + "."
        french += " Ensemble, celles-ci ne peuvent être tenues : " + _list(conflict, french=True)
        french += "."
    return english, french


def describe_rule(rule: RuleInConflict, *, french: bool) -> str:
    """Say one rule with whose it is and whom it binds."""
    parts = [_WORDS[rule.family][french]]
    if rule.name:
        parts.append(f"« {rule.name} »" if french else f'"{rule.name}"')
    told = []
    if rule.employers:
        word = (
            ("employer", "employeur")[french]
            if len(rule.employers) == 1
            else (("employers", "employeurs")[french])
        )
        told.append(f"{word} {', '.join(rule.employers)}")
    if rule.cohorts:
        word = ("cohort", "cohorte")[french] + ("s" if len(rule.cohorts) > 1 else "")
        told.append(f"{word} {', '.join(rule.cohorts)}")
    if rule.cell is not None:
        told.append(f"{('cell', 'cellule')[french]} {rule.cell}")
    if told:
        parts.append(f"({'; '.join(told)})" if not french else f"({' ; '.join(told)})")
    return " ".join(parts)


def _list(conflict: tuple[RuleInConflict, ...], *, french: bool) -> str:
    return (" ; " if french else "; ").join(describe_rule(r, french=french) for r in conflict)


def _describe_families(families: tuple[str, ...]) -> tuple[str, str]:
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
