"""What the adaptive control does in situations whose answer is plain."""

from __future__ import annotations

import pytest

from signal_bridge.control import Junction, Seen, Stream, View
from signal_bridge.control.adaptive import PATIENCE_S, Adaptive
from signal_bridge.control.junction import Coming

CROSS = Junction(
    "cross",
    streams=(Stream("n", "s_out"), Stream("e", "w_out")),
    stages=("Gr", "rG"),
    greens=(30.0, 30.0),
)
STANDING = tuple(Seen(2.0 + 7.5 * place, 0.0) for place in range(10))


def coming(*distances_m: float) -> tuple[Seen, ...]:
    return tuple(Seen(distance, 11.0) for distance in distances_m)


def flowing(distance_m: float = 2.0) -> tuple[Seen, ...]:
    """A queue that discharges."""
    return tuple(Seen(distance_m + 9.0 * place, 6.0) for place in range(8))


@pytest.mark.parametrize(
    ("what", "north", "east", "stays"),
    [
        ("nobody anywhere", (), (), True),
        ("a queue waits, nobody uses the green", (), STANDING, False),
        ("a queue discharges, one waits", flowing(), STANDING[:1], True),
        ("one comes from afar, a queue waits", coming(95.0), STANDING, False),
        ("a platoon arrives, one waits", coming(15.0, 25.0, 35.0, 45.0, 55.0), STANDING[:1], True),
    ],
)
def test_stay_or_go(what: str, north: tuple[Seen, ...], east: tuple[Seen, ...], stays: bool) -> None:
    control = Adaptive(CROSS)
    view = View(100.0, {"n": north, "e": east})
    control.watch(view, 0)
    assert (control.choose(view, 0, 12.0) == 0) is stays, what


def test_a_platoon_is_waited_for_when_a_neighbour_tells_of_it() -> None:
    """Nobody in sight of the green, one waits beside it: he goes now, unless a platoon is about to arrive."""
    platoon = Coming(12.0, tuple((7.5 + gap, 1.0) for gap in range(6)))
    chosen = []
    for coming in ({}, {"n": platoon}):
        control = Adaptive(CROSS)
        view = View(100.0, {"n": (), "e": STANDING[:1]}, coming=coming)
        control.watch(view, 0)
        chosen.append(control.choose(view, 0, 12.0))
    assert chosen == [1, 0]


def test_a_full_exit_is_not_fed() -> None:
    """The same long queues on both sides; north leads into a jam, so east goes."""
    view = View(0.0, {"n": STANDING, "e": STANDING})
    jammed = View(0.0, view.lanes, room={"s_out": 0.0})
    chosen = []
    for seen in (view, jammed):
        control = Adaptive(CROSS)
        control.watch(seen, 0)
        chosen.append(control.choose(seen, 0, 10.0))
    assert chosen == [0, 1]


def test_nobody_waits_beyond_patience() -> None:
    """A single car against an endless stream is served when its patience ends."""
    control = Adaptive(CROSS)
    served_s = None
    for second in range(int(PATIENCE_S) + 10):
        view = View(float(second), {"n": flowing(), "e": STANDING[:1]}, departed={"n": 1})
        control.watch(view, 0)
        if control.choose(view, 0, 10.0 + second) == 1:
            served_s = second
            break
    assert served_s is not None
    assert served_s <= PATIENCE_S + 2
