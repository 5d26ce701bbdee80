"""What stands and moves on an approach: occupancy, queue, density, speed, headway. Pure; the clock is passed in."""

from edge.measures.approach import ApproachTotals, ApproachWatch, Reading, watches
from edge.measures.ground import Ground

__all__ = ["ApproachTotals", "ApproachWatch", "Ground", "Reading", "watches"]
