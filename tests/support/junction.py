"""A junction that obeys without thinking, and a witness of what truly happened there.

A real controller protects its own minimum green and its pedestrians. This one does not: it ends a green the instant it
is told to and holds one for ever. So what the witness finds is what the bridge did, not what the controller prevented.
Only the watchdog is real: with no control SET for `watchdog_s`, every remote control is cleared.

The witness knows the truth at every instant and none of the bridge's code but the limits it must keep.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

from signal_bridge.controller import Aspect, ControllerStatus, LineError, Mode, PhaseStatus, RefusedError, Walk
from signal_bridge.envelope import Clock, Limits, PhaseLimits

YELLOW_S, ALL_RED_S = 3.0, 2.0
CHECKSUM = 4711
LIMITS = Limits(
    phases=tuple(
        PhaseLimits(
            phase=phase, min_green_s=10, max_green_s=50, pedestrians=phase in {2, 4}, approaches=(f"arm-{phase}",)
        )
        for phase in (2, 4, 6, 8)
    ),
    plan_checksum=CHECKSUM,
    conflicts=((2, 4), (2, 8), (6, 4), (6, 8)),
    patterns=(3, 5),
    watchdog_max_s=20,
    step_s=1,
)
STAGES: tuple[frozenset[int], ...] = (frozenset({2, 6}), frozenset({4}), frozenset({8}))
PLANS: dict[int, tuple[float, ...]] = {0: (30, 20, 15), 3: (40, 15, 15), 5: (20, 25, 20)}
"""Pattern -> green of each stage, seconds."""
WALK_S, PED_CLEAR_S = 5.0, 7.0


@dataclass
class Time:
    """Both clocks, moved by hand."""

    mono: float = 1000.0
    wall: float = 1.8e9

    def __call__(self) -> Clock:
        return Clock(self.mono, self.wall)

    def pass_(self, seconds: float) -> None:
        self.mono += seconds
        self.wall += seconds


@dataclass
class Faults:
    """What goes wrong, each until it is taken away. `lose`: the command never arrives; `mute`: its answer never does.

    `blur`: phases that read unknown; `blank`: items that could not be read; `frozen`: an old reading comes again.
    """

    dead: bool = False
    lose: bool = False
    mute: bool = False
    refuse: bool = False
    blur: frozenset[int] = frozenset()
    blank: frozenset[str] = frozenset()
    frozen: bool = False


@dataclass
class Stage:
    """Where the junction is in its cycle. `interval`: green, yellow or red (all-red)."""

    index: int = 0
    interval: str = "green"
    began: float = 1000.0


class Junction:
    """The `Controller` at the far end. Moves itself to `time` before anything is asked of it."""

    def __init__(self, time: Time, limits: Limits = LIMITS, random: Random | None = None) -> None:
        self.time, self.limits, self.faults = time, limits, Faults()
        self.mode, self.checksum, self.watchdog_s = Mode.REMOTE, CHECKSUM, 10
        self.preempts: frozenset[int] = frozenset()
        self.alarms: frozenset[str] = frozenset()
        self.hold_set: frozenset[int] = frozenset()
        self.omit_set: frozenset[int] = frozenset()
        self.call_set: frozenset[int] = frozenset()
        self.pattern = 0
        self.last_set: float | None = None
        self.stage = Stage(began=time.mono)
        self.started: dict[int, float] = dict.fromkeys(STAGES[0], time.mono)
        self.cycle: dict[int, float] = {}
        self.now = time.mono
        self._random = random

    # --- the signal itself

    def green_phases(self) -> frozenset[int]:
        """What is green in truth."""
        return STAGES[self.stage.index] if self.stage.interval == "green" else frozenset()

    def move(self) -> None:
        """Let time pass up to now."""
        while True:
            ends = self._interval_ends()
            cleared = self.last_set + self.watchdog_s if self.last_set is not None and self.watchdog_s else None
            if cleared is not None and cleared <= min(ends, self.time.mono):
                self.now = max(self.now, cleared)
                self._clear()
            elif ends <= self.time.mono:
                self.now = max(self.now, ends)
                self._next_interval()
            else:
                self.now = self.time.mono
                return

    def _interval_ends(self) -> float:
        stage = self.stage
        if stage.interval != "green":
            return stage.began + (YELLOW_S if stage.interval == "yellow" else ALL_RED_S)
        if STAGES[stage.index] & self.hold_set:
            return float("inf")
        return max(self.now, stage.began + PLANS[self.pattern][stage.index])

    def _next_interval(self) -> None:
        stage = self.stage
        if stage.interval == "green":
            self.green_ends(STAGES[stage.index], self.now - stage.began)
            self.stage = Stage(stage.index, "yellow", self.now)
        elif stage.interval == "yellow":
            self.stage = Stage(stage.index, "red", self.now)
        else:
            order = [(stage.index + step) % len(STAGES) for step in range(1, len(STAGES) + 1)]
            wanted = [index for index in order if not STAGES[index] <= self.omit_set] or order
            self.stage = Stage(wanted[0], "green", self.now)
            for phase in STAGES[wanted[0]]:
                if phase in self.started:
                    self.cycle[phase] = self.now - self.started[phase]
                self.started[phase] = self.now

    def _clear(self) -> None:
        self.hold_set = self.omit_set = self.call_set = frozenset()
        self.pattern, self.last_set = 0, None

    def aspect(self, phase: int) -> Aspect:
        """In truth."""
        if phase not in STAGES[self.stage.index]:
            return Aspect.RED
        return Aspect(self.stage.interval)

    def walk(self, phase: int) -> Walk:
        """In truth."""
        if not self.limits.by_phase[phase].pedestrians:
            return Walk.UNKNOWN
        age_s = self.now - self.stage.began
        if self.aspect(phase) is not Aspect.GREEN or age_s >= WALK_S + PED_CLEAR_S:
            return Walk.DONT_WALK
        return Walk.WALK if age_s < WALK_S else Walk.CLEAR

    # --- Controller

    def read_status(self) -> ControllerStatus:
        """The truth, less what the faults take from it."""
        self.move()
        if self.faults.dead:
            raise LineError("no answer")
        read_at, blur, blank = self.time.mono, self.faults.blur, self.faults.blank
        phases = {
            phase: PhaseStatus(Aspect.UNKNOWN if phase in blur else self.aspect(phase), self.walk(phase))
            for phase in self.limits.by_phase
        }
        self._take_time()
        return ControllerStatus(
            read_at=read_at,
            mode=Mode.UNKNOWN if "mode" in blank else self.mode,
            phases=phases,
            held=None if "held" in blank else self.hold_set,
            pattern=self.pattern,
            plan_checksum=None if "checksum" in blank else self.checksum,
            unit_backup_time_s=None if "watchdog" in blank else self.watchdog_s,
            preempts=None if "preempts" in blank else self.preempts,
            alarms=None if "alarms" in blank else self.alarms,
        )

    def hold(self, phases: frozenset[int]) -> None:
        """Whole set."""
        self._set("hold", phases)

    def force_off(self, phases: frozenset[int]) -> None:
        """Ends the green at once, whatever its age."""
        self._set("force_off", phases)

    def omit(self, phases: frozenset[int]) -> None:
        """Whole set."""
        self._set("omit", phases)

    def vehicle_call(self, phases: frozenset[int]) -> None:
        """Whole set."""
        self._set("call", phases)

    def pedestrian_call(self, phases: frozenset[int]) -> None:
        """Not used by the envelope."""
        raise AssertionError(f"pedestrian call of {sorted(phases)}")

    def select_pattern(self, pattern: int) -> None:
        """Another plan."""
        self._set("pattern", frozenset(), pattern)

    def preempt(self, number: int, on: bool) -> None:
        """Not used by the envelope."""
        raise AssertionError(f"pre-emption {number} {on}")

    def release_all(self) -> None:
        """Clear everything."""
        self._set("release", frozenset())

    def heartbeat(self) -> None:
        """Restart the watchdog."""
        self._set("heartbeat", frozenset())

    def close(self) -> None:
        """Nothing to close."""

    def arrived(self, kind: str, phases: frozenset[int], pattern: int) -> None:
        """For the witness: `kind` is about to take effect, in this truth."""

    def green_ends(self, phases: frozenset[int], green_s: float) -> None:
        """For the witness: these phases go to yellow after `green_s`."""

    def _set(self, kind: str, phases: frozenset[int], pattern: int = 0) -> None:
        self._take_time()
        self.move()
        if self.faults.dead or self.faults.lose:
            raise LineError("no answer")
        if self.faults.refuse and kind != "release":
            raise RefusedError("genErr")
        self.arrived(kind, phases, pattern)
        self._obey(kind, phases, pattern)
        self.last_set = self.time.mono
        self.move()
        if self.faults.mute:
            raise LineError("the answer was lost")

    def _obey(self, kind: str, phases: frozenset[int], pattern: int) -> None:
        if kind == "hold":
            self.hold_set = phases
        elif kind == "omit":
            self.omit_set = phases
        elif kind == "call":
            self.call_set = phases
        elif kind == "pattern":
            self.pattern = pattern
        elif kind == "release":
            self._clear()
        elif kind == "force_off" and phases & self.green_phases():
            self._next_interval()

    def _take_time(self) -> None:
        """The line is slow: up to a fifth of a second a telegram."""
        if self._random is not None:
            self.time.pass_(self._random.random() * 0.2)


@dataclass
class Book:
    """What the witness knows of the bridge: who was granted what, whether it was armed, what it was last shown."""

    armed: bool = False
    lease: str | None = None
    action: str = ""
    phases: frozenset[int] = frozenset()
    ends: float = 0.0
    shown: ControllerStatus | None = None
    greens: frozenset[int] = frozenset()
    commands: deque[float] = field(default_factory=lambda: deque(maxlen=100))
    hampered: bool = False
    """Something went wrong during this green that the bridge could not know of at once."""
    leftover_until: float = 0.0
    """Until then something may be in force that the bridge cannot know of: its predecessor's, or a stray telegram."""


class WatchedJunction(Junction):
    """A junction with its witness: raises AssertionError at the first thing that must not happen."""

    def __init__(self, time: Time, limits: Limits = LIMITS, random: Random | None = None) -> None:
        super().__init__(time, limits, random)
        self.book = Book()
        self.counts: dict[str, int] = {}

    def read_status(self) -> ControllerStatus:
        """As the junction, remembering what was shown and how it was in truth then."""
        self.move()
        if self.faults.frozen and self.book.shown is not None:
            return self.book.shown
        greens = self.green_phases()
        status = super().read_status()
        self.book.shown, self.book.greens = status, greens
        if self._breaks(status):
            self.book.armed = False
        return status

    def _breaks(self, status: ControllerStatus) -> bool:
        """Whether the bridge has now been shown something after which only arming helps."""
        return (
            status.plan_checksum not in {None, CHECKSUM}
            or status.unit_backup_time_s not in {None, *range(5, 21)}
            or "conflict" in (status.alarms or ())
        )

    def arrived(self, kind: str, phases: frozenset[int], pattern: int) -> None:
        """Judge a command by the truth."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        adds = (
            (kind == "force_off" and bool(phases))
            or (kind == "hold" and bool(phases - self.hold_set))
            or (kind == "omit" and bool(phases - self.omit_set))
            or (kind == "call" and bool(phases - self.call_set))
            or (kind == "pattern" and pattern != 0)
        )
        if not adds:
            return
        self._was_allowed(kind, phases)
        self._was_safe(kind, phases)
        self._was_unhurried()

    def _was_allowed(self, kind: str, phases: frozenset[int]) -> None:
        book, shown = self.book, self.book.shown
        assert book.armed, f"{kind} while not armed"
        assert book.lease is not None, f"{kind} without a lease"
        assert self.time.mono < book.ends + 0.5, f"{kind} after the lease"
        if book.action in {"extend", "cut"}:
            assert phases <= book.phases, f"{kind} of phases nobody asked for"
            assert kind == {"extend": "hold", "cut": "force_off"}[book.action], f"{kind} for {book.action}"
        assert shown is not None
        assert self.time.mono - shown.read_at <= 0.41, f"{kind} on a reading of another step"
        assert shown.mode is Mode.REMOTE, f"{kind} in mode {shown.mode}"
        assert shown.preempts == frozenset(), f"{kind} under pre-emption"
        assert shown.plan_checksum == CHECKSUM, f"{kind} with a foreign plan"
        assert shown.alarms == frozenset(), f"{kind} under alarm"
        assert shown.unit_backup_time_s is not None
        assert 5 <= shown.unit_backup_time_s <= 20, f"{kind} with watchdog {shown.unit_backup_time_s}"

    def _was_safe(self, kind: str, phases: frozenset[int]) -> None:
        book, shown = self.book, self.book.shown
        assert shown is not None
        assert all(one.aspect is not Aspect.UNKNOWN for one in shown.phases.values()), f"{kind} with an unknown phase"
        assert book.greens, f"{kind} in intergreen"
        for phase in book.greens:
            age_s = self.now - self.started[phase]
            assert age_s >= 10.0, f"{kind} in the minimum green of {phase} ({age_s:.2f} s)"
        if kind == "force_off":
            for phase in phases & self.green_phases():
                assert self.cycle.get(phase, 0.0) >= 40.0, f"cut in a cycle of {self.cycle.get(phase)}"
            for phase in self.green_phases():
                assert self.now - self.started[phase] >= 10.0, f"green of {phase} cut too early"
                assert self.walk(phase) in {Walk.DONT_WALK, Walk.UNKNOWN}, f"pedestrians of {phase} cut off"
        if kind == "omit":
            assert not phases & self.green_phases(), "omit of a phase that is green"

    def _was_unhurried(self) -> None:
        commands, now = self.book.commands, self.time.mono
        if commands:
            assert now - commands[-1] >= 2.0 - 0.41, "two commands in a breath"
        commands.append(now)
        assert sum(now - at < 59.5 for at in commands) <= 12, "too many commands in a minute"

    def green_ends(self, phases: frozenset[int], green_s: float) -> None:
        """Never beyond maximum green by our doing; with a hampered line never beyond the watchdog as well."""
        longest = max(PLANS[self.pattern][self.stage.index], 50.0)
        if self.book.hampered:
            longest += self.watchdog_s + 3.5
        assert green_s <= longest + 0.5, f"green of {sorted(phases)} lasted {green_s:.1f} s"
        self.book.hampered = False

    def check_after_tick(self) -> None:
        """What must hold after a step in which the line did not fail."""
        if self.faults.dead or self.faults.lose or self.faults.mute or self.faults.refuse:
            return
        if (self.book.lease is None or not self.book.armed) and self.now > self.book.leftover_until:
            assert not (self.hold_set or self.omit_set or self.call_set or self.pattern), "in force without a lease"
        if self.book.hampered:
            return
        waits_s = {phase: self.now - self.started.get(phase, float("-inf")) for phase in self.limits.by_phase}
        for phase in set(waits_s) - self.green_phases() - self.hold_set if self.hold_set else ():
            assert waits_s[phase] <= 130.0, f"phase {phase} kept waiting {waits_s[phase]:.0f} s by a hold"
        for phase in self.omit_set - self.green_phases():
            assert waits_s[phase] <= 180.0, f"phase {phase} passed over for {waits_s[phase]:.0f} s"
