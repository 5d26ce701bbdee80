"""The map that needs no tiles: streets that the site file implies, and names that do not cover each other."""

from __future__ import annotations

from itertools import combinations
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.console import roadmap
from tests.support.example_city import bandung

JUNCTIONS = bandung().junctions


@pytest.mark.parametrize(
    ("name", "street"),
    [
        ("Jl. Ir. H. Juanda utara (Dago atas)", "Jl. Ir. H. Juanda"),
        ("Jl. Soekarno-Hatta timur", "Jl. Soekarno-Hatta"),
        ("Jl. Ahmad Yani timur laut", "Jl. Ahmad Yani"),
        ("Jl. Dr. Djunjunan barat (gerbang tol)", "Jl. Dr. Djunjunan"),
        ("Jl. Laswi", "Jl. Laswi"),
        ("Jl. Gedebage Selatan", "Jl. Gedebage"),
    ],
)
def test_the_street_of_an_arm(name: str, street: str) -> None:
    assert roadmap.street(name) == street


@given(st.floats(-8, 8), st.floats(90, 130), st.floats(0, 359), st.floats(10, 8000))
def test_going_and_measuring_agree(lat: float, lon: float, bearing: float, metres: float) -> None:
    there = roadmap.beyond((lat, lon), bearing, metres)
    measured, found = roadmap.away((lat, lon), there)
    assert isclose(measured, metres, rel_tol=1e-6)
    assert abs((found - bearing + 180) % 360 - 180) < 0.01


def test_streets_join_the_junctions_that_share_them() -> None:
    by_place = {junction.position: junction.id for junction in JUNCTIONS}
    joined = {frozenset((by_place[road.start], by_place[road.end])) for road in roadmap.roads(JUNCTIONS) if road.joins}
    assert frozenset(("dago", "bip")) in joined
    assert frozenset(("buahbatu", "samsat")) in joined
    assert frozenset(("ujungberung", "cibiru")) in joined
    # No street is invented between junctions that share none.
    assert frozenset(("pasteur", "setiabudi")) not in joined


def test_every_arm_is_drawn() -> None:
    roads = roadmap.roads(JUNCTIONS)
    arms = sum(len(junction.approaches) for junction in JUNCTIONS)
    stubs, joins = (sum(road.joins is joined for road in roads) for joined in (False, True))
    assert stubs + joins <= arms <= stubs + 2 * joins + len(JUNCTIONS)


def test_names_do_not_cover_each_other() -> None:
    lettering = roadmap.lettering(JUNCTIONS, 13.0)
    sides = lettering.sides
    assert len(sides) >= len(JUNCTIONS) - 2
    assert sides["cibiru"] not in {"e", "ne", "se"}, "the easternmost name would leave the map"
    assert "Jl. Soekarno-Hatta" in {name.street for name in lettering.streets}
    assert all(-90 <= name.turn_deg <= 90 for name in lettering.streets), "no street is written upside down"


@pytest.mark.parametrize("scale", [5.0, 13.0, 23.6, 30.0])
def test_at_every_scale_names_cover_neither_names_nor_marks(scale: float) -> None:
    sides = roadmap.lettering(JUNCTIONS, scale).sides
    places = {one.id: roadmap._pixel(JUNCTIONS[0].position, one.position, scale) for one in JUNCTIONS}
    names = {one.id: roadmap.short_name(one.name) for one in JUNCTIONS}
    boxes = [roadmap._label_box(places[one], side, names[one]) for one, side in sides.items()]
    glyphs = [(x - 12, y - 12, x + 12, y + 12) for x, y in places.values()]
    assert all(roadmap._shared(box, glyph) < 60 for box in boxes for glyph in glyphs)
    assert all(roadmap._shared(one, other) < 60 for one, other in combinations(boxes, 2))
    assert len(boxes) > len(JUNCTIONS) / 3


def test_the_scale_of_a_web_map() -> None:
    assert isclose(roadmap.metres_per_pixel(0, 0), 156_543, rel_tol=1e-3)


def test_a_short_name_is_without_brackets() -> None:
    assert roadmap.short_name("BIP (Merdeka – R.E. Martadinata)") == "BIP"
