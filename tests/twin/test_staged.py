"""What is staged happens, where and when it says, and ordinary traffic minds it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from contract import VehicleClass
from twin.junction import Junction
from twin.scenes import SCENES
from twin.staged import FIRST_ID, Breakdown, Extra, Jam, Staged, stop_and_go

PASTEUR = SCENES["pasteur"]
TOWARDS, AWAY = PASTEUR.main


@pytest.mark.parametrize(
    ("time_s", "holds"),
    [(9.9, False), (10.0, False), (15.9, False), (16.0, True), (24.9, True), (25.0, False), (50, False)],
)
def test_a_jam_lets_through_and_holds_in_turns(time_s: float, holds: bool) -> None:
    assert Jam("masuk", 50, from_s=10, to_s=50).holds(time_s) is holds


@pytest.mark.parametrize("name", ["dago", "samsat"])
def test_a_jam_makes_those_on_the_line_stop_and_go(name: str) -> None:
    """Those who came over the line stand beyond it, where without the jam nobody does, and each crosses once."""
    jammed, free = Junction(SCENES[name], 2, stop_and_go(SCENES[name])), Junction(SCENES[name], 2)
    starts = {"jammed": 0, "free": 0}
    for label, junction in (("jammed", jammed), ("free", free)):
        speeds: dict[int, float] = {}
        for step in range(600):
            for pose in junction.poses(step * 0.1):
                past = 1 < SCENES[name].lines[0].a[1] - pose.y < 10 and pose.carriageway == "masuk"
                if past and speeds.get(pose.id, 9.0) < 0.1 <= pose.speed:
                    starts[label] += 1
                speeds[pose.id] = pose.speed
        crossed = [(one.vehicle, one.line) for one in junction.observer.crossed]
        assert len(crossed) == len(set(crossed)) > 0
    assert starts["jammed"] > 5
    assert starts["free"] == 0


def test_one_car_breaks_down_and_goes_on() -> None:
    place = AWAY.clear_s + 20
    staged: tuple[Staged, ...] = (Breakdown("keluar", place, 10, 40),)
    junction = Junction(PASTEUR, 3, staged)
    standing: list[tuple[float, int, float]] = []
    for step in range(160):
        for pose in junction.poses(float(step)):
            at = (pose.y - AWAY.start[1]) + pose.model.length / 2 if pose.carriageway == "keluar" else math.inf
            if pose.model.kind is VehicleClass.CAR and 0 <= at - place < 2.5 and pose.speed == 0:
                standing.append((float(step), pose.id, pose.x))
    (number,) = {one[1] for one in standing}
    times = [one[0] for one in standing]
    assert times[-1] - times[0] == pytest.approx(40, abs=2)
    assert all(after - before == 1 for before, after in pairwise(times))
    assert len({round(one[2], 3) for one in standing}) == 1
    assert number not in {pose.id for pose in junction.poses(160.0)}


def test_extras_come_and_go_and_are_not_counted() -> None:
    rider = Extra("wrong_way", (2.2, 24.0), (2.2, 74.0), 5, 10)
    load = Extra("object_on_road", (-7.0, 33.0), (-7.0, 33.0), 8, 1000)
    junction = Junction(PASTEUR, 3, (rider, load))
    seen = {}
    for time_s in (4.0, 6.0, 9.0, 12.0):
        poses = {pose.id - FIRST_ID: pose for pose in junction.poses(time_s) if pose.id >= FIRST_ID}
        seen[time_s] = {number: (round(pose.x, 1), round(pose.y, 1), pose.speed) for number, pose in poses.items()}
    assert seen == {
        4.0: {},
        6.0: {0: (2.2, 34.0, 10.0)},
        9.0: {0: (2.2, 64.0, 10.0), 1: (-7.0, 33.0, 0.0)},
        12.0: {1: (-7.0, 33.0, 0.0)},
    }
    assert rider.incident == "wrong_way"
    assert all(one.vehicle < FIRST_ID for one in junction.observer.crossed)
