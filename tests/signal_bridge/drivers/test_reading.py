"""Phases as bits, and colours that are believed only when they are exactly one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.controller import Aspect, Walk
from signal_bridge.drivers import bits
from signal_bridge.drivers.reading import Colours

sets = st.frozensets(st.integers(1, 16))


@given(sets)
def test_phases_survive_bits_and_groups(phases: frozenset[int]) -> None:
    mask = bits.mask(phases)
    assert bits.phases(mask) == phases
    assert bits.join((bits.group(mask, 1), bits.group(mask, 2))) == mask


@pytest.mark.parametrize("phase", [0, -1, 17])
def test_a_phase_there_cannot_be(phase: int) -> None:
    with pytest.raises(ValueError, match="phases are 1 to 16"):
        bits.mask({phase})


@pytest.mark.parametrize("lit", list(product((0, 1, None), repeat=3)))
def test_a_colour_counts_only_alone(lit: tuple[int | None, int | None, int | None]) -> None:
    """Red, yellow, green; don't walk, clear, walk: each lit, dark or unread."""
    reds, yellows, greens = lit
    alone = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    expected = alone.index(lit) if lit in alone else 3
    shown = Colours(reds, yellows, greens, reds, yellows, greens).phase(1)
    assert shown.aspect is (Aspect.RED, Aspect.YELLOW, Aspect.GREEN, Aspect.UNKNOWN)[expected]
    assert shown.pedestrian is (Walk.DONT_WALK, Walk.CLEAR, Walk.WALK, Walk.UNKNOWN)[expected]
    assert shown.since is None
