"""Pictures hold what they should: not pixel by pixel, but as a person would check them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract import VehicleClass, parse_zones
from twin.boxes import visible_boxes
from twin.camera_feed import LIGHTS, CameraFeed, hour_of
from twin.clip import write_clip
from twin.dataset import pictures, write_dataset
from twin.faults import Fault
from twin.fleet import MODELS
from twin.imagined import imagine
from twin.pose import Pose
from twin.render.canvas import Image
from twin.render.light import NIGHT
from twin.render.picture import Renderer
from twin.render.sensor import Sensor, caption
from twin.scenes import SCENES
from twin.zones import CAPTION_SHARE

Check = Callable[[Image, Image], bool]
"""A picture under a fault and the one before it: whether the fault looks like itself."""
DAGO = SCENES["dago"]
CLEAN = Sensor(grain=0, blur_px=0, sharpen=0, contrast=1)


def _pose(kind: VehicleClass, x: float, y: float, number: int = 1, which: int = 0) -> Pose:
    return Pose(number, MODELS[kind][which], 5, x, y, -np.pi / 2, 0.0, braking=False, carriageway="masuk")


def feed(light: str = "day", *, rain: bool = False) -> CameraFeed:
    return CameraFeed(DAGO, 4, light=light, rain=rain, began=hour_of(light))


@pytest.mark.parametrize("kind", list(VehicleClass))
def test_a_box_encloses_exactly_what_was_drawn(kind: VehicleClass) -> None:
    renderer = Renderer(DAGO, sensor=CLEAN)
    shot = renderer.shot([_pose(kind, 3.4, 30.0)])
    (one,) = visible_boxes(shot)
    x0, y0, x1, y1 = one.box
    assert one.kind is kind
    assert one.visible == pytest.approx(1, abs=0.02)
    changed = np.abs(shot.image.astype(int) - renderer.blank()).max(2) > 60
    rows, columns = np.nonzero(changed)
    inside = (rows >= y0 - 2) & (rows < y1 + 14) & (columns >= x0 - 14) & (columns < x1 + 14)
    assert inside.mean() > 0.97
    assert shot.seen[0].box == pytest.approx(one.box, abs=3)


def test_who_is_hidden_behind_a_bus_loses_the_box() -> None:
    hidden, bus = _pose(VehicleClass.BICYCLE, 1.7, 42.0, 1), _pose(VehicleClass.BUS, 1.7, 30.0, 2)
    kinds = [one.kind for one in visible_boxes(Renderer(DAGO).shot([hidden, bus]))]
    assert kinds == [VehicleClass.BUS]
    alone = visible_boxes(Renderer(DAGO).shot([hidden]))
    assert [one.kind for one in alone] == [VehicleClass.BICYCLE]


@pytest.mark.parametrize("light", list(LIGHTS))
def test_lights_differ_as_their_names_say(light: str) -> None:
    picture = feed(light).picture(5.0)
    assert picture is not None
    below = picture[40:]
    assert below.std() > 8
    assert (below.mean() < 70) == LIGHTS[light].dark


def test_headlights_burn_at_night() -> None:
    shot = Renderer(DAGO, NIGHT, sensor=CLEAN).shot([_pose(VehicleClass.CAR, 3.4, 30.0)])
    x0, y0, x1, y1 = visible_boxes(shot)[0].box
    assert shot.image[y0:y1, x0:x1].max() > 230
    assert np.median(shot.image) < 40


@pytest.mark.parametrize("name", list(SCENES))
def test_the_caption_stays_where_nothing_is_counted(name: str) -> None:
    scene = SCENES[name]
    grey = np.full((*scene.camera.size[::-1], 3), 128, np.uint8)
    caption(grey, scene.title, "28-12-2025 20:48:08")
    rows, columns = np.nonzero((grey != 128).any(2))
    width, height = scene.camera.size
    assert len(rows) > 500
    assert columns.max() <= CAPTION_SHARE[0] * width
    assert rows.max() <= CAPTION_SHARE[1] * height


@pytest.mark.parametrize(
    ("fault", "holds"),
    [
        (Fault.BLACK, lambda picture, _: picture.mean() < 25),
        (Fault.COVERED, lambda picture, _: picture[40:].std() < 12),
        (Fault.FROZEN, lambda picture, before: (picture == before).all()),
        (Fault.DEFOCUSED, lambda picture, before: _edges(picture[40:]) < 0.5 * _edges(before[40:])),
        (Fault.TURNED, lambda picture, before: np.abs(picture[40:].astype(int) - before[40:]).mean() > 15),
    ],
)
def test_faults_look_like_themselves(fault: Fault, holds: Check) -> None:
    one = feed()
    before = one.picture(1.0)
    one.fault = fault
    spoilt = one.picture(1.2)
    assert spoilt is not None
    assert before is not None
    assert holds(spoilt, before)


def _edges(picture: Image) -> float:
    return float(np.abs(cv2.Laplacian(picture, cv2.CV_32F)).mean())


def test_without_power_there_is_no_picture() -> None:
    one = feed()
    one.fault = Fault.POWER_LOSS
    assert one.picture(1.0) is None
    one.fault = Fault.NONE
    assert one.picture(1.2) is not None


def test_an_imagined_camera_is_the_same_each_time_and_the_next_another() -> None:
    assert imagine(7) == imagine(7)
    assert imagine(7).scene.camera != imagine(8).scene.camera
    (first, boxes), (again, boxes_again) = next(pictures(7, 1)), next(pictures(7, 1))
    assert boxes == boxes_again
    assert np.abs(first.astype(int) - again).mean() < 1


def test_a_dataset_has_a_label_for_every_picture(tmp_path: Path) -> None:
    boxes = write_dataset(tmp_path, 9, 40)
    images = {path.stem for path in (tmp_path / "images").iterdir()}
    labels = {path.stem: path.read_text().splitlines() for path in (tmp_path / "labels").iterdir()}
    assert images == set(labels)
    assert {name.split("_")[0] for name in images} == {"c000040", "c000041"}
    assert sum(map(len, labels.values())) == boxes > 0
    for line in (line for lines in labels.values() for line in lines):
        kind, *places = line.split()
        x, y, w, h = map(float, places)
        assert 0 <= int(kind) < len(VehicleClass)
        assert x - w / 2 + 1e-5 >= 0
        assert x + w / 2 <= 1 + 1e-5
        assert y - h / 2 + 1e-5 >= 0
        assert y + h / 2 <= 1 + 1e-5
    assert (tmp_path / "classes.txt").read_text().split() == [kind.value for kind in VehicleClass]


@pytest.mark.parametrize("as_pictures", [False, True])
def test_a_clip_comes_with_zones_and_truth(tmp_path: Path, as_pictures: bool) -> None:
    frames = write_clip(SCENES["samsat"], tmp_path, seconds=6, fps=5, seed=2, as_pictures=as_pictures)
    name = "clip" if as_pictures else "clip.mp4"
    truth = json.loads((tmp_path / "truth.json").read_text())[name]
    zones = parse_zones((tmp_path / "zones.toml").read_text())
    assert frames == 30
    assert set(truth["counts"]) == {line.id for line in zones.lines}
    counted = sum(n for directions in truth["counts"].values() for kinds in directions.values() for n in kinds.values())
    assert counted == len(truth["crossings"]) == len(truth["crossed"]) > 0
    if as_pictures:
        assert len(list((tmp_path / "clip").iterdir())) == 30
    else:
        assert cv2.VideoCapture(str(tmp_path / name)).get(cv2.CAP_PROP_FRAME_COUNT) == 30
