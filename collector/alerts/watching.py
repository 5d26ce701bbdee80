"""What is wrong just now, read from what the store knows of units and cases. Pure but for the reading.

Health counts only while its unit is there: what a unit said before it went dark is neither still so nor mended.
V/C is not watched here: capacities are known to Grafana's rules alone (docs/grafana.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from collector.alerts.alert import Alert, Finding
from collector.alerts.settings import AlertKind, Limits
from collector.store.ledger_reading import Gap
from collector.store.reading import CaseRow, Span, UnitStatus
from collector.store.schema import FLEET
from collector.store.store import Store
from contract import CameraCondition, Health, IncidentEvent, ParkingEvent

_USABLE = {CameraCondition.OK, CameraCondition.NIGHT}
_CASES_OF = timedelta(days=7)
"""A case that was opened longer ago belongs to a unit that forgot it, not to an operator."""


class Look(NamedTuple):
    """What was found, and the units (<site>/<unit>) of which nothing else can be known: they are away; None: all."""

    findings: list[Finding]
    away: frozenset[str] | None

    def unsure(self, alert: Alert) -> bool:
        """Whether nobody can know if an alert that was not found still stands."""
        if self.away is None:
            return True
        return alert.finding.unit in self.away and alert.finding.kind is not AlertKind.UNIT_DOWN


def look(store: Store, now: datetime, limits: Limits) -> Look:
    """One look at the store. Raises `StoreError`, and then nothing is known of anything."""
    _ask(store, now)
    units = store.units()
    cases = store.cases(Span(now - _CASES_OF, now), open_only=True)
    found = [*_units(units, limits), *_cases(cases), *_gaps(store.reader.gaps(), now, limits)]
    return Look(found, frozenset(_name(unit) for unit in units if not unit.online))


def store_down(error: Exception) -> Finding:
    """The store itself does not answer."""
    return Finding(kind=AlertKind.STORE, subject="centre", values={"error": str(error)[:300]})


def _ask(store: Store, now: datetime) -> None:
    """`StoreError` when the series do not answer. The ledger's file may still, but nothing is written to it meanwhile:
    its units would all seem silent."""
    next(iter(store.series.points(FLEET, Span(now - timedelta(minutes=1), now))), None)


def _units(units: Sequence[UnitStatus], limits: Limits) -> Iterator[Finding]:
    for unit in units:
        name = _name(unit)
        if not unit.online:
            yield Finding(kind=AlertKind.UNIT_DOWN, subject=name, unit=name, values={"unit": unit.unit})
        elif unit.health is not None:
            yield from _health(name, unit.unit, unit.health, limits)


def _health(name: str, unit: str, health: Health, limits: Limits) -> Iterator[Finding]:
    def wrong(kind: AlertKind, **values: str) -> Finding:
        return Finding(kind=kind, subject=name, unit=name, values={"unit": unit, **values})

    if health.under_voltage:
        yield wrong(AlertKind.UNDER_VOLTAGE)
    if health.temperature_c is not None and health.temperature_c >= limits.temperature_c:
        yield wrong(AlertKind.HOT, celsius=f"{health.temperature_c:.0f}")
    if health.disk_free_mb < limits.disk_free_mb:
        yield wrong(AlertKind.DISK, megabytes=f"{health.disk_free_mb:.0f}")
    for camera in health.cameras:
        if camera.condition not in _USABLE:
            values = {"unit": unit, "camera": camera.camera, "condition": camera.condition.value}
            yield Finding(kind=AlertKind.CAMERA, subject=f"{name}/{camera.camera}", unit=name, values=values)


def _cases(cases: Sequence[CaseRow]) -> Iterator[Finding]:
    """Parking cases and incidents that stand and that no operator has judged; camera trouble is told by health."""
    for row in cases:
        if row.verdict is not None:
            continue
        where = f"{row.site}/{row.unit}"
        subject = f"{where}/{row.event.case}"
        values = {"unit": row.unit, "camera": row.event.camera, "case": row.event.case}
        match row.event:
            case ParkingEvent(vehicle=vehicle, zone=zone):
                values |= {"vehicle": vehicle.value, "zone": zone}
                yield Finding(kind=AlertKind.PARKING, subject=subject, unit=where, values=values)
            case IncidentEvent(incident=incident):
                values |= {"incident": incident.value}
                yield Finding(kind=AlertKind.INCIDENT, subject=subject, unit=where, values=values)


def _gaps(gaps: Sequence[Gap], now: datetime, limits: Limits) -> Iterator[Finding]:
    """Units with holes that are news; one finding each, however many holes."""
    missing: dict[tuple[str, str], int] = {}
    for gap in gaps:
        if now - gap.noticed <= timedelta(minutes=limits.gap_minutes):
            missing[gap.site, gap.unit] = missing.get((gap.site, gap.unit), 0) + gap.missing
    for (site, unit), number in missing.items():
        name = f"{site}/{unit}"
        yield Finding(kind=AlertKind.GAP, subject=name, unit=name, values={"unit": unit, "missing": str(number)})


def _name(unit: UnitStatus) -> str:
    return f"{unit.site}/{unit.unit}"
