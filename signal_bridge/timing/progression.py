"""Offsets along a corridor: when each crossing begins its green so that platoons meet green in both directions.

    time ▲     ╱╲      ╱╲        a band is a stretch of departures that is stopped nowhere;
         │   ╱╱  ╲╲  ╱╱  ╲╲      here one band each way, equally wide
         │ ╱╱      ╳╳      ╲╲
         └──A──────B──────C──▶ corridor

Morgan, Little (1964), "Synchronizing traffic signals for maximal bandwidth", Operations Research 12: with equal bands
in both directions the best offsets are half-integer, that is, the middles of red are together or half a cycle apart
(once the difference of the two travel times is taken out). So each crossing has two choices, and the band that begins
where the red of crossing i ends is as wide as the best choice of every other allows. Trying every i gives the widest:
exact, in n² steps. Little (1966) and MAXBAND are the general form. Seconds throughout; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Progression:
    """`offsets_s`: when the corridor's green begins at each crossing, within the cycle; the first begins at 0.

    `band_s`: departures from either end within so many seconds are stopped nowhere; 0 if there is no such band.
    """

    offsets_s: tuple[float, ...]
    band_s: float


def progression(
    cycle_s: float, greens_s: Sequence[float], forth_s: Sequence[float], back_s: Sequence[float]
) -> Progression:
    """Offsets for the widest equal bands. `greens_s`: of the corridor at each crossing, the same both ways.

    `forth_s`, `back_s`: travel times over each link, in the order of the crossings, by direction. Raises `ValueError`.
    """
    _check(cycle_s, greens_s, forth_s, back_s)
    reds = [1 - green_s / cycle_s for green_s in greens_s]
    out = [0.0, *accumulate(time_s / cycle_s for time_s in forth_s)]
    home = [0.0, *accumulate(time_s / cycle_s for time_s in back_s)]
    places = [(there + here) / 2 for there, here in zip(out, home, strict=True)]
    band, halves = max((_band(reds, places, pivot) for pivot in range(len(reds))), key=lambda one: one[0])
    begins = [
        half + (there - here) / 2 + red / 2 for half, there, here, red in zip(halves, out, home, reds, strict=True)
    ]
    return Progression(tuple(_within((one - begins[0]) * cycle_s, cycle_s) for one in begins), band * cycle_s)


def bands(cycle_s: float, greens_s: Sequence[float], offsets_s: Sequence[float], travel_s: Sequence[float]) -> float:
    """The widest band, in seconds, of one direction under any offsets; crossings in the order of travel."""
    arrives = [0.0, *accumulate(travel_s)]
    begins = [_within(offset - after, cycle_s) for offset, after in zip(offsets_s, arrives, strict=True)]
    widest = 0.0
    for start in begins:
        left = (_left(start, begin, green_s, cycle_s) for begin, green_s in zip(begins, greens_s, strict=True))
        widest = max(widest, min(left))
    return widest


def _left(at: float, begin: float, green_s: float, cycle_s: float) -> float:
    """Seconds of a green that are left at `at`; 0 in red."""
    return max(0.0, green_s - _within(at - begin, cycle_s))


def _band(reds: Sequence[float], places: Sequence[float], pivot: int) -> tuple[float, list[float]]:
    """The band that begins as the red of `pivot` ends, and the half cycle by which each crossing is shifted for it."""
    starts = reds[pivot] / 2 - places[pivot]
    found = [
        max((_free(half - place - red / 2 - starts, red), half) for half in (0.0, 0.5))
        for place, red in zip(places, reds, strict=True)
    ]
    found[pivot] = (1 - reds[pivot], 0.0)
    return min(free for free, _ in found), [half for _, half in found]


def _free(until_red: float, red: float) -> float:
    """Part of the cycle from the beginning of the band to that red; 0 if the band would begin in it."""
    free = _within(until_red, 1.0)
    return free if free <= 1 - red + 1e-9 else 0.0


def _within(value: float, whole: float) -> float:
    """`value` modulo `whole`, a hair below the whole counting as 0."""
    rest = value % whole
    return 0.0 if whole - rest < 1e-9 * max(1.0, whole) else rest


def _check(cycle_s: float, greens_s: Sequence[float], forth_s: Sequence[float], back_s: Sequence[float]) -> None:
    if not greens_s or len(forth_s) != len(greens_s) - 1 or len(back_s) != len(forth_s):
        raise ValueError(
            f"{len(greens_s)} crossings have {len(greens_s) - 1} links: give a travel time for each, forth and back"
        )
    if not all(0 < green_s <= cycle_s for green_s in greens_s):
        raise ValueError(f"every green must be above 0 and within the cycle of {cycle_s:g} s")
    if any(time_s <= 0 for time_s in (*forth_s, *back_s)):
        raise ValueError("a travel time must be above 0 s")
