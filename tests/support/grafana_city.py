"""A city of two junctions, and one hour in it of which every number is known.

[05:00, 06:00)  half the traffic, so that before and after differ
[06:00, 07:00)  the known hour. Melati is healthy. Kenanga's camera is covered from 06:30 on while its unit is hot,
                short of voltage and of disk; one message (06:45) never arrives; at 06:55 the unit goes away.

Counts stand below, per minute. Everything is written by the collector's own store, minute by minute, as it would come.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from collector.store.influx import InfluxStore
from collector.store.influxql import Login
from collector.store.points import to_us
from collector.store.preparing import prepare
from collector.store.schema import SIGNAL_ACTION, Point, Value
from collector.store.writing import Received
from collector.upkeep import fleet_points
from contract import (
    ApproachMeasure,
    CameraCondition,
    CameraEvent,
    CameraHealth,
    CameraObservation,
    Health,
    IncidentEvent,
    IncidentKind,
    Kind,
    Light,
    LineCount,
    Message,
    MovementCount,
    Observation,
    ParkingEvent,
    Quality,
    State,
    Topic,
    VehicleClass,
    parse_site,
)
from grafana.scene import Scene
from grafana.settings import GrafanaConfig
from grafana.words import Language, Words
from tests.support.traffic import DAWN, MINUTE, boot

SITE = """
[site]
id = "kota"
name = "Kota Percobaan"
timezone = "Asia/Jakarta"
centre = [-6.9, 107.6]
population = 2_500_000

[[junctions]]
id = "melati"
name = "Simpang Melati, pasar"
position = [-6.9, 107.6]
approaches = [
    { id = "utara", name = "Jl. Melati", bearing_deg = 5 },
    { id = "barat", name = "Jl. Pasar", bearing_deg = 270 },
]
[[junctions.cameras]]
id = "melati-1"
name = "Melati"
unit = "edge-melati"
lines = [{ id = "u", a = [0.1, 0.6], b = [0.9, 0.6], right = "masuk", left = "keluar", approach = "utara" }]

[[junctions]]
id = "kenanga"
name = "Simpang Kenanga"
position = [-6.91, 107.61]
approaches = [{ id = "timur", name = "Jl. Kenanga", bearing_deg = 90 }]
[[junctions.cameras]]
id = "kenanga-1"
name = "Kenanga"
unit = "edge-kenanga"
lines = [{ id = "t", a = [0.1, 0.6], b = [0.9, 0.6], right = "masuk", left = "keluar", approach = "timur" }]
"""
BEFORE = DAWN + timedelta(hours=5)
HOUR = DAWN + timedelta(hours=6)
COVERED = HOUR + 30 * MINUTE
LOST = HOUR + 45 * MINUTE
GONE = HOUR + 55 * MINUTE
END = DAWN + timedelta(hours=7)


def scene(language: Language = Language.INDONESIAN) -> Scene:
    """The city, with the capacity of one approach known: 420 pcu/h over 480 is a V/C of 0.875."""
    config = GrafanaConfig.model_validate({"site": "kota.toml", "capacity": {"melati": {"utara": 480}}})
    return Scene(parse_site(SITE), config, Words(language))


def fill(login: Login, ledger: Path) -> None:
    """Make the levels, write both hours as they would have come, and fold them into the coarser levels."""
    now = BEFORE
    prepare(login)
    store = InfluxStore(login, ledger, lambda: now)
    while now < END:
        store.write(list(_minute(now)))
        now += MINUTE
        store.series.put(fleet_points(store, now))
    store.series.put([Point(SIGNAL_ACTION, to_us(HOUR + 20 * MINUTE), *ACTION)])
    store.roll_up(END + timedelta(hours=1))
    store.close()


def _minute(now: datetime) -> Iterator[Received]:
    """What both units say at the end of the minute that begins at `now`."""
    seq = (now - BEFORE) // MINUTE + (len(EVENTS) // 2 if now > HOUR else 0)
    if now == BEFORE:
        yield _heard("edge-melati", _state(BEFORE, online=True), Kind.STATE)
        yield _heard("edge-kenanga", _state(BEFORE, online=True), Kind.STATE)
    yield _heard("edge-melati", _observed(seq, now, _melati(now)), Kind.OBSERVATION)
    yield _heard("edge-melati", _health("edge-melati", now, "melati-1"), Kind.HEALTH)
    if now < GONE:
        if now != LOST:
            yield _heard("edge-kenanga", _observed(seq, now, _kenanga(now)), Kind.OBSERVATION)
        yield _heard("edge-kenanga", _health("edge-kenanga", now, "kenanga-1"), Kind.HEALTH)
    if now == GONE:
        yield _heard("edge-kenanga", _state(GONE, online=False), Kind.STATE)
    if now == HOUR:
        yield from (_heard(unit, event, Kind.EVENT) for unit, event in EVENTS)


def _melati(now: datetime) -> CameraObservation:
    """In: 10 motorcycles, 5 cars, 1 bicycle; out: 3 cars. Queue 20 to 29 m; the other arm always 50 m."""
    share = 1.0 if now >= HOUR else 0.5
    minute = now.minute
    return CameraObservation(
        camera="melati-1",
        lines=(
            LineCount(
                line="u",
                direction="masuk",
                counts={
                    VehicleClass.MOTORCYCLE: int(10 * share),
                    VehicleClass.CAR: int(5 * share),
                    VehicleClass.BICYCLE: int(1 * share),
                },
            ),
            LineCount(line="u", direction="keluar", counts={VehicleClass.CAR: 3}),
        ),
        movements=(
            MovementCount(origin="utara", destination="barat", counts={VehicleClass.MOTORCYCLE: 3}),
            MovementCount(origin="barat", destination="utara", counts={VehicleClass.CAR: 2}),
        ),
        approaches=(
            ApproachMeasure(
                approach="utara", pcu=7.0 * share, occupancy=0.5, queue_m=(20.0 + minute % 10) * share, speed_kmh=30.0
            ),
            ApproachMeasure(approach="barat", pcu=2.0, queue_m=50.0),
        ),
        quality=Quality(grade="good", frames=600, fps=10.0, light=Light.DAY, occlusion=0.1, unconfirmed=0.2),
    )


def _kenanga(now: datetime) -> CameraObservation:
    """In: 4 motorcycles, 2 buses, until nothing can be seen."""
    if now >= COVERED:
        quality = Quality(grade="blind", reasons=("camera",), frames=600, fps=10.0, condition=CameraCondition.COVERED)
        return CameraObservation(camera="kenanga-1", quality=quality)
    return CameraObservation(
        camera="kenanga-1",
        lines=(
            LineCount(line="t", direction="masuk", counts={VehicleClass.MOTORCYCLE: 4, VehicleClass.BUS: 2}),
            LineCount(line="t", direction="keluar", counts={VehicleClass.TRUCK: 7}),
        ),
        movements=(MovementCount(origin="timur", destination="barat", counts={VehicleClass.BUS: 1}),),
        approaches=(ApproachMeasure(approach="timur", pcu=3.2, queue_m=210.0, speed_kmh=12.0),),
        quality=Quality(grade="good", frames=600, fps=10.0, light=Light.DAY),
    )


EVENTS: tuple[tuple[str, ParkingEvent | IncidentEvent | CameraEvent], ...] = (
    (
        "edge-melati",
        ParkingEvent(
            boot_id=boot(),
            seq=61,
            time=HOUR + 13 * MINUTE,
            case="p-1",
            phase="opened",
            camera="melati-1",
            opened=HOUR + 10 * MINUTE,
            zone="dilarang",
            vehicle=VehicleClass.CAR,
        ),
    ),
    (
        "edge-kenanga",
        ParkingEvent(
            boot_id=boot(),
            seq=61,
            time=HOUR + 15 * MINUTE,
            case="p-2",
            phase="closed",
            camera="kenanga-1",
            opened=HOUR + 5 * MINUTE,
            closed=HOUR + 15 * MINUTE,
            zone="dilarang",
            vehicle=VehicleClass.TRUCK,
        ),
    ),
    (
        "edge-melati",
        IncidentEvent(
            boot_id=boot(),
            seq=62,
            time=HOUR + 21 * MINUTE,
            case="i-1",
            phase="opened",
            camera="melati-1",
            opened=HOUR + 20 * MINUTE,
            incident=IncidentKind.STOPPED_VEHICLE,
        ),
    ),
    (
        "edge-kenanga",
        CameraEvent(
            boot_id=boot(),
            seq=62,
            time=COVERED,
            case="c-1",
            phase="opened",
            camera="kenanga-1",
            opened=COVERED,
            condition=CameraCondition.COVERED,
        ),
    ),
)
"""One parking case stands, one lasted ten minutes; one incident and one camera fault stand."""


ACTION: tuple[tuple[str, ...], tuple[Value, ...]] = (
    ("kota", "bridge-melati", "melati", "extend", "none", "operate", "completed"),
    ("r-1", "sari", None, 20.0, 12.0, 30.0),
)
"""At 06:20 an operator asked for 20 s more green, and got 12."""


def _observed(seq: int, start: datetime, camera: CameraObservation) -> Observation:
    return Observation(boot_id=boot(), time=start + MINUTE, seq=seq, start=start, interval_s=60.0, cameras=(camera,))


def _health(unit: str, now: datetime, camera: str) -> Health:
    ill = unit == "edge-kenanga" and now >= COVERED
    condition = CameraCondition.COVERED if ill else CameraCondition.OK
    seen = CameraHealth(camera=camera, condition=condition, fps=10.0, inference_ms=40.0, reconnects=0)
    return Health(
        boot_id=boot(),
        time=now + timedelta(seconds=30),
        uptime_s=(now - BEFORE).total_seconds(),
        temperature_c=85.0 if ill else 55.0,
        throttled=ill,
        under_voltage=ill,
        disk_free_mb=200.0 if ill else 9000.0,
        memory_mb=300.0,
        outbox_depth=90 if ill else 0,
        clock_offset_s=0.1,
        cameras=(seen,),
    )


def _state(now: datetime, *, online: bool) -> State:
    return State(
        boot_id=boot(),
        time=now,
        status="online" if online else "offline",
        reason="started" if online else "connection_lost",
        started=BEFORE,
        software="0.1.0",
    )


def _heard(unit: str, message: Message, kind: Kind) -> Received:
    return Received(Topic("kota", unit, kind), message, message.time)
