"""Help with aiming: where the horizon is by the calibration, how well its points agree, how much the zones cover."""

from __future__ import annotations

import numpy as np

from contract import Model, Zones
from contract.zones import signed_area
from edge.measures.ground import Ground


class Aim(Model):
    """For one camera; points are normalised."""

    residual_m: float | None = None
    """Root mean square of what the calibration points are off; 0 with four."""
    horizon: tuple[tuple[float, float], tuple[float, float]] | None = None
    """Where it meets the left and the right edge of the picture."""
    coverage: dict[str, float]
    """Share of the picture, by zone."""


def aim(zones: Zones) -> Aim:
    """`zones` were found valid (`edge.page.refusal.examine`)."""
    coverage = {zone.id: round(abs(signed_area(zone.polygon)), 4) for zone in zones.zones}
    if zones.calibration is None:
        return Aim(coverage=coverage)
    ground = Ground.fit(zones.calibration)
    return Aim(residual_m=round(ground.residual_m, 2), horizon=_horizon(ground), coverage=coverage)


def _horizon(ground: Ground) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The points that no place on the road is seen at: the third row of the homography is 0 there."""
    across, down, rest = (float(one) for one in ground.matrix[2])
    if abs(down) < 1e-9 or not np.isfinite([across, down, rest]).all():
        return None
    left, right = -rest / down, -(rest + across) / down
    return (0.0, round(left, 4)), (1.0, round(right, 4))
