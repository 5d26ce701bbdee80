"""One place in a zone where a vehicle stands, and whether that vehicle is still there.

A spot is bound to the place, not to the track: the tracker may lose the vehicle and give it a new number.
"""

from __future__ import annotations

import base64
from collections import Counter, deque
from collections.abc import Set
from dataclasses import dataclass, field
from math import hypot, sqrt

import numpy as np

from contract.vehicles import VehicleClass
from edge.frame import Image
from edge.parking.appearance import SIDE, Patch, blend, patch, same
from edge.parking.case import Case, OpenCase
from edge.parking.seen import Box, Seen, overlap

_SAME_PLACE = 0.5
"""Intersection over union from which a box stands where the spot is."""

_NEAR_PLACE, _STRAY = 0.3, 0.25
"""A box that is cut by an occluder overlaps less; its foot is then within this part of its size."""

_HIDDEN = 0.3
"""Share of the spot under another box from which nothing can be said of it."""

_LOOK_S = 0.5
"""A spot without a box is looked for in the pixels twice a second."""

_KNOWN_S = 2.0
"""A vehicle must have been tracked in its place for so long before the pixels alone can vouch for it: the patch of
one that drives past shows the road."""

_AWAY_S = 1.0
_GONE_S, _GONE_CANDIDATE_S = 30.0, 2.0
"""Seconds of clear view without the vehicle after which it has left: an open case is given up slowly."""

_TAKEN_S = 0.6
"""The place of a case must have been seen empty for so long before another vehicle can have taken it."""

_SETTLE, _SETTLE_AT_FIRST = 0.02, 0.2
"""How much one box moves the spot's own; who has not stood there for long may still be rolling to a halt."""

_ROLLED, _ROLLS_S = 0.15, 5.0
"""Sizes that a settled box moves by when its vehicle did not stand yet, unless it had stood for so long; one that
trembles stays below."""

_FOLLOW_LIGHT = 0.1

_NUMBERS = 32


@dataclass(slots=True)
class Spot:
    """A vehicle that stands, perhaps. Times are the stream's clock, in seconds."""

    box: Box
    patch: Patch
    since_s: float
    seen_s: float
    """When it was last known to be here."""
    track: int | None = None
    tracks: deque[int] = field(default_factory=lambda: deque(maxlen=_NUMBERS))
    """The numbers it had lately."""
    votes: Counter[VehicleClass] = field(default_factory=Counter)
    before_start: bool = False
    case: Case | None = None
    queues: bool = False
    asked_s: float = float("-inf")
    """Whether it queues, as it was last asked, and when that was."""
    told: bool = False
    """Something else than a case was told of it (`edge.incidents`)."""
    matched: bool = True
    """The tracker sees it in this picture."""
    clear: bool = True
    """Nothing stands before it in this picture."""
    _rest: Box = field(init=False)
    """Its box when it came to rest."""
    _sighted_s: float = 0.0
    _absent: bool = False
    _absent_s: float = 0.0
    _away_s: float = 0.0
    _looked_s: float = float("-inf")

    def __post_init__(self) -> None:
        self._rest = self.box

    @property
    def vehicle(self) -> VehicleClass:
        """The class most often seen."""
        return self.votes.most_common(1)[0][0]

    @property
    def left(self) -> bool:
        """Whether the vehicle is no longer here."""
        return self._away_s >= _AWAY_S or self._absent_s >= (_GONE_S if self.case or self.told else _GONE_CANDIDATE_S)

    def holds(self, box: Box) -> bool:
        """Whether a vehicle in `box` stands in this place."""
        common = overlap(self.box, box)
        if common >= _SAME_PLACE:
            return True
        return common >= _NEAR_PLACE and _astray(self.box, box) <= _STRAY

    def sight(self, one: Seen, image: Image, now_s: float, elapsed_s: float) -> None:
        """The tracker sees the vehicle in its place."""
        self.matched = True
        self._sighted_s += elapsed_s
        self._found(now_s)
        self.track = one.track
        if one.track not in self.tracks:
            self.tracks.append(one.track)
        self.votes[one.vehicle] += 1
        fresh = self.clear and self.case is None and not self.told and now_s - self.since_s < _ROLLS_S
        settle = _SETTLE_AT_FIRST if fresh else _SETTLE
        self.box = Box(*(old + settle * (new - old) for old, new in zip(self.box, one.box, strict=True)))
        if fresh and _astray(self._rest, self.box) > _ROLLED:
            self._rest, self.since_s = self.box, now_s
        if self.clear and now_s - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            self.patch = blend(self.patch, patch(image, self.box), _FOLLOW_LIGHT)

    def glimpse(self, now_s: float) -> None:
        """The tracker sees a part of the vehicle in its place, under its own number: it is there, and hidden."""
        self.matched = self.clear = False
        self._found(now_s)

    def miss(self, hidden: float, numbers: Set[int], image: Image, now_s: float, elapsed_s: float) -> None:
        """The tracker sees nothing in this place: ask the pixels, and whether something hides it.

        `hidden`: the share of it under any one box; `numbers`: those of all that is seen.
        """
        self.matched = False
        elsewhere = self.track in numbers
        if elsewhere or now_s - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            if self._sighted_s >= _KNOWN_S and same(self.patch, patch(image, self.box)):
                self._found(now_s)
                # Its number went to somebody who drives past.
                self.track = None if elsewhere else self.track
                return
            # A vehicle that is seen elsewhere is away, whatever hides its place; nobody waits for who drove past.
            self._absent = not elsewhere and (hidden <= _HIDDEN or self._sighted_s < _KNOWN_S)
        if elsewhere:
            self._away_s += elapsed_s
        elif self._absent:
            self._absent_s += elapsed_s

    def replaced(self, one: Seen, numbers: Set[int], image: Image) -> bool:
        """Whether `one`, in this place, is another vehicle than the one that stood here.

        It is when the old one drives elsewhere under its own number, or, before there is a case, when it has a new
        number and looks different. Nobody takes a place from one picture to the next: as long as the vehicle of a case
        is seen, a new number is a mistake, and so is the old one's elsewhere.
        """
        if one.track in self.tracks:
            return False
        known = self.case is not None or self.told
        if known and self._absent_s + self._away_s < _TAKEN_S:
            return False
        if self.track is None and not known:
            return False
        if not self._sighted_s and not known:
            # Seen here in one picture only: it drove past, and its pixels need not be asked.
            return True
        alike = same(self.patch, patch(image, self.box))
        return alike is not True if self.track in numbers else alike is False

    def give_up(self) -> None:
        """The vehicle is known to have left."""
        self._away_s = _AWAY_S

    def record(self, now_s: float) -> OpenCase | None:
        """What a successor needs; None while there is no case."""
        if self.case is None:
            return None
        encoded = base64.b64encode(self.patch.tobytes())
        stood_s = max(0.0, now_s - self.since_s)
        return OpenCase.model_validate({"case": self.case, "box": self.box, "stood_s": stood_s, "patch": encoded})

    def _found(self, now_s: float) -> None:
        self.seen_s, self._absent, self._absent_s, self._away_s = now_s, False, 0.0, 0.0


def _astray(one: Box, other: Box) -> float:
    """How far the feet of two boxes are apart, in sizes of the smaller one."""
    (x0, y0), (x1, y1) = one.foot, other.foot
    return hypot(x1 - x0, y1 - y0) / max(sqrt(min(one.area, other.area)), 1e-6)


def candidate(one: Seen, image: Image, now_s: float) -> Spot:
    """A spot for a vehicle that may be about to stand."""
    spot = Spot(one.box, patch(image, one.box), since_s=now_s, seen_s=now_s, track=one.track)
    spot.tracks.append(one.track)
    spot.votes[one.vehicle] += 1
    return spot


def resumed(record: OpenCase, away_s: float, now_s: float) -> Spot:
    """The spot of a case that was open when the process ended, `away_s` ago."""
    return Spot(
        box=Box(*record.box),
        patch=np.frombuffer(record.patch, np.uint8).reshape(SIDE, SIDE),
        since_s=now_s - away_s - record.stood_s,
        seen_s=now_s - away_s,
        votes=Counter({record.case.vehicle: 1}),
        before_start=record.case.since_before_start,
        case=record.case,
        matched=False,
        _sighted_s=_KNOWN_S,
    )
