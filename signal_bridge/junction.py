"""One junction at work: its inbox, its arm file, its desk, its status. One thread per junction; see `service`."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event
from zoneinfo import ZoneInfo

from contract.messages import BootId
from contract.signals import (
    LeaseState,
    PhaseState,
    PriorityState,
    SignalOrder,
    SignalReason,
    SignalReply,
    SignalRequest,
    SignalStatus,
)
from signal_bridge.arming import Arming, Armory
from signal_bridge.audit import Value
from signal_bridge.controller import Controller
from signal_bridge.desk import Desk, Fate
from signal_bridge.envelope import Clock
from signal_bridge.envelope.interlock import standing_against
from signal_bridge.guard import Guard
from signal_bridge.priority import Priority
from signal_bridge.settings import Authority, JunctionSettings
from signal_bridge.words import sentence

STATUS_EVERY_S = 1.0
_REMEMBERED = 256


def clock_now() -> Clock:
    """Both clocks of this machine."""
    return Clock(time.monotonic(), time.time())


class Junction:
    """Give it requests by `put`; it answers by `publish`, and publishes its status about each second."""

    def __init__(
        self,
        settings: JunctionSettings,
        controller: Controller,
        armory: Armory,
        record: Callable[[str, Mapping[str, Value]], str],
        publish: Callable[[SignalReply | SignalStatus], None],
        *,
        boot_id: BootId,
        zone: ZoneInfo,
        now: Callable[[], Clock] = clock_now,
    ) -> None:
        self.settings = settings
        self.guard = Guard(controller, settings.limits, now)
        self._now = now
        self._record = record
        self.desk = Desk(settings, self.guard, self._note, zone)
        self._armory, self._publish, self._boot_id = armory, publish, boot_id
        self._inbox: queue.Queue[tuple[SignalRequest, SignalReason | None]] = queue.Queue(maxsize=64)
        self._replies: dict[str, tuple[SignalRequest, SignalReply]] = {}
        self._published_at = 0.0
        self._heeded: Arming | None = None

    def put(self, request: SignalRequest, against: SignalReason | None) -> bool:
        """Hand in a request and why it was not admitted; False when the inbox is full. From any thread."""
        try:
            self._inbox.put_nowait((request, against))
        except queue.Full:
            return False
        return True

    def known(self, request: SignalRequest) -> bool:
        """Whether exactly this request came before in this life: a second delivery, not a replay."""
        found = self._replies.get(request.id)
        return found is not None and found[0] == request

    def run(self, stop: Event) -> None:
        """Until `stop`; then everything is lifted. Whatever goes wrong in here lifts everything before it gets out."""
        try:
            while not stop.is_set():
                begun = time.monotonic()
                self.step()
                self._wait(max(0.0, self.settings.limits.step_s / 2 - (time.monotonic() - begun)))
            self._answer(self.desk.close(self._now()))
            self._publish(self.status(self._now()))
        finally:
            self.guard.shut_down()

    def step(self) -> None:
        """One look: arm file, inbox, controller, status."""
        self._heed_arm_file()
        while not self._inbox.empty():
            request, against = self._inbox.get_nowait()
            self._take(request, against)
        self._answer(self.desk.tick(self._now()))
        self._keep_latch()
        clock = self._now()
        if clock.mono - self._published_at >= STATUS_EVERY_S:
            self._published_at = clock.mono
            self._publish(self.status(clock))

    def _wait(self, seconds: float) -> None:
        """Until it is time to look again, or a request comes."""
        try:
            first = self._inbox.get(timeout=seconds) if seconds else self._inbox.get_nowait()
        except queue.Empty:
            return
        self._take(*first)

    def _take(self, request: SignalRequest, against: SignalReason | None) -> None:
        if self.known(request):
            self._publish(self._replies[request.id][1])
        elif against is not None:
            self._answer(self.desk.refuse(request, against))
        else:
            self._answer(self.desk.receive(request, self._now()))

    def _heed_arm_file(self) -> None:
        """Armed by a file that is new to us and for exactly these bounds; disarmed when there is none."""
        arming, state = self._armory.armed(), self.guard.state
        if self.settings.authority is Authority.OBSERVE or (arming and arming.digest != self.guard.limits.digest):
            arming = None
        if arming is not None and arming != self._heeded:
            self.guard.arm()
            self._record("armed", {"junction": self.settings.id, "by": arming.who, "digest": arming.digest})
        elif arming is None and state.armed_for is not None:
            self.guard.disarm()
            self._record("disarmed", {"junction": self.settings.id})
        self._heeded = arming

    def _keep_latch(self) -> None:
        reason = self.guard.state.latched
        if reason is not None and self._armory.armed() is not None:
            self._armory.latch(reason)
            self._record("latched", {"junction": self.settings.id, "reason": reason})

    def _note(self, kind: str, data: Mapping[str, Value]) -> str:
        return self._record(kind, {"junction": self.settings.id, **data})

    # --- what it says

    def _answer(self, fates: list[Fate]) -> None:
        for fate in fates:
            reply = self._reply(fate)
            if isinstance(fate.order, SignalRequest):
                self._replies[fate.order.id] = (fate.order, reply)
            self._publish(reply)
        while len(self._replies) > _REMEMBERED:
            del self._replies[next(iter(self._replies))]

    def _reply(self, fate: Fate) -> SignalReply:
        words = sentence(fate.outcome, fate.reason, fate.granted_s)
        standing = fate.outcome in {"proposed", "queued", "active"}
        return SignalReply(
            boot_id=self._boot_id,
            time=datetime.now(UTC),
            request=fate.order.id,
            junction=self.settings.id,
            outcome=fate.outcome,
            reason=fate.reason,
            granted_s=fate.granted_s,
            until=fate.order.expires if standing else None,
            text_id=words.id,
            text_en=words.en,
            audit=fate.audit,
        )

    def status(self, clock: Clock) -> SignalStatus:
        """How the junction stands at `clock`."""
        guard, read = self.guard, self.guard.status
        against = standing_against(guard.limits, guard.state, read, clock.mono)
        arming = self._armory.armed()
        if arming is not None and arming.digest != guard.limits.digest:
            against.append(SignalReason.CONFIG_CHANGED)
        latch = self._armory.latched()
        if latch is not None and guard.state.latched is None:
            against += [SignalReason.LATCHED, latch.reason]
        return SignalStatus(
            boot_id=self._boot_id,
            time=datetime.now(UTC),
            junction=self.settings.id,
            mode=read.mode.value if read else "unknown",
            age_s=max(0.0, clock.mono - read.read_at) if read else None,
            phases=self._phases(clock),
            pattern=read.pattern if read else None,
            watchdog_s=read.unit_backup_time_s if read else None,
            authority=self.settings.authority.value,
            armed=guard.state.armed_for is not None and guard.state.latched is None,
            reasons=tuple(dict.fromkeys(against)),
            lease=self._lease(clock),
            proposals=tuple(_waiting(order, clock) for order in self.desk.proposals.values()),
            priorities=tuple(self._priority(one) for one in self.desk.book.requests[-16:]),
        )

    def _priority(self, one: Priority) -> PriorityState:
        order = self.desk.standing(one.id)
        return PriorityState(
            request=one.id,
            kind=one.kind,
            approach=order.approach if order else None,
            phases=tuple(sorted(one.phases)),
            stage=one.stage,
            route=order.route if order else None,
        )

    def _phases(self, clock: Clock) -> tuple[PhaseState, ...]:
        sight, bounds = self.guard.state.sight, self.guard.limits.by_phase
        if sight is None:
            return ()
        return tuple(
            PhaseState(
                phase=number,
                aspect=seen.aspect.value,
                pedestrian=seen.pedestrian.value,
                shown_s=round(max(0.0, clock.mono - seen.began[1]), 1),
                approaches=bounds[number].approaches,
                min_green_s=bounds[number].min_green_s,
                max_green_s=bounds[number].max_green_s,
            )
            for number, seen in sorted(sight.phases.items())
            if number in bounds
        )

    def _lease(self, clock: Clock) -> LeaseState | None:
        lease = self.guard.state.lease
        order = self.desk.standing(lease.ask.id) if lease else None
        if lease is None or order is None:
            return None
        return LeaseState(
            request=order.id,
            who=order.who,
            action=order.action,
            phases=tuple(sorted(lease.ask.phases)),
            outcome="queued" if lease.active_since is None else "active",
            waits_for=lease.waits_for,
            granted_s=round(lease.given_s, 1),
            remaining_s=round(max(0.0, lease.ask.ends - clock.mono), 1),
            why=order.why,
        )


def _waiting(order: SignalOrder, clock: Clock) -> LeaseState:
    return LeaseState(
        request=order.id,
        who=order.who,
        action=order.action,
        phases=order.phases,
        outcome="proposed",
        remaining_s=round(max(0.0, order.expires.timestamp() - clock.wall), 1),
        why=order.why,
    )
