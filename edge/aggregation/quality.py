"""How far the counts of an interval can be trusted, and the reasons that are told with them.

The bounds are ours. Below 4 pictures a second a motorcycle at 40 km/h moves two to three lengths between pictures and
is lost to the tracker; at night the detectors at hand find half of what they find at noon (shared data set notes).
"""

from __future__ import annotations

from typing import Literal, Protocol

from contract import CameraCondition, Light, Quality
from edge.condition import COUNTABLE

Reason = Literal["low_fps", "camera", "dark", "occlusion", "unconfirmed", "part_interval"]

BLIND = 0.5
"""A camera that could be counted from for less than this share of the interval gives no number."""
_GAP, _GAP_S = 0.05, 1.0
"""Share of the interval, or seconds, that may be missing unsaid: pictures are not punctual."""
_LEAST_FPS = 4.0
_LEAST_OF_TARGET = 0.5
_CROWDED = 0.5
"""Share of boxes that overlap another from which occlusion is a reason."""
_UNSURE = 0.7
_ENOUGH_TRACKS = 10
_DUSK, _NIGHT = 0.1, 0.5
"""Share of the watched time that was night."""


class Watched(Protocol):
    """What an interval's quality is judged by; `tally.CameraTally` gathers it."""

    watched_s: dict[CameraCondition, float]
    frames: int
    boxes: int
    overlapping: int
    begun: int
    unconfirmed: int


def judge(tally: Watched, duration_s: float, target_fps: float, *, whole: bool) -> Quality:
    """The quality of `tally` over an interval of `duration_s`; `whole`: it was looked at from its start to its end."""
    seen_s = sum(tally.watched_s.get(condition, 0.0) for condition in COUNTABLE)
    seen = min(1.0, seen_s / duration_s)
    missed = seen < BLIND or duration_s - seen_s > max(_GAP * duration_s, _GAP_S)
    reasons = tuple(_reasons(tally, seen_s, target_fps, missed=missed, whole=whole))
    return Quality(
        grade="blind" if seen < BLIND else "degraded" if reasons else "good",
        reasons=reasons,
        frames=tally.frames,
        fps=round(min(240.0, tally.frames / duration_s), 2),
        light=_light(tally, seen_s),
        occlusion=_share(tally.overlapping, tally.boxes),
        unconfirmed=_share(tally.unconfirmed, tally.begun),
        condition=_condition(tally, duration_s, seen),
    )


def _reasons(tally: Watched, seen_s: float, target_fps: float, *, missed: bool, whole: bool) -> list[Reason]:
    occlusion, unsure = _share(tally.overlapping, tally.boxes), _share(tally.unconfirmed, tally.begun)
    least = max(_LEAST_FPS, _LEAST_OF_TARGET * target_fps)
    found: dict[Reason, bool] = {
        "camera": missed,
        "low_fps": seen_s > 0 and tally.frames / seen_s < least,
        "dark": _light(tally, seen_s) is Light.NIGHT,
        "occlusion": occlusion is not None and occlusion > _CROWDED,
        "unconfirmed": unsure is not None and unsure > _UNSURE and tally.begun >= _ENOUGH_TRACKS,
        "part_interval": not whole,
    }
    return [reason for reason, holds in found.items() if holds]


def _light(tally: Watched, seen_s: float) -> Light:
    if seen_s <= 0:
        return Light.UNKNOWN
    night = tally.watched_s.get(CameraCondition.NIGHT, 0.0) / seen_s
    return Light.NIGHT if night > _NIGHT else Light.DUSK if night > _DUSK else Light.DAY


def _condition(tally: Watched, duration_s: float, seen: float) -> CameraCondition:
    """What the camera was for most of the time that counts: in trouble when that made it blind."""
    missing_s = max(0.0, duration_s - sum(tally.watched_s.values()))
    spent = {**tally.watched_s, CameraCondition.LOST: missing_s}
    candidates = [one for one in spent if (one in COUNTABLE) == (seen >= BLIND)]
    return max(candidates, key=lambda one: spent[one], default=CameraCondition.OK)


def _share(part: int, whole: int) -> float | None:
    return round(min(1.0, part / whole), 3) if whole else None
