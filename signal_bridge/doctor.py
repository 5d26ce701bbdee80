"""Try a line without changing anything: what answers, how fast, and what would stand against commanding it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from contract.signals import SignalReason
from signal_bridge.controller import Aspect, Controller, ControllerStatus, LineError
from signal_bridge.envelope import State
from signal_bridge.envelope.interlock import broken, standing_against
from signal_bridge.settings import JunctionSettings
from signal_bridge.words import SENTENCES


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at one junction. `healthy`: it could be commanded, once armed."""

    junction: str
    healthy: bool
    lines: tuple[str, ...]


def examine(junction: JunctionSettings, controller: Controller, readings: int) -> Finding:
    """Read `readings` times and tell. Sends no control SET."""
    last: ControllerStatus | None = None
    took: list[float] = []
    errors: list[str] = []
    for _ in range(readings):
        begun = time.monotonic()
        try:
            last = controller.read_status()
            took.append(time.monotonic() - begun)
        except LineError as error:
            errors.append(str(error))
    lines = [f"{len(took)} dari {readings} pembacaan berhasil / of the readings succeeded"]
    if took:
        lines.append(
            f"terlama / slowest {max(took):.2f} s (batas umur / age bound {junction.limits.status_max_age_s:g} s)"
        )
    slow = bool(took) and max(took) > junction.limits.step_s
    if slow:
        lines.append(
            f"terlalu lambat: naikkan baud atau step_s ({junction.limits.step_s:g} s) / too slow: raise either"
        )
    lines += list(dict.fromkeys(errors))
    if last is None:
        return Finding(junction.id, False, tuple(lines))
    against = _against(junction, last)
    lines += [*_read(last), *(f"{SENTENCES[reason].id} / {SENTENCES[reason].en}" for reason in against)]
    if last.plan_checksum is not None and last.plan_checksum != junction.limits.plan_checksum:
        lines.append(f"plan_checksum: {last.plan_checksum} di pengendali / there, {junction.limits.plan_checksum} here")
    return Finding(junction.id, not errors and not against and not slow, tuple(lines))


def _against(junction: JunctionSettings, status: ControllerStatus) -> list[SignalReason]:
    limits = junction.limits
    armed = State(armed_for=limits.digest)
    found = standing_against(limits, armed, status, status.read_at)
    latch = broken(limits, armed, status)
    if latch is not None:
        found.append(latch)
    if any(status.phases[number].aspect is Aspect.UNKNOWN for number in limits.by_phase if number in status.phases):
        found.append(SignalReason.PHASE_UNKNOWN)
    if not limits.by_phase.keys() <= status.phases.keys():
        found.append(SignalReason.UNKNOWN_PHASE)
    return list(dict.fromkeys(found))


def _read(status: ControllerStatus) -> list[str]:
    shown = " ".join(f"{number}:{one.aspect}" for number, one in sorted(status.phases.items()))
    return [
        f"mode {status.mode}, rencana / pattern {status.pattern}, unitBackupTime {status.unit_backup_time_s} s",
        f"fase / phases {shown or 'tidak ada / none'}",
    ]
