"""Whether a unit took an order well. Pure: what was heard of it, and the monotonic clock, are arguments.

A unit is healthy when it reports that the order is in force, is online, and sees with every camera that it saw with
before. One that was silent before is absent: it gets the order when it comes back, and is nobody's example.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from contract import CameraCondition, ConfigReported, Health, Model, State, UpdateReported

SETTLE_S = 90.0
"""A configuration is on trial for 60 s (edge/runtime/trial.py); after that it does not go back by itself."""
CAMERA_S = 300.0
"""So long a camera may take to be back after a restart before its absence counts."""
_LONG_AGO = float("-inf")
_COUNTABLE = frozenset({CameraCondition.OK, CameraCondition.NIGHT})


class Verdict(StrEnum):
    """What became of an order at one unit."""

    WAITING = "waiting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what it rests on."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What is known of one unit; times are monotonic."""

    online: bool | None = None
    """None: nothing was heard of it."""
    seeing: frozenset[str] = frozenset()
    """Cameras that can be counted from."""
    health_s: float = _LONG_AGO
    """When it told of them."""
    config: ConfigReported | None = None
    config_s: float = _LONG_AGO
    """When it reported live; what the broker kept counts as long ago."""
    update: UpdateReported | None = None
    update_s: float = _LONG_AGO

    @property
    def known(self) -> bool:
        """Whether it is away, or has told what it sees."""
        return self.online is False or (self.online is True and self.health_s > _LONG_AGO)

    def heard(self, message: Model, now_s: float, *, kept: bool) -> View:
        """With one more message; `kept`: the broker had it already (retained)."""
        live_s = _LONG_AGO if kept else now_s
        match message:
            case State():
                return replace(self, online=message.status == "online")
            case Health():
                seeing = frozenset(one.camera for one in message.cameras if one.condition in _COUNTABLE)
                return replace(self, seeing=seeing, health_s=now_s)
            case ConfigReported():
                again = self.config_s > _LONG_AGO and not _is_new(self.config, message)
                came_s = self.config_s if again else live_s
                return replace(self, config=message, config_s=came_s)
            case UpdateReported():
                return replace(self, update=message, update_s=live_s)
            case _:
                return self


def judge_configuration(
    before: View, now: View, revision: int, ordered_s: float, now_s: float, *, settle_s: float = SETTLE_S
) -> Judgement:
    """What became of `config/set` with `revision`, sent at `ordered_s`."""
    told = now.config
    if told is not None and told.outcome != "applied" and now.config_s >= ordered_s and _is_new(before.config, told):
        return Judgement(Verdict.UNHEALTHY, f"{told.outcome}: {told.reason or ''}")
    if told is None or told.revision != revision or told.outcome != "applied":
        return _silent(before, now, "no report of the configuration")
    since_s = max(now.config_s, ordered_s)
    if now_s - since_s < settle_s:
        return Judgement(Verdict.WAITING, "on trial")
    return _sees(before, now, since_s, now_s)


def judge_update(before: View, now: View, number: int, ordered_s: float, now_s: float) -> Judgement:
    """What became of `update/set` with `number`, sent at `ordered_s`."""
    told = now.update
    if told is not None and told.number >= number:
        return _sees(before, now, max(now.update_s, ordered_s), now_s)
    if told is not None and told.candidate == number:
        if told.phase == "failed" and now.update_s >= ordered_s:
            return Judgement(Verdict.UNHEALTHY, told.reason or "it failed")
        if told.phase != "failed":
            return Judgement(Verdict.WAITING, told.reason or told.phase)
    return _silent(before, now, "no report of the update")


def _is_new(before: ConfigReported | None, told: ConfigReported) -> bool:
    """Whether it is more than the last report, said again after a break of the line."""
    known = None if before is None else (before.revision, before.outcome, before.reason)
    return known != (told.revision, told.outcome, told.reason)


def _silent(before: View, now: View, what: str) -> Judgement:
    if not before.online and not now.online:
        return Judgement(Verdict.ABSENT, "offline since before")
    return Judgement(Verdict.WAITING, what)


def _sees(before: View, now: View, since_s: float, now_s: float) -> Judgement:
    """It is in force since `since_s`: is the unit there, and does it see what it saw?"""
    late = now_s - since_s >= CAMERA_S
    if not now.online:
        return Judgement(Verdict.UNHEALTHY if late else Verdict.WAITING, "offline since")
    if now.health_s < since_s:
        return Judgement(Verdict.UNHEALTHY if late else Verdict.WAITING, "no sign of health since")
    blind = sorted(before.seeing - now.seeing)
    if blind:
        return Judgement(Verdict.UNHEALTHY if late else Verdict.WAITING, f"sees nothing with {', '.join(blind)}")
    return Judgement(Verdict.HEALTHY)
