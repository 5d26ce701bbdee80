"""The doctor: what keeps a unit from its work, and what to do about it; on the terminal and on the unit's own page."""

from edge.doctor.finding import Check, Finding, Grade, Words, well
from edge.doctor.readings import Readings
from edge.doctor.rules import judge

__all__ = ["Check", "Finding", "Grade", "Readings", "Words", "judge", "well"]
