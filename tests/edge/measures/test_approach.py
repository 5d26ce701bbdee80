"""What is measured on an approach: drawn tracks over a road whose metres are known, and what every interval holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import ApproachMeasure, AreaZone, Calibration, CameraCondition, Line, VehicleClass, Zones
from edge.aggregation import CameraPlan, Intervals, Sight
from edge.counting import Crossing, LineCounter
from edge.measures import ApproachTotals, ApproachWatch, Reading, watches
from edge.tracking import Track

SIZE = (1000, 1000)
FPS = 8
STOP_Y = 0.8
"""The road runs down the picture, a hundred metres of it, seen from straight above: y = 0.8 is the stop line."""
LINE = Line(id="henti", a=(0.2, 0.85), b=(0.8, 0.85), right="masuk", left="keluar", approach="utara")
QUEUE = AreaZone(
    kind="queue", id="antre", polygon=((0.2, 0.2), (0.8, 0.2), (0.8, STOP_Y), (0.2, STOP_Y)), approach="utara"
)
CALIBRATION = Calibration(image=((0, 0), (1, 0), (1, 1), (0, 1)), metres=((0, 0), (40, 0), (40, 100), (0, 100)))
ZONES = Zones(lines=(LINE,), zones=(QUEUE,), calibration=CALIBRATION)
UNCALIBRATED = Zones(lines=(LINE,), zones=(QUEUE,))


@dataclass(frozen=True)
class Drive:
    """A vehicle on the road: from y_m at from_s with speed_mps, to rest at stop_m if there is one."""

    id: int
    from_s: float
    y_m: float
    speed_mps: float
    stop_m: float = 1e9
    kind: VehicleClass = VehicleClass.CAR

    def track(self, time_s: float) -> Track | None:
        y = min(self.y_m + self.speed_mps * (time_s - self.from_s), max(self.stop_m, self.y_m)) * 10
        if time_s < self.from_s or y > 1000:
            return None
        box = np.array([480, y - 40, 520, y], np.float32)
        return Track(self.id, box, time_s, self.from_s, vehicle=self.kind)


def readings(
    drives: Iterable[Drive], until_s: float, zones: Zones = ZONES, blind: tuple[float, float] = (0, 0)
) -> list[Reading]:
    """The approach, looked at `FPS` times a second; no picture counts in `blind`."""
    (watch,) = watches(zones)
    counter = LineCounter(LINE)
    drives = list(drives)
    found = []
    for frame in range(round(until_s * FPS)):
        time_s = frame / FPS
        if blind[0] < time_s < blind[1]:
            continue
        tracks = [track for one in drives if (track := one.track(time_s)) is not None]
        crossings = counter.step(tracks, *SIZE, time_s, frame)
        found.append(watch.step(tracks, crossings, SIZE, time_s))
    return found


def measured(found: Sequence[Reading]) -> ApproachMeasure:
    totals = ApproachTotals()
    for one in found:
        totals.add(one)
    return totals.measure("utara", 0.0)


def queue_of(number: int) -> list[Drive]:
    """Vehicles that come one after the other and stop 8 m apart, the first 2 m before the stop line."""
    return [Drive(i, 5.0 * i, 0.0, 10.0, 78.0 - 8 * i) for i in range(number)]


PLATOON = [Drive(i, 3.0 * i, 0.0, 12.0) for i in range(10)]

QUEUES = [
    # what stands                               the tracks                                                   veh  metres
    ("nobody", [], 0, 0.0),
    ("one at the front", queue_of(1), 1, 2.0),
    ("a queue that has grown to five", queue_of(5), 5, 34.0),
    ("a platoon that flows", PLATOON, 0, 0.0),
    ("one far behind the front: no queue reaches it", [Drive(1, 0, 30.0, 0.0)], 1, 0.0),
    ("one beyond the zone", [Drive(1, 0, 90.0, 0.0)], 0, 0.0),
    ("a person who waits", [Drive(1, 0, 78.0, 0.0, kind=VehicleClass.PERSON)], 0, 0.0),
]


@pytest.mark.parametrize(("what", "drives", "vehicles", "metres"), QUEUES, ids=[row[0] for row in QUEUES])
def test_queues(what: str, drives: list[Drive], vehicles: int, metres: float) -> None:
    told = measured(readings(drives, 40))
    assert told.queue_veh == vehicles, what
    assert told.queue_m == pytest.approx(metres, abs=0.1), what


def test_a_queue_grows_vehicle_by_vehicle() -> None:
    standing = [one.standing or 0 for one in readings(queue_of(5), 40)]
    assert standing == sorted(standing)
    assert set(standing) == set(range(6))


def test_a_flowing_platoon_has_its_speed_density_and_headway() -> None:
    told = measured(readings(PLATOON, 30))
    assert told.speed_kmh == pytest.approx(43.2, abs=0.1)
    assert told.headway_s == pytest.approx(3.0, abs=0.02)
    # Ten vehicles, each 5 s on the 60 m of the zone, of the 29.9 s watched from the first picture to the last.
    assert told.density_veh_km == pytest.approx(10 * 5 / 29.875 / 0.06, rel=0.1)


def test_speed_is_the_harmonic_mean_over_the_tracks() -> None:
    told = measured(readings([Drive(1, 0, 0, 5.0), Drive(2, 0, 0, 20.0)], 30))
    assert told.speed_kmh == pytest.approx(2 / (1 / 5 + 1 / 20) * 3.6, rel=0.05)


def test_occupancy_is_the_share_of_time_that_somebody_is_there() -> None:
    told = measured(readings([Drive(1, 0, 0, 12.0)], 20))
    assert told.occupancy == pytest.approx(5 / 20, abs=0.02)


def test_without_calibration_nothing_is_told_in_metres() -> None:
    told = measured(readings(queue_of(5), 40, UNCALIBRATED))
    assert (told.queue_m, told.speed_kmh, told.density_veh_km) == (None, None, None)
    assert (told.queue_veh, told.headway_s) == (5, None)
    assert told.occupancy


def test_without_a_queue_zone_only_headways_are_told() -> None:
    told = measured(readings(PLATOON, 30, Zones(lines=(LINE,), calibration=CALIBRATION)))
    assert told.headway_s == pytest.approx(3.0, abs=0.02)
    assert told.model_dump(exclude={"approach", "pcu", "headway_s"}, exclude_none=True) == {}


def test_a_camera_lost_in_between_vouches_for_nothing_there() -> None:
    seen = readings(PLATOON, 30, blind=(9.0, 21.0))
    assert sum(one.elapsed_s for one in seen) == pytest.approx(30 - 12 - 1 / FPS, abs=0.01)
    told = measured(seen)
    assert told.headway_s == pytest.approx(3.0, abs=0.02), "no headway spans the gap"
    assert told.speed_kmh == pytest.approx(43.2, abs=0.1)
    first_back = next(one for one, before in zip(seen[1:], seen, strict=False) if one.elapsed_s == 0)
    assert first_back.standing == 0, "who stood before the gap must be seen standing again"


def test_nothing_seen_is_absent_not_zero() -> None:
    told = ApproachTotals().measure("utara", 0.0)
    assert told.model_dump(exclude_none=True) == {"approach": "utara", "pcu": 0.0}


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.5, 30)), max_size=6), st.integers(1, 159))
def test_a_cut_loses_nothing_and_bounds_hold(runs: list[tuple[float, float]], cut: int) -> None:
    found = readings([Drive(i, start, 0, speed) for i, (start, speed) in enumerate(runs)], 20)
    parts, whole = [ApproachTotals(), ApproachTotals()], ApproachTotals()
    for i, one in enumerate(found):
        whole.add(one)
        parts[i >= cut].add(one)
    for name in ("zone_s", "covered_s", "driven_m", "driving_s", "density", "gaps_s", "gaps"):
        assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(whole, name), abs=1e-6)
    told = whole.measure("utara", 0.0)
    assert 0 <= (told.occupancy or 0) <= 1
    assert told.queue_veh is not None
    assert told.queue_veh <= len(runs)


@given(st.permutations([1.0, 2.5, 4.0, 7.0]))
def test_a_vehicle_told_late_leaves_the_mean_headway(times: list[float]) -> None:
    watch = ApproachWatch("utara", (LINE,), None)
    late = [Crossing(time_s, 0, "henti", "masuk", VehicleClass.CAR, 1) for time_s in times]
    told = measured([watch.step([], late, SIZE, 8.0)])
    assert told.headway_s == pytest.approx(2.0)


START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def test_each_interval_tells_its_own_share_also_after_a_restart() -> None:
    plan = {"a": CameraPlan(ZONES, FPS)}
    made = Intervals(plan, 20, START)
    told = []
    for frame, one in enumerate(readings(queue_of(3), 45)):
        now = START + timedelta(seconds=frame / FPS)
        made.look("a", now, Sight(CameraCondition.OK, readings=(one,)))
        told += made.due(now)
        if frame == 10 * FPS:
            record = made.record()
            made = Intervals(plan, 20, now)
            made.resume(record)
    (first,), (second,) = (closed.cameras[0].approaches for closed in told)
    assert (first.queue_veh, second.queue_veh) == (3, 3)
    assert first.occupancy == pytest.approx(0.9, abs=0.02)
    assert second.occupancy == 1.0


def test_a_blind_interval_tells_no_approach() -> None:
    made = Intervals({"a": CameraPlan(ZONES, FPS)}, 20, START)
    for frame in range(20 * FPS):
        made.look("a", START + timedelta(seconds=frame / FPS), Sight(CameraCondition.COVERED))
    (closed,) = made.due(START + timedelta(seconds=9)) + made.finish(START + timedelta(seconds=19))
    assert closed.cameras[0].quality.grade == "blind"
    assert closed.cameras[0].approaches == ()
