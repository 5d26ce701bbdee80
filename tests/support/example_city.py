"""A believable evening in Bandung, invented: contract messages of every unit in config/bandung.toml, minute by minute.

The same seed and minute give the same messages, so that a store can be filled for the past hour and then go on. What
happens where is told in the table `PLACES`; everything is synthetic, the evidence pictures too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from collector.store.writing import Received
from contract import (
    ApproachMeasure,
    Camera,
    CameraCondition,
    CameraEvent,
    CameraHealth,
    CameraObservation,
    Evidence,
    Health,
    IncidentEvent,
    IncidentKind,
    Kind,
    Light,
    LineCount,
    Message,
    Observation,
    ParkingEvent,
    Quality,
    Site,
    State,
    Topic,
    VehicleClass,
    parse_site,
    pcu,
)
from tests.support.drawn_evidence import draw_evidence

EVENING = datetime(2026, 3, 12, 10, 42, tzinfo=UTC)
"""Thursday, 17.42 WIB."""
MINUTE = timedelta(minutes=1)
SITE_FILE = Path(__file__).resolve().parents[2] / "config" / "bandung.toml"
SHARES: Mapping[VehicleClass, float] = {
    VehicleClass.MOTORCYCLE: 0.63,
    VehicleClass.CAR: 0.245,
    VehicleClass.ANGKOT: 0.055,
    VehicleClass.BUS: 0.015,
    VehicleClass.TRUCK: 0.035,
    VehicleClass.BICYCLE: 0.02,
}


@dataclass(frozen=True, slots=True)
class Place:
    """How one junction fares: vehicles a minute and direction, and how full it is (1 is a jam)."""

    flow: float = 34
    full: float = 0.25
    measured: bool = True
    grade: Literal["good", "degraded"] = "good"
    condition: CameraCondition = CameraCondition.OK
    since_min: int = 0
    """For how many minutes the camera has been in its condition, or the unit has been away."""
    away: bool = False
    unknown: bool = False
    celsius: float = 54.0
    weak_power: bool = False
    disk_mb: float = 18_400.0
    outbox: int = 0
    skew_s: float = 0.1
    lost: int = 0


PLACES: Mapping[str, Place] = {
    "pasteur": Place(58, 1.2),
    "buahbatu": Place(52, 1.05),
    "samsat": Place(49, 0.7, celsius=73.5),
    "kopo": Place(47, 0.8, celsius=82.0, weak_power=True),
    "cibiru": Place(41, 0.65),
    "setiabudi": Place(36, 0.6),
    "simpang-lima": Place(40, 0.55),
    "cikutra": Place(away=True, since_min=37),
    "antapani": Place(condition=CameraCondition.COVERED, since_min=24),
    "leuwipanjang": Place(unknown=True),
    "cicaheum": Place(38, 0.4, grade="degraded"),
    "gedebage": Place(33, measured=False, lost=14),
    "ujungberung": Place(30, 0.35, outbox=212),
    "laswi": Place(35, 0.3, disk_mb=430.0),
    "otista": Place(44, 0.45, skew_s=-21.0),
    "bip": Place(46, 0.5),
}


@cache
def bandung() -> Site:
    """The example site file."""
    return parse_site(SITE_FILE.read_text(encoding="utf-8"), str(SITE_FILE))


class ExampleCity:
    """Gives what every unit sends: `birth` once, then `minute` after `minute`."""

    def __init__(self, site: Site, *, seed: int = 1, now: datetime = EVENING) -> None:
        self.site, self.seed, self.now = site, seed, now
        self._seq: Counter[str] = Counter()
        self._cameras = {
            camera: PLACES.get(junction.id, Place())
            for junction, camera in site.camera_places.values()
            if not PLACES.get(junction.id, Place()).unknown
        }

    def past(self, length: timedelta) -> Iterator[Received]:
        """Everything from births to `now`, oldest first."""
        yield from self.births(self.now - length)
        yield from self.cases()
        for number in range(int(length / MINUTE)):
            yield from self.minute(self.now - length + (number + 1) * MINUTE)

    def births(self, time: datetime) -> Iterator[Received]:
        """Every unit comes up some days before `time`."""
        for camera in self._cameras:
            started = time - timedelta(hours=self._number(camera, "up") % 200 + 3)
            state = State(
                boot_id=self._boot(camera),
                time=started,
                status="online",
                reason="started",
                started=started,
                software="0.1.0",
                model="simpang-lalin-n",
                cameras=(camera.id,),
            )
            yield self._sent(camera, Kind.STATE, state, time)

    def minute(self, end: datetime) -> Iterator[Received]:
        """The interval that ends at `end`: an observation and, beside it, health."""
        for camera, place in self._cameras.items():
            if place.away and end >= self.now - place.since_min * MINUTE:
                if end < self.now - (place.since_min - 1) * MINUTE:
                    yield self._sent(camera, Kind.STATE, self._will(camera, end), end)
                continue
            hole = self.now - 20 * MINUTE < end <= self.now - (20 - place.lost) * MINUTE
            observation = self._observation(camera, place, end, self._next(camera))
            if not hole:
                yield self._sent(camera, Kind.OBSERVATION, observation, end)
            yield self._sent(camera, Kind.HEALTH, self._health(camera, place, end), end)

    def cases(self) -> Iterator[Received]:
        """Parking cases, incidents and camera trouble of the last hours, with evidence."""
        for number, (camera_id, minutes, vehicle, closed) in enumerate(PARKING):
            yield from self._parking(camera_id, number, minutes, vehicle, closed)
        for number, (camera_id, minutes, kind) in enumerate(INCIDENTS):
            camera = self._camera(camera_id)
            opened = self.now - minutes * MINUTE
            event = IncidentEvent(**self._case(camera, f"ins-{number + 17}", opened), incident=kind, zone=None)
            yield self._sent(camera, Kind.EVENT, event, opened)
        for camera, place in self._cameras.items():
            if place.condition is not CameraCondition.OK:
                opened = self.now - place.since_min * MINUTE
                event_ = CameraEvent(**self._case(camera, "kamera-3", opened), condition=place.condition)
                yield self._sent(camera, Kind.EVENT, event_, opened)

    def _parking(
        self, camera_id: str, number: int, minutes: int, vehicle: VehicleClass, closed: int | None
    ) -> Iterator[Received]:
        camera = self._camera(camera_id)
        opened = self.now - minutes * MINUTE
        header = self._case(camera, f"parkir-{number + 41}", opened)
        pictures = [
            draw_evidence(vehicle, number, moment, camera.name, opened + timedelta(seconds=after))
            for moment, after in (("opened", 2), ("confirmed", 182))
        ]
        hashes = tuple(hashlib.sha256(jpeg).hexdigest() for jpeg in pictures)
        ended = None if closed is None else self.now - closed * MINUTE
        event = ParkingEvent(
            **{**header, "phase": "opened" if ended is None else "closed", "closed": ended},
            zone="dilarang-parkir",
            vehicle=vehicle,
            confirmed=opened + timedelta(seconds=180),
            evidence=hashes,
        )
        yield self._sent(camera, Kind.EVENT, event, ended or opened)
        for place, (jpeg, sha256) in enumerate(zip(pictures, hashes, strict=True)):
            evidence = Evidence.model_construct(
                boot_id=self._boot(camera),
                time=opened,
                seq=self._next(camera),
                case=event.case,
                camera=camera.id,
                moment="opened" if place == 0 else "confirmed",
                sha256=sha256,
                jpeg=jpeg,
            )
            yield self._sent(camera, Kind.EVIDENCE, evidence, opened)

    def _case(self, camera: Camera, name: str, opened: datetime) -> dict[str, object]:
        return {
            "boot_id": self._boot(camera),
            "time": opened,
            "seq": self._next(camera),
            "case": name,
            "phase": "opened",
            "camera": camera.id,
            "opened": opened,
        }

    def _observation(self, camera: Camera, place: Place, end: datetime, seq: int) -> Observation:
        blind = place.condition is not CameraCondition.OK and end > self.now - place.since_min * MINUTE
        random = self._random(camera, end)
        full = max(0.0, place.full * random.normal(1, 0.08))
        lines = []
        if not blind:
            for line in camera.lines:
                for direction, share in ((line.right, 1.0), (line.left, 0.82)):
                    wanted = place.flow * share * _wave(end) * (0.62 if full > 1 else 1)
                    counts = {kind: int(random.poisson(wanted * part)) for kind, part in SHARES.items()}
                    lines.append(LineCount(line=line.id, direction=direction, counts=counts))
        measured = place.measured and not blind
        return Observation(
            boot_id=self._boot(camera),
            time=end,
            seq=seq,
            start=end - MINUTE,
            interval_s=60,
            cameras=(
                CameraObservation(
                    camera=camera.id,
                    lines=tuple(lines),
                    approaches=tuple(self._approaches(camera, lines, full)) if measured else (),
                    quality=_quality(place, blind=blind),
                ),
            ),
        )

    def _approaches(self, camera: Camera, lines: list[LineCount], full: float) -> Iterator[ApproachMeasure]:
        for line in camera.lines:
            if line.approach:
                arriving = next(one.counts for one in lines if one.line == line.id and one.direction == line.right)
                queue = max(0.0, 230 * (full - 0.15))
                yield ApproachMeasure(
                    approach=line.approach,
                    pcu=pcu(arriving),
                    occupancy=min(0.98, 0.18 + 0.62 * full),
                    queue_m=round(queue, 1),
                    queue_veh=int(queue / 3.2),
                    speed_kmh=round(max(4.0, 36 - 27 * full), 1),
                    headway_s=round(60 / max(1, sum(arriving.values())), 2),
                )

    def _health(self, camera: Camera, place: Place, end: datetime) -> Health:
        condition = place.condition if end > self.now - place.since_min * MINUTE else CameraCondition.OK
        return Health(
            boot_id=self._boot(camera),
            time=end + timedelta(seconds=place.skew_s),
            uptime_s=(end - self.now).total_seconds() + 3600 * (self._number(camera, "up") % 200 + 4),
            temperature_c=round(place.celsius + 4 * float(self._random(camera, end).random()), 1),
            throttled=place.celsius >= 80,
            under_voltage=place.weak_power,
            disk_free_mb=place.disk_mb,
            memory_mb=312 + self._number(camera, "memory") % 40,
            outbox_depth=place.outbox,
            clock_offset_s=place.skew_s,
            cameras=(
                CameraHealth(
                    camera=camera.id,
                    condition=condition,
                    fps=5.2 if place.grade == "degraded" else 12.4,
                    inference_ms=61.0,
                    last_frame=end,
                ),
            ),
        )

    def _will(self, camera: Camera, time: datetime) -> State:
        return State(
            boot_id=self._boot(camera),
            time=time,
            status="offline",
            reason="connection_lost",
            started=self.now - timedelta(days=9),
            software="0.1.0",
        )

    def _sent(self, camera: Camera, kind: Kind, message: Message, arrived: datetime) -> Received:
        return Received(Topic(self.site.site.id, camera.unit, kind), message, arrived + timedelta(milliseconds=300))

    def _camera(self, camera_id: str) -> Camera:
        return self.site.camera_places[camera_id][1]

    def _boot(self, camera: Camera) -> str:
        return hashlib.md5(f"{self.seed}/{camera.unit}".encode(), usedforsecurity=False).hexdigest()

    def _next(self, camera: Camera) -> int:
        self._seq[camera.unit] += 1
        return self._seq[camera.unit]

    def _number(self, camera: Camera, what: str) -> int:
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{camera.id}/{what}".encode()).digest()[:4])

    def _random(self, camera: Camera, time: datetime) -> np.random.Generator:
        return np.random.default_rng(self._number(camera, str(int(time.timestamp()))))


def _wave(time: datetime) -> float:
    """The evening swells and ebbs, a little."""
    return 1 + 0.16 * float(np.sin(time.timestamp() / 780))


def _quality(place: Place, *, blind: bool) -> Quality:
    if blind:
        return Quality(grade="blind", reasons=("camera",), frames=0, fps=0, condition=place.condition)
    if place.grade == "degraded":
        return Quality(grade="degraded", reasons=("low_fps", "dark"), frames=312, fps=5.2, light=Light.DUSK)
    return Quality(grade="good", frames=744, fps=12.4, light=Light.DUSK)


CAR, ANGKOT, MOTORCYCLE, TRUCK = VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.MOTORCYCLE, VehicleClass.TRUCK
PARKING: tuple[tuple[str, int, VehicleClass, int | None], ...] = (
    ("otista-1", 6, ANGKOT, None),
    ("bip-1", 11, CAR, None),
    ("cibaduyut-1", 19, TRUCK, None),
    ("asiaafrika-tamblong-1", 27, CAR, None),
    ("simpang-lima-1", 74, ANGKOT, 52),
    ("istana-plaza-1", 141, CAR, 118),
    ("dago-1", 190, MOTORCYCLE, 176),
)
"""(camera, minutes ago it began, class, minutes ago it ended)."""
INCIDENTS: tuple[tuple[str, int, IncidentKind], ...] = (
    ("pasteur-1", 8, IncidentKind.STOPPED_VEHICLE),
    ("simpang-lima-1", 33, IncidentKind.WRONG_WAY),
)
