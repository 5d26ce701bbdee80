"""The safety envelope: what may be sent to a controller, and when. Pure; see `steps`."""

from signal_bridge.envelope.limits import Limits, PhaseLimits
from signal_bridge.envelope.state import (
    Ask,
    Clock,
    Controls,
    Decision,
    Ended,
    Lease,
    Release,
    Rest,
    Send,
    State,
    Step,
    Wait,
)
from signal_bridge.envelope.steps import arm, ask, disarm, failed, give_up, reconfigured, refused, released, step

__all__ = [
    "Ask",
    "Clock",
    "Controls",
    "Decision",
    "Ended",
    "Lease",
    "Limits",
    "PhaseLimits",
    "Release",
    "Rest",
    "Send",
    "State",
    "Step",
    "Wait",
    "arm",
    "ask",
    "disarm",
    "failed",
    "give_up",
    "reconfigured",
    "refused",
    "released",
    "step",
]
