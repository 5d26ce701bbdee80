"""Which boxes stand in which polygons."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from contract import Polygon
from edge.detection.detections import Detections


def outside(found: Detections, polygons: Sequence[Polygon], width: int, height: int) -> NDArray[np.bool_]:
    """(n,) whether the bottom centre of each box lies in none of the polygons (normalised coordinates)."""
    shapes = [np.array(polygon, np.float32) * np.array([width, height], np.float32) for polygon in polygons]
    feet = [((box[0] + box[2]) / 2, box[3]) for box in found.boxes.tolist()]
    return np.array([all(cv2.pointPolygonTest(shape, foot, False) < 0 for shape in shapes) for foot in feet], bool)
