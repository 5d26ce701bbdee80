"""Which box belongs to which track.

A pair is rated by how surprising the box would be for the track: its place in standard deviations of where the track
may be by now, its size in what sizes vary by. Overlap is not asked for, since a vehicle at 5 pictures a second may
move further than its own length; but nobody surprises a track that is well known by more than `REACH` lengths, which
keeps a lost track from taking its neighbour's place in a queue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from edge.tracking.motion import JITTER, Array, Motion, measured

GATE = 9.49
"""Surprise beyond which a box is another vehicle's: 95 % of chi-square with 4 degrees of freedom, place and size."""

REACH = 0.6
"""Lengths between where a track is expected and where it is seen, at most; vehicles stand further apart than that."""

_RESIZE = 0.3
"""Standard deviation of the logarithm of width and height from one picture to the next (occlusion, a turning truck)."""

_NEARING = 2.0
"""What passes close by the camera grows and speeds up in the picture by as much again twice in a second: velocity and
size go astray by the square of the time between two pictures, which tells from 3 pictures a second downwards only."""

Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]


def gain(motion: Motion, rows: Rows, boxes: Array, known: Bools, interval_s: float) -> Array:
    """(n,) tracks, (m, 4) boxes, (n,) whether a track's velocity is known -> (n, m) worth of each pairing, 0 for none.

    `interval_s` is the time since the picture before.

    The worth is a log likelihood ratio: a likely box, for a track that leaves little room for doubt.
    """
    centre, size = measured(boxes)
    own, length = motion.size[rows], motion.length[rows]
    mean_length = (length[:, None] + np.sqrt(size.prod(axis=1))) / 2
    variance = motion.place[rows, None] + (JITTER * mean_length) ** 2
    away = motion.centre[rows, None] - centre
    distance = away[..., 0] ** 2 + away[..., 1] ** 2
    growth = np.log(own)[:, None] - np.log(size)
    astray = _NEARING * interval_s**2
    surprise = distance / variance + (growth[..., 0] ** 2 + growth[..., 1] ** 2) / (_RESIZE + astray) ** 2
    stretch = astray / 2 * np.sqrt((motion.velocity[rows] ** 2).sum(axis=1))
    too_far = known[:, None] & (distance > (REACH * mean_length + stretch[:, None]) ** 2)
    worth = GATE - surprise - 2 * np.log(variance / length[:, None] ** 2)
    return np.where((surprise > GATE) | too_far, 0.0, np.maximum(worth, 0.0))


def assign(worth: Array) -> tuple[Rows, Rows]:
    """The one-to-one pairing of most worth in sum: indices of rows and of columns."""
    if not worth.any():
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    possible = worth[rows, columns] > 0
    return rows[possible], columns[possible]
