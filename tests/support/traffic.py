"""Messages of a small city, made by rule: every interval of every unit is another, and says so in its counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contract import (
    ApproachMeasure,
    CameraObservation,
    Kind,
    LineCount,
    Observation,
    Quality,
    Topic,
    VehicleClass,
)

DAWN = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Yesterday's midnight: InfluxDB drops, by its own clock, what is older than the retention."""

MINUTE = timedelta(minutes=1)


def boot(number: int = 0) -> str:
    """A boot id."""
    return f"{number:032x}"


def unit(number: int) -> str:
    """A unit's name."""
    return f"edge-{number:03d}"


def topic(number: int, kind: Kind = Kind.OBSERVATION) -> Topic:
    """Where unit `number` speaks."""
    return Topic("bandung", unit(number), kind)


def observation(number: int, seq: int, *, begun: datetime = DAWN, boot_id: str | None = None) -> Observation:
    """The `seq`-th minute of unit `number` since `begun`: `seq % 50 + 1` motorcycles in, one car out."""
    start = begun + seq * MINUTE
    camera = CameraObservation(
        camera=f"cam-{number:03d}",
        lines=(
            LineCount(line="utara", direction="masuk", counts={VehicleClass.MOTORCYCLE: seq % 50 + 1}),
            LineCount(line="utara", direction="keluar", counts={VehicleClass.CAR: 1}),
        ),
        approaches=(ApproachMeasure(approach="utara", pcu=1.5, occupancy=0.25, queue_m=12.0, speed_kmh=23.5),),
        quality=Quality(grade="good", frames=600, fps=10.0),
    )
    return Observation(
        boot_id=boot_id or boot(number),
        time=start + MINUTE,
        seq=seq,
        start=start,
        interval_s=60.0,
        cameras=(camera,),
    )
