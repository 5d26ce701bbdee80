"""A random walk of envelope and virtual controller: eight phases in two rings, detectors, buttons, a line that fails.

The virtual controller (`twin.controllers`) protects its own minimums and has a conflict monitor that trusts nobody. The
walk judges what the bridge *sends* by the controller's own state, and that the monitor never trips.
"""

from __future__ import annotations

from random import Random

from signal_bridge.controller import ControllerStatus, LineError
from signal_bridge.drivers.bits import mask, phases
from signal_bridge.envelope import Ask, Clock, Ended, Limits, PhaseLimits
from signal_bridge.envelope.state import Action
from signal_bridge.guard import Guard
from twin.controllers.controller import PhaseController
from twin.controllers.direct import DirectController
from twin.controllers.plan import dual_ring

PLAN = dual_ring().model_copy(update={"backup_time_s": 10})
_RING_OF = {phase: phase > 4 for phase in range(1, 9)}
LIMITS = Limits(
    phases=tuple(PhaseLimits(phase=phase, min_green_s=10, max_green_s=50) for phase in range(1, 9)),
    plan_checksum=PLAN.checksum(),
    conflicts=tuple(
        (one, other)
        for one in range(1, 9)
        for other in range(one + 1, 9)
        if _RING_OF[one] is _RING_OF[other] or (one in {1, 2, 5, 6}) is not (other in {1, 2, 5, 6})
    ),
    patterns=(1,),
    step_s=1,
)
GROUPS = [frozenset(group) for group in ({1}, {2, 6}, {2, 5}, {4, 8}, {3, 7}, {8}, {1, 6})]


class Line:
    """The controller behind a line that loses readings and commands; keeps when each green and walk began."""

    def __init__(self, unit: PhaseController, time: Clock, random: Random) -> None:
        self.unit, self.now, self.random = unit, time.mono, random
        self._direct = DirectController(unit, lambda: self.now)
        self.loss = 0.0
        self.counts: dict[str, int] = {}
        self._greens, self._began = 0, dict.fromkeys(range(1, 9), 0.0)

    def pass_(self, seconds: float) -> None:
        """Time passes at the junction; at an instant in between, at random, the controller looks at its clock too.

        So a lamp has shown what it shows for any part of a step when it is read, and commands fall anywhere in one.
        """
        end = self.now + seconds
        for instant in (self.now + self.random.random() * seconds, end):
            self.now = instant
            self.unit.advance(instant)
            greens = self.unit.shown.greens
            if greens != self._greens:
                for phase in phases(greens & ~self._greens):
                    self._began[phase] = self.now
                self._greens = greens

    def read_status(self) -> ControllerStatus:
        """Or silence."""
        self._may_fail()
        return self._direct.read_status()

    def hold(self, wanted: frozenset[int]) -> None:
        """Judged, then done."""
        self._judge("hold", wanted if mask(wanted) & ~self.unit.remote.hold else frozenset())
        self._direct.hold(wanted)
        self._may_fail()

    def force_off(self, wanted: frozenset[int]) -> None:
        """Judged, then done."""
        self._judge("force_off", wanted if mask(wanted) & ~self.unit.remote.force_off else frozenset())
        shown = self.unit.shown
        assert not (wanted and (shown.walks | shown.clears)), "pedestrians are on the road"
        self._direct.force_off(wanted)
        self._may_fail()

    def omit(self, wanted: frozenset[int]) -> None:
        """Judged, then done."""
        self._judge("omit", wanted if mask(wanted) & ~self.unit.remote.omit else frozenset())
        self._direct.omit(wanted)
        self._may_fail()

    def vehicle_call(self, wanted: frozenset[int]) -> None:
        """Judged, then done."""
        self._judge("call", wanted if mask(wanted) & ~self.unit.remote.vehicle_call else frozenset())
        self._direct.vehicle_call(wanted)
        self._may_fail()

    def pedestrian_call(self, wanted: frozenset[int]) -> None:
        """The bridge does not."""
        raise AssertionError(f"pedestrian call of {sorted(wanted)}")

    def select_pattern(self, pattern: int) -> None:
        """Judged, then done."""
        self._judge("pattern", frozenset({1}) if pattern else frozenset())
        self._direct.select_pattern(pattern)
        self._may_fail()

    def preempt(self, number: int, on: bool) -> None:
        """The bridge does not."""
        raise AssertionError(f"pre-emption {number} {on}")

    def release_all(self) -> None:
        """Done, or lost."""
        self._may_fail()
        self._direct.release_all()

    def heartbeat(self) -> None:
        """Done, or lost."""
        self._may_fail()
        self._direct.heartbeat()

    def close(self) -> None:
        """Nothing to close."""

    def _may_fail(self) -> None:
        if self.loss and self.random.random() < self.loss:
            raise LineError("lost")

    def _judge(self, kind: str, adds: frozenset[int]) -> None:
        if not adds:
            return
        self.counts[kind] = self.counts.get(kind, 0) + 1
        shown = self.unit.shown
        assert shown.greens, f"{kind} in intergreen"
        assert not shown.yellows, f"{kind} in intergreen"
        for phase in phases(shown.greens):
            age_s = self.now - self._began[phase]
            assert age_s >= 10 - 1e-6, f"{kind} in the minimum green of {phase}: {age_s:.2f} s"


class RingWalk:
    """One unit, one guard. `step` is one step."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.unit = PhaseController(PLAN)
        self.line = Line(self.unit, Clock(0.0, 0.0), random)
        self.wall_ahead = 1.8e9
        self.guard = Guard(self.line, LIMITS, self._clock, armed=True)
        self.lease: str | None = None
        self.steps = 0
        self.given_s = 0.0

    def _clock(self) -> Clock:
        return Clock(self.line.now, self.line.now + self.wall_ahead)

    def step(self) -> None:
        """Mostly time passes; sometimes somebody asks, or something breaks."""
        self.steps += 1
        draw = self.random
        self.line.pass_(0.3 + draw.random() * 0.5)
        self._note(self.guard.tick())
        remote = self.unit.remote
        assert self.unit.monitor.tripped is None, self.unit.monitor.tripped
        if self.lease is None and not self.line.loss and self.guard.state.doubt is None:
            assert not (remote.hold or remote.force_off or remote.omit or remote.pattern), "in force without a lease"
        event = draw.randrange(60)
        if event < 4:
            self._ask()
        elif event == 4:
            self.unit.detect(draw.getrandbits(8), draw.getrandbits(8) & draw.getrandbits(8))
        elif event == 5:
            self.line.loss = draw.choice([0.0, 0.0, 0.0, 0.05, 0.3, 1.0])
        elif event == 6:
            self._rarely()

    def _rarely(self) -> None:
        draw = self.random
        what = draw.randrange(12)
        if what == 0:
            self.wall_ahead += draw.choice([-50.0, 1e6])
        elif what == 1:
            self.line.pass_(draw.choice([4.0, 15.0, 60.0]))
        elif what == 2:
            self.guard = Guard(self.line, LIMITS, self._clock, armed=True)
            self.lease = None
        elif what == 3:
            self.unit.cabinet(manual=bool(draw.randrange(2)))
        elif what == 4:
            self.guard.arm()
        else:
            self.unit.cabinet()
            self.line.loss = 0.0

    def _ask(self) -> None:
        draw = self.random
        action: Action = draw.choice(["extend", "extend", "cut", "priority", "pattern"])
        ends = self.line.now + draw.choice([20.0, 90.0, 200.0])
        asked = Ask(f"r{self.steps}", draw.choice("ab"), action, ends, draw.choice(GROUPS), 20.0, 1, draw.randrange(3))
        against, ended = self.guard.ask(asked)
        self._note(ended)
        if against is None:
            self.lease = asked.id

    def _note(self, ended: tuple[Ended, ...]) -> None:
        for one in ended:
            self.given_s += one.lease.given_s
            if one.lease.ask.id == self.lease:
                self.lease = None
