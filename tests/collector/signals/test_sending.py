"""Requests leave at once or not at all, and whoever asks is told which: a real broker, away, back, and refusing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.config import BrokerSettings
from collector.signals.sending import MqttSender, SignalError
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Listener
from tests.support.signals import BRIDGE, request
from tests.support.virtual import wait_until

TOPIC = f"simpang/v1/bandung/{BRIDGE}/signal/request"


def key_of(sender: MqttSender) -> str:
    """What sending comes to: "" or the key of the refusal."""
    try:
        sender.send(BRIDGE, request(datetime.now(UTC)))
    except SignalError as error:
        return error.key
    return ""


def test_what_cannot_go_now_never_goes(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker")
    sender = MqttSender("bandung", BrokerSettings(port=broker.port, client_id="signals"))
    sender.start()
    try:
        with pytest.raises(SignalError, match=r"127\.0\.0\.1:\d+ does not answer"):
            sender.send(BRIDGE, request(datetime.now(UTC)))
        with broker, Listener(broker.host, broker.port, TOPIC) as bridge:
            wait_until(lambda: key_of(sender) == "", "the broker is there")
            bridge.wait_until(lambda heard: len(heard) == 1)
        wait_until(lambda: key_of(sender) == "broker_away", "the broker is away")
        with broker, Listener(broker.host, broker.port, TOPIC, client_id="anew") as bridge:
            wait_until(lambda: key_of(sender) == "", "the broker is back")
            assert len(bridge.wait_until(bool)) == 1, "nothing of what was refused comes after all"
    finally:
        sender.stop()


@pytest.mark.parametrize(("list_", "key"), [("topic read simpang/#", "not_allowed"), ("topic readwrite simpang/#", "")])
def test_a_broker_whose_access_list_says_no_is_believed(tmp_path: Path, list_: str, key: str) -> None:
    acl = tmp_path / "acl"
    acl.write_text(f"{list_}\n", encoding="utf-8")
    acl.chmod(0o600)
    with Mosquitto(tmp_path / "broker", f"acl_file {acl}\n") as broker:
        sender = MqttSender("bandung", BrokerSettings(port=broker.port, client_id="signals"))
        sender.start()
        try:
            wait_until(lambda: key_of(sender) == key, f"{key or 'sent'}")
        finally:
            sender.stop()
