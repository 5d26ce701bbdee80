"""The short way from a message to line protocol says what the long way says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.store.line_protocol import lines
from collector.store.observed import lines_of
from collector.store.points import points_of
from contract import (
    TRAFFIC,
    ApproachMeasure,
    CameraObservation,
    LineCount,
    MovementCount,
    Observation,
    Quality,
    VehicleClass,
)
from tests.support.traffic import DAWN, observation, topic

NAMES = st.sampled_from(["utara", "timur", "masuk"])
COUNTS = st.permutations(list(VehicleClass)).flatmap(
    lambda kinds: st.dictionaries(st.sampled_from(kinds), st.integers(0, 9), max_size=len(kinds))
)
MEASURES = st.none() | st.floats(0, 1)
CAMERAS = st.builds(
    CameraObservation,
    camera=NAMES,
    lines=st.lists(st.builds(LineCount, line=NAMES, direction=NAMES, counts=COUNTS), max_size=4).map(tuple),
    movements=st.lists(st.builds(MovementCount, origin=NAMES, destination=NAMES, counts=COUNTS), max_size=3).map(tuple),
    approaches=st.lists(
        st.builds(
            ApproachMeasure,
            approach=NAMES,
            pcu=st.floats(0, 100),
            occupancy=MEASURES,
            queue_m=MEASURES,
            speed_kmh=MEASURES,
        ),
        max_size=3,
    ).map(tuple),
    quality=st.builds(
        Quality,
        grade=st.sampled_from(["good", "blind"]),
        reasons=st.just(("dark", "low_fps")),
        frames=st.integers(0, 600),
        fps=st.floats(0, 10),
        occlusion=MEASURES,
    ),
)


@given(st.lists(CAMERAS, min_size=1, max_size=3))
def test_it_is_the_same_text(cameras: list[CameraObservation]) -> None:
    report = observation(1, 1).model_copy(update={"cameras": tuple(cameras)})
    assert lines_of(topic(1), report) == lines(points_of(topic(1), report))


def test_more_lines_than_are_remembered_are_told_all_the_same() -> None:
    counted = tuple(LineCount(line=f"l{n}", direction="masuk", counts={TRAFFIC[0]: n}) for n in range(64))
    camera = CameraObservation(camera="c", lines=counted, quality=Quality(grade="good", frames=1, fps=1.0))
    report = Observation(boot_id="0" * 32, time=DAWN, seq=1, start=DAWN, interval_s=60.0, cameras=(camera,))
    told = lines_of(topic(1), report).split("\n")
    assert len(told) == 64 + 1
    assert told[63].startswith(
        "volume,site=bandung,unit=edge-001,camera=c,line=l63,direction=masuk motorcycle=63i,car=0i"
    )
