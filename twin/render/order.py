"""Who hides whom: vehicles in the order in which they are to be drawn.

Footprints of two vehicles do not overlap, so a side of one of them parts them; the one on the camera's side of that
line is drawn later. Distance alone gets it wrong for a motorcycle beside a long bus.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.camera import Floats, Pinhole
from twin.pose import Pose


def back_to_front(camera: Pinhole, poses: Sequence[Pose]) -> list[int]:
    """Indices into `poses`, those that may be hidden first."""
    if not poses:
        return []
    eye = camera.position[:2]
    middles = np.array([(one.x, one.y) for one in poses])
    reach = np.array([math.hypot(one.model.length, one.model.width) / 2 for one in poses])
    away = np.linalg.norm(middles - eye, axis=1)
    order = [int(index) for index in np.argsort(-away)]
    close = np.linalg.norm(middles[:, None] - middles[None], axis=2) < reach[:, None] + reach[None] + 2.0
    footprints = [_footprint(one) for one in poses]
    for place in range(1, len(order)):
        one = order[place]
        for before in range(place):
            other = order[before]
            if close[one, other] and _hides(eye, footprints[other], footprints[one], poses[other], poses[one]):
                order.insert(before, order.pop(place))
                break
    return order


def _footprint(pose: Pose) -> Floats:
    ahead = np.array([math.cos(pose.yaw), math.sin(pose.yaw)]) * pose.model.length / 2
    left = np.array([-math.sin(pose.yaw), math.cos(pose.yaw)]) * pose.model.width / 2
    middle = np.array([pose.x, pose.y])
    return np.asarray(middle + np.array([ahead + left, ahead - left, -ahead - left, -ahead + left]))


def _hides(eye: Floats, front: Floats, back: Floats, one: Pose, other: Pose) -> bool:
    """Whether `front` lies on the camera's side of a line that parts the two."""
    for yaw in (one.yaw, one.yaw + math.pi / 2, other.yaw, other.yaw + math.pi / 2):
        axis = np.array([math.cos(yaw), math.sin(yaw)])
        a, b, at = front @ axis, back @ axis, float(eye @ axis)
        if a.min() >= b.max() - 0.02:
            return bool(at > b.max())
        if b.min() >= a.max() - 0.02:
            return bool(at < b.min())
    return False
