"""The adviser of one junction: hears what is measured and how the signals stand, and now and then asks for something.

One wish at a time. Where programs may act by themselves, a wish is a short lease that is asked for anew while it is
still wanted; where people decide, it is a proposal that stays open long enough to be read, and then a pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contract import Observation, SignalAction, SignalReply, SignalRequest, SignalStatus
from contract.signing import Signer
from signal_bridge.advice.counsel import Counsel
from signal_bridge.advice.sight import Approaches, carried_on, enough_s, observed, supposed
from signal_bridge.advice.wishing import (
    AHEAD_S,
    Bounds,
    Green,
    Silence,
    Wish,
    green_for_s,
    silence,
    stage_of,
    wish,
)
from signal_bridge.settings import AdaptiveSettings, JunctionSettings

STATUS_OLD_S = 4.0
"""A bridge speaks each second; after this nothing is asked of it."""
DECIDE_EVERY_S = 2.5
"""The control itself decides every two seconds; asked sooner, it only repeats itself."""
_LEASE_S, _READING_S = 8.0, 90.0
"""Beyond the green asked for: a program's lease; and how long a proposal stays open for people."""
_REFUSED_S = 10.0
_FINAL = frozenset({"completed", "refused", "released", "expired"})


@dataclass(frozen=True, slots=True)
class _Open:
    """The wish whose fate is not known yet."""

    request: SignalRequest
    proposed: bool = False


class Adviser:
    """Feed it by `hear_…`, ask it once a second by `tick`. `silent` says why it last asked for nothing."""

    def __init__(self, junction: JunctionSettings, adaptive: AdaptiveSettings, signer: Signer) -> None:
        self.junction, self.settings = junction.id, adaptive
        self.silent: Silence | None = "away"
        self._signer = signer
        self._bounds = Bounds(adaptive.stages, frozenset(adaptive.actions), adaptive.extend_s, adaptive.least_queue_veh)
        self._counsel = Counsel(junction.id, junction.limits, adaptive)
        self._approaches: Approaches = {}
        self._status: tuple[SignalStatus, float] | None = None
        self._open: _Open | None = None
        self._people = junction.authority != "automatic"
        self._quiet_until_s = 0.0
        self._decided_s = float("-inf")

    def hear_observation(self, unit: str, seen: Observation, now: datetime) -> None:
        """Of any unit; what is not of this junction changes nothing."""
        self._approaches = observed(self._approaches, self.settings, unit, seen, now.timestamp())

    def hear_status(self, status: SignalStatus, now: datetime) -> None:
        """Of this junction; `now` is when it arrived."""
        if status.junction == self.junction:
            self._status = (status, now.timestamp())

    def hear_reply(self, reply: SignalReply, now: datetime) -> None:
        """To anybody; what became of a wish of our own decides when the next may come."""
        if self._open is None or reply.request != self._open.request.id:
            return
        if reply.outcome in _FINAL:
            pause_s = _REFUSED_S if reply.outcome == "refused" else 0.0
            pause_s = max(pause_s, self.settings.pause_s if self._open.proposed else 0.0)
            self._quiet_until_s = now.timestamp() + pause_s
            self._open = None
        elif reply.outcome == "proposed":
            self._open, self._people = _Open(self._open.request, proposed=True), True
        elif not self._open.proposed:
            self._people = False

    def tick(self, now: datetime) -> SignalRequest | None:
        """One look; what to ask of the bridge, if anything."""
        now_s = now.timestamp()
        self._forget(now_s)
        found = self._wish(now_s)
        if not isinstance(found, Wish):
            self.silent = found
            return None
        self.silent = None
        request = self._request(found, now)
        self._open = _Open(request)
        return request

    def _forget(self, now_s: float) -> None:
        """A request that nobody answered is over once its lease is."""
        if self._open is not None and now_s > self._open.request.expires.timestamp() + STATUS_OLD_S:
            self._open = None

    def _wish(self, now_s: float) -> Wish | Silence:
        if self._status is None or now_s - self._status[1] > STATUS_OLD_S:
            return "away"
        status, heard_s = self._status
        found = self._look(status, now_s - heard_s, now_s)
        if not isinstance(found, Green):
            return found
        held_back = self._held_back(status, found, now_s)
        if held_back is not None:
            return held_back
        self._decided_s = now_s
        chosen = self._counsel.choose(*found)
        moving = self._counsel.approaches_of
        waiting = [sum(self._approaches[one].queue_veh for one in names) for names in moving]
        # No green goes on for a supposition.
        waiting[found.stage] -= sum(self._approaches[name].queue_veh for name in self._unseen(found.stage))
        wanted = wish(self._bounds, status, found, chosen, waiting)
        if wanted is None or (wanted.action is SignalAction.CUT and not self._may_end(found, chosen)):
            return "content"
        return wanted

    def _unseen(self, stage: int) -> set[str]:
        """The approaches of a stage that are only supposed."""
        return {name for name in self._counsel.approaches_of[stage] if self._approaches[name].is_supposed}

    def _may_end(self, green: Green, chosen: int) -> bool:
        """Whoever is not seen keeps the plan's green; for his sake others lose only what they do not need."""
        plan_s = self.settings.plan_s
        if plan_s is None or not (self._unseen(green.stage) | self._unseen(chosen)):
            return True
        served = {name: self._approaches[name] for name in self._counsel.approaches_of[green.stage]}
        return not self._unseen(green.stage) and green.green_s >= enough_s(self.settings, plan_s, served)

    def _look(self, status: SignalStatus, old_s: float, now_s: float) -> Green | Silence:
        """Carry the queues on, show them to the control, and say what is green; or why it is no time to ask."""
        stage = stage_of(status, self.settings.stages)
        green = self._counsel.approaches_of[stage] if stage is not None else frozenset()
        self._approaches, unseen = carried_on(self._approaches, self.settings, green, now_s)
        if unseen and not self._suppose(unseen, now_s):
            return "blind"
        self._counsel.look(self._approaches, stage, now_s)
        kept_out = silence(status, self._signer.who)
        if kept_out is not None or stage is None:
            return kept_out or "between"
        return Green(stage, green_for_s(status, self.settings.stages[stage], old_s))

    def _suppose(self, unseen: tuple[str, ...], now_s: float) -> bool:
        """Take unseen approaches to be as the plan has them, if it is told and anything is measured at all."""
        plan_s = self.settings.plan_s
        if plan_s is None or all(one.is_supposed for one in self._approaches.values()):
            return False
        guessed = supposed(self.settings, plan_s, self._counsel.approaches_of, unseen, now_s)
        self._approaches = {**self._approaches, **guessed}
        return True

    def _held_back(self, status: SignalStatus, green: Green, now_s: float) -> Silence | None:
        if green.green_s < self._counsel.least_s[green.stage] or now_s - self._decided_s < DECIDE_EVERY_S:
            return "content"
        if now_s < self._quiet_until_s:
            return "pause"
        return "waiting" if self._is_open(status) else None

    def _is_open(self, status: SignalStatus) -> bool:
        """Whether the last wish has more to give; a program's that is nearly given out may be followed by the next."""
        if self._open is None:
            return False
        if self._open.proposed:
            return True
        request, lease = self._open.request, status.lease
        if lease is None or lease.request != request.id or lease.outcome != "active" or request.seconds is None:
            return True
        return request.seconds - lease.granted_s > AHEAD_S

    def _request(self, found: Wish, now: datetime) -> SignalRequest:
        good_s = _READING_S if self._people else (found.seconds or 0.0) + _LEASE_S
        return self._signer.request(
            junction=self.junction,
            not_before=now,
            expires=now + timedelta(seconds=good_s),
            why=self._why(),
            action=found.action,
            phases=found.phases,
            seconds=found.seconds,
        )

    def _why(self) -> str:
        """The queues as last measured and carried on: 'antrean utara 84 m (14 kend.), timur 2 kend.'."""
        said = [
            f"{name} {one.queue_m:.0f} m ({one.queue_veh:.0f} kend.)"
            if one.queue_m is not None
            else f"{name} {one.queue_veh:.0f} kend."
            for name, one in sorted(self._approaches.items(), key=lambda item: -item[1].queue_veh)
            if not one.is_supposed
        ]
        return f"antrean {', '.join(said)}"[:200]
