"""Yellow, all-red and intergreen, by PKJI 2023 chapter 5. Seconds, metres.

The bridge never sets them, the controller does; they are here to check its plan, and for the twin.
"""

from __future__ import annotations

YELLOW_S = 3.0
"""PKJI's usual yellow. Noted."""
MOTOR_M_S, NON_MOTOR_M_S, PEDESTRIAN_M_S = 10.0, 3.0, 1.2
"""Speeds over the junction. Noted."""


def planning_intergreen(width_m: float) -> float:
    """Intergreen for planning: 4 s for a mean width of 6 to below 10 m, 5 s to below 15 m, 6 s from 15 m. Noted."""
    if width_m < 6:
        raise ValueError(f"mean width {width_m} m: the table begins at 6 m")
    return 4.0 if width_m < 10 else 5.0 if width_m < 15 else 6.0


def all_red(
    leaving_m: float,
    vehicle_m: float,
    arriving_m: float,
    *,
    leaving_m_s: float = MOTOR_M_S,
    arriving_m_s: float = MOTOR_M_S,
    crossing_m: float = 0.0,
) -> float:
    """All-red = max[(LKBR + PKBR)/vKBR - LKDT/vKDT; LPK/vPK], never below 0. Noted.

    `leaving_m` (LKBR): stop line to the point of conflict of who leaves, `vehicle_m` (PKBR) its length; `arriving_m`
    (LKDT): the same of who arrives; `crossing_m` (LPK): of pedestrians who must reach the kerb.
    """
    if min(leaving_m, vehicle_m, arriving_m, crossing_m) < 0 or min(leaving_m_s, arriving_m_s) <= 0:
        raise ValueError("distances must not be below 0, speeds must be above 0")
    vehicles = (leaving_m + vehicle_m) / leaving_m_s - arriving_m / arriving_m_s
    return max(0.0, vehicles, crossing_m / PEDESTRIAN_M_S)
