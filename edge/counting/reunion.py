"""Who is lost on the way through a junction and found again under another number, and where a late one came from.

A pole before the exit cuts a box in two, a bus hides a motorcycle for a second: what comes out has a new number. It
goes on with the way of a lost vehicle that would be there by now, at the pace it had, if it moves as that one did: who
stands and who drives are two, be it in a queue or a signal head that the detector takes for a rider.

    ╭─────────╮   a queue hides it
    │ entry n │· · · ·●──▶──▶ seen       Who is first seen beyond the stop line came by the entry zone that lies
    ╰─────────╯                          `BEHIND` lengths behind it at most, straight against its first steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.tracking.tracker import Track

Foot = tuple[float, float]
"""Bottom centre of a box, in pixels."""

BEHIND = 6.0
"""Lengths of the vehicle between an entry zone and where it is first seen, at most: a lorry and its distance."""
_STRIDE = 0.25
_ASTRAY, _ASTRAY_PER_S = 0.6, 1.0
"""Lengths by which a vehicle that is found again may be off the place where it was expected, and more each second."""
_ALIKE = 0.25
"""Share of the faster one's pace that both must have in common."""


@dataclass(slots=True)
class Reunion:
    """Which of this picture's new tracks may be which of the tracks that were lost on their way.

    All at once: in a crowd there are many of both. Only who is near where the lost one would be by now, and moves as it
    did.
    """

    newcomers: dict[int, int]
    """Number of a new track -> its row."""
    lost: list[int]
    astray: NDArray[np.float64]
    """(newcomers, lost) lengths off the place where it was expected; infinite where it cannot be the one."""

    @classmethod
    def of(cls, newcomers: Sequence[Track], lost: Mapping[int, Track], time_s: float) -> Reunion | None:
        """`lost`: by number, as they were last seen. None where nobody is new, or nobody is lost."""
        if not newcomers or not lost:
            return None
        waited_s = time_s - np.array([one.time_s for one in lost.values()], np.float64)
        gone = list(lost.values())
        old_boxes, paces = boxes(gone), _paces(gone)
        new_boxes, new_paces = boxes(newcomers), _paces(newcomers)
        off = feet(new_boxes)[:, None] - (feet(old_boxes) + paces * waited_s[:, None])[None]
        astray = np.hypot(off[..., 0], off[..., 1]) / np.maximum(lengths(new_boxes)[:, None], lengths(old_boxes)[None])
        faster = np.maximum((new_paces**2).sum(axis=1)[:, None], (paces**2).sum(axis=1)[None])
        likely = (new_paces @ paces.T >= _ALIKE * faster) & (astray <= _ASTRAY + _ASTRAY_PER_S * waited_s)
        rows = {track.id: row for row, track in enumerate(newcomers)}
        return cls(rows, list(lost), np.where(likely, astray, np.inf))

    def take(self, track: int) -> int | None:
        """The number under which a new track was known, if under any; it is given away once."""
        row = self.newcomers.get(track)
        if row is None:
            return None
        best = int(self.astray[row].argmin())
        if not np.isfinite(self.astray[row, best]):
            return None
        self.astray[:, best] = np.inf
        return self.lost[best]


def behind(first: Foot, after: Foot, length: float) -> NDArray[np.float64]:
    """(n, 2) places, the nearest first, that a vehicle of `length` may have come from before it was at `first`.

    `after` is where it was next; another place than `first`.
    """
    steps = np.array(first) - np.array(after)
    away = _STRIDE * np.arange(1, round(BEHIND / _STRIDE) + 1) * length
    return np.asarray(np.array(first) + away[:, None] * steps / np.hypot(*steps), np.float64)


def boxes(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """(n, 4) boxes of tracks."""
    return np.array([one.box for one in tracks], np.float64)


def feet(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) boxes -> (n, 2) bottom centres."""
    return np.column_stack([(found[:, 0] + found[:, 2]) / 2, found[:, 3]])


def _paces(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """(n, 2) velocities of tracks."""
    return np.array([one.velocity for one in tracks], np.float64)


def lengths(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Roots of the areas of (n, 4) boxes, in pixels."""
    sides = found[:, 2:] - found[:, :2]
    return np.asarray(np.sqrt(np.maximum(sides[:, 0] * sides[:, 1], 1.0)), np.float64)
