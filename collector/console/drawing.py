"""Small pictures as SVG text: a junction's mark with its arms, the sign of a condition, a line of the last hour.

Colour is never alone: every condition has a shape of its own, for eyes that do not tell red from green. Pure; what
comes from outside is a number or one of ours, so that nothing needs escaping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians, sin
from types import MappingProxyType

from collector.console.judging import Condition
from collector.console.picture_of_now import JunctionNow
from contract import VehicleClass

COLOURS: Mapping[Condition, str] = {
    Condition.FLOWING: "#35c58f",
    Condition.DENSE: "#f7b733",
    Condition.JAMMED: "#ff5a5f",
    Condition.COUNTED: "#5db1ef",
    Condition.CAMERA: "#b79bff",
    Condition.OFFLINE: "#93a1b8",
    Condition.NO_DATA: "#5b6980",
}
"""On the dark wall. The public page darkens them for white paper (static/public.css)."""

CLASS_COLOURS: Mapping[VehicleClass, str] = {
    VehicleClass.MOTORCYCLE: "#3fb8af",
    VehicleClass.CAR: "#7aa5f8",
    VehicleClass.ANGKOT: "#a6d854",
    VehicleClass.BUS: "#ffb454",
    VehicleClass.TRUCK: "#e879b9",
    VehicleClass.BICYCLE: "#d4d9e4",
    VehicleClass.PERSON: "#d4d9e4",
}

_SHAPES: Mapping[Condition, str] = {
    Condition.FLOWING: '<circle r="8.5"/><path class="ink" d="M-4 0.2 -1.2 3.2 4.2 -3"/>',
    Condition.DENSE: '<path d="M0 -10 10 8.2H-10Z" stroke-linejoin="round"/><path class="ink" d="M0 -3.4V2M0 5V5.1"/>',
    Condition.JAMMED: '<path d="M-4 -9.5H4L9.5 -4V4L4 9.5H-4L-9.5 4V-4Z"/><path class="ink" d="M-4.4 0H4.4"/>',
    Condition.COUNTED: '<circle r="8.5"/><circle r="2.6" class="dot"/>',
    Condition.CAMERA: '<path d="M0 -10.5 10.5 0 0 10.5 -10.5 0Z"/>'
    '<path class="ink" d="M-3.4 -3.4 3.4 3.4M3.4 -3.4 -3.4 3.4"/>',
    Condition.OFFLINE: '<rect x="-8" y="-8" width="16" height="16" rx="3"/>'
    '<path class="ink" d="M-3.6 -3.6 3.6 3.6M3.6 -3.6 -3.6 3.6"/>',
    Condition.NO_DATA: '<circle r="7.5" class="hollow"/><path class="hollow" d="M-3 0H3"/>',
}


_LAMPS: Mapping[str, str] = {
    "green": '<circle class="lamp-green" cy="-20" r="3.6" transform="rotate({degrees})"/>',
    "yellow": '<circle class="lamp-yellow" cy="-20" r="3" transform="rotate({degrees})"/>',
    "red": '<path class="lamp-red" d="M-4.5 -20.5H4.5" transform="rotate({degrees})"/>',
}


def sign(condition: Condition, size: int = 22) -> str:
    """The sign of a condition alone."""
    return (
        f'<svg class="sign {condition}" width="{size}" height="{size}" viewBox="-12 -12 24 24" aria-hidden="true" '
        f'style="--state:{COLOURS[condition]}">{_SHAPES[condition]}</svg>'
    )


def mark(now: JunctionNow, size: int = 48, lamps: Mapping[str, str] = MappingProxyType({})) -> str:
    """A junction on the map: its sign, and its arms by compass, the judged ones in their own colour.

    `lamps`: approach -> what its signal shows: a dot at the arm's end is green, a ring yellow, a bar across it red.
    """
    arms = []
    for arm in now.approaches:
        angle = radians(arm.approach.bearing_deg)
        x, y = sin(angle), -cos(angle)
        colour = f' style="stroke:{COLOURS[arm.condition]}" class="arm known"' if arm.condition else ' class="arm"'
        arms.append(f'<path{colour} d="M{10 * x:.1f} {10 * y:.1f}L{20 * x:.1f} {20 * y:.1f}"/>')
        arms.append(_LAMPS.get(lamps.get(arm.approach.id, ""), "").format(degrees=f"{arm.approach.bearing_deg:.0f}"))
    halo = '<circle class="halo" r="12"/>' if now.condition is Condition.JAMMED else ""
    return (
        f'<svg class="mark {now.condition}" width="{size}" height="{size}" viewBox="-24 -24 48 48" aria-hidden="true" '
        f'style="--state:{COLOURS[now.condition]}">{halo}{"".join(arms)}<circle class="bed" r="12.5"/>'
        f"{_SHAPES[now.condition]}</svg>"
    )


def spark(values: Sequence[int | None], *, wide: int = 96, high: int = 24) -> str:
    """Bars of the last hour; a bin that nobody saw is a mark on the floor, not a bar of 0."""
    highest = max((value for value in values if value is not None), default=0) or 1
    step = wide / max(1, len(values))
    parts = []
    for place, value in enumerate(values):
        x = place * step
        if value is None:
            parts.append(f'<rect class="unseen" x="{x:.1f}" y="{high - 2}" width="{step - 2:.1f}" height="2"/>')
        else:
            tall = max(1.5, (high - 2) * value / highest)
            parts.append(f'<rect x="{x:.1f}" y="{high - tall:.1f}" width="{step - 2:.1f}" height="{tall:.1f}" rx="1"/>')
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    return f'<svg class="spark" {size} aria-hidden="true">{"".join(parts)}</svg>'


def split_bar(counts: Mapping[VehicleClass, int]) -> str:
    """Shares of the classes side by side, 100 wide."""
    whole, x, parts = sum(counts.values()) or 1, 0.0, []
    for kind, number in counts.items():
        wide = 100 * number / whole
        parts.append(f'<rect x="{x:.2f}" width="{wide:.2f}" height="8" fill="{CLASS_COLOURS[kind]}"/>')
        x += wide
    return (
        f'<svg class="split" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'
    )
