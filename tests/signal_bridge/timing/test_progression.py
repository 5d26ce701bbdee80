"""Offsets along a corridor: what must hold for any of them, and examples whose answer is plain."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.timing import bands, progression

CYCLE_S = 90.0


@st.composite
def corridors(draw: st.DrawFn, longest: int = 8) -> tuple[float, list[float], list[float], list[float]]:
    """(cycle, greens, travel times forth, back)."""
    count = draw(st.integers(1, longest))
    cycle_s = draw(st.floats(40, 130))
    greens = draw(st.lists(st.floats(10, 35), min_size=count, max_size=count))
    times = st.lists(st.floats(3, 120), min_size=count - 1, max_size=count - 1)
    return cycle_s, greens, draw(times), draw(times)


def both(cycle_s: float, greens: Sequence[float], offsets: Sequence[float], *times: Sequence[float]) -> list[float]:
    """The widest band forth, and back."""
    forth, back = times
    return [
        bands(cycle_s, greens, offsets, forth),
        bands(cycle_s, greens[::-1], offsets[::-1], back[::-1]),
    ]


@pytest.mark.parametrize(
    ("what", "forth", "offsets", "band"),
    [
        ("half a cycle apart: alternate", [45.0, 45.0], [0.0, 45.0, 0.0], 40.0),
        ("a whole cycle apart: together", [90.0], [0.0, 0.0], 40.0),
        ("a quarter apart: together or alternate, half the width is lost", [22.5], None, 17.5),
    ],
)
def test_even_spacing(what: str, forth: list[float], offsets: list[float] | None, band: float) -> None:
    found = progression(CYCLE_S, [40.0] * (len(forth) + 1), forth, forth)
    assert found.band_s == pytest.approx(band), what
    assert offsets is None or found.offsets_s == pytest.approx(offsets), what


@given(corridors())
def test_offsets_lie_in_the_cycle_and_the_band_in_every_green(
    corridor: tuple[float, list[float], list[float], list[float]],
) -> None:
    cycle_s, greens, forth, back = corridor
    found = progression(cycle_s, greens, forth, back)
    assert all(0 <= one < cycle_s for one in found.offsets_s)
    assert found.offsets_s[0] == 0
    assert 0 <= found.band_s <= min(greens) + 1e-6


@given(corridors())
def test_the_band_is_really_there_in_both_directions(
    corridor: tuple[float, list[float], list[float], list[float]],
) -> None:
    cycle_s, greens, forth, back = corridor
    found = progression(cycle_s, greens, forth, back)
    assert min(both(cycle_s, greens, found.offsets_s, forth, back)) >= found.band_s - 1e-5


@given(corridors(), st.integers(0, 7), st.integers(-3, 3))
def test_whole_cycles_on_a_link_change_nothing(
    corridor: tuple[float, list[float], list[float], list[float]], where: int, cycles: int
) -> None:
    cycle_s, greens, forth, back = corridor
    if not forth:
        return
    where %= len(forth)
    longer = [one + abs(cycles) * cycle_s if place == where else one for place, one in enumerate(forth)]
    back_too = [one + abs(cycles) * cycle_s if place == where else one for place, one in enumerate(back)]
    assert progression(cycle_s, greens, longer, back_too).band_s == pytest.approx(
        progression(cycle_s, greens, forth, back).band_s, abs=1e-5
    )


@given(corridors(), st.floats(0, 200))
def test_a_shift_of_all_offsets_changes_no_band(
    corridor: tuple[float, list[float], list[float], list[float]], shift_s: float
) -> None:
    cycle_s, greens, forth, back = corridor
    offsets = progression(cycle_s, greens, forth, back).offsets_s
    moved = [(one + shift_s) % cycle_s for one in offsets]
    assert both(cycle_s, greens, moved, forth, back) == pytest.approx(
        both(cycle_s, greens, offsets, forth, back), abs=1e-5
    )


@given(corridors(longest=4))
def test_no_half_integer_offsets_do_better(corridor: tuple[float, list[float], list[float], list[float]]) -> None:
    """All choices tried, for equal travel times both ways."""
    cycle_s, greens, forth, _ = corridor
    found = progression(cycle_s, greens, forth, forth)
    for halves in product((0.0, cycle_s / 2), repeat=len(greens)):
        middles = [half - green_s / 2 for half, green_s in zip(halves, greens, strict=True)]
        assert min(both(cycle_s, greens, middles, forth, forth)) <= found.band_s + 1e-5


@pytest.mark.parametrize(
    ("greens", "forth", "says"),
    [([], [], "crossings"), ([40.0, 40.0], [], "links"), ([100.0], [], "cycle"), ([40.0, 40.0], [0.0], "above 0 s")],
)
def test_what_is_no_corridor_is_refused(greens: list[float], forth: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        progression(CYCLE_S, greens, forth, forth)
