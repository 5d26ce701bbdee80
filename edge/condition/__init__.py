"""What the picture of a camera is worth: black, frozen, covered, defocused, moved, night, or ok."""

from edge.condition.monitor import ConditionMonitor

__all__ = ["ConditionMonitor"]
