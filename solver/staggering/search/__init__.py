"""Whole cohorts: rounding, compiled moves, annealing, and the search that leads them."""
