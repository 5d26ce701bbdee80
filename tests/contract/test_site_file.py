"""The example site file is one a city could start from: it parses, and its junctions lie in Bandung."""

from __future__ import annotations

from itertools import combinations
from math import cos, hypot, radians
from pathlib import Path

import pytest

from contract import Site, parse_site

SITE_FILE = Path(__file__).parents[2] / "config" / "bandung.toml"
DEMO = ("dago", "pasteur", "samsat", "gedebage")
KM_PER_DEGREE = 111.2


@pytest.fixture(scope="module")
def site() -> Site:
    return parse_site(SITE_FILE.read_text(encoding="utf-8"), SITE_FILE.name)


def km_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two (latitude, longitude) on a plane, good to a metre over a city."""
    return KM_PER_DEGREE * hypot(a[0] - b[0], (a[1] - b[1]) * cos(radians(a[0])))


def test_twenty_five_junctions_each_with_one_camera_and_a_unit_of_its_own(site: Site) -> None:
    cameras = [camera for junction in site.junctions for camera in junction.cameras]
    assert len(site.junctions) == 25
    assert len(cameras) == 25
    assert len({camera.unit for camera in cameras}) == 25


@pytest.mark.parametrize("junction", DEMO)
def test_the_demo_finds_its_junctions(site: Site, junction: str) -> None:
    place, camera = site.camera_places[f"{junction}-1"]
    assert (place.id, camera.unit) == (junction, f"edge-{junction}")


def test_junctions_lie_in_the_city_and_apart(site: Site) -> None:
    for junction in site.junctions:
        assert km_between(junction.position, site.site.centre) < 13, junction.name
    for one, other in combinations(site.junctions, 2):
        assert km_between(one.position, other.position) > 0.2, f"{one.name} lies on {other.name}"


def test_arms_are_apart_so_that_a_bearing_tells_them(site: Site) -> None:
    for junction in site.junctions:
        assert 3 <= len(junction.approaches) <= 5, junction.name
        bearings = sorted(approach.bearing_deg for approach in junction.approaches)
        gaps = [(b - a) % 360 for a, b in zip(bearings, [*bearings[1:], bearings[0]], strict=True)]
        assert min(gaps) >= 30, junction.name


def test_every_camera_counts_an_approach_and_guards_its_kerb(site: Site) -> None:
    for junction, camera in site.camera_places.values():
        assert all(line.approach for line in camera.lines), camera.id
        kinds = {zone.kind for zone in camera.zones}
        assert camera.lines, junction.id
        assert {"queue", "no_parking"} <= kinds, junction.id


def test_it_says_in_both_languages_that_it_is_an_example() -> None:
    head = SITE_FILE.read_text(encoding="utf-8").partition("[site]")[0]
    assert "UBAH" in head
    assert "perkiraan" in head
    assert "EDIT" in head
    assert "approximate" in head
