"""What is made of each reading: a table of readings, the verdict, and the words that must be in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import CameraCondition
from edge.doctor import Check, Finding, Grade, Readings, judge, well
from edge.doctor.probe.clock import chrony
from edge.doctor.readings import (
    BoxReading,
    BrokerReading,
    CameraReading,
    ClockReading,
    DiskReading,
    MachineReading,
    ModelReading,
    NetworkReading,
    OutboxReading,
    TlsFault,
)
from edge.doctor.rules.camera import camera
from edge.doctor.rules.line import broker, network, outbox
from edge.doctor.rules.machine import box, clock, disk, heat, power
from edge.doctor.rules.model import model
from edge.health.supply import Supply

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OK, ATTENTION, BROKEN = Grade.OK, Grade.ATTENTION, Grade.BROKEN

MACHINE = MachineReading(temperature_c=55.0, slowed=False, under_voltage=False)
DISK = DiskReading("/var/lib/simpang", free_mb=9000.0, writable=True)
CLOCK = ClockReading(NOW, "chrony", synchronised=True, stratum=3, error_s=0.02)
NETWORK = NetworkReading("mqtt.example", 8883, "10.0.0.5", connect_ms=12.0)
BROKER = BrokerReading(
    encrypted=True, certificate_ends=NOW + timedelta(days=400), login="accepted", own_topic=True, foreign_topic=False
)
OUTBOX = OutboxReading(2, oldest=NOW - timedelta(seconds=20))
MODEL = ModelReading("simpang-nano", picture_ms=60.0)
CAMERA = CameraReading(
    "dago-1", "rtsp://10.0.0.9/1", "", 120, 10.0, 10.0, 640, 360, CameraCondition.OK, sharpness=0.9, drawn=3
)


TOLD: list[tuple[str, Finding, Grade, str]] = [
    ("supply holds", power(MACHINE), OK, "tegangan cukup"),
    ("board without a tongue", power(MachineReading()), OK, "tidak melaporkan"),
    ("under-voltage", power(replace(MACHINE, under_voltage=True)), ATTENTION, "4,63 V"),
    ("a battery in reserve", power(replace(MACHINE, supply=Supply("mains", 92))), OK, "baterai 92 %"),
    ("on its battery", power(replace(MACHINE, supply=Supply("battery", 64))), ATTENTION, "dengan baterai (64 %)"),
    ("a battery that nobody measures", power(replace(MACHINE, supply=Supply("battery"))), ATTENTION, "(? %)"),
    ("a battery that is low", power(replace(MACHINE, supply=Supply("mains", 12))), ATTENTION, "tinggal 12 %"),
    ("after a power cut", power(replace(MACHINE, restart="power")), OK, "tegangan cukup, sebelumnya mati mendadak"),
    ("after its watchdog", power(replace(MACHINE, restart="watchdog")), ATTENTION, "macet"),
    ("after a crash", power(replace(MACHINE, restart="crash")), ATTENTION, "berhenti mendadak"),
    ("after an orderly restart", power(replace(MACHINE, restart="orderly")), OK, "tegangan cukup"),
    ("no switches", box(BoxReading()), OK, "tanpa saklar"),
    ("closed and upright", box(BoxReading(("door", "tilt"), False, False)), OK, "tertutup dan tegak"),
    ("open", box(BoxReading(("door",), True)), ATTENTION, "pintu kotak terbuka"),
    ("leaning", box(BoxReading(("door", "tilt"), True, True)), ATTENTION, "miring"),
    ("a switch that is not there", box(BoxReading(("door", "tilt"), False)), ATTENTION, "tidak terbaca: tilt"),
    ("cool", heat(MACHINE), OK, "55 °C"),
    ("no thermometer", heat(MachineReading()), OK, "tidak melaporkan"),
    ("hot", heat(replace(MACHINE, temperature_c=78.0)), ATTENTION, "78 °C"),
    ("slowed down while cool", heat(replace(MACHINE, slowed=True)), ATTENTION, "diperlambat"),
    ("too hot", heat(replace(MACHINE, temperature_c=85.0, slowed=True)), BROKEN, "85 °C"),
    ("disk", disk(DISK), OK, "9.0 GB kosong"),
    ("disk that tells its age", disk(replace(DISK, worn_percent=30)), OK, "aus 30 %"),
    ("little left", disk(replace(DISK, free_mb=900.0)), ATTENTION, "0.9 GB"),
    ("full", disk(replace(DISK, free_mb=50.0)), BROKEN, "0.1 GB"),
    ("read only", disk(replace(DISK, writable=False, fault="Read-only file system")), BROKEN, "Read-only"),
    ("errors on the card", disk(replace(DISK, errors=3)), ATTENTION, "3 kesalahan"),
    ("worn", disk(replace(DISK, worn_percent=90)), ATTENTION, "aus 90 %"),
    ("written often", disk(replace(DISK, size_gb=32.0, written_gb=9_700.0)), ATTENTION, "penuh 303 kali"),
    ("written a little", disk(replace(DISK, size_gb=32.0, written_gb=970.0)), OK, "9.0 GB kosong"),
    ("clock kept", clock(CLOCK), OK, "20 ms"),
    ("by timesyncd, which tells no quality", clock(ClockReading(NOW, "timesyncd", True)), OK, "disetel"),
    ("kept badly", clock(replace(CLOCK, error_s=0.7)), ATTENTION, "700 ms"),
    ("kept very badly", clock(replace(CLOCK, error_s=9.0)), BROKEN, "9.0 s"),
    ("not yet set", clock(replace(CLOCK, synchronised=False)), ATTENTION, "belum disetel"),
    ("kept by nobody", clock(ClockReading(NOW)), ATTENTION, "tidak ada yang menjaga"),
    ("1970", clock(ClockReading(datetime(1970, 1, 1, tzinfo=UTC))), BROKEN, "1970"),
    ("network", network(NETWORK), OK, "10.0.0.5, broker dalam 12 ms"),
    ("no address", network(NetworkReading("b", 8883)), BROKEN, "tidak punya alamat"),
    ("no name", network(replace(NETWORK, connect_ms=None, name_fault="NXDOMAIN")), BROKEN, "NXDOMAIN"),
    ("no answer", network(replace(NETWORK, connect_ms=None, reach_fault="timed out")), BROKEN, "timed out"),
    ("broker", broker(BROKER, reachable=True, now=NOW), OK, "sertifikat 400 hari lagi"),
    ("unit runs", broker(replace(BROKER, login="in_use"), reachable=True, now=NOW), OK, "sedang tersambung"),
    ("no network", broker(replace(BROKER, login="not_tried"), reachable=False, now=NOW), BROKEN, "tanpa jaringan"),
    (
        "a certificate that ended is told without network too",
        broker(replace(BROKER, tls_fault="own_expired"), reachable=False, now=NOW),
        BROKEN,
        "sudah berakhir",
    ),
    ("refused", broker(replace(BROKER, login="refused", detail="Bad user"), reachable=True, now=NOW), BROKEN, "Bad"),
    ("may not speak", broker(replace(BROKER, own_topic=False), reachable=True, now=NOW), BROKEN, "tidak menerima"),
    ("others may", broker(replace(BROKER, foreign_topic=True), reachable=True, now=NOW), ATTENTION, "unit lain"),
    ("plain", broker(BrokerReading(False, login="accepted"), reachable=True, now=NOW), ATTENTION, "tidak terenkripsi"),
    (
        "to be renewed",
        broker(replace(BROKER, certificate_ends=NOW + timedelta(days=20)), reachable=True, now=NOW),
        ATTENTION,
        "20 hari",
    ),
    ("outbox", outbox(OUTBOX, NOW), OK, "2 laporan"),
    ("waiting", outbox(OutboxReading(90, oldest=NOW - timedelta(hours=1)), NOW), ATTENTION, "60 menit"),
    ("given up", outbox(replace(OUTBOX, dropped=7), NOW), ATTENTION, "7 laporan pernah dibuang"),
    ("unreadable", outbox(OutboxReading(0, fault="malformed"), NOW), BROKEN, "malformed"),
    ("model", model(MODEL), OK, "cukup untuk 17"),
    ("model a little slow", model(replace(MODEL, picture_ms=120.0)), ATTENTION, "cukup untuk 8"),
    ("model too slow", model(replace(MODEL, picture_ms=400.0)), BROKEN, "cukup untuk 2"),
    ("slow beside a unit that counts", model(replace(MODEL, picture_ms=400.0, shared=True)), OK, "sambil"),
    ("model not there", model(ModelReading("x", fault="no model 'x'")), BROKEN, "no model 'x'"),
    ("camera", camera(CAMERA), OK, "640 × 360"),
    ("camera at night", camera(replace(CAMERA, condition=CameraCondition.NIGHT)), OK, "malam"),
    ("does not open", camera(CameraReading("c", "rtsp://x", "refused")), BROKEN, "refused"),
    ("gives nothing", camera(CameraReading("c", "rtsp://x")), BROKEN, "rtsp://x: tidak ada gambar"),
    ("black", camera(replace(CAMERA, condition=CameraCondition.BLACK)), BROKEN, "hitam"),
    ("covered", camera(replace(CAMERA, condition=CameraCondition.COVERED)), BROKEN, "tertutup"),
    ("frozen", camera(replace(CAMERA, condition=CameraCondition.FROZEN)), BROKEN, "beku"),
    ("lost", camera(replace(CAMERA, condition=CameraCondition.LOST)), BROKEN, "tidak ada gambar"),
    ("turned", camera(replace(CAMERA, condition=CameraCondition.MOVED)), BROKEN, "bergeser"),
    ("out of focus since", camera(replace(CAMERA, condition=CameraCondition.DEFOCUSED)), BROKEN, "tidak tajam"),
    ("out of focus from the start", camera(replace(CAMERA, sharpness=0.3)), ATTENTION, "tidak tajam"),
    ("slow", camera(replace(CAMERA, fps=3.0)), ATTENTION, "3.0 gambar"),
    ("slow as wanted", camera(replace(CAMERA, fps=2.0, wanted_fps=2.0)), OK, "2.0 gambar"),
    ("small", camera(replace(CAMERA, width=176)), ATTENTION, "kecil"),
    ("nothing drawn", camera(replace(CAMERA, drawn=0)), ATTENTION, "belum ada garis"),
]


@pytest.mark.parametrize(("found", "grade", "says"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_what_is_made_of_a_reading(found: Finding, grade: Grade, says: str) -> None:
    assert (found.grade, says in found.found.id) == (grade, True), found
    assert (found.do is None) == (grade is OK), "what is not well says what to do"


def test_every_way_in_which_the_encryption_fails_is_told_in_words_of_its_own() -> None:
    faults = get_args(TlsFault)
    found = [broker(replace(BROKER, tls_fault=fault, detail="why"), reachable=True, now=NOW) for fault in faults]
    assert {one.grade for one in found} == {BROKEN}
    assert len({one.found.id for one in found}) == len(faults)
    assert all("(why)" in one.found.id and "(why)" in one.found.en for one in found)


CHRONY = [
    ("kept", "C0A80101,10.0.0.1,3,1772000000.1,0.000123,0,0,0,0,0,0.020000,0.005000,64.0,Normal", True, 0.015123),
    ("behind", "C0A80101,10.0.0.1,3,1772000000.1,-0.700000,0,0,0,0,0,0.0,0.0,64.0,Normal", True, 0.7),
    ("not yet", "00000000,,0,0.0,0.0,0,0,0,0,0,1.0,1.0,0.0,Not synchronised", False, None),
    ("nonsense", "506 Cannot talk to daemon", None, None),
]


@pytest.mark.parametrize(
    ("told", "synchronised", "error_s"), [row[1:] for row in CHRONY], ids=[row[0] for row in CHRONY]
)
def test_what_chrony_tells(told: str, synchronised: bool | None, error_s: float | None) -> None:
    reading = chrony(told, NOW)
    assert reading.synchronised is synchronised
    assert reading.error_s == (None if error_s is None else pytest.approx(error_s))


def test_all_is_told_in_the_order_of_causes() -> None:
    readings = Readings(
        MACHINE, DISK, BoxReading(), CLOCK, NETWORK, BROKER, OUTBOX, MODEL, (CAMERA, replace(CAMERA, camera="dago-2"))
    )
    findings = judge(readings)
    assert [one.check for one in findings] == [*Check, Check.CAMERA]
    assert [one.subject for one in findings[-2:]] == ["dago-1", "dago-2"]
    assert well(findings)
    assert not well(judge(replace(readings, machine=replace(MACHINE, under_voltage=True))))


@given(st.builds(CameraReading), st.builds(DiskReading), st.builds(ModelReading), st.builds(MachineReading))
def test_whatever_is_read_there_is_a_verdict(
    one: CameraReading, place: DiskReading, detector: ModelReading, board: MachineReading
) -> None:
    found = (camera(one), disk(place), model(detector), heat(board), power(board))
    assert all(finding.found.id and finding.found.en for finding in found)
    assert all((finding.do is None) == (finding.grade is OK) for finding in found)
