"""Linear and mixed-integer programs: families of rules, engines, bounds from duals, conflicts."""
