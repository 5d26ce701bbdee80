"""Lines and zones: what is drawn is taken, what cannot work is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import ContractError, Line, NoParkingZone, parse_zones
from contract.zones import parse_hours, segments_cross, side, signed_area
from tests.support.data import DATA

LINE = '[[lines]]\nid = "main"\na = {a}\nb = {b}\nright = "{right}"\nleft = "{left}"\n'
ZONE = '[[zones]]\nid = "kerb"\nkind = "{kind}"\npolygon = {polygon}\n{rest}'
SQUARE = "[[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]"


def line(a: str, b: str, right: str = "down", left: str = "up") -> str:
    return LINE.format(a=a, b=b, right=right, left=left)


def zone(kind: str = "no_parking", polygon: str = SQUARE, rest: str = "") -> str:
    return ZONE.format(kind=kind, polygon=polygon, rest=rest)


REFUSED = [
    ("outside the picture", line("[0.0, 1.2]", "[1.0, 0.5]"), "lines.0.a.1: Input should be less than or equal to 1"),
    ("along the lower edge", line("[0.0, 0.99]", "[1.0, 0.99]"), "cannot be crossed"),
    ("along the upper edge", line("[0.0, 0.01]", "[1.0, 0.01]"), "cannot be crossed"),
    ("along the left edge", line("[0.0, 0.1]", "[0.0, 0.9]"), "cannot be crossed"),
    ("no length", line("[0.5, 0.5]", "[0.5, 0.5]"), "draw it at least"),
    ("one name for both sides", line("[0.0, 0.5]", "[1.0, 0.5]", "up", "up"), "both called 'up'"),
    ("two lines of one name", line("[0.0, 0.5]", "[1.0, 0.5]") * 2, "line id used twice: main"),
    ("a zone without area", zone(polygon="[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]"), "no area"),
    ("a bow tie", zone(polygon="[[0.1, 0.1], [0.6, 0.5], [0.5, 0.1], [0.1, 0.4]]"), "crosses itself"),
    ("an unknown kind", zone(kind="parking"), "does not match any of the expected tags"),
    ("an unknown key", zone(rest="grace = 5"), "zones.0.no_parking.grace: Extra inputs are not permitted"),
    ("hours in words", zone(rest='hours = ["pagi"]'), 'write them as "06:00-20:00"'),
    ("not TOML", "[[lines]\n", "not valid TOML"),
    ("three calibration points", "[calibration]\nimage = [[0,0],[1,0],[1,1]]\nmetres = [[0,0],[1,0],[1,1]]", "image"),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(text: str, says: str) -> None:
    with pytest.raises(ContractError) as caught:
        parse_zones(text, "zones.toml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("zones.toml: ")


def test_optional_keys_have_the_documented_defaults() -> None:
    (parsed,) = parse_zones(zone()).zones
    assert isinstance(parsed, NoParkingZone)
    assert (parsed.grace_s, parsed.hours, parsed.days, parsed.exempt) == (180, (), (), ())


def test_the_files_beside_the_footage_are_read() -> None:
    files = sorted((DATA / "footage").glob("*.toml"))
    assert len(files) == 9
    lines = [one for file in files for one in parse_zones(file.read_text(), file.name).lines]
    assert {(one.right, one.left) for one in lines} == {("down", "up")}


def test_right_of_a_walk_to_the_right_is_below() -> None:
    walk = Line(id="main", a=(0.1, 0.5), b=(0.9, 0.5), right="down", left="up")
    assert side(walk.a, walk.b, (0.5, 0.6)) > 0 > side(walk.a, walk.b, (0.5, 0.4))


points = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(points, points, points, points)
def test_crossing_is_mutual(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> None:
    assert segments_cross(a, b, c, d) == segments_cross(c, d, a, b) == segments_cross(b, a, c, d)


@given(st.lists(points, min_size=3, max_size=8))
def test_walking_a_polygon_backwards_turns_its_area(corners: list[tuple[float, float]]) -> None:
    assert signed_area(tuple(corners)) == pytest.approx(-signed_area(tuple(reversed(corners))), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("06:00-20:00", "06:00", "20:00"), ("22:00-05:30", "22:00", "05:30"), ("00:00-24:00", "00:00", "00:00")],
)
def test_hours(text: str, start: str, end: str) -> None:
    assert [moment.strftime("%H:%M") for moment in parse_hours(text)] == [start, end]
