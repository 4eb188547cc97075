"""After the plan: who follows, who comes back, which peaks are new, what each employer gets."""

from scenarios.after.results import AfterPlan, EmployerView
from scenarios.after.study import study_plan

__all__ = ["AfterPlan", "EmployerView", "study_plan"]
