"""The line is encrypted and both ends prove who they are; credentials come from a file or the environment."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from contract import ContractError
from edge.backoff import SPREAD_S, Backoff, first_call_s
from edge.config import Broker
from edge.outbox import Outbox
from edge.publishing import Publisher
from edge.publishing.link import check_files, credentials
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto
from tests.support.unit import identity, line_to, minute

ACL = "pattern readwrite simpang/v1/+/%u/#\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


def tls(authority: Authority, name: str) -> dict[str, str]:
    certificate, key = authority.sign(name)
    return {"ca": str(authority.ca), "certificate": str(certificate), "key": str(key)}


def publisher(broker: Broker, folder: Path) -> tuple[Publisher, Outbox]:
    outbox = Outbox(folder / "outbox.db", cap_bytes=1_000_000)
    outbox.append([minute(1)])
    return Publisher(broker, identity(), outbox, on_config=print, backoff=Backoff(0.1, 0.2)), outbox


def test_a_unit_with_its_certificate_may_write_its_own_topics(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "acl").write_text(ACL)
    with Mosquitto(tmp_path / "broker", f"acl_file {tmp_path / 'acl'}\n", listener=authority.listener()) as broker:
        made, outbox = publisher(line_to(broker, tls=tls(authority, "edge-dago")), tmp_path)
        made.start()
        broker.wait_for_log("bandung/edge-dago/observation'")
        made.stop(flush_s=10)
    assert outbox.depth == 0


def test_another_units_certificate_may_not(
    tmp_path: Path, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "acl").write_text(ACL)
    with Mosquitto(tmp_path / "broker", f"acl_file {tmp_path / 'acl'}\n", listener=authority.listener()) as broker:
        made, outbox = publisher(line_to(broker, tls=tls(authority, "edge-gasibu")), tmp_path)
        made.start()
        broker.wait_for_log("Denied PUBLISH")
        made.stop(flush_s=2)
    assert outbox.depth == 1, "what is refused is kept"
    assert "Not authorized" in caplog.text


def test_a_certificate_of_a_stranger_is_told_in_words(
    tmp_path: Path, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Authority(tmp_path / "stranger")
    mixed = tls(stranger, "edge-dago") | {"ca": str(authority.ca)}
    with Mosquitto(tmp_path / "broker", listener=authority.listener()) as broker:
        made, _ = publisher(line_to(broker, tls=mixed), tmp_path)
        made.start()
        broker.wait_for_log("disconnected")
        made.stop(flush_s=0)
    assert "are the certificates right and in date, and the clock?" in caplog.text or "alert unknown ca" in caplog.text


def test_a_broker_of_a_stranger_is_not_spoken_to(
    tmp_path: Path, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Authority(tmp_path / "stranger")
    with Mosquitto(tmp_path / "broker", listener=stranger.listener()) as broker:
        made, outbox = publisher(line_to(broker, tls=tls(authority, "edge-dago")), tmp_path)
        made.start()
        broker.wait_for_log("disconnected: Protocol error")
        made.stop(flush_s=0)
    assert outbox.depth == 1
    assert "certificate verify failed" in caplog.text


def test_user_name_and_password_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("edge-dago\npass word\n")
    broker = Broker(host="127.0.0.1", credentials_file=str(secret))
    assert credentials(broker) == ("edge-dago", "pass word")
    monkeypatch.setenv("SIMPANG_BROKER_USERNAME", "other")
    monkeypatch.setenv("SIMPANG_BROKER_PASSWORD", "better")
    assert credentials(broker) == ("other", "better")
    monkeypatch.undo()
    assert credentials(Broker(host="127.0.0.1")) == (None, None)


def test_a_key_that_does_not_fit_is_refused_before_anything_starts(authority: Authority) -> None:
    files = tls(authority, "edge-dago")
    other, _ = authority.sign("edge-gasibu")
    with pytest.raises(ContractError, match="cannot be used"):
        check_files(Broker.model_validate({"host": "broker", "tls": files | {"certificate": str(other)}}))
    check_files(Broker.model_validate({"host": "broker", "tls": files}))


def test_after_a_power_cut_a_city_spreads_its_first_calls() -> None:
    draw = random.Random(1)
    waits = [first_call_s(20.0, draw) for _ in range(1000)]
    busiest = max(Counter(int(wait) for wait in waits).values())
    assert max(waits) <= SPREAD_S
    assert busiest < 150, "of a thousand, in one second"
    assert {first_call_s(uptime_s, draw) for uptime_s in (300.0, 90_000.0)} == {0.0}, "a restart is no power cut"
