"""The real clips that were counted by hand, and how far a count is off."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TypedDict

from contract import Zones, parse_zones
from edge.replay import Counts

FOOTAGE = Path(__file__).parents[2] / "shared" / "data" / "footage"

Tally = Counter[tuple[str, str, str]]
"""Vehicles by line, direction and class."""


class Truth(TypedDict):
    """What truth.json says of a clip (the part used here)."""

    zones: str
    light: str
    counts: Counts


def clips() -> dict[str, Truth]:
    """The clips that have hand counts."""
    listed: dict[str, Truth] = json.loads((FOOTAGE / "truth.json").read_text(encoding="utf-8"))
    return {name: truth for name, truth in listed.items() if truth["counts"]}


def zones_of(truth: Truth) -> Zones:
    """The lines drawn over a clip."""
    return parse_zones((FOOTAGE / truth["zones"]).read_text(encoding="utf-8"), truth["zones"])


def flat(counts: Counts) -> Tally:
    """Vehicles by (line, direction, class)."""
    return Counter(
        {
            (line, direction, kind): number
            for line, directions in counts.items()
            for direction, classes in directions.items()
            for kind, number in classes.items()
        }
    )


def errors(hand: Tally, counted: Tally) -> tuple[int, int]:
    """(error of the totals by line and direction, error by class), in vehicles.

    A truck taken for a bus shows in the second only. What is counted twice in one direction and missed in the same one
    cancels out: that is what a total is.
    """
    by_class = sum(abs(hand[key] - counted[key]) for key in hand.keys() | counted.keys())
    ends = {key[:2] for key in hand.keys() | counted.keys()}
    total = sum(
        abs(
            sum(n for key, n in hand.items() if key[:2] == end) - sum(n for key, n in counted.items() if key[:2] == end)
        )
        for end in ends
    )
    return total, by_class
