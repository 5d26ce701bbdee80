"""Phases as bits: how NTCIP 1202 groups and our Modbus registers carry sets of phases.

A phase group is one byte of eight phases: bit 0 of group 1 is phase 1, bit 7 of group 2 is phase 16 (NTCIP 1202 v02
2.2.4: phase = 8 * group - 7 + bit). A Modbus register carries both groups: bit 0 is phase 1, bit 15 is phase 16.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache


def mask(phases: Iterable[int]) -> int:
    """Phases 1..16 as 16 bits. Raises `ValueError` for a phase that there cannot be."""
    bits = 0
    for phase in phases:
        if not 1 <= phase <= 16:
            raise ValueError(f"there is no phase {phase}: phases are 1 to 16")
        bits |= 1 << (phase - 1)
    return bits


@cache
def phases(bits: int) -> frozenset[int]:
    """The phases of 16 bits."""
    return frozenset(phase for phase in range(1, 17) if bits >> (phase - 1) & 1)


def group(bits: int, number: int) -> int:
    """The byte of phase group `number` (1 or 2) of 16 bits."""
    return bits >> 8 * (number - 1) & 0xFF


def join(groups: Iterable[int]) -> int:
    """16 bits from the bytes of group 1, group 2."""
    return sum(byte << 8 * index for index, byte in enumerate(groups))
