"""What one camera watches for beside counting: parking cases and incidents, told to the desk as they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from contract import CameraCondition
from edge.config import CameraConfig
from edge.frame import Frame
from edge.incidents import IncidentWatch
from edge.parking import ParkingWatch, located
from edge.runtime.desk import Desk
from edge.tracking import Track


class Watching:
    """Both watches of one camera; they go on where the desk's notes say that their predecessors ended."""

    def __init__(self, camera: CameraConfig, local_zone: tzinfo, desk: Desk) -> None:
        self._camera, self._desk = camera.id, desk
        zones = camera.watched
        self._parking = ParkingWatch(camera.id, zones, local_zone, desk.parking_state(camera.id, zones))
        self._incidents = IncidentWatch(camera.id, zones, desk.incident_state(camera.id, zones))

    def look(self, frame: Frame, tracks: Sequence[Track], condition: CameraCondition) -> None:
        """Take a picture that can be counted from, and hand in what it brought."""
        seen = located(tracks, frame.image)
        notices = self._parking.step(seen, frame.image, frame.time_s, frame.wall)
        if notices:
            self._desk.parked(self._camera, notices, self._parking.state(frame.wall))
        dark = condition is CameraCondition.NIGHT
        occurred = self._incidents.step(seen, frame.image, frame.time_s, frame.wall, dark=dark)
        state = self._incidents.state()
        if occurred and state is not None:
            self._desk.occurred(self._camera, occurred, state)
