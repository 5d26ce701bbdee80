"""What is to happen in a scene besides ordinary traffic: jams, breakdowns, and what an operator should be told of.

Each is a plain record of when and where, so that a clip can be made to hold exactly that and its truth says so. Times
are seconds since the first picture; places are as in `twin.scene`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contract import IncidentKind, VehicleClass
from twin.fleet import CRATE, MODELS
from twin.pose import Pose
from twin.scene import Carriageway, Scene

FIRST_ID = 2_000_000


@dataclass(frozen=True, slots=True)
class Jam:
    """Stop-and-go: at `s` of a carriageway traffic is let through for `go_s`, and held for `stop_s`, in turns."""

    way: str
    s: float
    go_s: float = 6.0
    stop_s: float = 9.0
    from_s: float = 0.0
    to_s: float = math.inf

    def holds(self, now_s: float) -> bool:
        """Whether nobody gets past now."""
        return self.from_s <= now_s < self.to_s and (now_s - self.from_s) % (self.go_s + self.stop_s) >= self.go_s


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The first car that comes to `s` in a lane of its carriageway after `from_s` stands there for `seconds`."""

    way: str
    s: float
    from_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Extra:
    """Somebody or something that takes no part in traffic, from `start` to `end` in a straight line."""

    kind: Literal["wrong_way", "person_on_road", "object_on_road"]
    start: tuple[float, float]
    end: tuple[float, float]
    from_s: float
    to_s: float

    @property
    def incident(self) -> IncidentKind:
        """What an operator is told of it."""
        return IncidentKind(self.kind)


Staged = Jam | Breakdown | Extra


def extras(staged: Sequence[Staged], time_s: float) -> list[Pose]:
    """Poses of those who take no part in traffic, at `time_s`."""
    models = {"wrong_way": MODELS[VehicleClass.MOTORCYCLE][0], "person_on_road": MODELS[VehicleClass.PERSON][0]}
    found = []
    for number, one in enumerate(staged):
        if not isinstance(one, Extra) or not one.from_s <= time_s < one.to_s:
            continue
        (x0, y0), (x1, y1) = one.start, one.end
        share = (time_s - one.from_s) / (one.to_s - one.from_s)
        speed = math.hypot(x1 - x0, y1 - y0) / (one.to_s - one.from_s)
        x, y, yaw = x0 + share * (x1 - x0), y0 + share * (y1 - y0), math.atan2(y1 - y0, x1 - x0)
        model = models.get(one.kind, CRATE)
        found.append(Pose(FIRST_ID + number, model, 7 + number, x, y, yaw, speed, braking=False, carriageway=""))
    return found


def stop_and_go(scene: Scene) -> tuple[Jam, ...]:
    """A jam on the main road of `scene` that reaches back over its counting line, both ways."""
    towards, away = scene.main
    line_y = scene.lines[0].a[1]
    return (
        Jam(towards.id, s=_at(towards, line_y - 10.0), go_s=5.0, stop_s=8.0),
        Jam(away.id, s=_at(away, line_y + 16.0), go_s=5.0, stop_s=8.0),
    )


def _at(way: Carriageway, y: float) -> float:
    """Where along a carriageway of the main road a world y is."""
    return (y - way.start[1]) * way.direction[1]
