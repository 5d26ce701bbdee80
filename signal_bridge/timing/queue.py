"""Queue, stops and delay of an approach, by PKJI 2023 chapter 5 and MKJI 1997. Seconds, smp, smp/h, metres."""

from __future__ import annotations

from math import sqrt

AREA_SMP_M2 = 20.0
"""Road that one standing smp takes. Noted."""


def overflow_queue(capacity: float, saturation_degree: float) -> float:
    """Nq1, smp left over from the cycle before; 0 up to DJ 0.5.

    Nq1 = 0.25 C [(DJ - 1) + sqrt((DJ - 1)^2 + 8 (DJ - 0.5)/C)]. C is the capacity in smp/h, as in MKJI (read). Our
    notes say that PKJI prints the cycle there; only the capacity has the right dimension.
    """
    dj = _degree(saturation_degree)
    if capacity <= 0:
        raise ValueError("capacity must be above 0")
    if dj <= 0.5:
        return 0.0
    return 0.25 * capacity * ((dj - 1) + sqrt((dj - 1) ** 2 + 8 * (dj - 0.5) / capacity))


def red_queue(cycle_s: float, green_ratio: float, saturation_degree: float, flow: float) -> float:
    """Nq2, smp that arrive in red: s (1 - RH) / (1 - RH DJ) q / 3600. Read (MKJI NQ2). `green_ratio` RH = wH/s."""
    return cycle_s * (1 - _ratio(green_ratio)) / _left_over(green_ratio, saturation_degree) * flow / 3600


def queue_length(queue: float, entry_width_m: float) -> float:
    """PA = 20 Nq / LM, metres of road that `queue` smp take over an entry `entry_width_m` wide. Noted."""
    if entry_width_m <= 0 or queue < 0:
        raise ValueError("entry width must be above 0, a queue not below 0")
    return AREA_SMP_M2 * queue / entry_width_m


def stop_ratio(queue: float, flow: float, cycle_s: float) -> float:
    """RKH = 0.9 * 3600 Nq / (q s), stops for each smp; above 1 when smp stop more than once. Read (MKJI NS)."""
    if flow <= 0 or cycle_s <= 0:
        raise ValueError("flow and cycle must be above 0")
    return 0.9 * 3600 * queue / (flow * cycle_s)


def traffic_delay(
    cycle_s: float, green_ratio: float, saturation_degree: float, overflow: float, capacity: float
) -> float:
    """TLL = 0.5 s (1 - RH)^2 / (1 - RH DJ) + 3600 Nq1 / C, s/smp, by the other traffic. Read (MKJI DT)."""
    red_s = 0.5 * cycle_s * (1 - _ratio(green_ratio)) ** 2 / _left_over(green_ratio, saturation_degree)
    return red_s + 3600 * overflow / capacity


def geometric_delay(stops: float, turning_share: float) -> float:
    """TG = (1 - RKH) PB 6 + 4 RKH, s/smp, by slowing for a turn and stopping. Read (MKJI DG); RKH counts up to 1."""
    share = min(1.0, stops)
    return (1 - share) * _ratio(turning_share) * 6 + 4 * share


def delay(
    *, flow: float, saturation: float, green_s: float, cycle_s: float, turning_share: float = 0.0
) -> tuple[float, float]:
    """(T, Nq): mean delay T = TLL + TG in s/smp and the queue Nq = Nq1 + Nq2 in smp, of one approach."""
    ratio = green_s / cycle_s
    capacity = saturation * ratio
    dj = flow / capacity
    overflow = overflow_queue(capacity, dj)
    queue = overflow + red_queue(cycle_s, ratio, dj, flow)
    stops = stop_ratio(queue, flow, cycle_s)
    waited = traffic_delay(cycle_s, ratio, dj, overflow, capacity)
    return waited + geometric_delay(stops, turning_share), queue


def _left_over(green_ratio: float, saturation_degree: float) -> float:
    """1 - RH DJ, which is 1 - q/J: the part of its saturation flow that an approach does not use."""
    left = 1 - green_ratio * _degree(saturation_degree)
    if left <= 0:
        raise ValueError("the flow reaches the saturation flow: the queue never clears and these formulas do not hold")
    return left


def _ratio(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"{value}: a ratio from 0 to 1 is expected")
    return value


def _degree(value: float) -> float:
    if value < 0:
        raise ValueError("a degree of saturation is not below 0")
    return value
