"""What is sampled, what is blurred, how a sample is cut in two, and when a candidate is offered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import VehicleClass
from edge.detection import Detections
from edge.detection.detections import CLASSES
from models.adaptation.adapt import judge, split
from models.adaptation.privacy import anonymous
from models.adaptation.sampling import Candidate, Sampler, hardness
from models.evaluation.report import ModelReport
from models.labelled import Labelled
from models.registry import ModelError

CAR, MOTORCYCLE, PERSON = VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.PERSON


def found(*marks: tuple[VehicleClass, float], box: tuple[float, float, float, float] = (10, 10, 110, 90)) -> Detections:
    boxes = np.tile(np.array(box, np.float32), (len(marks), 1))
    scores = np.array([score for _, score in marks], np.float32)
    return Detections(boxes, scores, np.array([CLASSES.index(kind) for kind, _ in marks], np.int64))


@pytest.mark.parametrize(
    ("easier", "harder"),
    [
        ([], [(CAR, 0.9)]),
        ([(CAR, 0.9)], [(CAR, 0.3)]),
        ([(CAR, 0.3)], [(MOTORCYCLE, 0.3)]),
        ([(CAR, 0.3)], [(CAR, 0.3), (CAR, 0.3)]),
        ([(CAR, 0.9)], [(CAR, 0.9), (CAR, 0.9)]),
    ],
)
def test_a_picture_is_hard_where_the_detector_hesitates(
    easier: list[tuple[VehicleClass, float]], harder: list[tuple[VehicleClass, float]]
) -> None:
    assert hardness(found(*easier), 0.25) < hardness(found(*harder), 0.25)


IMAGE = np.zeros((2, 2, 3), np.uint8)


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0.1, 5)), max_size=60), st.integers(1, 8))
def test_a_sample_holds_the_hardest_of_each_stretch(steps: list[tuple[float, float]], most: int) -> None:
    sampler, offered, time_s = Sampler(most, 4.0), [], 0.0
    for hard, later in steps:
        time_s += later
        offered.append(Candidate(hard, time_s, IMAGE, found()))
        sampler.offer(offered[-1])
    kept = sampler.chosen()
    stretches = [int(one.time_s // 4) for one in kept]
    assert len(kept) <= most
    assert stretches == sorted(set(stretches)), "in the order of time, one of a stretch"
    best = {stretch: max(one for one in offered if one.time_s // 4 == stretch) for stretch in stretches}
    assert kept == [best[stretch] for stretch in stretches]
    left_out = [one.hardness for one in offered if int(one.time_s // 4) not in stretches]
    assert max(left_out, default=0) <= min((one.hardness for one in kept), default=0) or len(kept) == most


@pytest.mark.parametrize(
    ("kind", "box", "hidden", "kept"),
    [
        (PERSON, (40, 40, 80, 160), (slice(45, 75), slice(45, 75)), (slice(110, 150), slice(45, 75))),
        (MOTORCYCLE, (40, 40, 80, 160), (slice(45, 75), slice(45, 75)), (slice(83, 98), slice(45, 75))),
        (CAR, (20, 20, 180, 120), (slice(80, 110), slice(60, 140)), (slice(25, 60), slice(25, 175))),
        (CAR, (20, 20, 60, 50), None, (slice(20, 50), slice(20, 60))),  # too small for its plate to be read
    ],
)
def test_faces_and_plates_are_gone(
    kind: VehicleClass,
    box: tuple[float, float, float, float],
    hidden: tuple[slice, slice] | None,
    kept: tuple[slice, slice],
) -> None:
    grain = np.random.default_rng(1).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    shown = anonymous(grain, found((kind, 0.9), box=box))
    assert np.array_equal(shown[kept], grain[kept])
    if hidden is not None:
        assert shown[hidden].std() < 0.3 * grain[hidden].std(), "no letter is left of the grain"


def picture(camera: str, time_s: float) -> Labelled:
    none = np.zeros((0, 4), np.float32)
    return Labelled(f"{camera}_{time_s:09.2f}.jpg", 64, 64, camera, "day", none, np.zeros(0, np.int64), none)


@given(st.lists(st.floats(0, 5000), min_size=2, max_size=80, unique=True), st.floats(0.1, 0.6))
def test_no_moment_is_on_both_sides(times: list[float], kept_back: float) -> None:
    try:
        parts = split([picture("a", time_s) for time_s in times], kept_back)
    except ModelError:
        return
    learnt, tested = ({float(one.file[2:-4]) for one in side} for side in (parts.learnt, parts.tested))
    assert max(learnt) + 7.9 <= min(tested)


def test_a_sample_without_length_is_refused() -> None:
    with pytest.raises(ModelError, match="sample for longer"):
        split([picture("a", 1), picture("a", 2)], 0.3)


def report(map50: float, **ap50: float) -> ModelReport:
    return ModelReport(
        name="x",
        inference_ms=1,
        threshold=0.25,
        map50=map50,
        map50_95=map50 / 2,
        ap50=ap50,
        recall={},
        precision={},
        map50_fine=None,
    )


@pytest.mark.parametrize(
    ("before", "after", "boxes", "offered", "why"),
    [
        (report(0.40, car=0.80), report(0.43, car=0.83), {"car": 200}, True, "AP50 of car 80.0 to 83.0"),
        (report(0.40, car=0.80), report(0.43, car=0.805), {"car": 200}, False, "no gain of 1"),
        (report(0.40, car=0.80), report(0.30, car=0.6), {"car": 200}, False, "80.0 to 60.0"),
        (
            report(0.40, car=0.6, truck=0.5),
            report(0.45, car=0.7, truck=0.45),
            {"car": 200, "truck": 30},
            False,
            "worse for truck by 5.0",
        ),
        # Of a few boxes nothing is concluded, neither good nor bad.
        (report(0.40, car=0.6, bus=0.8), report(0.45, car=0.7, bus=0.1), {"car": 90, "bus": 4}, True, "60.0 to 70.0"),
        (report(0.40, bus=0.2), report(0.45, bus=0.9), {"bus": 4}, False, "sample for longer"),
        (report(0.40, car=0.8), report(0.45), {"car": 200}, False, "80.0 to 0.0"),
    ],
)
def test_only_what_is_better_is_offered(
    before: ModelReport, after: ModelReport, boxes: dict[str, int], offered: bool, why: str
) -> None:
    verdict, words = judge(before, after, boxes)
    assert verdict is offered
    assert why in words
