"""What one unit sends in a day, measured on the wire: the real publisher, over mTLS, through a meter.

The meter is a relay on the loopback between unit and broker. It counts what TCP carries in both directions, and asks
the kernel for the segments (TCP_INFO), so that headers are counted too: 52 bytes each (IPv4, TCP with timestamps).
"""

from __future__ import annotations

import base64
import hashlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from contract import (
    TRAFFIC,
    ApproachMeasure,
    CameraCondition,
    CameraEvent,
    CameraHealth,
    CameraObservation,
    ConfigReported,
    Evidence,
    Health,
    Kind,
    LineCount,
    MovementCount,
    Observation,
    Quality,
    VehicleClass,
    encode,
    pack,
)
from edge.backoff import Backoff
from edge.config import Broker
from edge.outbox import Draft, Outbox
from edge.publishing import Identity, Publisher
from provisioning.authority import Role
from tests.support import ca
from tests.support.ca import SITE, GuardedBroker

HEADER = 52
_SEGMENTS = struct.Struct("@II")
_SEGMENTS_AT = 136
"""tcpi_segs_out and tcpi_segs_in in struct tcp_info (linux/tcp.h)."""
_PATIENCE_S = 60.0
_KEEPALIVE_S = 5
"""A sixth of the real one, as the minute is a sixth of a real one where signs of life are counted."""
_MINUTES = 6
OBSERVATIONS = ("1 approach", "4 approaches", "4 approaches and their 12 turns")
"""What a minute tells of, in order of length."""
_UNIT = "edge-dago"
_NEWS_A_DAY = 60
"""Reports of health that come between two minutes, because something has changed."""
_BOOT = "c" * 32


class Traffic(NamedTuple):
    """Bytes on the wire, headers included."""

    up: int
    down: int

    def since(self, before: Traffic) -> Traffic:
        """What came after `before`."""
        return Traffic(self.up - before.up, self.down - before.down)


class Target(Protocol):
    """Where the meter's calls go on to."""

    host: str
    port: int


class Meter:
    """Relays to `target`, and counts. Every call closes before the next one comes."""

    def __init__(self, target: Target) -> None:
        self._target = (target.host, target.port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._closed = Traffic(0, 0)
        self._open: socket.socket | None = None
        self._payload = [0, 0]
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def read(self) -> Traffic:
        """All so far."""
        segments = (0, 0) if self._open is None else _segments(self._open)
        up, down = self._payload
        return Traffic(self._closed.up + up + HEADER * segments[1], self._closed.down + down + HEADER * segments[0])

    def _run(self) -> None:
        while not self._stopping:
            with suppress(OSError):
                line, _ = self._door.accept()
                with line, socket.create_connection(self._target) as onwards:
                    self._open = line
                    self._relay(line, onwards)
                    self._closed, self._open, self._payload = self.read(), None, [0, 0]

    def _relay(self, line: socket.socket, onwards: socket.socket) -> None:
        while not self._stopping:
            for one in select.select([line, onwards], [], [], 0.5)[0]:
                piece = one.recv(65_536)
                if not piece:
                    return
                upwards = one is line
                self._payload[0 if upwards else 1] += len(piece)
                (onwards if upwards else line).sendall(piece)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._door.close()


def _segments(line: socket.socket) -> tuple[int, int]:
    """Segments out and in."""
    out, came = _SEGMENTS.unpack_from(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), _SEGMENTS_AT)
    return int(out), int(came)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind."""

    name: str
    payload: int
    wire: Traffic
    """Of one."""
    a_day: int

    def of(self, observation: str) -> bool:
        """Whether it belongs to a unit that makes such observations; each makes one sort."""
        return self.name == observation or self.name not in OBSERVATIONS

    @property
    def day_bytes(self) -> int:
        """Both directions."""
        return (self.wire.up + self.wire.down) * self.a_day


def observation(told: str, seq: int) -> Observation:
    """A busy minute: every class in both directions of each line and in each turn, every measure of each approach."""
    arms = ("utara", "timur", "selatan", "barat")[: int(told[0])]
    ways = [(origin, to) for origin in arms for to in arms if origin != to] if "turns" in told else []
    random = Random(seq)
    camera = CameraObservation(
        camera="dago-1",
        lines=tuple(
            LineCount(line=arm, direction=way, counts=_counts(random)) for arm in arms for way in ("masuk", "keluar")
        ),
        approaches=tuple(
            ApproachMeasure(
                approach=arm,
                pcu=random.randrange(100, 8000) / 4,
                occupancy=random.randrange(1000) / 1000,
                queue_m=random.randrange(0, 2000) / 10,
                queue_veh=random.randrange(30),
                speed_kmh=random.randrange(400, 4000) / 100,
                headway_s=random.randrange(1000, 9999) / 1000,
            )
            for arm in arms
        ),
        movements=tuple(
            MovementCount(origin=f"masuk-{origin}", destination=f"keluar-{to}", counts=_counts(random))
            for origin, to in ways
        ),
        quality=Quality(grade="good", frames=600, fps=9.98, occlusion=0.123, unconfirmed=0.045),
    )
    now = datetime.now(UTC)
    start = now - timedelta(seconds=60)
    return Observation(boot_id=_BOOT, seq=seq, time=now, start=start, interval_s=60, cameras=(camera,))


def _counts(random: Random) -> dict[VehicleClass, int]:
    return {kind: random.randrange(10, 40) for kind in TRAFFIC}


def event(seq: int) -> CameraEvent:
    """Any event is about as long."""
    now = datetime.now(UTC)
    told = {"case": "c20260302-060000-abcdef", "condition": CameraCondition.COVERED, "opened": now, "phase": "opened"}
    return CameraEvent.model_validate({**told, "camera": "dago-1", "boot_id": _BOOT, "seq": seq, "time": now})


def evidence(seq: int) -> Evidence:
    """The largest picture allowed."""
    jpeg = Random(seq).randbytes(59_904)
    told = {"case": "p20260302-060000-abcdef", "camera": "dago-1", "moment": "opened", "boot_id": _BOOT, "seq": seq}
    digest = hashlib.sha256(jpeg).hexdigest()
    return Evidence.model_validate(
        {**told, "time": datetime.now(UTC), "sha256": digest, "jpeg": base64.b64encode(jpeg)}
    )


def health() -> Health:
    """With one camera."""
    now = datetime.now(UTC)
    camera = CameraHealth(
        camera="dago-1", condition=CameraCondition.OK, fps=9.97, inference_ms=61.2, reconnects=2, last_frame=now
    )
    board = {"temperature_c": 61.3, "throttled": False, "under_voltage": False, "disk_free_mb": 9123.4}
    place = {"supply": "mains", "battery_percent": 97.0, "restart": "power", "written_gb": 1234.5, "door_open": False}
    program = {"memory_mb": 312.7, "outbox_depth": 1, "clock_offset_s": 0.000123, "uptime_s": 123456.7}
    return Health.model_validate({"boot_id": _BOOT, "time": now, **board, **place, **program, "cameras": (camera,)})


class Bench:
    """A unit, its certificates, its broker, and the meter between them."""

    def __init__(self, folder: Path, broker: GuardedBroker, card: Path, meter: Meter, *, packed: bool) -> None:
        self.broker, self.meter = broker, meter
        files = {"ca": card / "ca.pem", "certificate": card / "unit.pem", "key": card / "unit.key"}
        tls = {name: str(path) for name, path in files.items()}
        told = {"host": "127.0.0.1", "port": meter.port, "tls": tls, "keepalive_s": _KEEPALIVE_S, "pack": packed}
        line = Broker.model_validate(told)
        self.outbox = Outbox(folder / "outbox.db", cap_bytes=100_000_000)
        now = datetime.now(UTC)
        identity = Identity(SITE, _UNIT, _BOOT, now, "0.1.0", "simpang-nano", ("dago-1",))
        self.publisher = Publisher(line, identity, self.outbox, on_config=lambda _: None, backoff=Backoff(0.1, 0.2))
        self.publisher.stand(
            Kind.CONFIG_REPORTED, ConfigReported(boot_id=_BOOT, time=now, revision=12, outcome="applied")
        )

    def connect(self) -> Traffic:
        """Handshake, birth and the standing report."""
        self.publisher.start()
        until(lambda: self.publisher.online)
        return self._quiet(Traffic(0, 0))

    def numbered(self, draft: Draft, times: int) -> Traffic:
        """One numbered message, each alone, as in a street."""
        before = self.meter.read()
        for _ in range(times):
            self.outbox.append([draft])
            until(lambda: self.outbox.depth == 0)
        return _each(self._quiet(before), times)

    def passing(self, times: int) -> Traffic:
        """One health message."""
        before = self.meter.read()
        for _ in range(times):
            read = self.meter.read()
            self.publisher.say(Kind.HEALTH, health())
            until(partial(self._more_than, read))
        return _each(self._quiet(before), times)

    def pings_a_day(self) -> int:
        """Signs of life beside the reports, counted over some minutes that are a sixth as long as real ones."""
        said = self.broker.log.count("Received PINGREQ")
        for _ in range(_MINUTES):
            self.outbox.append([partial(observation, OBSERVATIONS[0])])
            time.sleep(_KEEPALIVE_S)
            self.publisher.say(Kind.HEALTH, health())
            time.sleep(_KEEPALIVE_S)
        return round((self.broker.log.count("Received PINGREQ") - said) / _MINUTES * 1440)

    def idle(self, pings: int) -> Traffic:
        """One sign of life."""
        said = self.broker.log.count("Received PINGREQ")
        until(lambda: self.broker.log.count("Received PINGREQ") > said)
        before, said = self.meter.read(), said + 1
        until(lambda: self.broker.log.count("Received PINGREQ") >= said + pings)
        return _each(self._quiet(before), pings)

    def _more_than(self, before: Traffic) -> bool:
        return self.meter.read().up > before.up

    def _quiet(self, before: Traffic) -> Traffic:
        """What came since, once nothing comes any more (delayed acknowledgements take 40 ms)."""
        last = self.meter.read()
        while True:
            time.sleep(0.3)
            now = self.meter.read()
            if now == last:
                return now.since(before)
            last = now


def _each(traffic: Traffic, number: int) -> Traffic:
    return Traffic(round(traffic.up / number), round(traffic.down / number))


def until(holds: Callable[[], bool]) -> None:
    """Wait; raises `TimeoutError`."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the unit or the broker does not answer")
        time.sleep(0.005)


def measure(folder: Path, *, packed: bool) -> list[Row]:
    """Each kind, and how often it comes in a day."""
    shape = pack if packed else bytes
    authority = ca.authority(folder / "ca")
    card = ca.put(authority.issue(_UNIT, Role.UNIT, ca.now()), folder / "card")
    with GuardedBroker(authority, folder / "broker") as broker, Meter(broker) as meter:
        bench = Bench(folder, broker, card, meter, packed=packed)
        rows = [Row("connection (mTLS, birth, report)", 0, bench.connect(), 24)]
        for told in OBSERVATIONS:
            sent = bench.numbered(partial(observation, told), 20)
            rows.append(Row(told, len(shape(encode(observation(told, 1)))), sent, 1440))
        picture = len(shape(encode(evidence(1))))
        rows += [
            Row("health", len(shape(encode(health()))), bench.passing(20), 1440 + _NEWS_A_DAY),
            Row("event", len(shape(encode(event(1)))), bench.numbered(event, 10), 50),
            Row("sign of life (ping)", 0, bench.idle(3), bench.pings_a_day()),
            Row("(evidence, the largest picture)", picture, bench.numbered(evidence, 5), 0),
        ]
        bench.publisher.stop(2.0)
        bench.outbox.close()
    return rows
