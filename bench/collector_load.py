"""What the collector's benchmarks let units say, and how they read its counters."""

from __future__ import annotations

from datetime import timedelta

from contract import TRAFFIC, ApproachMeasure, CameraObservation, LineCount, Observation, Quality
from tests.support.traffic import DAWN, boot

_STEP = timedelta(seconds=10)
"""Between reports of a unit, so that a long run stays within the retention."""


def report(unit: int, seq: int, size: int) -> Observation:
    """A minute of `size` approaches (1 to 4), one line each in both directions, all classes."""
    arms = ("utara", "timur", "selatan", "barat")[:size]
    counts = {kind: (seq + place) % 30 for place, kind in enumerate(TRAFFIC)}
    camera = CameraObservation(
        camera=f"cam-{unit:03d}",
        lines=tuple(LineCount(line=arm, direction=way, counts=counts) for arm in arms for way in ("masuk", "keluar")),
        approaches=tuple(
            ApproachMeasure(approach=arm, pcu=12.5, occupancy=0.31, queue_m=22.0, queue_veh=9, speed_kmh=18.25)
            for arm in arms
        ),
        quality=Quality(grade="good", frames=600, fps=10.0),
    )
    start = DAWN + seq * _STEP
    return Observation(boot_id=boot(unit), time=start + _STEP, seq=seq, start=start, interval_s=60, cameras=(camera,))


def value(counter: object) -> float:
    """What a Prometheus counter says."""
    collect_samples = getattr(counter, "collect", list)
    return next((sample.value for metric in collect_samples() for sample in metric.samples), 0.0)
