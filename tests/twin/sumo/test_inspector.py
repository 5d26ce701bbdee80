"""The inspector finds what is not allowed, and nothing else."""

from __future__ import annotations

import pytest

from twin.sumo.inspector import Inspector

#  two streams that conflict; each step is (lamps, seconds)
TABLE = [
    # what, steps, violations
    ("a proper change", [("Gr", 10), ("yr", 3), ("rr", 2), ("rG", 10)], {}),
    ("who gives way may be green with its foe", [("Gr", 10), ("Gg", 10)], {}),
    ("green that ends before its minimum", [("rr", 2), ("Gr", 9), ("yr", 3), ("rr", 2)], {"short_green"}),
    ("green that ends without yellow", [("Gr", 10), ("rr", 2)], {"no_yellow"}),
    ("yellow of two seconds", [("Gr", 10), ("yr", 2), ("rr", 2)], {"short_yellow"}),
    ("all-red of a second", [("Gr", 10), ("yr", 3), ("rr", 1), ("rG", 10)], {"short_clearance"}),
    ("both protected", [("Gr", 10), ("GG", 2)], {"conflicting_green"}),
    ("protection withdrawn under a turn", [("rr", 2), ("Gr", 10), ("gG", 10)], {"protection_withdrawn"}),
    ("protection withdrawn after clearance", [("Gr", 10), ("yr", 3), ("rr", 2), ("gG", 10)], {}),
]


@pytest.mark.parametrize(("steps", "found"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_it_finds(steps: list[tuple[str, int]], found: set[str]) -> None:
    inspector = Inspector(frozenset({(0, 1)}), 10.0)
    for second, lamps in enumerate(lamps for lamps, seconds in steps for _ in range(seconds)):
        inspector.look(float(second), lamps)
    assert set(inspector.violations) == set(found)
