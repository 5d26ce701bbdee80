"""A readable map without tiles: roads between junctions by what the site file says, a graticule, and room for names.

The site file knows each arm's bearing and street. Where an arm of one junction and an arm of another carry the same
street and look at each other, a road is drawn between them; every other arm is a short stub. Straight lines, and said
to be a sketch: no survey, no internet. Pure; positions are WGS 84 (latitude, longitude).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, ceil, cos, degrees, floor, hypot, radians, sin

from contract import Approach, Junction

LatLon = tuple[float, float]
METRES_PER_DEGREE = 111_320.0
STUB_M = 420.0
_MAY_DEVIATE = 42.0
"""Degrees between an arm's bearing and the straight line to the other junction: streets bend."""
_FARTHEST_M = 7500.0


@dataclass(frozen=True, slots=True)
class Road:
    """A straight piece of street; `joins` when it leads from one junction to another."""

    street: str
    start: LatLon
    end: LatLon
    joins: bool


def street(name: str) -> str:
    """The street of an approach's name: without remarks in brackets and the point of the compass at its end."""
    name = re.sub(r"\s*\(.*?\)", "", name)
    return re.sub(r"\s+(utara|timur|selatan|barat|atas|bawah)(\s+(laut|daya))?$", "", name, flags=re.IGNORECASE).strip()


def short_name(name: str) -> str:
    """A junction's name for a label: without what is in brackets."""
    return re.sub(r"\s*\(.*?\)", "", name).strip()


def away(start: LatLon, end: LatLon) -> tuple[float, float]:
    """(metres, compass bearing in degrees) from one place to another near by."""
    north = (end[0] - start[0]) * METRES_PER_DEGREE
    east = (end[1] - start[1]) * METRES_PER_DEGREE * cos(radians(start[0]))
    return hypot(north, east), degrees(atan2(east, north)) % 360


def beyond(start: LatLon, bearing_deg: float, metres: float) -> LatLon:
    """The place that lies `metres` from `start` in this direction."""
    angle = radians(bearing_deg)
    north, east = metres * cos(angle), metres * sin(angle)
    return (
        start[0] + north / METRES_PER_DEGREE,
        start[1] + east / (METRES_PER_DEGREE * cos(radians(start[0]))),
    )


def roads(junctions: Sequence[Junction]) -> tuple[Road, ...]:
    """Every street piece of the site file, the joining ones once."""
    drawn: dict[frozenset[LatLon], Road] = {}
    stubs = []
    for junction in junctions:
        for arm in junction.approaches:
            other = _neighbour(junction, arm, junctions)
            name = street(arm.name)
            if other is None:
                end = beyond(junction.position, arm.bearing_deg, STUB_M)
                stubs.append(Road(name, junction.position, end, joins=False))
            else:
                ends = frozenset({junction.position, other.position})
                drawn.setdefault(ends, Road(name, junction.position, other.position, joins=True))
    return (*stubs, *drawn.values())


def _neighbour(junction: Junction, arm: Approach, junctions: Sequence[Junction]) -> Junction | None:
    """The nearest junction along an arm that has an arm of the same street looking back."""
    found: list[tuple[float, Junction]] = []
    for other in junctions:
        metres, bearing = away(junction.position, other.position)
        if not 0 < metres < _FARTHEST_M or _between(bearing, arm.bearing_deg) > _MAY_DEVIATE:
            continue
        back = (bearing + 180) % 360
        if any(
            street(candidate.name) == street(arm.name) and _between(back, candidate.bearing_deg) <= _MAY_DEVIATE
            for candidate in other.approaches
        ):
            found.append((metres, other))
    return min(found, key=lambda one: one[0])[1] if found else None


def _between(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def bounds(junctions: Sequence[Junction]) -> tuple[LatLon, LatLon]:
    """South-west and north-east corner around all junctions."""
    lats = [junction.position[0] for junction in junctions]
    lons = [junction.position[1] for junction in junctions]
    return (min(lats), min(lons)), (max(lats), max(lons))


def graticule(corners: tuple[LatLon, LatLon], step: float = 0.02) -> Iterator[tuple[bool, float]]:
    """(whether a parallel, its degrees) of the lines that cross the map and its surroundings."""
    (south, west), (north, east) = corners
    for first, last, parallel in ((south, north, True), (west, east, False)):
        for number in range(floor(first / step) - 4, ceil(last / step) + 5):
            yield parallel, round(number * step, 6)


_SIDES: Mapping[str, tuple[float, float]] = {
    "e": (1, 0),
    "w": (-1, 0),
    "n": (0, -1),
    "s": (0, 1),
    "se": (1, 1),
    "ne": (1, -1),
    "sw": (-1, 1),
    "nw": (-1, -1),
}
_GLYPH, _HIGH, _PER_LETTER = 20.0, 20.0, 7.6
_MAY_COVER = 60.0
"""Square pixels."""
Place = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Lettering:
    """Where names stand: a junction's on a side of its mark (e, w, n, se, ...), a street's along a road.

    What is not in it finds no room at this scale.
    """

    sides: Mapping[str, str]
    streets: Sequence[StreetName]


@dataclass(frozen=True, slots=True)
class StreetName:
    """A street's name, turned clockwise by this many degrees, never upside down."""

    street: str
    position: LatLon
    turn_deg: float


def lettering(junctions: Sequence[Junction], metres_per_pixel: float) -> Lettering:
    """Room for names at one scale, so that none covers another, or more than the rim of a mark.

    Greedy, the crowded junctions first: for each, the side on which its name covers least of what is there already,
    and no name where that is too much; then the streets, on the longer roads, where there is room.
    """
    origin = junctions[0].position
    places = {junction.id: _pixel(origin, junction.position, metres_per_pixel) for junction in junctions}
    taken: list[Box] = [(x - _GLYPH, y - _GLYPH, x + _GLYPH, y + _GLYPH) for x, y in places.values()]

    def crowd(junction: Junction) -> int:
        x, y = places[junction.id]
        return -sum(hypot(x - a, y - b) < 150 for a, b in places.values())

    frame = (min(box[0] for box in taken) - 30, max(box[2] for box in taken) + 30)
    chosen = {}
    for junction in sorted(junctions, key=crowd):
        boxes = {side: _label_box(places[junction.id], side, short_name(junction.name)) for side in _SIDES}
        side = min(boxes, key=lambda side: _covered(boxes[side], taken, frame))
        if _covered(boxes[side], taken, frame) < _MAY_COVER:
            chosen[junction.id] = side
            taken.append(boxes[side])
    named = []
    for road in roads(junctions):
        found = _street_name(road, origin, metres_per_pixel, taken) if road.joins else None
        if found:
            named.append(found[0])
            taken.append(found[1])
    return Lettering(chosen, named)


def metres_per_pixel(latitude: float, zoom: float) -> float:
    """Scale of a web map (EPSG:3857, tiles of 256 pixels) at this latitude."""
    return METRES_PER_DEGREE * 360 * cos(radians(latitude)) / 256 / 2**zoom


def _pixel(origin: LatLon, position: LatLon, metres_per_pixel: float) -> Place:
    metres, bearing = away(origin, position)
    angle = radians(bearing)
    return metres * sin(angle) / metres_per_pixel, -metres * cos(angle) / metres_per_pixel


def _street_name(
    road: Road, origin: LatLon, metres_per_pixel: float, taken: Sequence[Box]
) -> tuple[StreetName, Box] | None:
    """The name in the freest place along the road, and the box around it; None when it finds no room."""
    metres, bearing = away(road.start, road.end)
    wide = 6.6 * len(road.street)
    if metres / metres_per_pixel < wide + 60:
        return None
    turn = (bearing - 90 + 90) % 180 - 90
    across, along = abs(sin(radians(turn))), abs(cos(radians(turn)))
    half_wide, half_high = (wide * along + 18 * across) / 2, (wide * across + 18 * along) / 2
    spots = []
    for part in (0.5, 0.42, 0.58, 0.34, 0.66, 0.74):
        position = beyond(road.start, bearing, metres * part)
        x, y = _pixel(origin, position, metres_per_pixel)
        box = (x - half_wide, y - half_high, x + half_wide, y + half_high)
        spots.append((sum(_shared(box, other) for other in taken), StreetName(road.street, position, turn), box))
    covered, name, box = min(spots, key=lambda spot: spot[0])
    return (name, box) if covered < _MAY_COVER else None


def _label_box(place: tuple[float, float], side: str, name: str) -> Box:
    """Where a name stands; static/console.css places it the same way."""
    (x, y), (dx, dy), wide = place, _SIDES[side], _PER_LETTER * len(name) + 6
    reach = 22.0 if dx and dy else 27.0
    left = x + reach if dx > 0 else x - reach - wide if dx < 0 else x - wide / 2
    top = y - _HIGH / 2 + dy * (16 if dx else 28)
    return left, top, left + wide, top + _HIGH


def _covered(box: Box, taken: Sequence[Box], frame: tuple[float, float]) -> float:
    """What a name would cover of others, and how much of it would stick out of the map to the left or right."""
    outside = max(0.0, frame[0] - box[0]) + max(0.0, box[2] - frame[1])
    return sum(_shared(box, other) for other in taken) + outside * _HIGH


def _shared(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
