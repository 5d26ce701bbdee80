"""The public sets as they are read: classes, corrections, splits by camera."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract import VehicleClass
from models.labelled import CLASSES, Labelled, read_set, write_set
from models.training import corrections, sources
from tests.support.data import DATA

SETS = DATA / "datasets"

ROADS = [
    ("A10", "kabul_boulevard"),
    ("C7", "kabul_boulevard"),
    ("1026000", "motorway"),
    ("10260033", "motorway"),
    ("102600", "freeway_night"),
    ("1025", "freeway_night"),
    ("10260070023", "highway_bend"),
    ("1026007004", "highway_bend"),
    ("42", "junction_island"),
    ("A219", "thai_avenue"),
    ("10260070026111121", None),
    ("A3114", None),
]


@pytest.mark.parametrize(("stem", "camera"), ROADS)
def test_a_file_name_tells_its_road(stem: str, camera: str | None) -> None:
    found = [road.camera for road in sources.ATL_ROADS if re.fullmatch(road.names, stem)]
    assert found[:1] == ([camera] if camera else [])


def test_no_camera_is_both_trained_on_and_held_out() -> None:
    trained = {picture.camera for _, picture in sources.atl(SETS, held_out=False)}
    held_out = {picture.camera for _, picture in sources.atl(SETS, held_out=True)}
    assert trained and held_out and not trained & held_out


def test_a_corrected_label_says_what_is_there() -> None:
    by_stem = {path.stem.split("_png")[0]: picture for path, picture in sources.atl(SETS, held_out=True)}
    for stem in set(corrections.ATL) & set(by_stem):
        for number, kind in corrections.ATL[stem].items():
            if kind is not None and None not in corrections.ATL[stem].values():
                assert CLASSES[by_stem[stem].classes[number]] is kind, stem


def test_a_minibus_of_kabul_is_an_angkot() -> None:
    kinds = Counter(CLASSES[kind] for _, one in sources.atl(SETS, held_out=True) for kind in one.classes)
    assert kinds[VehicleClass.ANGKOT] > 50 > kinds[VehicleClass.BUS]


def yolo_picture(folder: Path, labels: str) -> None:
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    cv2.imwrite(str(folder / "images/c000001_00.jpg"), np.zeros((360, 640, 3), np.uint8))
    (folder / "labels/c000001_00.txt").write_text(labels)
    (folder / "classes.txt").write_text("\n".join(CLASSES))
    (folder / "cameras.csv").write_text("camera,light\nc000001,night-rain\n")


def test_renders_are_read_and_a_speck_is_ignored(tmp_path: Path) -> None:
    yolo_picture(tmp_path, "0 0.5 0.5 0.1 0.2\n1 0.1 0.1 0.005 0.005\n")
    [(_, picture)] = sources.twin(tmp_path)
    assert (picture.camera, picture.light) == ("twin_c000001", "night")
    assert picture.classes.tolist() == [0] and len(picture.ignored) == 1
    assert np.abs(picture.boxes - [[288, 144, 352, 216]]).max() < 1e-3


def test_a_set_survives_the_disk(tmp_path: Path) -> None:
    one = Labelled(
        file="a.jpg",
        width=640,
        height=360,
        camera="mast",
        light="rain",
        boxes=np.array([[1, 2, 30, 40]], np.float32),
        classes=np.array([4]),
        ignored=np.array([[0, 0, 640, 50]], np.float32),
    )
    write_set(tmp_path, [one])
    [back] = read_set(tmp_path)
    assert (back.file, back.camera, back.light) == (one.file, one.camera, one.light)
    assert back.boxes.tolist() == one.boxes.tolist() and back.ignored.tolist() == one.ignored.tolist()
    assert back.classes.tolist() == [4]
