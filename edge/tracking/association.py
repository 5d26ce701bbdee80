"""Which box belongs to which track.

A motorcycle at 5 pictures a second moves further than its own length, so boxes of one vehicle need not overlap:
distance is measured in lengths of the vehicle, and overlap only helps.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from edge.detection.detections import Floats, Ints, iou

_FORBIDDEN = 1e6


def cost(expected: Floats, seen: Floats, gate: Floats) -> Floats:
    """(n, 4) expected boxes, (m, 4) seen boxes, (n,) gates in vehicle lengths -> (n, m) cost of each pairing.

    Distance of the centres in mean diagonals, plus half the log ratio of the areas, less half the overlap.
    """
    here, there = (expected[:, :2] + expected[:, 2:]) / 2, (seen[:, :2] + seen[:, 2:]) / 2
    size, other = (np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0) for boxes in (expected, seen))
    diagonal = (np.linalg.norm(size, axis=1)[:, None] + np.linalg.norm(other, axis=1)[None]) / 2
    distance = np.linalg.norm(here[:, None] - there[None], axis=2) / diagonal
    growth = np.abs(np.log(size.prod(axis=1))[:, None] - np.log(other.prod(axis=1))[None])
    total = distance + 0.5 * growth - 0.5 * iou(expected, seen)
    impossible = (distance > gate[:, None]) | (growth > 1.6)
    return np.where(impossible, _FORBIDDEN, total).astype(np.float32)


def assign(costs: Floats) -> tuple[Ints, Ints]:
    """Cheapest one-to-one pairing: indices of rows and of columns; forbidden pairs are left out."""
    rows, columns = linear_sum_assignment(costs)
    possible = costs[rows, columns] < _FORBIDDEN
    return rows[possible], columns[possible]
