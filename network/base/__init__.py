"""What every layer may use: the error tree, geodesy, the clock, result figures.

This subpackage knows nothing of networks. It lives here because ``network`` is
the lowest layer; ``demand`` may import it and nothing else of ``network``.
"""

from network.base.clock import format_clock, parse_clock
from network.base.errors import CreneauError, InputError, Problem, ProblemLog
from network.base.figures import Figure, SourceClass
from network.base.geodesy import distance_m, pairwise_distance_m
from network.base.progress import Cancelled, Progress, no_progress

__all__ = [
    "Cancelled",
    "CreneauError",
    "Figure",
    "InputError",
    "Problem",
    "ProblemLog",
    "Progress",
    "SourceClass",
    "distance_m",
    "format_clock",
    "no_progress",
    "pairwise_distance_m",
    "parse_clock",
]
