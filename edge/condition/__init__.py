"""What the picture of a camera is worth: black, frozen, covered, defocused, moved, night, or ok."""

from edge.condition.monitor import COUNTABLE, ConditionMonitor

__all__ = ["COUNTABLE", "ConditionMonitor"]
