"""A vehicle keeps its track, through missing pictures, crossing ways and low scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import VehicleClass
from edge.detection import Detections
from edge.detection.detections import CLASSES
from edge.tracking import Tracker

CAR = CLASSES.index(VehicleClass.CAR)
TRUCK = CLASSES.index(VehicleClass.TRUCK)
MOTORCYCLE = CLASSES.index(VehicleClass.MOTORCYCLE)
PERSON = CLASSES.index(VehicleClass.PERSON)


def seen(*centres: tuple[float, float], score: float = 0.9, size: float = 40, kind: int = CAR) -> Detections:
    """Square boxes of one size around the centres, in pixels."""
    middle = np.array(centres, np.float32).reshape(-1, 2)
    boxes = np.hstack([middle - size / 2, middle + size / 2]).astype(np.float32)
    return Detections(boxes, np.full(len(boxes), score, np.float32), np.full(len(boxes), kind, np.int64))


@pytest.mark.parametrize("fps", [3, 5, 12.5, 25])
def test_a_fast_motorcycle_is_one_vehicle_at_any_frame_rate(fps: float) -> None:
    tracker = Tracker()
    for picture in range(int(2 * fps)):
        tracker.step(seen((20 + 200 * picture / fps, 100)), picture / fps)
    assert tracker.born == 1


def test_a_moment_of_poor_sight_breaks_no_track() -> None:
    tracker = Tracker()
    for picture in range(12):
        score = 0.2 if 4 <= picture < 8 else 0.9
        tracker.step(seen((20.0 + 10 * picture, 100), score=score), picture / 10)
    assert tracker.born == 1


def test_a_poor_box_begins_no_track() -> None:
    tracker = Tracker()
    for picture in range(5):
        assert tracker.step(seen((100, 100), score=0.2), picture / 10) == []
    assert tracker.born == 0


def test_two_that_pass_each_other_keep_their_tracks() -> None:
    tracker = Tracker()
    for picture in range(20):
        shift = 15.0 * picture
        tracks = tracker.step(seen((50 + shift, 100), (335 - shift, 112)), picture / 10)
    assert tracker.born == 2
    assert {track.id: track.velocity[0] > 0 for track in tracks} == {1: True, 2: False}


def test_hidden_for_a_while_and_the_same_afterwards() -> None:
    tracker = Tracker()
    for picture in [*range(6), *range(13, 18)]:
        tracker.step(seen((20.0 + 10 * picture, 100)), picture / 10)
    assert tracker.born == 1


def test_the_class_is_what_most_boxes_say() -> None:
    tracker = Tracker()
    for picture, kind in enumerate([CAR, TRUCK, CAR, CAR, TRUCK]):
        (*_, last) = [None, *tracker.step(seen((100, 100), kind=kind), picture / 10)]
    assert last is not None
    assert last.vehicle is VehicleClass.CAR


@pytest.mark.parametrize("first", [MOTORCYCLE, PERSON])
def test_a_rider_who_is_taken_for_a_person_in_some_pictures_is_one_motorcycle(first: int) -> None:
    tracker = Tracker()
    for picture in range(12):
        kind = first if picture % 4 < 2 else MOTORCYCLE + PERSON - first
        tracks = tracker.step(seen((20.0 + 20 * picture, 100), kind=kind), picture / 6)
    assert tracker.born == 1
    assert [track.vehicle for track in tracks] == [VehicleClass.MOTORCYCLE]


def test_who_walks_on_where_a_motorcycle_was_lost_is_a_person() -> None:
    tracker = Tracker()
    for picture in range(18):
        kind = MOTORCYCLE if picture < 6 else PERSON
        tracks = tracker.step(seen((20.0 + 6 * picture, 100), kind=kind), picture / 6)
    assert tracker.born == 2
    assert [track.vehicle for track in tracks] == [VehicleClass.PERSON]


def test_time_that_stands_still_is_refused() -> None:
    tracker = Tracker()
    tracker.step(seen((100, 100)), 1.0)
    with pytest.raises(ValueError, match="in the order of time"):
        tracker.step(seen((100, 100)), 1.0)


@given(
    st.lists(
        st.tuples(st.floats(0.01, 2), st.lists(st.tuples(st.floats(0, 640), st.floats(0, 360)), max_size=12)),
        max_size=25,
    )
)
def test_whatever_is_seen_no_box_serves_two_tracks_and_nothing_is_kept_for_ever(
    pictures: list[tuple[float, list[tuple[float, float]]]],
) -> None:
    tracker = Tracker()
    time_s = 0.0
    for gap, centres in pictures:
        time_s += gap
        tracks = tracker.step(seen(*centres), time_s)
        assert len(tracks) <= len(centres)
        assert len({track.id for track in tracks}) == len(tracks)
        assert all(time_s - track.time_s <= tracker.patience_s for track in tracker.tracks)
