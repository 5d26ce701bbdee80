"""How well the clock is kept: chronyc(1) "tracking", else timedatectl(1)."""

from __future__ import annotations

from datetime import datetime

from edge.doctor.readings import ClockReading
from edge.health.reading import run

_STRATUM, _OFFSET, _ROOT_DELAY, _ROOT_DISPERSION, _LEAP = 2, 4, 10, 11, 13
"""Fields of `chronyc -c tracking`."""


def probe_clock(now: datetime) -> ClockReading:
    """Ask who keeps the clock; `now` is what it says."""
    told = run("chronyc", "-c", "tracking")
    if told is not None:
        return chrony(told, now)
    told = run("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if told in {"yes", "no"}:
        return ClockReading(now, "timesyncd", told == "yes")
    return ClockReading(now)


def chrony(told: str, now: datetime) -> ClockReading:
    """What one line of `chronyc -c tracking` means."""
    fields = told.split(",")
    try:
        offset_s, delay_s, dispersion_s = (float(fields[one]) for one in (_OFFSET, _ROOT_DELAY, _ROOT_DISPERSION))
        stratum, leap = int(fields[_STRATUM]), fields[_LEAP]
    except (IndexError, ValueError):
        return ClockReading(now)
    set_by_others = leap != "Not synchronised" and stratum > 0
    error_s = abs(offset_s) + delay_s / 2 + dispersion_s if set_by_others else None
    return ClockReading(now, "chrony", set_by_others, stratum, error_s)
