"""A walk of envelope and junction: everything that can be asked and everything that can go wrong, in any order.

`Walk.do(name)` is one step. What must hold is judged by the witness in `tests.support.junction`.
"""

from __future__ import annotations

from random import Random

from signal_bridge.controller import Mode
from signal_bridge.envelope import Ask, Ended, Limits
from signal_bridge.envelope.state import Action
from signal_bridge.guard import Guard
from tests.support.junction import CHECKSUM, LIMITS, STAGES, Faults, Time, WatchedJunction

OTHER_LIMITS = Limits(**LIMITS.model_dump() | {"cycle_max_s": 125.0})
QUIET = (8, 30, 60)
"""Of so many steps all but one only let the guard tick: a stormy, a mixed, a calm walk."""


class Walk:
    """One junction, one guard, one witness."""

    def __init__(self, random: Random) -> None:
        self.random, self.time = random, Time()
        self.junction = WatchedJunction(self.time, random=random)
        self.guard = Guard(self.junction, LIMITS, self.time)
        self.quiet = random.choice(QUIET)
        self.steps = 0
        self.granted = 0
        self.given_s = 0.0
        self.arm()

    def step(self) -> None:
        """One step, drawn."""
        self.do("tick" if self.random.randrange(self.quiet) else self.random.choice(ACTIONS))

    def do(self, name: str) -> None:
        """One step, named."""
        self.steps += 1
        book, faults = self.junction.book, self.junction.faults
        if faults.dead or faults.lose or faults.mute or faults.frozen or faults.refuse:
            book.hampered = True
            book.leftover_until = self.time.mono + self.junction.watchdog_s
        getattr(self, name)()

    def recover(self) -> None:
        """Somebody sees to everything."""
        self.mend()
        self.restore_plan()
        self.arm()

    # --- what is ordinary

    def tick(self) -> None:
        """Time passes; the guard looks and acts."""
        self.time.pass_(0.2 + self.random.random() * 0.6)
        self._note(self.guard.tick())
        self.junction.check_after_tick()

    def arm(self) -> None:
        """Somebody at the cabinet."""
        self.guard.arm()
        self.junction.book.armed = True

    def disarm(self) -> None:
        """Somebody at the cabinet."""
        self.guard.disarm()
        self.junction.book.armed = False

    def extend(self) -> None:
        """Hold a stage, or something that is no stage."""
        phases = self.random.choice([*STAGES, frozenset({2}), frozenset({2, 4}), frozenset({3}), frozenset[int]()])
        self._ask("extend", phases)

    def cut(self) -> None:
        """End a stage."""
        self._ask("cut", self.random.choice([*STAGES, frozenset({6}), frozenset({4, 8})]))

    def priority(self) -> None:
        """An ambulance from any side."""
        self._ask("priority", self.random.choice(STAGES), rank=self.random.randrange(1, 4))

    def pattern(self) -> None:
        """Another plan, allowed or not."""
        self._ask("pattern", frozenset(), pattern=self.random.choice([3, 5, 7, 255]))

    def give_up(self) -> None:
        """The owner lets go."""
        self.guard.give_up()

    def _ask(self, action: Action, phases: frozenset[int], *, rank: int = 0, pattern: int = 0) -> None:
        draw, now = self.random, self.time.mono
        ends = now + draw.choice([-1.0, 0.5, 20.0, 60.0, 120.0, 9999.0])
        seconds = draw.choice([1.0, 5.0, 15.0, 40.0, 300.0])
        asked = Ask(f"r{self.steps}", draw.choice("ab"), action, ends, phases, seconds, pattern, rank)
        against, ended = self.guard.ask(asked)
        self._note(ended)
        if against is None:
            book = self.junction.book
            book.lease, book.action, book.phases = asked.id, action, phases
            book.ends = min(ends, now + LIMITS.lease_max_s)
            self.granted += 1

    def _note(self, ended: tuple[Ended, ...]) -> None:
        for one in ended:
            self.given_s += one.lease.given_s
            if one.lease.ask.id == self.junction.book.lease:
                self.junction.book.lease = None

    # --- what goes wrong at the line

    def break_line(self) -> None:
        """A cable, a reply, a command, a reading."""
        draw, faults = self.random, self.junction.faults
        what = draw.choice(["dead", "lose", "mute", "refuse", "frozen"])
        setattr(faults, what, True)

    def garble(self) -> None:
        """Phases or items that cannot be read."""
        draw, faults = self.random, self.junction.faults
        faults.blur = frozenset(phase for phase in LIMITS.by_phase if draw.random() < 0.3)
        names = ["mode", "held", "checksum", "watchdog", "preempts", "alarms"]
        faults.blank = frozenset(name for name in names if draw.random() < 0.2)

    def mend(self) -> None:
        """The line is itself again."""
        self.junction.faults = Faults()

    # --- what happens at the junction

    def take_over(self) -> None:
        """A policeman, a flash, a fire lane."""
        self.junction.mode = self.random.choice([Mode.LOCAL, Mode.FLASH, Mode.PREEMPTED, Mode.UNKNOWN])
        self.junction.preempts = frozenset({1}) if self.junction.mode is Mode.PREEMPTED else frozenset()

    def hand_back(self) -> None:
        """Remote again."""
        self.junction.mode, self.junction.preempts = Mode.REMOTE, frozenset()

    def change_plan(self) -> None:
        """Another checksum, another watchdog, an alarm."""
        what = self.random.randrange(3)
        self.junction.move()
        if what == 0:
            self.junction.checksum = 1
        elif what == 1 and self.junction.last_set is None:
            # Nobody can help against a watchdog switched off under a hold with the line cut; so not under a hold.
            self.junction.watchdog_s = self.random.choice([0, 3, 600])
        else:
            self.junction.alarms = frozenset({"conflict"})

    def restore_plan(self) -> None:
        """As it was approved."""
        self.junction.move()
        self.junction.checksum, self.junction.watchdog_s, self.junction.alarms = CHECKSUM, 10, frozenset()
        self.hand_back()

    def stray(self) -> None:
        """A telegram of ours comes twice, late: a hold nobody asks for any more."""
        self.junction.move()
        book = self.junction.book
        if not self.junction.hold_set and not book.hampered and self.junction.watchdog_s == 10:
            self.junction.hold_set = self.junction.green_phases()
            self.junction.last_set = self.time.mono
            book.hampered, book.leftover_until = True, self.time.mono + 10.0

    # --- what happens to the bridge

    def stall(self) -> None:
        """The process stands still."""
        self.junction.book.hampered = True
        self.time.pass_(self.random.choice([1.5, 4.0, 12.0, 200.0]))

    def kill(self) -> None:
        """Kill -9, and a new process that finds the arm file, or does not."""
        self.junction.move()
        book = self.junction.book
        book.hampered, book.lease = True, None
        book.leftover_until = self.time.mono + self.junction.watchdog_s
        book.commands.clear()
        self.guard = Guard(self.junction, self.guard.limits, self.time, armed=book.armed)

    def jump(self) -> None:
        """The wall clock is set."""
        self.time.wall += self.random.choice([-86_400.0, -5.0, 5.0, 3e7])

    def reconfigure(self) -> None:
        """Other bounds: disarmed until armed for these."""
        self.guard.reconfigure(OTHER_LIMITS if self.guard.limits is LIMITS else LIMITS)
        self.junction.book.armed = False


ACTIONS = (
    *("extend", "cut", "priority") * 8,
    *("recover",) * 10,
    *("pattern", "give_up", "break_line", "garble", "take_over", "stall", "kill", "jump", "stray"),
    *("mend", "hand_back", "restore_plan", "arm"),
    *("change_plan", "reconfigure", "disarm"),
)
