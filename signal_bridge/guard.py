"""One junction under guard: reads its controller, lets the envelope decide, and carries the decision out.

Everything that commands a controller goes through here: the service, the simulation, the tests. The clock is passed
in; the only I/O is the controller's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from contract.signals import SignalReason
from signal_bridge import envelope
from signal_bridge.controller import Controller, ControllerStatus, LineError, RefusedError
from signal_bridge.envelope import Ask, Clock, Decision, Ended, Limits, Release, Send, State


class Guard:
    """`tick` at least every `limits.step_s`; after it `status`, `decision` and `line_error` say how it went."""

    def __init__(
        self, controller: Controller, limits: Limits, now: Callable[[], Clock], *, armed: bool = False
    ) -> None:
        self.controller = controller
        self.limits = limits
        self.state = State()
        self.status: ControllerStatus | None = None
        self.decision: Decision = envelope.Rest()
        self.line_error: str | None = None
        self._now = now
        if armed:
            self.arm()

    def arm(self) -> None:
        """As `envelope.arm`: for the limits as they are now."""
        self.state = envelope.arm(self.state, self.limits)

    def disarm(self) -> None:
        """As `envelope.disarm`."""
        self.state = envelope.disarm(self.state)

    def reconfigure(self, limits: Limits) -> None:
        """Other bounds from now on; if they differ from those it was armed for, the interlock latches."""
        self.limits = limits
        self.state = envelope.reconfigured(self.state, limits)

    def ask(self, wanted: Ask) -> tuple[SignalReason | None, tuple[Ended, ...]]:
        """As `envelope.ask`: why not, or None; and the lease that was displaced."""
        self.state, against, ended = envelope.ask(self.limits, self.state, self.status, wanted, self._now().mono)
        return against, ended

    def give_up(self, reason: SignalReason = SignalReason.ASKED_TO) -> None:
        """As `envelope.give_up`."""
        self.state = envelope.give_up(self.state, reason)

    def tick(self) -> tuple[Ended, ...]:
        """Read, decide, act. Never raises for what the line or the controller does."""
        self.line_error = None
        try:
            self.status = self.controller.read_status()
        except LineError as error:
            self.line_error = str(error)
        before = self.state
        taken = envelope.step(self.limits, self.state, self.status, self._now())
        self.state, self.decision = taken.state, taken.decision
        if isinstance(taken.decision, Send | Release):
            self._carry_out(taken.decision, before)
        return taken.ended

    def _carry_out(self, decision: Send | Release, before: State) -> None:
        try:
            if isinstance(decision, Release):
                self.controller.release_all()
                self.state = envelope.released(self.state)
            else:
                send(self.controller, decision)
        except LineError as error:
            self.line_error = str(error)
            self.state = envelope.failed(self.state, before, decision)
        except RefusedError as error:
            self.line_error = str(error)
            self.state = envelope.refused(self.state, before, decision)

    def shut_down(self) -> None:
        """Lift everything if anything may be in force; if the line does not let us, the watchdog will."""
        if not self.state.controls and self.state.doubt is None:
            return
        self.state = replace(envelope.disarm(self.state), lease=None)
        self._carry_out(Release(SignalReason.SHUTTING_DOWN), self.state)


def send(controller: Controller, command: Send) -> None:
    """Say `command` to `controller`."""
    match command.kind:
        case "hold":
            controller.hold(command.phases)
        case "omit":
            controller.omit(command.phases)
        case "call":
            controller.vehicle_call(command.phases)
        case "force_off":
            controller.force_off(command.phases)
        case "pattern":
            controller.select_pattern(command.pattern)
        case "heartbeat":
            controller.heartbeat()
