"""A virtual local controller: rings, patterns, pre-emption, remote controls, and the monitor that watches them.

No I/O and no clock of its own: `advance` is told the time. It stands for a NEMA TS 2 actuated controller as NTCIP 1202
v02 shows one to a centre. Flash is dark here: no phase shows a colour that could be trusted.
"""

from __future__ import annotations

from signal_bridge.drivers.bits import mask
from signal_bridge.drivers.ntcip_objects import (
    FLASH_AUTOMATIC,
    FLASH_LOCAL_MANUAL,
    FLASH_MMU,
    FLASH_STARTUP,
    MANUAL,
    NOT_FLASH,
    PATTERN_FLASH,
    PATTERN_FREE,
    PATTERN_STANDBY,
)
from twin.controllers.monitor import ConflictMonitor, Indications
from twin.controllers.plan import ControllerPlan
from twin.controllers.preemption import Preemptions
from twin.controllers.remote import RemoteControls
from twin.controllers.rings import Rings, Wishes

_LONGEST_STEP_S = 1.0
"""Who calls less often is given all the steps between."""
_LONGEST_GAP_S = 600.0

START_UP_S = 5.0
"""Dark at power-up and after flash, before the first green."""


class PhaseController:
    """The controller in the cabinet. `remote` is what the centre commands, `monitor.tripped` why it went to flash."""

    def __init__(self, plan: ControllerPlan) -> None:
        self.plan = plan
        self.remote = RemoteControls(plan.backup_time_s)
        self.monitor = ConflictMonitor(plan)
        self.preemptions = Preemptions(plan.preempts)
        self.checksum = plan.checksum()
        self.phases = mask(plan.phases)
        self.now = 0.0
        self._rings = Rings(plan)
        self._wishes = Wishes()
        self._recalls = mask(number for number, phase in plan.phases.items() if phase.recall)
        self._last_call: float | None = None
        self._flash = FLASH_STARTUP
        self._starts_at = START_UP_S
        self._shown = Indications(0, 0)
        self._vehicles = self._calls = self._ped_calls = self._preempt_inputs = 0
        self._left_at = {1 << (number - 1): 0.0 for number in plan.phases}
        self._manual = self._flash_switch = False

    # What the street and the cabinet do.

    def detect(self, vehicles: int, pedestrians: int = 0) -> None:
        """Phases whose detectors are occupied from now on, and phases whose push buttons have just been pressed."""
        for bit in self._left_at:
            if self._vehicles & ~vehicles & bit:
                self._left_at[bit] = self.now
        self._vehicles = vehicles & self.phases
        self._ped_calls |= pedestrians & self.phases

    def preempt_inputs(self, numbers: int) -> None:
        """Pre-emptions that are demanded at the junction itself, bit n-1 for n."""
        self._preempt_inputs = numbers

    def cabinet(self, *, manual: bool = False, flash: bool = False) -> None:
        """Switches behind the door: `manual` keeps the centre out, `flash` turns the signals to flash at once."""
        self._manual, self._flash_switch = manual, flash

    def reset_monitor(self) -> None:
        """A technician resets the conflict monitor; the controller starts up anew."""
        self.monitor.reset()

    # Time.

    def advance(self, now: float) -> None:
        """Let time pass until `now`, in seconds of a clock of the caller's.

        A clock that was set back stops nothing: its reading counts as the present. One that was set forward by more
        than ten minutes is taken to have gone ten.
        """
        last, self._last_call = self._last_call, now
        left_s = min(max(0.0, now - last), _LONGEST_GAP_S) if last is not None else 0.0
        while left_s > _LONGEST_STEP_S:
            self._step(_LONGEST_STEP_S)
            left_s -= _LONGEST_STEP_S
        self._step(left_s)

    def _step(self, dt: float) -> None:
        self.now = now = self.now + dt
        self.remote.advance(now)
        flash = self._which_flash()
        if flash != NOT_FLASH:
            self._go_dark(flash)
            return
        if self._flash != NOT_FLASH and not self._has_started(now):
            return
        rings = self._rings
        ended = rings.advance(now, self._wish(now))
        self.remote.force_off &= ~ended
        self._calls &= ~rings.greens
        self._ped_calls &= ~rings.walks
        self._show()

    def _show(self) -> None:
        rings, shown = self._rings, self._shown
        if (
            rings.greens != shown.greens
            or rings.yellows != shown.yellows
            or rings.walks != shown.walks
            or rings.clears != shown.clears
        ):
            self._shown = Indications(rings.greens, rings.yellows, rings.walks, rings.clears)
            if not self.monitor.watch(self.now, self._shown):
                self._go_dark(FLASH_MMU)

    def _which_flash(self) -> int:
        if self.monitor.tripped is not None:
            return FLASH_MMU
        if self._flash_switch:
            return FLASH_LOCAL_MANUAL
        if self._wants_flash() and (self._flash != NOT_FLASH or self._rings.is_red()):
            return FLASH_AUTOMATIC
        return NOT_FLASH

    def _wants_flash(self) -> bool:
        return self.remote.pattern == PATTERN_FLASH and not self._manual and not self.preemptions.dwell

    def _go_dark(self, flash: int) -> None:
        self._flash = flash
        self._starts_at = self.now + START_UP_S
        self._shown = Indications(0, 0)
        self._rings.reset()
        if self.monitor.tripped is None:
            self.monitor.reset()

    def _has_started(self, now: float) -> bool:
        self._flash = FLASH_STARTUP if now < self._starts_at else NOT_FLASH
        return self._flash == NOT_FLASH

    def _wish(self, now: float) -> Wishes:
        remote, wishes = self.remote, self._wishes
        self.preemptions.advance(
            now, self._preempt_inputs | (0 if self._manual else remote.preempt), self._rings.greens
        )
        wishes.dwell = self.preemptions.dwell
        wishes.stop = self._wants_flash()
        wishes.pattern = self.plan.patterns.get(self.pattern_status())
        self._calls |= self._vehicles & ~self._rings.greens
        if self._manual:
            hold = force_off = omit = calls = walks = 0
        else:
            hold, force_off, omit = remote.hold, remote.force_off, remote.omit
            calls, walks = remote.vehicle_call, remote.pedestrian_call
        wishes.hold, wishes.force_off, wishes.walks = hold, force_off, self._ped_calls | walks
        if wishes.dwell:
            wishes.demand = wishes.dwell
        elif wishes.pattern is not None:
            wishes.demand = self.phases & ~omit
        else:
            wishes.demand = (self._recalls | self._calls | self._vehicles | wishes.walks | calls) & self.phases & ~omit
            wishes.gapped = self._gapped(now)
        return wishes

    def _gapped(self, now: float) -> int:
        gone = zip(self._left_at.items(), self.plan.phases.values(), strict=True)
        long = sum(bit for (bit, left_at), phase in gone if now - left_at >= phase.passage_s)
        return long & ~self._vehicles

    # What the centre may read.

    def has_pattern(self, pattern: int) -> bool:
        """Whether systemPatternControl may be set to this."""
        return pattern in {PATTERN_STANDBY, PATTERN_FREE, PATTERN_FLASH} or pattern in self.plan.patterns

    @property
    def shown(self) -> Indications:
        """What is lit now."""
        return self._shown

    def reds(self) -> int:
        """Phases that show red; none in flash."""
        return 0 if self._flash != NOT_FLASH else self.phases & ~(self._shown.greens | self._shown.yellows)

    def dont_walks(self) -> int:
        """Phases whose pedestrians must wait."""
        return 0 if self._flash != NOT_FLASH else self.phases & ~(self._shown.walks | self._shown.clears)

    def vehicle_calls(self) -> int:
        """Phases with a vehicle call."""
        return self._calls | self._vehicles | self.remote.vehicle_call

    def pedestrian_calls(self) -> int:
        """Phases with a pedestrian call."""
        return self._ped_calls | self.remote.pedestrian_call

    def control_status(self) -> int:
        """unitControlStatus."""
        return MANUAL if self._manual else self.remote.control_status()

    def flash_status(self) -> int:
        """unitFlashStatus."""
        return self._flash

    def pattern_status(self) -> int:
        """coordPatternStatus: what runs."""
        if self._flash in {FLASH_MMU, FLASH_LOCAL_MANUAL, FLASH_AUTOMATIC}:
            return PATTERN_FLASH
        wanted = PATTERN_STANDBY if self._manual else self.remote.pattern
        return wanted if wanted in self.plan.patterns or wanted == PATTERN_FREE else self.plan.local_pattern

    def alarms_1(self) -> int:
        """unitAlarmStatus1."""
        conflict, local_flash, free = self._flash == FLASH_MMU, self._flash == FLASH_LOCAL_MANUAL, PATTERN_FREE
        is_free = self.pattern_status() == free
        return conflict << 4 | local_flash << 5 | is_free << 6 | (self._flash == NOT_FLASH and not is_free) << 7

    def alarms_2(self) -> int:
        """unitAlarmStatus2: nothing it tells of can happen here."""
        return 0

    def short_alarms(self) -> int:
        """shortAlarmStatus."""
        flashes = self._flash in {FLASH_MMU, FLASH_LOCAL_MANUAL}
        return bool(self.preemptions.dwell) | flashes << 1 | self._manual << 3 | (self._flash == FLASH_MMU) << 7
