"""Where vehicles stand in one zone, from picture to picture: each box in its spot, and a spot for whoever has none.

Asked by parking cases, and by incidents for the vehicle that stands in its lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contract.vehicles import VehicleClass
from contract.zones import Polygon
from edge.frame import Image
from edge.parking.seen import Seen, cut, hidden, inside, overlap
from edge.parking.spot import Spot, candidate

_SAME_VEHICLE = 0.4
"""A box that overlaps a spot by this much is a second box of the same vehicle."""

_CLEAR = 0.1
"""Share of a vehicle that may be hidden in a picture that serves as evidence."""


@dataclass(frozen=True, slots=True)
class Now:
    """One picture and all that belongs to it."""

    seen: Sequence[Seen]
    image: Image
    time_s: float
    wall: datetime
    elapsed_s: float

    def at(self, time_s: float) -> datetime:
        """The instant that belongs to an earlier moment of the stream."""
        return self.wall - timedelta(seconds=self.time_s - time_s)


@dataclass(slots=True)
class Places:
    """The spots in a `polygon`; who left is for the caller to take out."""

    polygon: Polygon
    spots: list[Spot] = field(default_factory=list)

    def follow(self, now: Now) -> list[Spot]:
        """Pair the boxes in the polygon with the spots; returns the spots made for vehicles that had none."""
        known = list(self.spots)
        boxes = self._within(now)
        pairs = _paired(known, boxes)
        numbered = {one.track: one for one in now.seen}
        others = _standing_before(known, [pairs.get(id(spot)) for spot in known], now.seen)
        for spot, hiding in zip(known, others, strict=True):
            own = pairs.get(id(spot))
            spot.clear = hiding <= _CLEAR
            if own is None and any(cut(numbered[one].box, spot.box) for one in spot.tracks if one in numbered):
                spot.glimpse(now.time_s)
            elif own is None:
                spot.miss(hiding, numbered.keys(), now.image, now.time_s, now.elapsed_s)
            elif spot.replaced(own, numbered.keys(), now.image):
                spot.give_up()
                self.spots.append(candidate(own, now.image, now.time_s))
            else:
                spot.sight(own, now.image, now.time_s, now.elapsed_s)
        return self._welcome(now, boxes, {id(one) for one in pairs.values()})

    def _within(self, now: Now) -> list[Seen]:
        """The vehicles whose foot lies in the polygon: most of a picture's are nowhere near and cost nearly nothing."""
        (left, right), (top, bottom) = ((min(along), max(along)) for along in zip(*self.polygon, strict=True))
        return [
            one
            for one in now.seen
            if top <= one.box.y1 <= bottom
            and one.box.x0 <= right
            and left <= one.box.x1
            and one.vehicle is not VehicleClass.PERSON
            and inside(self.polygon, one.box.foot)
        ]

    def _welcome(self, now: Now, boxes: Sequence[Seen], taken: set[int]) -> list[Spot]:
        fresh = []
        for one in boxes:
            if id(one) not in taken and not any(_is_second(one, spot) for spot in self.spots):
                fresh.append(candidate(one, now.image, now.time_s))
                self.spots.append(fresh[-1])
        return fresh


def _standing_before(spots: Sequence[Spot], owners: Sequence[Seen | None], seen: Sequence[Seen]) -> list[float]:
    """For each spot the share of it that any of those `seen` hides, but for the one that stands in it."""
    if not spots or not seen:
        return [0.0] * len(spots)
    shares = hidden([spot.box for spot in spots], [one.box for one in seen])
    columns = {one.track: column for column, one in enumerate(seen)}
    for row, own in enumerate(owners):
        if own is not None:
            shares[row, columns[own.track]] = 0.0
    return list(shares.max(axis=1).tolist())


def _is_second(one: Seen, spot: Spot) -> bool:
    """Whether a box that has no spot is a second one of the vehicle in `spot`, or the part of it that shows."""
    return overlap(spot.box, one.box) >= _SAME_VEHICLE or cut(one.box, spot.box)


def _paired(spots: Sequence[Spot], boxes: Sequence[Seen]) -> dict[int, Seen]:
    """Which box stands in which spot (by its `id()`), the best overlap first, each once."""
    rated = [(overlap(spot.box, one.box), i, j) for i, spot in enumerate(spots) for j, one in enumerate(boxes)]
    rated = sorted((rating for rating in rated if rating[0] > 0), reverse=True)
    pairs: dict[int, Seen] = {}
    taken: set[int] = set()
    for _, i, j in rated:
        if id(spots[i]) not in pairs and j not in taken and spots[i].holds(boxes[j].box):
            pairs[id(spots[i])] = boxes[j]
            taken.add(j)
    return pairs
