"""Messages survive the wire, and nothing that is not one gets in."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import (
    MAX_PAYLOAD,
    TRAFFIC,
    CameraObservation,
    ContractError,
    Evidence,
    LineCount,
    Observation,
    ParkingEvent,
    Quality,
    VehicleClass,
    decode,
    encode,
    pack,
    pcu,
)
from contract.topics import Kind, Topic, subscription

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
BOOT = "0f" * 16
TOPIC = "simpang/v1/bandung/edge-dago/observation"


def observation(counts: dict[VehicleClass, int], seq: int = 7) -> Observation:
    line = LineCount(line="main", direction="down", counts=counts)
    quality = Quality(grade="good", frames=600, fps=10)
    camera = CameraObservation(camera="dago-1", lines=(line,), quality=quality)
    start = NOON - timedelta(seconds=60)
    return Observation(boot_id=BOOT, time=NOON, seq=seq, start=start, interval_s=60, cameras=(camera,))


@given(
    st.dictionaries(st.sampled_from(TRAFFIC), st.integers(0, 100_000)),
    st.integers(0, 2**62),
)
def test_an_observation_survives_the_wire(counts: dict[VehicleClass, int], seq: int) -> None:
    sent = observation(counts, seq)
    topic, received = decode(TOPIC, encode(sent))
    assert topic == Topic("bandung", "edge-dago", Kind.OBSERVATION)
    assert received == sent


def test_a_picture_survives_the_wire() -> None:
    jpeg = bytes(range(256)) * 40
    sent = Evidence.model_validate_json(
        json.dumps(
            {
                "boot_id": BOOT,
                "time": NOON.isoformat(),
                "seq": 1,
                "case": "c1",
                "camera": "dago-1",
                "moment": "opened",
                "sha256": "ab" * 32,
                "jpeg": b64encode(jpeg).decode(),
            }
        )
    )
    assert sent.jpeg == jpeg
    assert decode("simpang/v1/bandung/edge-dago/evidence", encode(sent))[1] == sent


@given(st.dictionaries(st.sampled_from(TRAFFIC), st.integers(0, 100_000)))
def test_what_is_packed_says_the_same_and_is_no_longer(counts: dict[VehicleClass, int]) -> None:
    plain = encode(observation(counts))
    assert decode(TOPIC, pack(plain)) == decode(TOPIC, plain)
    assert len(pack(plain)) <= len(plain)


def test_what_packing_does_not_shorten_stays_as_it_is() -> None:
    assert pack(b"{}") == b"{}"


PACKED = [
    ("cut short", zlib.compress(b"{}" * 200)[:-3], "cut short or followed"),
    ("with something behind it", zlib.compress(b"{}") + b"x", "cut short or followed"),
    ("another method", b"x" + bytes(20), "not by zlib"),
    ("a megabyte that unfolds to a gigabyte", zlib.compress(bytes(300_000_000), 1), "more than the"),
]


@pytest.mark.parametrize(("name", "payload", "says"), PACKED, ids=[row[0] for row in PACKED])
def test_what_is_packed_wrongly_is_refused(name: str, payload: bytes, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        decode(TOPIC, payload)


def changed(**changes: object) -> bytes:
    return json.dumps(json.loads(encode(observation({VehicleClass.CAR: 3}))) | changes).encode()


REFUSED = [
    # what is wrong             topic                                   payload                                 says
    ("not ours", "factory/1/temp", b"{}", "expected simpang/v1/"),
    ("unit in capitals", "simpang/v1/bandung/Edge/state", b"{}", "lower-case"),
    ("unknown kind", "simpang/v1/bandung/edge-dago/gossip", b"{}", "unknown kind 'gossip'"),
    ("no JSON", TOPIC, b"\xff\x00", "Invalid JSON"),
    ("a list", TOPIC, b"[]", "should be an object"),
    ("too large", TOPIC, b" " * (MAX_PAYLOAD + 1), "more than the"),
    ("nested for ever", TOPIC, b"[" * 100_000, "Invalid JSON"),
    ("an unknown field", TOPIC, changed(colour="red"), "colour: Extra inputs are not permitted"),
    ("a number in quotes", TOPIC, changed(seq="7"), "seq: Input should be a valid integer"),
    ("1970", TOPIC, changed(time="1970-01-01T00:00:10Z"), "is the clock set?"),
    ("no time zone", TOPIC, changed(time="2026-03-02T05:00:00"), "should have timezone info"),
    ("below zero", TOPIC, changed(interval_s=-1), "interval_s: Input should be greater than 0"),
    ("not a number", TOPIC, changed(interval_s=float("nan")), "interval_s"),
]


@pytest.mark.parametrize(("topic", "payload", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(topic: str, payload: bytes, says: str) -> None:
    with pytest.raises(ContractError) as caught:
        decode(topic, payload)
    assert says in str(caught.value)


@given(st.text(max_size=80), st.binary(max_size=400))
def test_nothing_but_a_contract_error_comes_out_of_rubbish(topic: str, payload: bytes) -> None:
    for where in (topic, TOPIC):
        with pytest.raises(ContractError):
            decode(where, payload)


def test_events_are_told_apart_by_their_type() -> None:
    sent = ParkingEvent(
        boot_id=BOOT,
        time=NOON,
        seq=2,
        case="c1",
        phase="opened",
        camera="dago-1",
        opened=NOON,
        zone="kerb",
        vehicle=VehicleClass.CAR,
    )
    assert decode("simpang/v1/bandung/edge-dago/event", encode(sent))[1] == sent


@pytest.mark.parametrize(
    ("counts", "opposed", "units"),
    [
        # PKJI 2023: SM 0.15 protected, 0.40 opposed; MP 1.0; KS 1.3
        ({VehicleClass.MOTORCYCLE: 100}, False, 15.0),
        ({VehicleClass.MOTORCYCLE: 100}, True, 40.0),
        ({VehicleClass.CAR: 10, VehicleClass.ANGKOT: 5, VehicleClass.BUS: 2, VehicleClass.TRUCK: 3}, False, 21.5),
        ({VehicleClass.BICYCLE: 9, VehicleClass.PERSON: 4}, True, 0.0),
    ],
)
def test_pcu(counts: dict[VehicleClass, int], opposed: bool, units: float) -> None:
    assert pcu(counts, opposed=opposed) == pytest.approx(units)


def test_subscriptions() -> None:
    assert subscription(Kind.EVENT) == "simpang/v1/+/+/event"
    assert subscription(Kind.STATE, site="bandung", share="pusat") == "$share/pusat/simpang/v1/bandung/+/state"
