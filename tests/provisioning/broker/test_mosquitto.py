"""A real Mosquitto with the files of `simpang provision broker`: who gets in, and what they may say and hear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract import Kind, Topic
from edge.backoff import Backoff
from edge.config import Broker
from edge.outbox import Outbox
from edge.publishing import Publisher
from provisioning.authority import Authority, Role
from provisioning.authority.index import Reason
from tests.support import ca
from tests.support.ca import SITE, Caller, GuardedBroker
from tests.support.unit import UNIT, identity, kept, minute

NOT_AUTHORISED = "Not authorized"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """With a unit, its neighbour, a collector, a console and a bridge."""
    made = ca.authority(tmp_path / "ca")
    for name, role in (
        (UNIT, Role.UNIT),
        ("edge-gasibu", Role.UNIT),
        ("collector", Role.COLLECTOR),
        ("konsol", Role.CONSOLE),
        ("bridge-dago", Role.BRIDGE),
        ("adaptif", Role.ADVISER),
    ):
        ca.put(made.issue(name, role, ca.now()), tmp_path / name)
    return made


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[GuardedBroker]:
    with GuardedBroker(authority, tmp_path / "broker") as broker:
        yield broker


def test_only_who_shows_a_certificate_that_counts_gets_in(
    authority: Authority, broker: GuardedBroker, tmp_path: Path
) -> None:
    foreign = ca.authority(tmp_path / "foreign-ca")
    long_ago = ca.now() - timedelta(days=800)
    shown = {
        "none": None,
        "foreign": ca.put(foreign.issue(UNIT, Role.UNIT, ca.now()), tmp_path / "foreign"),
        "expired": ca.put(authority.issue("edge-lama", Role.UNIT, long_ago), tmp_path / "expired"),
        "revoked": ca.put(authority.issue("edge-hilang", Role.UNIT, ca.now()), tmp_path / "revoked"),
        "right": tmp_path / UNIT,
    }
    authority.revoke("edge-hilang", Reason.STOLEN, ca.now())
    broker.refresh()
    broker.stop()
    broker.start()
    trusted = authority.folder / "ca.pem"
    verdicts = {}
    for what, folder in shown.items():
        with Caller(broker, trusted, folder) as caller:
            verdicts[what] = caller.accepted
    assert verdicts == {"none": False, "foreign": False, "expired": False, "revoked": False, "right": True}


def test_a_list_past_its_next_update_refuses_even_the_right_one(
    authority: Authority, broker: GuardedBroker, tmp_path: Path
) -> None:
    authority.refresh_crl(ca.now() - timedelta(days=2), timedelta(days=1))
    broker.refresh()
    broker.stop()
    broker.start()
    with Caller(broker, authority.folder / "ca.pem", tmp_path / UNIT) as caller:
        assert caller.accepted is False


ORDERS = (
    *(Kind.CONFIG_SET, Kind.UPDATE_SET, Kind.CERTIFICATE_SET, Kind.SIGNAL_REQUEST),
    *(Kind.CLIP_REQUEST, Kind.CLIP_DONE),
)
MAY_SAY = {
    UNIT: {
        (UNIT, kind)
        for kind in (
            *(Kind.STATE, Kind.OBSERVATION, Kind.EVENT, Kind.EVIDENCE, Kind.HEALTH),
            *(Kind.CONFIG_REPORTED, Kind.UPDATE_REPORTED, Kind.CERTIFICATE_REQUEST),
            *(Kind.CLIP_OFFER, Kind.CLIP_CHUNK),
        )
    },
    "bridge-dago": {("bridge-dago", kind) for kind in Kind if kind not in ORDERS},
    "adaptif": {(name, Kind.SIGNAL_REQUEST) for name in (UNIT, "bridge-dago")},
    "collector": set(),
    "konsol": {(name, kind) for name in (UNIT, "bridge-dago") for kind in ORDERS},
}
"""Speaker -> whose topics, and of which kind.

The units' patterns hold for whoever calls, so a bridge may also report under its own name; that harms nobody.
"""


@pytest.mark.parametrize("speaker", MAY_SAY)
def test_each_says_what_its_role_says_and_is_told_when_it_may_not(
    speaker: str, authority: Authority, broker: GuardedBroker, tmp_path: Path
) -> None:
    said = set()
    with Caller(broker, authority.folder / "ca.pem", tmp_path / speaker) as caller:
        for whose in (UNIT, "bridge-dago"):
            for kind in Kind:
                answer = caller.publish(str(Topic(SITE, whose, kind)))
                assert answer in {"Success", "No matching subscribers", NOT_AUTHORISED}
                if answer != NOT_AUTHORISED:
                    said.add((whose, kind))
    assert said == MAY_SAY[speaker]


def test_another_city_and_another_unit_are_refused(authority: Authority, broker: GuardedBroker, tmp_path: Path) -> None:
    with Caller(broker, authority.folder / "ca.pem", tmp_path / UNIT) as unit:
        assert unit.publish(f"simpang/v1/{SITE}/edge-gasibu/observation") == NOT_AUTHORISED
        assert unit.publish(f"simpang/v1/cimahi/{UNIT}/observation") == NOT_AUTHORISED
        assert unit.publish("simpang/v1") == NOT_AUTHORISED


def test_a_unit_hears_its_own_configuration_and_nothing_of_its_neighbour(
    authority: Authority, broker: GuardedBroker, tmp_path: Path
) -> None:
    trusted = authority.folder / "ca.pem"
    own, other = (str(Topic(SITE, name, Kind.CONFIG_SET)) for name in (UNIT, "edge-gasibu"))
    with Caller(broker, trusted, tmp_path / UNIT) as unit, Caller(broker, trusted, tmp_path / "konsol") as console:
        unit.subscribe("#")
        console.publish(other)
        console.publish(own)
        unit.wait_for(own)
        assert [one.topic for one in unit.heard] == [own]


def test_the_same_client_id_does_not_throw_a_neighbour_out(
    authority: Authority, broker: GuardedBroker, tmp_path: Path
) -> None:
    trusted = authority.folder / "ca.pem"
    with (
        Caller(broker, trusted, tmp_path / UNIT, "the-same") as first,
        Caller(broker, trusted, tmp_path / "edge-gasibu", "the-same") as second,
    ):
        for caller, name in ((first, UNIT), (second, "edge-gasibu")):
            assert caller.publish(str(Topic(SITE, name, Kind.EVENT))) != NOT_AUTHORISED


def test_a_certificate_renewed_under_traffic_loses_nothing(
    authority: Authority, broker: GuardedBroker, tmp_path: Path
) -> None:
    """The old one is revoked and the broker restarted while the unit reports; the card has the new one by then."""
    trusted, card = authority.folder / "ca.pem", tmp_path / UNIT
    (old,) = authority.index.of(UNIT)
    files = {"ca": card / "ca.pem", "certificate": card / "unit.pem", "key": card / "unit.key"}
    line = Broker.model_validate(
        {"host": broker.host, "port": broker.port, "tls": {k: str(v) for k, v in files.items()}}
    )
    outbox = Outbox(tmp_path / "outbox.db", cap_bytes=10_000_000)
    publisher = Publisher(line, identity(), outbox, on_config=lambda _: None, backoff=Backoff(0.1, 0.5))
    everything = f"simpang/v1/{SITE}/{UNIT}/observation"
    with Caller(broker, trusted, tmp_path / "collector") as centre:
        centre.subscribe(everything)
        publisher.start()
        outbox.append([minute(number) for number in range(1, 101)])
        before = centre.wait_until(lambda heard: len(heard) >= 20)
        ca.put(authority.issue(UNIT, Role.UNIT, ca.now()), card)
        authority.revoke(UNIT, Reason.REPLACED, ca.now(), serial=old.serial)
        broker.refresh()
        outbox.append([minute(number) for number in range(101, 201)])
        broker.stop()
        before = list(centre.heard)
    broker.start()
    outbox.append([minute(number) for number in range(201, 221)])
    with Caller(broker, trusted, tmp_path / "collector") as centre:
        after = centre.wait_until(lambda heard: len(kept([*before, *heard])) == 220)
        publisher.stop(flush_s=10)
    outbox.close()
    assert sorted(kept([*before, *after])) == list(range(1, 221))
