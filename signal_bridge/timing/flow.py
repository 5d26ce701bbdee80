"""Saturation flow and capacity of an approach, by PKJI 2023 chapter 5 (kapasitas simpang APILL).

How sure we are of each is said with it: *read* = seen in a source or in MKJI 1997's text; *noted* = from secondary
notes, to be checked against the printed PKJI before a traffic engineer signs a plan made with it. Units: metres, hours,
and smp (passenger car units, `contract.pcu`); flows are smp/h.
"""

from __future__ import annotations

J0_PER_METRE = 600.0
"""Base saturation flow of a protected approach, smp/h for each metre of effective width. PKJI (5-6), noted."""

_CITY_SIZE = ((3_000_000, 1.05), (1_000_000, 1.00), (500_000, 0.94), (100_000, 0.83), (0, 0.82))


def base_saturation_flow(width_m: float) -> float:
    """J0 = 600 LE, smp/h, of a protected approach; LE is its effective width `width_m`. (5-6), noted."""
    if width_m <= 0:
        raise ValueError(f"effective width {width_m} m: it must be above 0")
    return J0_PER_METRE * width_m


def city_size_factor(population: int) -> float:
    """FUK: 1.05 above 3 million, 1.00 from 1, 0.94 from 0.5, 0.83 from 0.1 million, else 0.82. PKJI table, noted."""
    return next(factor for least, factor in _CITY_SIZE if population > least or least == 0)


def parking_factor(parking_m: float, width_m: float, green_s: float) -> float:
    """FP = [Lp/3 - (L - 2)(Lp/3 - wH)/L] / wH, noted; never above 1.

    `parking_m` (Lp): from the stop line to the first parked vehicle; `width_m` (L): of the approach; `green_s` (wH).
    """
    if parking_m < 0 or width_m <= 0 or green_s <= 0:
        raise ValueError("parking distance, width and green must not be below 0")
    share = parking_m / 3
    return min(1.0, max(0.0, (share - (width_m - 2) * (share - green_s) / width_m) / green_s))


def right_turn_factor(share: float) -> float:
    """FBKa = 1 + 0.26 RBKa; protected, two-way, no median. Noted. `share`: of the flow that turns right, 0..1."""
    return 1 + 0.26 * _share(share)


def left_turn_factor(share: float) -> float:
    """FBKi = 1 - 0.16 RBKi; protected, no left turn on red. Noted. `share`: of the flow that turns left, 0..1."""
    return 1 - 0.16 * _share(share)


def saturation_flow(
    width_m: float,
    *,
    population: int,
    side_friction: float = 1.0,
    grade: float = 1.0,
    parking: float = 1.0,
    right: float = 0.0,
    left: float = 0.0,
) -> float:
    """J = J0 FHS FUK FG FP FBKi FBKa, smp/h, protected approach. (5-4); the product is read (MKJI), factors as noted.

    `side_friction` (FHS) and `grade` (FG) come from PKJI's tables and figures, which are not reproduced here.
    """
    for name, factor in (("side friction", side_friction), ("grade", grade), ("parking", parking)):
        if not 0 < factor <= 1.2:
            raise ValueError(f"{name} factor {factor}: expected above 0 and at most 1.2")
    turns = right_turn_factor(right) * left_turn_factor(left)
    return base_saturation_flow(width_m) * side_friction * city_size_factor(population) * grade * parking * turns


def flow_ratio(flow: float, saturation: float) -> float:
    """Rq/J = q / J. Read (MKJI FR = Q/S)."""
    if flow < 0 or saturation <= 0:
        raise ValueError("flow must not be below 0, saturation flow must be above 0")
    return flow / saturation


def capacity(saturation: float, green_s: float, cycle_s: float) -> float:
    """C = J wH / s, smp/h. (5-1), noted; the same as MKJI's C = S g/c."""
    if not 0 <= green_s <= cycle_s or cycle_s <= 0:
        raise ValueError(f"green {green_s} s must lie within the cycle of {cycle_s} s")
    return saturation * green_s / cycle_s


def degree_of_saturation(flow: float, capacity_: float) -> float:
    """DJ = q / C; PKJI wants it at most 0.85. Noted."""
    if capacity_ <= 0:
        raise ValueError("capacity must be above 0: an approach without green has none")
    return flow / capacity_


def _share(share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"turning share {share}: expected 0 to 1")
    return share
