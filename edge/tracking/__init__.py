"""From boxes to vehicles: the same vehicle keeps its track from picture to picture."""

from edge.tracking.tracker import Track, Tracker

__all__ = ["Track", "Tracker"]
