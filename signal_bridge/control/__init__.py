"""Which stage next: the fixed local plan, actuated, max-pressure and adaptive control, all led through clearance."""

from collections.abc import Callable, Mapping

from signal_bridge.control.adaptive import Adaptive
from signal_bridge.control.clearance import StageMachine
from signal_bridge.control.junction import Control, Junction, Seen, Stream, View
from signal_bridge.control.plain import Actuated, Fixed, MaxPressure

CONTROLS: Mapping[str, Callable[[Junction], Control]] = {
    "fixed": Fixed,
    "coordinated": Fixed,
    "actuated": Actuated,
    "maxpressure": MaxPressure,
    "adaptive": Adaptive,
}
"""By the name that `simpang signal simulate --control` takes."""

__all__ = ["CONTROLS", "Control", "Junction", "Seen", "StageMachine", "Stream", "View"]
