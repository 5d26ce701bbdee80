"""From crossings to observations: counts of whole minutes, with what they are worth. Pure; clocks are passed in."""

from edge.aggregation.intervals import Closed, Intervals
from edge.aggregation.tally import CameraPlan, Sight

__all__ = ["CameraPlan", "Closed", "Intervals", "Sight"]
