"""Counts beside each other: the twin's truth, the unit's, and this machine's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Counts = Mapping[str, Mapping[str, Mapping[str, int]]]
"""counts[line][direction][class]"""


def off(truth: Counts, found: Counts) -> int:
    """Sum of the absolute differences by line and direction, whatever the class."""
    places = set(_by_place(truth)) | set(_by_place(found))
    return sum(abs(_by_place(truth).get(place, 0) - _by_place(found).get(place, 0)) for place in places)


def compared(truth: Counts, unit: Counts, here: Counts) -> str:
    """A table, one row a line and direction."""
    return "\n".join(_rows(_by_place(truth), _by_place(unit), _by_place(here)))


def _rows(*columns: Mapping[tuple[str, str], int]) -> Iterator[str]:
    yield f"{'line':<14}{'direction':<12}{'truth':>8}{'aarch64':>10}{'x86':>6}"
    for line, direction in sorted(set().union(*columns)):
        truth, unit, here = (one.get((line, direction), 0) for one in columns)
        yield f"{line:<14}{direction:<12}{truth:>8}{unit:>10}{here:>6}"


def _by_place(counts: Counts) -> dict[tuple[str, str], int]:
    return {
        (line, direction): sum(classes.values()) for line, ways in counts.items() for direction, classes in ways.items()
    }
