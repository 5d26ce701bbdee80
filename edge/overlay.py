"""A replay to look at: boxes with track numbers, the way each vehicle came, lines that light up, running counts.

Drawn over a copy of each picture and written as overlay.mp4, at the clip's own pace. For the person who places a line
or doubts a count; nothing of it is kept on a unit.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from contract import AreaZone, Line, NoParkingZone, VehicleClass, Zones
from edge.counting import Crossing
from edge.frame import Frame, Image, SourceError
from edge.tracking import Track

Colour = tuple[int, int, int]
"""Blue, green, red."""

_COLOURS: dict[VehicleClass, Colour] = {
    VehicleClass.MOTORCYCLE: (80, 200, 255),
    VehicleClass.CAR: (240, 180, 70),
    VehicleClass.ANGKOT: (120, 220, 120),
    VehicleClass.BUS: (200, 120, 240),
    VehicleClass.TRUCK: (110, 110, 250),
    VehicleClass.BICYCLE: (210, 230, 90),
    VehicleClass.PERSON: (190, 190, 190),
}
_INK, _PANEL, _LINE, _LIT, _ZONE = (245, 245, 245), (30, 26, 24), (235, 235, 235), (60, 230, 120), (90, 170, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TRAIL_S = 1.5
"""How much of a vehicle's way is shown."""
_LIT_S = 0.5
"""How long a line stays lit after a crossing."""


@dataclass(slots=True)
class Overlay:
    """Writes the drawn pictures to `path`; `fps` is the pace at which they are shown."""

    path: Path
    zones: Zones
    fps: float
    _writer: cv2.VideoWriter | None = None
    _trails: dict[int, deque[tuple[float, int, int]]] = field(default_factory=dict)
    _counts: Counter[tuple[str, str, VehicleClass]] = field(default_factory=Counter)
    _lit_s: dict[str, float] = field(default_factory=dict)

    def add(self, frame: Frame, tracks: Sequence[Track], crossings: Sequence[Crossing]) -> None:
        """Draw one picture and append it. Raises `SourceError` when the film cannot be written."""
        self._remember(frame.time_s, tracks, crossings)
        image = frame.image.copy()
        pen = _Pen(image)
        for zone in self.zones.zones:
            pen.area(zone)
        for line in self.zones.lines:
            pen.line(line, lit=frame.time_s - self._lit_s.get(line.id, float("-inf")) < _LIT_S)
        for track in tracks:
            pen.trail([(x, y) for _, x, y in self._trails[track.id]], _COLOURS[track.vehicle])
        for track in tracks:
            pen.vehicle(track)
        pen.panel(self._rows(frame))
        self._write(image)

    def close(self) -> None:
        """End the film."""
        if self._writer is not None:
            self._writer.release()

    def _remember(self, time_s: float, tracks: Sequence[Track], crossings: Sequence[Crossing]) -> None:
        for track in tracks:
            x, y = track.foot
            self._trails.setdefault(track.id, deque(maxlen=120)).append((time_s, round(x), round(y)))
        for trail in self._trails.values():
            while trail and time_s - trail[0][0] > _TRAIL_S:
                trail.popleft()
        self._trails = {track: trail for track, trail in self._trails.items() if trail}
        for crossing in crossings:
            self._counts[crossing.line, crossing.direction, crossing.vehicle] += 1
            self._lit_s[crossing.line] = time_s

    def _rows(self, frame: Frame) -> list[tuple[str, str]]:
        """The panel: the time, and for each line and direction the vehicles so far, by class where there are any."""
        minutes, seconds = divmod(frame.time_s, 60)
        rows = [(f"{int(minutes):02d}:{seconds:04.1f}", f"#{frame.index}")]
        for line in self.zones.lines:
            for direction in (line.right, line.left):
                classes = {kind: self._counts[line.id, direction, kind] for kind in VehicleClass}
                rows.append((f"{line.id} {direction}", str(sum(classes.values()))))
                rows += [(f"  {kind}", str(number)) for kind, number in classes.items() if number]
        return rows

    def _write(self, image: Image) -> None:
        height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2  # the codec wants even sides
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self.path), codec, self.fps, (width, height))
            if not self._writer.isOpened():
                raise SourceError(f"{self.path}: cannot be written; this OpenCV may have no MPEG-4 encoder")
        self._writer.write(image[:height, :width])


class _Pen:
    """Draws on one picture, in strokes that suit its size."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._height, self._width = image.shape[:2]
        self._unit = max(1.0, self._height / 360)
        self._thin = max(1, round(self._unit))

    def area(self, zone: NoParkingZone | AreaZone) -> None:
        corners = np.array([self._pixel(point) for point in zone.polygon], np.int32)
        cv2.polylines(self._image, [corners], True, _ZONE, self._thin, cv2.LINE_AA)
        self._text(zone.id, (int(corners[0][0]), int(corners[0][1])), _ZONE, 0.36)

    def line(self, line: Line, *, lit: bool) -> None:
        """The line, and a short arrow to the side that `right` names."""
        (ax, ay), (bx, by) = a, b = self._pixel(line.a), self._pixel(line.b)
        colour = _LIT if lit else _LINE
        cv2.line(self._image, a, b, colour, self._thin * (3 if lit else 2), cv2.LINE_AA)
        length = max(1.0, float(np.hypot(bx - ax, by - ay)))
        middle = ((ax + bx) // 2, (ay + by) // 2)
        reach = 14 * self._unit / length
        tip = (round(middle[0] - (by - ay) * reach), round(middle[1] + (bx - ax) * reach))
        cv2.arrowedLine(self._image, middle, tip, colour, self._thin, cv2.LINE_AA, tipLength=0.4)
        self._text(line.right, (tip[0] + round(4 * self._unit), tip[1]), colour, 0.4)

    def trail(self, points: Sequence[tuple[int, int]], colour: Colour) -> None:
        if len(points) > 1:
            cv2.polylines(self._image, [np.array(points, np.int32)], False, colour, self._thin, cv2.LINE_AA)

    def vehicle(self, track: Track) -> None:
        """The corners of the box, so that the vehicle stays visible, and a tag with class and number."""
        x0, y0, x1, y1 = (round(side) for side in track.box.tolist())
        colour = _COLOURS[track.vehicle]
        arm_x, arm_y = max(3, (x1 - x0) // 4), max(3, (y1 - y0) // 4)
        for x, dx in ((x0, arm_x), (x1, -arm_x)):
            for y, dy in ((y0, arm_y), (y1, -arm_y)):
                corner = np.array([(x + dx, y), (x, y), (x, y + dy)], np.int32)
                cv2.polylines(self._image, [corner], False, colour, 2 * self._thin, cv2.LINE_AA)
        foot = ((x0 + x1) // 2, y1)
        cv2.circle(self._image, foot, round(2 * self._unit), colour, -1, cv2.LINE_AA)
        near = x1 - x0 >= 40 * self._unit
        self._tag(f"{track.vehicle} {track.id}" if near else str(track.id), (x0, y0), colour)

    def panel(self, rows: Sequence[tuple[str, str]]) -> None:
        """A dark pane in the upper left with two columns."""
        step, pad = round(14 * self._unit), round(7 * self._unit)
        width = round(128 * self._unit)
        height = min(self._height, step * len(rows) + pad)
        pane = self._image[:height, :width]
        pane[:] = cv2.addWeighted(pane, 0.3, np.full_like(pane, _PANEL), 0.7, 0)
        for row, (name, value) in enumerate(rows):
            y = step * (row + 1)
            colour = _INK if not name.startswith("  ") else (185, 185, 185)
            self._text(name, (pad, y), colour, 0.38)
            (across, _), _ = cv2.getTextSize(value, _FONT, 0.38 * self._unit, self._thin)
            self._text(value, (width - pad - across, y), colour, 0.38)

    def _tag(self, text: str, corner: tuple[int, int], colour: Colour) -> None:
        size = 0.32 * self._unit
        (across, up), _ = cv2.getTextSize(text, _FONT, size, 1)
        x, y = corner[0], max(corner[1] - 2, up + 4)
        cv2.rectangle(self._image, (x, y - up - 4), (x + across + 4, y), colour, -1)
        cv2.putText(self._image, text, (x + 2, y - 3), _FONT, size, _PANEL, 1, cv2.LINE_AA)

    def _text(self, text: str, place: tuple[int, int], colour: Colour, size: float) -> None:
        cv2.putText(self._image, text, place, _FONT, size * self._unit, _PANEL, self._thin + 2, cv2.LINE_AA)
        cv2.putText(self._image, text, place, _FONT, size * self._unit, colour, self._thin, cv2.LINE_AA)

    def _pixel(self, point: tuple[float, float]) -> tuple[int, int]:
        return round(point[0] * self._width), round(point[1] * self._height)
