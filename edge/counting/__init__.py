"""From tracks to counts."""

from edge.counting.crossing import Crossing, LineCounter
from edge.counting.movements import Movement, MovementCounter

__all__ = ["Crossing", "LineCounter", "Movement", "MovementCounter"]
