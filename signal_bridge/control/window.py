"""A green window on an ambulance's route: priority goes first, whatever control runs the junction otherwise.

    GPS and route ──▶ ask(approach) ──▶ requested ─ queued ─▶ activated ──▶ completed ──▶ cooldown
                                          (signal_bridge.priority)      presence at most

Whom the green is for, and for how long, is decided by the same book as in the bridge. What it may not do is the same
too: minimum green, yellow, all-red and maximum green stay with the `StageMachine`, which asks this like any control.

Priority is by approach: every lane of the road that the ambulance comes on is green, and nobody in the lanes that lead
onto its way has to give way. A stage that lets only the ambulance's own movement go, or makes a vehicle before it wait
for a gap, leaves it behind whoever blocks a shared lane (signal-notes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from typing_extensions import override

from contract.signals import PriorityKind, SignalReason
from signal_bridge import priority
from signal_bridge.control.clearance import ALL_RED_S, MINIMUM_GREEN_S, YELLOW_S
from signal_bridge.control.junction import GREEN, Control, Junction, Seen, View
from signal_bridge.control.lanes import PROTECTED_VEH_S
from signal_bridge.priority import Manners, Priority, PriorityBook


class Approach(NamedTuple):
    """A road with a stop line, as an ambulance comes on it."""

    lanes: frozenset[str]
    """All of its lanes with a stop line."""
    own: frozenset[str]
    """Those from which the ambulance can go on its way."""
    beside: frozenset[str] = frozenset()
    """Lanes with another stop line here whose traffic comes by the same road: their queue may stand in its way."""


class _Course(NamedTuple):
    """How an ambulance on its way to a stop line gets on."""

    approach: Approach
    due_s: float
    """When it was to arrive, by the best that was ever foretold."""
    left_s: float
    """The least that it still needed, at the speed limit."""
    moved_s: float
    """When it, or anybody in its lanes at the stop line, was last seen to move on."""
    told_s: float
    """When it last said where it is."""
    crawls: bool
    """Whether it hardly came nearer since it told before, as in a queue."""


class _Detour(NamedTuple):
    """A stage in between, for who stands in an ambulance's way at another stop line."""

    stage: int
    until_s: float


OVER = frozenset({"completed", "rejected", "cooldown"})
_START_UP_S, _MARGIN_S = 4.0, 3.0
LEASE_S = 180.0
AGAIN_S = 30.0
"""After a presence that did not do, the others go for so long before the same ambulance may ask again."""
STUCK_S = 15.0
"""A green that moves nobody for so long, when the ambulance was to be here by now, is given back."""
HELD_UP_S, DETOUR_S = 10.0, 18.0
"""Sooner, when somebody waits beside its way: then they are let go first, until it moves, for so long at most."""
_MOVED_S, _FRESH_S = 0.2, 3.0
_CRAWL, _NEAR_S = 0.4, 40.0
"""Nearer by less than this part of the time that passed: it stands in a queue; ours, if the stop line is so near."""
_FULL_M, _CRAWLS_MS, _BEHIND = 80.0, 4.0, 2
"""A queue that crawls as far out as this is taken to go on, out of sight, for as many vehicles again."""


def with_approaches(junction: Junction, roads: Iterable[frozenset[str]], foes: frozenset[tuple[int, int]]) -> Junction:
    """The junction with a further stage for each road (its lanes) that no stage of the plan lets go as a whole.

    In such a stage the road alone is green: what a dual-ring controller shows with the through and the left phase of
    one side. `foes` are pairs of streams that may not both be protected.
    """
    stages, least = list(junction.stages), list(junction.least or [0.0] * len(junction.stages))
    for road in roads:
        alone = _alone(junction, road, foes)
        if set(alone) & GREEN and not any(_covers(stage, alone) for stage in stages):
            stages.append(alone)
            least.append(0.0)
    more = len(stages) - len(junction.stages)
    return replace(
        junction, stages=tuple(stages), greens=(*junction.greens, *[MINIMUM_GREEN_S] * more), least=tuple(least)
    )


def _alone(junction: Junction, road: frozenset[str], foes: frozenset[tuple[int, int]]) -> str:
    lamps = ["r"] * len(junction.streams)
    for index in junction.greenable(road):
        opposed = any(lamps[a if b == index else b] == "G" for a, b in foes if index in {a, b})
        lamps[index] = "g" if opposed else "G"
    return "".join(lamps)


def _covers(stage: str, alone: str) -> bool:
    """Whether a stage shows at least what `alone` shows."""
    return all(want == "r" or has in {"G", want} for has, want in zip(stage, alone, strict=True))


@dataclass(slots=True)
class GreenWindow(Control):
    """Runs `inner` on the plan's stages, and the ambulance's stage while the book says so."""

    junction: Junction
    """As `with_approaches` gives it."""
    plain: int
    """How many of its stages are the plan's."""
    inner: Control
    manners: Manners
    book: PriorityBook = field(default_factory=PriorityBook)
    fates: dict[str, Literal["completed", "rejected"]] = field(default_factory=dict)
    """How each request ended."""
    _view: View | None = field(default=None, init=False)
    _stage: int | None = field(default=None, init=False)
    _courses: dict[str, _Course] = field(default_factory=dict, init=False)
    _others_first: frozenset[int] = field(default=frozenset(), init=False)
    """Stages that have to end before anything else, after a green that was given back."""
    _again_s: dict[str, float] = field(default_factory=dict, init=False)
    _detours: dict[str, _Detour] = field(default_factory=dict, init=False)

    def serves(self, approach: Approach) -> tuple[int, ...]:
        """The stages that do for an approach, those of the plan first; none where it never has green."""
        own = self.junction.greenable(approach.own)
        others = self.junction.greenable(approach.lanes - approach.own)
        return tuple(
            number
            for number, lamps in enumerate(self.junction.stages)
            if own and all(lamps[one] == "G" for one in own) and all(lamps[one] in GREEN for one in others)
        )

    def lead_s(self, approach: Approach) -> float:
        """How long before it arrives an ambulance should ask: to change the stage, and to empty its lanes."""
        seen = self._view.lanes if self._view is not None else {}
        queue = max((_queue_veh(seen.get(lane, ())) for lane in approach.own), default=0)
        change_s = 0.0 if self._stage in self.serves(approach) else MINIMUM_GREEN_S / 2 + YELLOW_S + ALL_RED_S
        return change_s + _START_UP_S + _MARGIN_S + queue / PROTECTED_VEH_S

    def ask(self, id_: str, approach: Approach, arrives_s: float, now: float) -> SignalReason | None:
        """An ambulance arrives in so many seconds: say so every second, until it has `passed`.

        Its window begins when the junction has to make ready for it, at once when it stands in the queue already. The
        reason says why it was rejected instead.
        """
        self._follow(id_, approach, arrives_s, now)
        queues = self._courses[id_].crawls and arrives_s <= _NEAR_S
        begins = now if queues else now + max(0.0, arrives_s - self.lead_s(approach))
        before = self.book.of(id_)
        if before is not None and before.stage in {"requested", "queued"}:
            later = replace(before, begins=begins, expires=begins + LEASE_S)
            self.book = replace(
                self.book, requests=tuple(later if one is before else one for one in self.book.requests)
            )
            return None
        if before is not None:
            if before.stage not in OVER or now < self._again_s.get(id_, now):
                return SignalReason.COOLDOWN
            self.book = priority.withdrawn(self.book, id_)
        stages, kind = frozenset(self.serves(approach)), PriorityKind.AMBULANCE
        wanted = Priority(id_, kind, stages, begins, begins + LEASE_S, self.manners.presence_s[kind])
        self.book, against = priority.request(self.book, self.manners, wanted, now)
        if against is not None:
            self.fates[id_] = "rejected"
        return against

    def _follow(self, id_: str, approach: Approach, arrives_s: float, now: float) -> None:
        """Note how it gets on."""
        before = self._courses.get(id_, _Course(approach, now + arrives_s, arrives_s, now, now, crawls=False))
        departed = self._view.departed if self._view is not None else {}
        moves = arrives_s < before.left_s - _MOVED_S or any(departed.get(lane) for lane in approach.own)
        self._courses[id_] = _Course(
            approach,
            due_s=min(before.due_s, now + arrives_s),
            left_s=min(before.left_s, arrives_s),
            moved_s=now if moves else before.moved_s,
            told_s=now,
            crawls=before.left_s - arrives_s < _CRAWL * (now - before.told_s),
        )

    def _stuck_s(self, one: Priority, now: float) -> float:
        """How long its green has moved nobody: whoever stands in its way waits at another stop line, or at none."""
        course = self._courses.get(one.id)
        if course is None or now - course.told_s > _FRESH_S:
            return 0.0
        return now - max(course.due_s, course.moved_s, one.changed + _START_UP_S)

    def passed(self, id_: str, now: float) -> None:
        """It crossed the stop line, or took another way."""
        one = self.book.of(id_)
        if one is not None and one.stage not in OVER:
            self.book = priority.ended(self.book, self.manners, id_, now)
            self.fates[id_] = "completed" if one.stage == "activated" else "rejected"

    @override
    def watch(self, view: View, stage: int | None) -> None:
        """Let the book's time pass: activate what has its green, end what has had its presence."""
        self._view, self._stage = view, stage
        now = view.time_s
        self.book = priority.advance(self.book, self.manners, now)
        chosen = priority.choose(self.book, now)
        self._detours = {id_: one for id_, one in self._detours.items() if self._goes_on(id_, one, now)}
        if chosen is not None and stage in chosen.phases and chosen.id not in self._detours:
            self._hold(chosen, view)
        self.inner.watch(view, stage if stage is not None and stage < self.plain else None)

    def _hold(self, one: Priority, view: View) -> None:
        """It has its green: keep that for its presence, while it helps."""
        now = view.time_s
        if one.stage != "activated":
            self.book = priority.activated(self.book, one.id, now)
            return
        stuck_s = self._stuck_s(one, now)
        beside = max(self._beside(one, view), default=None) if stuck_s > HELD_UP_S else None
        if now - one.changed >= one.seconds or (beside is None and stuck_s > STUCK_S):
            self._give_back(one, now)
        elif beside is not None:
            self._detours[one.id] = _Detour(beside[1], now + DETOUR_S)

    def _beside(self, one: Priority, view: View) -> Iterator[tuple[int, int]]:
        """(how many it helps, stage) of each other stage for who waits beside its way; protected ones count twice."""
        lanes = self._courses[one.id].approach.beside
        for number, lamps in enumerate(self.junction.stages):
            helped = sum(
                len(view.lanes.get(stream.lane, ())) * (2 if lamp == "G" else 1)
                for stream, lamp in zip(self.junction.streams, lamps, strict=True)
                if stream.lane in lanes and lamp in GREEN
            )
            if helped and number not in one.phases:
                yield helped, number

    def _goes_on(self, id_: str, detour: _Detour, now: float) -> bool:
        """Whether the ambulance still stands, and the others' time is not over."""
        course = self._courses[id_]
        return now < detour.until_s and course.crawls and now - course.told_s <= _FRESH_S

    def _give_back(self, one: Priority, now: float) -> None:
        """It has not passed, and the others go first."""
        self.passed(one.id, now)
        self._again_s[one.id] = now + AGAIN_S
        self._others_first = one.phases

    @override
    def choose(self, view: View, stage: int, green_s: float) -> int:
        """The stage of whoever has priority; else what the control wants, from where it was interrupted."""
        chosen = priority.choose(self.book, view.time_s)
        if chosen is not None and chosen.id in self._detours:
            return self._detours[chosen.id].stage
        if chosen is not None:
            return stage if stage in chosen.phases else min(chosen.phases)
        if stage in self._others_first:
            return self._exit(view, self._others_first)
        self._others_first = frozenset()
        wish = self._exit(view) if stage >= self.plain else self.inner.choose(view, stage, green_s)
        coming = self._coming(view.time_s)
        if coming and wish not in {stage, *coming}:
            return stage if stage in coming else min(coming)
        return wish

    def _coming(self, now: float) -> frozenset[int]:
        """The stages for who will be chosen before another stage could begin and be over; empty if nobody comes."""
        soon = now + YELLOW_S + ALL_RED_S + MINIMUM_GREEN_S
        waiting = [one for one in self.book.requests if one.stage not in OVER and one.begins <= soon]
        return min(waiting, key=lambda one: one.begins).phases if waiting else frozenset()

    def _exit(self, view: View, but: frozenset[int] = frozenset()) -> int:
        """The stage of the plan with which the junction recovers: the one that most vehicles wait for."""
        return max(
            sorted(set(range(self.plain)) - but) or range(self.plain),
            key=lambda one: sum(len(view.lanes.get(lane, ())) for lane in self.junction.lanes_of(one)),
        )


def _queue_veh(row: tuple[Seen, ...]) -> int:
    """Vehicles to let go before one that comes behind them; a queue that fills the sight goes on behind it."""
    full = bool(row) and row[-1].distance_m >= _FULL_M and row[-1].speed_ms < _CRAWLS_MS
    return len(row) * (_BEHIND if full else 1)
