"""What Simpang says of one film of the twin, beside what was true: counts, turning movements and parking cases.

The same rules are asked with two kinds of eyes: the detector's boxes, and the exact ones of all that can be seen, which
shows how much of an error is the detector's and how much the rules' own. With a third, parking is watched by a process
that is ended and started anew every minute and a half, and sees nothing for ten seconds in between.

A vehicle that stood within `DOUBT_S` of the zone's grace may be told or not. A case belongs to the vehicle whose exact
box its own lies on best when it is confirmed; a second case of one stay is a duplicate. Whom no two pictures a grace
apart show standing there, by a quarter of the silhouette, nobody can know to have stood too long: they are told apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Literal

from bench.films import Film, Shown
from contract import Zones
from edge.counting import Movement
from edge.detection import Detections, Detector
from edge.frame import Image
from edge.parking import Box, Notice, ParkingState, ParkingWatch, located
from edge.parking.seen import overlap
from edge.pipeline import Pipeline
from edge.validation import Passage, Score, score
from twin.junction import Junction
from twin.truth import Moved, Parked

Eyes = Literal["detector", "exact", "restarted"]
EYES: tuple[Eyes, ...] = ("detector", "exact", "restarted")

DOUBT_S = 3.0
RESTART_S, DARK_S = 90.0, 10.0
_ON = 0.3
"""Intersection over union from which a case's box lies on a vehicle."""
_LATELY_S = 30.0
"""A case may lie on a vehicle that could be seen so lately: a bus may stand before it by now."""

Ways = Counter[tuple[str, str]]
"""Movements by entry and exit."""


class Told(Detector):
    """A detector that is told what it sees."""

    seen: Detections

    def detect(self, image: Image, threshold: float | None = None) -> Detections:
        """What it was told of this picture, above `threshold`."""
        del image
        return self.seen.only(self.seen.scores >= (threshold or self.spec.threshold))


@dataclass(slots=True)
class Alert:
    """A confirmed case: when it was told, and the stay that it is about; None where nobody stood."""

    told_s: float
    stay: Parked | None


@dataclass(slots=True)
class Parking:
    """Confirmed cases beside those who stood too long."""

    grace_s: float
    stays: list[Parked]
    """Those who must be told."""
    hidden: list[Parked] = field(default_factory=list)
    """Those who stood as long and were hidden, but for less than the grace; to tell them is no mistake."""
    alerts: list[Alert] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Stays that were told."""
        told = {id(one.stay) for one in self.alerts}
        return sum(id(stay) in told for stay in self.stays)

    @property
    def false(self) -> int:
        """Cases of somebody who did not stand, or not for so long."""
        return sum(one.stay is None for one in self.alerts)

    @property
    def duplicates(self) -> int:
        """Cases of a stay that had one already."""
        stays = [id(one.stay) for one in self.alerts if one.stay is not None]
        return len(stays) - len(set(stays))

    @property
    def delays_s(self) -> list[float]:
        """From the end of the grace period to the alert."""
        return [one.told_s - one.stay.from_s - self.grace_s for one in self.alerts if one.stay is not None]


@dataclass(slots=True)
class Measured:
    """What Simpang said of one film with one kind of eyes, and what was true."""

    crossings: Score
    moved: Sequence[Moved]
    movements: Sequence[Movement]
    """True, and told."""
    parking: Parking

    @property
    def turned_wrong(self) -> int:
        """Movements off, summed over entries and exits."""
        true = Ways((one.entry, one.exit) for one in self.moved)
        told = Ways((one.origin, one.destination) for one in self.movements)
        return sum(abs(true[way] - told[way]) for way in true | told)


@dataclass
class Judge:
    """One kind of eyes on one film."""

    eyes: Eyes
    zones: Zones
    detector: Told
    counted: list[Passage] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    confirmed: list[tuple[float, int | None]] = field(default_factory=list)
    """When a case was told, and of which of the twin's vehicles."""
    _state: ParkingState | None = None
    _begun_s: float = 0.0
    _last: dict[int, tuple[float, Box]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._begin(0.0)

    def step(self, shown: Shown) -> None:
        """Take one picture."""
        frame = shown.frame
        if self.eyes == "restarted":
            if frame.time_s - self._begun_s >= RESTART_S:
                self._begin(frame.time_s + DARK_S)
            if frame.time_s < self._begun_s:
                return
        self.detector.seen = shown.exact.boxes if self.eyes == "exact" else shown.found
        tracks, crossed = self._pipeline.step(frame)
        self.counted += [(one.time_s, one.line, one.direction, one.vehicle) for one in crossed]
        self.movements += self._pipeline.movements
        self._watch_parking(
            shown, self._parking.step(located(tracks, frame.image), frame.image, frame.time_s, frame.wall)
        )

    def finish(self, frame: int) -> None:
        """The film is over."""
        self.movements += self._pipeline.finish(frame)

    def _begin(self, time_s: float) -> None:
        self._begun_s = time_s
        self._pipeline = Pipeline(self.detector, self.zones)
        self._parking = ParkingWatch("bench", self.zones, UTC, self._state)

    def _watch_parking(self, shown: Shown, notices: Sequence[Notice]) -> None:
        frame = shown.frame
        height, width = frame.image.shape[:2]
        for number, box in zip(
            shown.exact.ids.tolist(), shown.exact.boxes.boxes / (width, height, width, height), strict=True
        ):
            self._last[number] = frame.time_s, Box(*box.tolist())
        if not notices:
            return
        self._state = self._parking.state(frame.wall)
        places = {one.case.case: Box(*one.box) for one in self._state.cases}
        for notice in notices:
            if notice.phase == "updated":
                self.confirmed.append((frame.time_s, self._whose(places[notice.case.case], frame.time_s)))

    def _whose(self, box: Box, now_s: float) -> int | None:
        """Which of the twin's vehicles was last seen where a case's box is."""
        near = {
            number: overlap(box, there) for number, (seen_s, there) in self._last.items() if now_s - seen_s <= _LATELY_S
        }
        best = max(near, key=near.__getitem__, default=None)
        return best if best is not None and near[best] >= _ON else None


def judge(film: Film, detector: Detector, eyes: Sequence[Eyes] = EYES) -> dict[Eyes, Measured]:
    """Play a film that has been made to each of `eyes`."""
    junction = Junction(film.story.place, film.seed, film.story.staged)
    sightings = defaultdict[int, list[float]](list)
    judges = [Judge(one, junction.zones, Told(detector.spec, detector.interpreter)) for one in eyes]
    for shown in film.pictures(detector):
        for vehicle in shown.exact.ids.tolist():
            sightings[vehicle].append(shown.frame.time_s)
        for one in judges:
            one.step(shown)
    junction.advance((film.frames - 1) / film.fps)
    seen = junction.observer
    true = [(one.time_s, one.line, one.direction, one.kind) for one in seen.crossed]
    for one in judges:
        one.finish(film.frames - 1)
    return {
        one.eyes: Measured(
            score(true, one.counted, until_s=film.seconds, bin_s=film.seconds),
            seen.moved,
            one.movements,
            _parking(one, junction, sightings),
        )
        for one in judges
    }


def _parking(judge: Judge, junction: Junction, sightings: Mapping[int, Sequence[float]]) -> Parking:
    """Cases with the stays that they are about; `sightings`: when each vehicle could be seen."""
    grace_s, seen = junction.scene.grace_s, junction.observer
    stays = [one for one in seen.parked if one.seconds(seen.now_s) >= grace_s + DOUBT_S]
    hidden = [one for one in stays if seen_for(one, sightings[one.vehicle], seen.now_s) < grace_s]
    found = Parking(grace_s, [one for one in stays if one not in hidden], hidden)
    for told_s, vehicle in judge.confirmed:
        own = [
            one
            for one in seen.parked
            if one.vehicle == vehicle and one.from_s < told_s and one.seconds(told_s) >= grace_s - DOUBT_S
        ]
        found.alerts.append(Alert(told_s, own[-1] if own else None))
    return found


def seen_for(stay: Parked, sightings: Sequence[float], now_s: float) -> float:
    """Seconds between the first and the last picture that shows a vehicle during its stay; 0 when none does."""
    seen = [time_s for time_s in sightings if 0 <= time_s - stay.from_s <= stay.seconds(now_s)]
    return seen[-1] - seen[0] if seen else 0.0
