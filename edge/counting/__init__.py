"""From tracks to counts."""

from edge.counting.crossing import Crossing, LineCounter

__all__ = ["Crossing", "LineCounter"]
