"""A unit that runs: cameras, counting, outbox and broker, until somebody stops it."""

from edge.runtime.unit import Unit

__all__ = ["Unit"]
