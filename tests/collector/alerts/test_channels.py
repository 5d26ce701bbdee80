"""The ways out, to real receivers: an SMTP server, an HTTP address, Mosquitto."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.alerts.alert import Alert, Finding, Notice, What
from collector.alerts.channel import ChannelError, Letter
from collector.alerts.mail import Mail
from collector.alerts.mqtt import Mqtt
from collector.alerts.settings import AlertKind, MailSettings, MqttSettings, WebhookSettings
from collector.alerts.webhook import Webhook
from collector.alerts.wording import Text
from collector.config import BrokerSettings
from provisioning.authority import Role
from tests.support import ca
from tests.support.alert_receivers import Hook, Mailbox
from tests.support.ca import Caller, GuardedBroker
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.mqtt import Listener

NOW = datetime(2026, 3, 12, 5, 0, tzinfo=UTC)
FINDING = Finding(kind=AlertKind.DISK, subject="kota/edge-1", unit="kota/edge-1", values={"unit": "edge-1"})
NOTICE = Notice(what=What.RAISED, alert=Alert(finding=FINDING, since=NOW, told=NOW, said=NOW), time=NOW)
LETTER = Letter("5f2c", Text("Simpang: cakram\nBcc: x@y", "Sisa 200 MB – 5 °C"), [(NOTICE, "Sisa 200 MB")])


def mail(port: int, **more: object) -> Mail:
    told = {"host": "localhost", "port": port, "sender": "simpang@bandung.go.id", "to": ["a@b.id", "c@d.id"]}
    return Mail(MailSettings.model_validate({**told, "security": "none", **more}))


def test_a_mail_arrives_whole_and_under_its_own_name() -> None:
    with Mailbox() as box:
        mail(box.port).send(LETTER)
        (message,) = box.wait_for(1)
    assert message["Subject"] == "Simpang: cakram Bcc: x@y"  # a line break makes no header
    assert message["Bcc"] is None
    assert (message["From"], message["To"]) == ("simpang@bandung.go.id", "a@b.id, c@d.id")
    assert message["Message-ID"] == "<5f2c@bandung.go.id>"
    assert message.get_payload(decode=True) == "Sisa 200 MB – 5 °C\r\n".encode()


def test_a_mail_goes_encrypted_and_with_a_password(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.sign("localhost"))
    (tmp_path / "password").write_text(Mailbox.password + "\n")
    (tmp_path / "wrong").write_text("salah")
    secured: dict[str, object] = {"security": "starttls", "ca_file": authority.ca, "username": Mailbox.user}
    with Mailbox(context) as box:
        mail(box.port, **secured, password_file=tmp_path / "password").send(LETTER)
        assert len(box.wait_for(1)) == 1
        with pytest.raises(ChannelError, match="refuses this user name or password"):
            mail(box.port, **secured, password_file=tmp_path / "wrong").send(LETTER)
        with pytest.raises(ChannelError, match=r"Authentication required|530"):
            mail(box.port, security="starttls", ca_file=authority.ca).send(LETTER)
        with pytest.raises(ChannelError, match="certificate"):  # signed by nobody the system knows
            mail(box.port, security="starttls").send(LETTER)
        assert len(box.taken) == 1


def test_a_server_that_refuses_or_is_away_is_told_of() -> None:
    with Mailbox() as box:
        box.refuse = "452 4.2.2 kotak penuh"
        with pytest.raises(ChannelError, match=r"452 4.2.2 kotak penuh"):
            mail(box.port).send(LETTER)
    with pytest.raises(ChannelError, match="refused"):
        mail(free_port()).send(LETTER)


def webhook(folder: Path, url: str, **more: object) -> Webhook:
    (folder / "url").write_text(url + "\n")
    return Webhook(WebhookSettings.model_validate({"url_file": folder / "url", **more}))


def test_a_telegram_bot_is_spoken_to_in_its_own_words(tmp_path: Path) -> None:
    with Hook() as hook:
        webhook(tmp_path, hook.url, chat_id="-100123").send(LETTER)
        assert hook.taken == [{"chat_id": "-100123", "text": "Sisa 200 MB – 5 °C", "disable_web_page_preview": True}]
        webhook(tmp_path, hook.url, chat_id="-100123").send(LETTER._replace(text=Text("s", "x" * 5000)))
        assert len(hook.texts[1]) == 4096


def test_anything_else_gets_json(tmp_path: Path) -> None:
    with Hook() as hook:
        webhook(tmp_path, hook.url, style="json").send(LETTER)
    (body,) = hook.taken
    assert (body["id"], body["text"]) == ("5f2c", "Sisa 200 MB – 5 °C")
    alerts = body["alerts"]
    assert isinstance(alerts, list)
    assert isinstance(alerts[0], dict)
    assert (alerts[0]["what"], alerts[0]["sentence"]) == ("raised", "Sisa 200 MB")


def test_a_refusal_says_so_and_never_the_secret_address(tmp_path: Path) -> None:
    with Hook() as hook:
        hook.status = 429
        with pytest.raises(ChannelError, match=r"429.*Too Many Requests") as told:
            webhook(tmp_path, hook.url, chat_id="1").send(LETTER)
        away = hook.url.replace(hook.url.split(":")[2].split("/")[0], str(free_port()))
    with pytest.raises(ChannelError, match="no answer") as silent:
        webhook(tmp_path, away, chat_id="1").send(LETTER)
    with pytest.raises(ChannelError, match="is the address right") as odd:
        webhook(tmp_path, "bukan alamat rahasia", chat_id="1").send(LETTER)
    with pytest.raises(ChannelError, match="No such file"):
        Webhook(WebhookSettings(url_file=tmp_path / "none", chat_id="1")).send(LETTER)
    assert not [one for one in (told, silent, odd) if "rahasia" in str(one.value)]


def test_other_systems_hear_each_alert_at_the_broker(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker, Listener(broker.host, broker.port, "simpang/alerts/#") as listener:
        way = Mqtt(MqttSettings(), BrokerSettings(host=broker.host, port=broker.port))
        way.send(LETTER._replace(notices=[(NOTICE, "satu"), (NOTICE, "dua")]))
        way.send(LETTER._replace(notices=[]))
        heard = listener.wait_until(lambda so_far: len(so_far) == 3)
    assert [one.topic for one in heard] == ["simpang/alerts/disk", "simpang/alerts/disk", "simpang/alerts/test"]
    first, second, _ = (json.loads(one.payload) for one in heard)
    assert (first["id"], first["sentence"], first["what"]) == ("5f2c-0", "satu", "raised")
    assert first["alert"]["finding"]["unit"] == "kota/edge-1"
    assert second["id"] == "5f2c-1"


def test_a_broker_that_forbids_it_or_is_away_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic read #\n")
    with Mosquitto(tmp_path / "broker", f"acl_file {tmp_path / 'acl'}\n") as broker:
        way = Mqtt(MqttSettings(), BrokerSettings(host=broker.host, port=broker.port))
        with pytest.raises(ChannelError, match="not allowed to publish"):
            way.send(LETTER)
    with pytest.raises(ChannelError, match="refused"):
        way.send(LETTER)


def test_with_certificates_alerts_go_under_a_name_of_their_own(tmp_path: Path) -> None:
    """The very broker that `simpang provision broker` writes, which goes by the name in the certificate."""
    authority = ca.authority(tmp_path / "ca")
    folders = {
        name: ca.put(authority.issue(name, role, ca.now()), tmp_path / name)
        for name, role in (("alerts", Role.COLLECTOR), ("collector", Role.COLLECTOR), ("konsol", Role.CONSOLE))
    }
    at = folders["collector"]
    with GuardedBroker(authority, tmp_path / "broker") as broker:
        settings = BrokerSettings(
            host=broker.host,
            port=broker.port,
            ca_file=at / "ca.pem",
            cert_file=at / "unit.pem",
            key_file=at / "unit.key",
        )
        own = {"cert_file": folders["alerts"] / "unit.pem", "key_file": folders["alerts"] / "unit.key"}
        with (
            Caller(broker, at / "ca.pem", folders["konsol"]) as console,
            Caller(broker, at / "ca.pem", at) as collector,
        ):
            console.subscribe("simpang/alerts/#")
            Mqtt(MqttSettings.model_validate(own), settings).send(LETTER)
            console.wait_for("simpang/alerts/disk")
            assert collector.accepted  # its own line is still there
            assert collector.publish("simpang/alerts/disk") == "Success"
            assert console.publish("simpang/alerts/disk") == "Not authorized"
