"""How far a count is off: a table of counts beside hand counts."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.clips import Tally, errors, flat


def tally(**counts: int) -> Tally:
    """Vehicles by direction and class on one line, e.g. up_car=3."""
    ends = {key: key.split("_") for key in counts}
    return Counter({("main", ends[key][0], ends[key][1]): number for key, number in counts.items()})


ERRORS = [
    # what was counted        by hand                        counted                         off, off by class
    ("all right", tally(up_car=3, down_bus=1), tally(up_car=3, down_bus=1), (0, 0)),
    ("one missed", tally(up_car=3), tally(up_car=2), (1, 1)),
    ("one too many", tally(up_car=3), tally(up_car=4), (1, 1)),
    ("a truck taken for a bus", tally(up_truck=1), tally(up_bus=1), (0, 2)),
    ("the wrong direction", tally(up_car=1), tally(down_car=1), (2, 2)),
    ("nothing there, nothing seen", tally(), tally(), (0, 0)),
    ("nothing there, one seen", tally(), tally(up_car=1), (1, 1)),
]


@pytest.mark.parametrize(("hand", "counted", "off"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_errors(hand: Tally, counted: Tally, off: tuple[int, int]) -> None:
    assert errors(hand, counted) == off
    assert errors(counted, hand) == off


def test_flat() -> None:
    assert flat({"main": {"up": {"car": 2}, "down": {}}}) == {("main", "up", "car"): 2}
