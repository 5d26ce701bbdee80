"""Metres to pixels and back, and everything a technician would draw lies inside the picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import parse_zones
from twin.camera import Pinhole
from twin.scenes import SCENES
from twin.zones import to_toml, zones_of

CAMERAS = st.builds(
    Pinhole,
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
    height=st.floats(4, 20),
    yaw_deg=st.floats(-180, 180),
    tilt_deg=st.floats(8, 90),
    fov_deg=st.floats(30, 95),
)


@given(CAMERAS, st.floats(0, 640), st.floats(0, 360))
def test_a_pixel_comes_back_from_the_road(camera: Pinhole, u: float, v: float) -> None:
    try:
        x, y = camera.ground(u, v)
    except ValueError:
        return
    if abs(x) < 500 and abs(y) < 500:
        back = camera.project_ground(x, y)
        assert back == pytest.approx((u, v), abs=0.01)


def test_the_horizon_has_no_road() -> None:
    camera = Pinhole(0, 0, 9, 0, 15, 60)
    with pytest.raises(ValueError, match="horizon"):
        camera.ground(320, camera.horizon_px - 1)


@pytest.mark.parametrize("name", list(SCENES))
def test_zones_of_a_scene_pass_the_contract_and_survive_toml(name: str) -> None:
    drawn = zones_of(SCENES[name])
    assert parse_zones(to_toml(drawn)) == drawn
    assert {zone.kind for zone in drawn.zones} >= {"no_parking", "queue", "ignore"}
    assert drawn.calibration is not None


@pytest.mark.parametrize("name", list(SCENES))
def test_calibration_points_are_where_the_camera_sees_them(name: str) -> None:
    camera, drawn = SCENES[name].camera, zones_of(SCENES[name]).calibration
    assert drawn is not None
    for (u, v), (x, y) in zip(drawn.image, drawn.metres, strict=True):
        assert camera.project_ground(x, y) == pytest.approx((u * camera.size[0], v * camera.size[1]), abs=0.01)
