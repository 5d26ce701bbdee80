"""Judgements, findings and cases as sentences of one language. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from collector.console.advice import Finding
from collector.console.judging import Precision, Reason
from collector.console.picture_of_now import CameraNow, JunctionNow
from collector.console.words import Words
from collector.store.reading import CaseRow
from contract import CameraEvent, IncidentEvent, ParkingEvent, Site

_DIGITS = {"vc": 2}


def why(now: JunctionNow, t: Words) -> str:
    """Why a junction stands as it does, and where: "antrean 120 m · Jl. Merdeka"."""
    if now.reason is None:
        return ""
    return because(now.reason, t) + (f" · {now.reason.place}" if now.reason.place else "")


def because(reason: Reason, t: Words) -> str:
    """A reason alone, with its number."""
    value = None if reason.value is None else reason.value * (100 if reason.key == "occupancy" else 1)
    return t(f"why.{reason.key}", value=t.number(value, _DIGITS.get(reason.key, 0)))


def quality(camera: CameraNow, t: Words) -> str:
    """The grade of a camera's last interval in words, with what lowered it."""
    if camera.grade is None:
        return t("quality.none")
    reasons = _reasons(camera.reasons, t)
    return t(f"quality.{camera.grade}") + (f": {reasons}" if reasons else "")


def _reasons(keys: Sequence[str], t: Words) -> str:
    return ", ".join(t(f"quality_reason.{key}") for key in keys)


def finding(found: Finding, t: Words) -> str:
    """What is wrong with a unit, with its number."""
    if found.key in {"silent", "clock"} and found.value is not None:
        value = t.lasting(abs(found.value))
    else:
        value = t.number(found.value)
    return t(f"finding.{found.key}", value=value, camera=found.camera, reasons=_reasons(found.reasons, t))


def bring(findings: Sequence[Finding], t: Words) -> list[str]:
    """What to take along, each thing once, for the worst first."""
    return [t(f"bring.{key}") for key in dict.fromkeys(found.bring for found in findings if found.bring)]


def case_title(case: CaseRow, t: Words) -> str:
    """What a case is about."""
    match case.event:
        case ParkingEvent() as parking:
            return t("case.parking", vehicle=t(f"class.{parking.vehicle}"))
        case IncidentEvent() as incident:
            return t(f"incident.{incident.incident}")
        case CameraEvent() as camera:
            return t(f"camera.{camera.condition}")


def case_place(case: CaseRow, site: Site) -> str:
    """Where it is: junction and camera by name, or the camera's id when the site file does not know it."""
    found = site.camera_places.get(case.event.camera)
    return found[1].name if found else case.event.camera


def precision(found: Precision, t: Words) -> str:
    """Measured precision with its interval, or that nothing was judged yet."""
    interval = found.interval()
    if interval is None:
        return t("precision.none")
    low, high = interval
    return t(
        "precision.measured",
        share=t.percent(found.share),
        accepted=t.number(found.accepted),
        judged=t.number(found.judged),
        low=t.percent(low),
        high=t.percent(high),
    )
