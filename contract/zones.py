"""Lines and zones drawn over a camera's picture: the ZONES.toml beside a clip, and the same tables in the site file.

Normalised picture coordinates: x to the right, y down, 0..1. A vehicle is where the bottom centre of its box is.

    a ───────────────▶ b        Walking from a to b, what passes to the right-hand side counts
            │                   under the name that `right` gives, to the left-hand side under `left`.
            ▼ right             The picture's y runs down, so right of a line drawn left to right is below it.
"""

from __future__ import annotations

import re
import tomllib
from datetime import time
from enum import StrEnum
from itertools import combinations
from math import hypot
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from contract.base import ContractError, Model, Share, Slug, explain
from contract.vehicles import VehicleClass

Point = tuple[Share, Share]
"""(x, y), normalised."""

_REACH = 0.02
"""A whole box in view is at least this part of the picture wide and high."""

_FLAT = 0.01
"""Calibration points nearer to a line than this share of their spread are taken to lie on it."""


def _simple_polygon(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if abs(signed_area(points)) < 1e-5:
        raise ValueError("the polygon has no area: give its corners in order around it")
    edges = list(zip(points, (*points[1:], points[0]), strict=True))
    for (i, one), (j, other) in combinations(enumerate(edges), 2):
        adjacent = j - i == 1 or (i == 0 and j == len(edges) - 1)
        if not adjacent and segments_cross(*one, *other):
            raise ValueError(f"the polygon crosses itself (sides {i + 1} and {j + 1}): order its corners around it")
    return points


Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=64), AfterValidator(_simple_polygon)]


def signed_area(points: tuple[Point, ...]) -> float:
    """Shoelace area; positive when the corners run clockwise on the screen (y down)."""
    following = (*points[1:], points[0])
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, following, strict=True)) / 2


def side(a: Point, b: Point, p: Point) -> float:
    """> 0 when `p` lies on the right-hand side of the walk from `a` to `b` (y down), < 0 on the left, 0 on it."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def segments_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether segment ab properly crosses segment cd."""
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


class Line(Model):
    """A counting line from `a` to `b`."""

    id: Slug
    a: Point
    b: Point
    right: Slug = Field(description="Name of the direction that passes to the right-hand side of the walk a -> b.")
    left: Slug = Field(description="Name of the opposite direction.")
    approach: Slug | None = Field(default=None, description="The approach whose traffic this line counts.")

    @model_validator(mode="after")
    def _can_be_crossed(self) -> Line:
        (ax, ay), (bx, by) = self.a, self.b
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        if length < _REACH:
            raise ValueError(f"line {self.id!r} is {length:.3f} long: draw it at least {_REACH} of the picture")
        if self.right == self.left:
            raise ValueError(f"line {self.id!r}: right and left are both called {self.right!r}")
        normal = (-(by - ay) / length * _REACH, (bx - ax) / length * _REACH)
        steps = [i / 20 for i in range(21)]
        if not any(_reachable_beside(ax + t * (bx - ax), ay + t * (by - ay), normal) for t in steps):
            raise ValueError(
                f"line {self.id!r} cannot be crossed: it runs along the edge of the picture, where the bottom centre "
                "of a whole box never comes to both sides; move it at least 0.04 inwards"
            )
        return self


def _reachable_beside(x: float, y: float, normal: tuple[float, float]) -> bool:
    """Whether the bottom centre of a whole box can stand on both sides of (x, y)."""
    for sign in (1, -1):
        px, py = x + sign * normal[0], y + sign * normal[1]
        if not (_REACH / 2 <= px <= 1 - _REACH / 2 and _REACH <= py <= 1):
            return False
    return True


class Day(StrEnum):
    """Days of the week, as `datetime.weekday()` orders them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)$")


def parse_hours(text: str) -> tuple[time, time]:
    """`"06:00-20:00"` as two local times; 24:00 becomes 00:00, and a span may run over midnight."""
    found = _HOURS.match(text)
    if not found or (found[3] == "24" and found[4] != "00"):
        raise ValueError(f'hours {text!r}: write them as "06:00-20:00"')
    return time(int(found[1]), int(found[2])), time(int(found[3]) % 24, int(found[4]))


class NoParkingZone(Model):
    """Where standing is forbidden, in the hours and on the days given (always, when none are)."""

    kind: Literal["no_parking"]
    id: Slug
    polygon: Polygon
    grace_s: float = Field(default=180, ge=0, le=86_400, description="Seconds a vehicle may stand before it is a case.")
    hours: tuple[str, ...] = Field(default=(), max_length=8, description='Local time, e.g. ["06:00-20:00"].')
    days: tuple[Day, ...] = ()
    exempt: tuple[VehicleClass, ...] = Field(default=(), description="Classes that may stand here.")

    @field_validator("hours")
    @classmethod
    def _hours_parse(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        for span in spans:
            parse_hours(span)
        return spans


class AreaZone(Model):
    """A part of the picture with a meaning of its own.

    `queue`: where an approach waits, seen by occupancy and queue length. `entry` and `exit`: ends of turning
    movements. `carriageway`: where a stopped vehicle or a person is an incident. `ignore`: nothing there is real
    (a caption, a tree, a billboard).
    """

    kind: Literal["queue", "entry", "exit", "carriageway", "ignore"]
    id: Slug
    polygon: Polygon
    approach: Slug | None = None


Zone = Annotated[NoParkingZone | AreaZone, Field(discriminator="kind")]


class Calibration(Model):
    """Points on the road surface whose places are known, from which a homography to metres is made."""

    image: tuple[Point, ...] = Field(min_length=4, max_length=32)
    metres: tuple[tuple[float, float], ...] = Field(min_length=4, max_length=32)

    @model_validator(mode="after")
    def _in_pairs(self) -> Calibration:
        if len(self.image) != len(self.metres):
            raise ValueError(f"{len(self.image)} picture points for {len(self.metres)} places in metres: pair them")
        return self

    @model_validator(mode="after")
    def _span_a_plane(self) -> Calibration:
        for what, points in (("picture points", self.image), ("places in metres", self.metres)):
            if _nearly_on_a_line(points):
                raise ValueError(
                    f"all {what} but one, or all of them, lie on a line (or in one spot): give four corners of an "
                    "area, of which no three lie on a line"
                )
        return self


def _nearly_on_a_line(points: tuple[tuple[float, float], ...]) -> bool:
    """Whether fewer than two distinct points stay off some line through two others: no homography is determined."""
    spread = max(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in combinations(points, 2))
    apart: list[tuple[float, float]] = []
    for x, y in points:
        if all(hypot(x - ox, y - oy) > _FLAT * spread for ox, oy in apart):
            apart.append((x, y))
    if len(apart) < 4:
        return True
    for a, b in combinations(apart, 2):
        off = [p for p in apart if abs(side(a, b, p)) > _FLAT * spread * hypot(b[0] - a[0], b[1] - a[1])]
        if len(off) < 2:
            return True
    return False


class Zones(Model):
    """Everything drawn over one camera's picture."""

    lines: tuple[Line, ...] = Field(default=(), max_length=32)
    zones: tuple[Zone, ...] = Field(default=(), max_length=64)
    calibration: Calibration | None = None

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Zones:
        for what, ids in (("line", [x.id for x in self.lines]), ("zone", [x.id for x in self.zones])):
            twice = sorted({one for one in ids if ids.count(one) > 1})
            if twice:
                raise ValueError(f"{what} id used twice: {', '.join(twice)}")
        return self


def parse_toml(text: str, where: str) -> dict[str, object]:
    """TOML to a dict; `ContractError` names the file, the line and the column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{where}: not valid TOML: {error}") from None


def parse_zones(text: str, where: str = "zones") -> Zones:
    """Read a ZONES.toml; `ContractError` says what is wrong in `where` and what is expected."""
    try:
        return Zones.model_validate(parse_toml(text, where))
    except ValidationError as error:
        raise explain(error, where) from None
