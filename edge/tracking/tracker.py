"""A tracker for mixed traffic at few and uneven pictures per second.

After ByteTrack (Zhang 2022): sure boxes are linked first, then unsure ones to the tracks that are left, which carries a
vehicle through a moment of poor sight; only a sure box begins a track. Motion is a constant velocity, corrected by an
alpha-beta filter in seconds, so that a missing picture changes nothing but the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from contract import VehicleClass
from edge.detection.detections import CLASSES, Detections, Floats
from edge.tracking.association import assign, cost
from edge.tracking.flow import Flow

_ALPHA = 0.7
"""Part of the surprise that corrects the position at once."""
_BETA = 0.5
"""Part of the surprise that corrects the velocity."""


@dataclass(slots=True)
class Track:
    """One vehicle, as far as it has been seen.

    `box` (4,) x0 y0 x1 y1 in pixels, as last seen; `velocity` (2,) of its centre in pixels per second.
    """

    id: int
    box: Floats
    time_s: float
    first_s: float
    velocity: Floats = field(default_factory=lambda: np.zeros(2, np.float32))
    hits: int = 1
    votes: Floats = field(default_factory=lambda: np.zeros(len(CLASSES), np.float32))

    @property
    def vehicle(self) -> VehicleClass:
        """The class that the boxes voted for, each with the weight of its score."""
        return CLASSES[int(self.votes.argmax())]

    @property
    def foot(self) -> tuple[float, float]:
        """Bottom centre of the box, in pixels: where the vehicle stands on the road."""
        return float(self.box[0] + self.box[2]) / 2, float(self.box[3])


@dataclass(slots=True)
class Tracker:
    """Feed it the boxes of each picture, in the order of time. Pure: the time is an argument."""

    sure: float = 0.45
    """Score from which a box may begin a track."""
    confirm_hits: int = 2
    """A track is a vehicle once it was seen this often."""
    patience_s: float = 1.2
    """A track not seen for so long is over."""
    flow: Flow = field(default_factory=Flow)
    tracks: list[Track] = field(default_factory=list)
    born: int = 0
    ended_unconfirmed: int = 0

    def step(self, found: Detections, time_s: float) -> list[Track]:
        """Link `found` to the tracks; returns the confirmed tracks that were seen in this picture."""
        self._forget(time_s)
        is_sure = found.scores >= self.sure
        first, second = np.flatnonzero(is_sure), np.flatnonzero(~is_sure)
        unmatched = self._link(self.tracks, found.only(first), time_s)
        unseen = [track for track in self.tracks if track.time_s < time_s]
        self._link(unseen, found.only(second), time_s)
        for index in first[unmatched]:
            self._begin(found, int(index), time_s)
        return [track for track in self.tracks if track.time_s == time_s and track.hits >= self.confirm_hits]

    def _link(self, tracks: list[Track], found: Detections, time_s: float) -> list[int]:
        """Pair tracks with boxes; returns the boxes that no track took."""
        if not tracks or not len(found):
            return list(range(len(found)))
        elapsed = np.array([time_s - track.time_s for track in tracks], np.float32)
        boxes = np.array([track.box for track in tracks])
        velocities = np.array([track.velocity for track in tracks])
        young = np.array([track.hits == 1 for track in tracks])
        usual, known = self.flow.expected((boxes[:, :2] + boxes[:, 2:]) / 2)
        velocities[young] = usual[young]
        expected = boxes + np.tile(velocities * elapsed[:, None], 2)
        # Seen once, and at a place that tells nothing yet: it may be anywhere that a vehicle reaches in that time.
        gate = np.where(young & ~known, 0.6 + 8 * elapsed, 0.6 + 2 * elapsed).astype(np.float32)
        rows, columns = assign(cost(expected.astype(np.float32), found.boxes, gate))
        for row, column in zip(rows, columns, strict=True):
            self._see(tracks[row], expected[row], found, int(column), time_s)
        return sorted(set(range(len(found))) - set(columns.tolist()))

    def _see(self, track: Track, expected: Floats, found: Detections, index: int, time_s: float) -> None:
        seen = found.boxes[index]
        surprise = (seen[:2] + seen[2:] - expected[:2] - expected[2:]) / 2
        if track.hits == 1:
            moved = (seen[:2] + seen[2:] - track.box[:2] - track.box[2:]) / 2
            track.velocity = (moved / (time_s - track.time_s)).astype(np.float32)
        else:
            track.velocity = (track.velocity + _BETA * surprise / (time_s - track.time_s)).astype(np.float32)
            self.flow.learn((seen[:2] + seen[2:]) / 2, track.velocity)
        track.box = (expected + _ALPHA * (seen - expected)).astype(np.float32) if track.hits > 1 else seen
        track.time_s = time_s
        track.hits += 1
        track.votes[found.classes[index]] += found.scores[index]

    def _begin(self, found: Detections, index: int, time_s: float) -> None:
        self.born += 1
        track = Track(id=self.born, box=found.boxes[index].copy(), time_s=time_s, first_s=time_s)
        track.votes[found.classes[index]] += found.scores[index]
        self.tracks.append(track)

    def _forget(self, time_s: float) -> None:
        """Drop what was not seen for too long, and what comes from a time that is not before this picture's."""
        if self.tracks and max(track.time_s for track in self.tracks) >= time_s:
            raise ValueError(f"pictures must come in the order of time: {time_s:.3f} s is not after the last one")
        over = [track for track in self.tracks if time_s - track.time_s > self.patience_s]
        self.ended_unconfirmed += sum(track.hits < self.confirm_hits for track in over)
        self.tracks = [track for track in self.tracks if time_s - track.time_s <= self.patience_s]
