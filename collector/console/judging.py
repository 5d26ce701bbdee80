"""How a junction stands, in one word and one reason, from what was measured there.

V/C follows PKJI 2023, which designs for a degree of saturation of at most 0.85 and calls 1.0 full. The thresholds of
queue, occupancy and speed are Simpang's own choice for signalised city streets, stand in the settings, and are said
with the number that crossed them, so that an operator can disagree. What was not measured is never taken for 0, and
vehicles that were only counted are called counted, not flowing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import fmean, median

from pydantic import Field

from collector.store.reading import ApproachRow
from contract import CameraCondition, Model, Share


class Condition(StrEnum):
    """What the map shows of a junction. The order is the order of trouble: the first needs eyes first."""

    JAMMED = "jammed"
    OFFLINE = "offline"
    CAMERA = "camera"
    DENSE = "dense"
    NO_DATA = "no_data"
    COUNTED = "counted"
    FLOWING = "flowing"

    @property
    def rank(self) -> int:
        """0 for what needs eyes first."""
        return list(Condition).index(self)


CYCLE_S = 150.0
"""The longest cycle of the city's plans: an approach is judged over no less, for in its red every street stands."""
USABLE: frozenset[CameraCondition] = frozenset({CameraCondition.OK, CameraCondition.NIGHT})
"""Conditions of a camera that can be counted from."""


class Thresholds(Model):
    """From where on traffic is called dense, and from where on jammed."""

    vc_dense: float = Field(default=0.85, gt=0, description="V/C; PKJI 2023: a junction is designed for at most 0.85.")
    vc_jammed: float = Field(default=1.0, gt=0, description="V/C; as much arrives as can leave.")
    occupancy_dense: Share = Field(default=0.60, description="Share of time that the waiting zone was covered.")
    occupancy_jammed: Share = 0.85
    queue_dense_m: float = Field(default=80, gt=0, description="Longest standing queue where the arm has no length.")
    queue_jammed_m: float = Field(default=200, gt=0)
    storage_dense: Share = Field(default=0.5, description="Queue as a part of the way to the next junction upstream.")
    storage_jammed: Share = 0.85
    speed_dense_kmh: float = Field(
        default=10, gt=0, description="Space-mean speed that no interval of a signal cycle exceeded: it is dense."
    )
    speed_jammed_kmh: float = Field(default=5, gt=0)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is so: a key of the catalogue (`why.<key>`) and the numbers of the sentence."""

    key: str
    value: float | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """What is known of an approach just now; what could not be had is None. Metres, km/h, shares 0..1."""

    occupancy: float | None = None
    queue_m: float | None = None
    speed_kmh: float | None = None
    fastest_kmh: float | None = None
    """The speed of the fastest interval; None until they make a whole signal cycle."""
    vc: float | None = None
    pcu_h: float | None = None


NOT_MEASURED = Measures()


def measures(rows: Sequence[ApproachRow], interval_s: float) -> Measures:
    """The middle of the intervals of a signal cycle or more: one red phase is not a jam.

    `pcu_h` is the flow that the intervals' passenger car units make in an hour.
    """

    def middle(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return median(known) if known else None

    # A short interval holds a vehicle or none: its flow is told over all of them.
    flow = fmean(row.pcu for row in rows) if rows else None
    speeds = [row.speed_kmh for row in rows if row.speed_kmh is not None]
    return Measures(
        occupancy=middle(row.occupancy for row in rows),
        queue_m=middle(row.queue_m for row in rows),
        speed_kmh=middle(row.speed_kmh for row in rows),
        fastest_kmh=max(speeds, default=None) if len(rows) * interval_s >= CYCLE_S else None,
        pcu_h=None if flow is None else flow * 3600 / interval_s,
    )


def judge_approach(
    found: Measures, limits: Thresholds, *, storage_m: float | None = None
) -> tuple[Condition, Reason | None]:
    """The worst that any one measure says, and which one said it; `COUNTED` when nothing but vehicles is known.

    Occupancy only stands in for a queue that is not measured: one vehicle occupies a long waiting zone as much as ten.
    """
    occupancy = found.occupancy if found.queue_m is None else None
    verdicts = [
        (_above(value, dense, jammed), Reason(key, value))
        for key, value, dense, jammed in (
            ("vc", found.vc, limits.vc_dense, limits.vc_jammed),
            ("queue", found.queue_m, *_queue_limits(limits, storage_m)),
            ("occupancy", occupancy, limits.occupancy_dense, limits.occupancy_jammed),
        )
        if value is not None
    ]
    # Whoever waits for green is slow, and at night a lone cart is: speed tells of a jam only where not even the green
    # brought anybody forward, and along a queue, if that is measured.
    least_queue_m = _queue_limits(limits, storage_m)[0] / 2
    if found.fastest_kmh is not None and (found.queue_m is None or found.queue_m >= least_queue_m):
        slow = _above(-found.fastest_kmh, -limits.speed_dense_kmh, -limits.speed_jammed_kmh)
        verdicts.append((slow, Reason("speed", found.fastest_kmh)))
    if not verdicts:
        return Condition.COUNTED, None
    return min(verdicts, key=lambda verdict: verdict[0].rank)


def _above(value: float, dense: float, jammed: float) -> Condition:
    if value >= jammed:
        return Condition.JAMMED
    return Condition.DENSE if value >= dense else Condition.FLOWING


def _queue_limits(limits: Thresholds, storage_m: float | None) -> tuple[float, float]:
    if storage_m is None:
        return limits.queue_dense_m, limits.queue_jammed_m
    return limits.storage_dense * storage_m, limits.storage_jammed * storage_m


@dataclass(frozen=True, slots=True)
class CameraWord:
    """One camera for the judgement of its junction."""

    name: str
    condition: CameraCondition | None
    """None when nobody said."""
    grade: str | None
    """Quality of the last interval; None when none came lately."""

    @property
    def counts(self) -> bool:
        """Whether numbers come from it."""
        return self.grade in {"good", "degraded"} and self.condition in USABLE


def judge_junction(
    *,
    known: bool,
    online: bool,
    offline_reason: str,
    cameras: Sequence[CameraWord],
    approaches: Sequence[tuple[str, Condition, Reason | None]],
) -> tuple[Condition, Reason | None]:
    """Equipment first: what does not see cannot say that traffic flows. Then the worst approach.

    `known`: a unit of the junction was ever heard of. `online`: at least one of its units is there.
    `approaches`: name, condition and reason of each measured approach.
    """
    if not known or not online:
        return (Condition.OFFLINE, Reason(offline_reason)) if known else (Condition.NO_DATA, Reason("never_heard"))
    broken = [camera for camera in cameras if camera.condition and camera.condition not in USABLE]
    if broken and not any(camera.counts for camera in cameras):
        return Condition.CAMERA, Reason(
            f"camera_{broken[0].condition}", place=broken[0].name if len(cameras) > 1 else ""
        )
    if cameras and all(camera.grade == "blind" for camera in cameras):
        return Condition.CAMERA, Reason("blind")
    if not any(camera.counts for camera in cameras):
        return Condition.NO_DATA, Reason("silent")
    measured = [one for one in approaches if one[1] is not Condition.COUNTED]
    if not measured:
        return Condition.COUNTED, Reason("counted")
    name, condition, reason = min(measured, key=lambda one: one[1].rank)
    if condition is Condition.FLOWING and not any(camera.grade == "good" for camera in cameras):
        # Trouble is told from what little was seen; that all is well is not.
        condition, reason, name = Condition.COUNTED, Reason("degraded"), ""
    return condition, None if reason is None else Reason(reason.key, reason.value, name)


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the judged cases were real, with the 95 % interval that so few judgements allow."""

    accepted: int
    judged: int

    @property
    def share(self) -> float | None:
        """Accepted of judged; None before the first judgement."""
        return self.accepted / self.judged if self.judged else None

    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval (E. B. Wilson 1927), which stays honest for small numbers."""
        if not self.judged:
            return None
        z, n, p = 1.96, self.judged, self.accepted / self.judged
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)
