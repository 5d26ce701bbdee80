"""When standing is forbidden in a zone: its hours and days, in local time."""

from __future__ import annotations

from datetime import datetime, timedelta

from contract.zones import Day, NoParkingZone, parse_hours

_WEEK = tuple(Day)


def forbidden(zone: NoParkingZone, local: datetime) -> bool:
    """Whether nobody may stand in `zone` at `local`, a time in the zone's own time zone.

    A span belongs to the day on which it begins: 22:00-05:00 on Saturdays runs into Sunday morning.
    """
    if not zone.hours:
        return _on(zone, local)
    now = local.time()
    for span in zone.hours:
        start, end = parse_hours(span)
        if start < end:
            if start <= now < end and _on(zone, local):
                return True
        elif (now >= start and _on(zone, local)) or (now < end and _on(zone, local - timedelta(days=1))):
            return True
    return False


def _on(zone: NoParkingZone, local: datetime) -> bool:
    return not zone.days or _WEEK[local.weekday()] in zone.days
