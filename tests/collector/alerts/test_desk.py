"""The whole desk: from the store to somebody's inbox, once, over restarts and while a way out is shut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.alerts.book import STALE, AlertBook
from collector.alerts.desk import AlertDesk, channels
from collector.alerts.settings import AlertSettings
from collector.alerts.wording import catalogue
from collector.cli import app
from collector.config import BrokerSettings, parse_config
from collector.store.points import to_us
from collector.store.sqlite import SqliteStore
from collector.store.writing import Received, StoreDownError
from contract import (
    CameraCondition,
    ContractError,
    IncidentKind,
    Kind,
    ParkingEvent,
    State,
    Topic,
    VehicleClass,
    parse_site,
)
from tests.support.alert_receivers import Hook, Mailbox
from tests.support.collecting import Collecting, Reporter, wait_until
from tests.support.grafana_city import SITE
from tests.support.mosquitto import Mosquitto
from tests.support.traffic import DAWN, MINUTE, boot

NOW = DAWN + timedelta(hours=6)
"""13.00 WIB, yesterday."""


class City:
    """A store, a hook, a mailbox, and a desk that can be closed and opened again."""

    def __init__(self, folder: Path, store: SqliteStore, hook: Hook, box: Mailbox) -> None:
        (folder / "url").write_text(hook.url)
        self.store, self.hook, self.box = store, hook, box
        self.now = NOW
        self.settings = AlertSettings.model_validate(
            {
                "book": "alerts.sqlite3",
                "quiet_hours": ["22:00-05:00"],
                "limits": {"minutes": {"unit_down": 2, "parking": 0}},
                "webhook": {"chat_id": "1", "url_file": "url"},
                "mail": {
                    "host": "127.0.0.1",
                    "port": box.port,
                    "security": "none",
                    "sender": "s@b.id",
                    "to": ["a@b.id"],
                    "least": "critical",
                },
            }
        ).beside(folder)
        self.desk = self.open()

    def open(self) -> AlertDesk:
        ways = channels(self.settings, BrokerSettings())
        return AlertDesk(self.store, self.settings, parse_site(SITE), ways, lambda: self.now)

    def minutes(self, number: int) -> None:
        for _ in range(number):
            self.desk.round(self.now)
            self.now += MINUTE

    def state(self, unit: str, status: str) -> None:
        told = {"boot_id": boot(), "time": self.now, "started": NOW, "software": "1", "status": status}
        told["reason"] = "started" if status == "online" else "connection_lost"
        self.store.write([Received(Topic("kota", unit, Kind.STATE), State.model_validate(told), self.now)])


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    here: list[City] = []

    def clock() -> datetime:
        return here[0].now if here else NOW

    with closing(SqliteStore(tmp_path / "store.sqlite", clock)) as store, Hook() as hook, Mailbox() as box:
        here.append(City(tmp_path, store, hook, box))
        yield here[0]
        here[0].desk.stop()


DOWN = "Unit edge-melati (Simpang Melati, pasar) putus. Periksa daya dan jaringan."


def test_a_dark_unit_is_told_everywhere_once_and_so_is_its_return(city: City) -> None:
    city.state("edge-melati", "offline")
    city.minutes(10)
    assert city.hook.texts == [DOWN]
    assert [mail["Subject"] for mail in city.box.taken] == [f"Simpang: {DOWN}"]
    for _ in range(5):
        city.state("edge-melati", "online")
        city.minutes(1)
    assert city.hook.texts == [DOWN, f"Selesai: {DOWN} (setelah 10 menit)"]
    assert len(city.box.taken) == 2


def test_units_of_one_feeder_are_one_message_the_worst_first(city: City) -> None:
    parked = ParkingEvent(
        boot_id=boot(),
        seq=1,
        time=NOW,
        case="p-1",
        phase="opened",
        camera="melati-1",
        opened=NOW - MINUTE,
        zone="z",
        vehicle=VehicleClass.CAR,
    )
    city.store.write([Received(Topic("kota", "edge-melati", Kind.EVENT), parked, city.now)])
    city.state("edge-melati", "offline")
    city.state("edge-kenanga", "offline")
    city.settings = city.settings.model_copy(
        update={"limits": city.settings.limits.model_copy(update={"minutes": {"unit_down": 0, "parking": 0}})}
    )
    city.desk.stop()
    city.desk = city.open()
    city.minutes(3)
    (text,) = city.hook.texts
    first, second, third = text.splitlines()
    assert first.startswith("Unit edge-")
    assert second.startswith("Unit edge-")
    assert third == "Parkir liar di Simpang Melati, pasar: mobil, zona z. Lihat konsol, kasus p-1."
    (mail,) = city.box.taken
    assert mail["Subject"] == "Simpang: 2 peringatan"  # e-mail is for what is critical


def test_a_restart_repeats_nothing_and_forgets_nothing(city: City) -> None:
    city.state("edge-melati", "offline")
    city.minutes(1)  # found, not yet told
    for _ in range(5):
        city.desk.stop()
        city.desk = city.open()
        city.minutes(1)
    assert city.hook.texts == [DOWN]
    assert len(city.box.taken) == 1


def test_a_shut_way_out_delays_nobody_else_and_gets_it_later_once(city: City) -> None:
    city.hook.status = 503
    city.state("edge-melati", "offline")
    city.minutes(5)
    assert len(city.box.taken) == 1
    assert city.hook.texts == []
    tried = len(city.hook.refused)
    assert 1 <= tried < 5  # ever more rarely
    city.hook.status = 200
    city.desk.stop()
    city.desk = city.open()
    city.minutes(15)
    assert city.hook.texts == [DOWN]
    assert len(city.box.taken) == 1


def test_what_is_a_day_old_is_no_news(city: City) -> None:
    city.hook.status = 503
    city.state("edge-melati", "offline")
    city.minutes(4)
    city.now += STALE
    city.hook.status = 200
    city.minutes(1)
    assert [text.split(":")[0] for text in city.hook.texts] == ["Masih"]  # the reminder, not the day-old news


def test_a_store_that_is_down_is_told_and_nothing_is_said_to_be_over(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.state("edge-melati", "offline")
    city.minutes(4)
    with monkeypatch.context() as patched:
        patched.setattr(city.store, "units", _down)
        city.minutes(10)
    city.minutes(10)
    said = city.hook.texts
    assert said[:2] == [DOWN, "Penyimpanan data tidak menjawab: disk penuh"]
    assert [text for text in said if text.startswith("Selesai")] == [
        "Selesai: Penyimpanan data tidak menjawab: disk penuh (setelah 10 menit)"
    ]


def _down() -> object:
    raise StoreDownError("disk penuh")


def test_what_another_version_wrote_stops_nobody(city: City) -> None:
    with closing(sqlite3.connect(city.settings.book)) as book, book:
        book.execute('INSERT INTO alert VALUES (\'disk:x\', \'{"finding": {"kind": "banjir"}}\')')
        row = ("1", "webhook", to_us(city.now), "[{}]", 0)
        book.execute("INSERT INTO delivery (id, channel, made, notices, due) VALUES (?, ?, ?, ?, ?)", row)
    city.state("edge-melati", "offline")
    city.minutes(4)
    assert city.hook.texts == [DOWN]


def test_who_acknowledges_hears_no_more_of_it(city: City, tmp_path: Path) -> None:
    city.state("edge-melati", "offline")
    city.minutes(4)
    with closing(AlertBook(city.settings.book)) as book:
        alert = book.acknowledge("unit_down:kota/edge-melati", city.now, "sari")
        assert alert is not None
        assert alert.by == "sari"
        assert book.acknowledge("unit_down:kota/edge-mawar", city.now, "sari") is None
    city.now += timedelta(hours=30)
    city.minutes(3)
    assert city.hook.texts == [DOWN]


CONFIG = """
site = "kota.toml"
[broker]
port = {port}
[store]
kind = "sqlite"
path = "s.sqlite"
[alerts]
every_s = 0.1
remind_hours = 1
[alerts.limits]
minutes = {{ unit_down = 0 }}
[alerts.webhook]
chat_id = "1"
url_file = "url"
"""


def write_config(folder: Path, hook: Hook, port: int = 1) -> Path:
    (folder / "kota.toml").write_text(SITE)
    (folder / "url").write_text(hook.url)
    path = folder / "collector.toml"
    path.write_text(CONFIG.format(port=port))
    return path


def test_a_collector_killed_and_started_again_tells_nothing_twice(tmp_path: Path) -> None:
    def gone(reporter: Reporter, unit: str) -> None:
        now = datetime.now(DAWN.tzinfo)
        state = State(boot_id=boot(), time=now, status="offline", reason="connection_lost", started=now, software="1")
        reporter.wait_for(reporter.publish([(Topic("kota", unit, Kind.STATE), state)]))

    with Mosquitto(tmp_path / "broker") as broker, Hook() as hook, Reporter(broker.host, broker.port) as reporter:
        collector = Collecting(write_config(tmp_path, hook, broker.port))
        collector.start()
        gone(reporter, "edge-melati")
        hook.wait_until(lambda texts: len(texts) == 1)
        with closing(AlertBook(tmp_path / "alerts.sqlite3")) as book:
            # Between the hook's answer and the book's note of it a kill would repeat the message, under the same id.
            wait_until(lambda: not book.waiting(), "the delivery is noted")
        collector.kill()
        collector.start()
        gone(reporter, "edge-kenanga")
        said = hook.wait_until(lambda texts: len(texts) == 2)
        collector.stop()
        assert said[0] == DOWN
        assert said[1].startswith("Unit edge-kenanga")
        assert hook.texts == said


def test_the_command_shows_acknowledges_and_tries(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["alerts", *arguments, "--config", str(path)], env={"COLUMNS": "200"})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, done.output

    with Hook() as hook:
        path = write_config(tmp_path, hook)
        assert run("list") == (0, "no alerts / tidak ada peringatan\n")
        code, text = run("test")
        assert (code, text) == (0, "webhook: ok\n")
        assert hook.texts == ["Percobaan dari kolektor Simpang: bila Anda membaca ini, saluran ini berfungsi."]
        hook.status = 401
        code, text = run("test")
        assert code == 1
        assert "webhook: answered 401" in text
    code, text = run("ack", "disk:kota/x", "--by", "sari")
    assert code == 2
    assert "no alert 'disk:kota/x' stands" in text
    path.write_text('site = "kota.toml"\n')
    code, text = run("list")
    assert code == 2
    assert "no section [alerts]" in text


BAD = [
    ("[alerts]\n", "nobody is told"),
    ('[alerts]\nquiet_hours = ["22-05"]\n[alerts.mqtt]\n', "quiet_hours"),
    ('[alerts.webhook]\nurl_file = "u"\n', "needs a chat_id"),
    ('[alerts.mail]\nhost = "h"\nsender = "a"\nto = ["b@c"]\n', "sender"),
    (
        '[alerts.mail]\nhost = "h"\nsender = "a@b"\nto = ["b@c"]\nsecurity = "none"\n'
        'username = "u"\npassword_file = "p"\n',
        "in the clear",
    ),
    ('[broker]\ncert_file = "c"\n[alerts.mqtt]\n', "needs its own cert_file"),
    ('[alerts.mqtt]\nclient_id = "collector"\n', "one would end the other's line"),
    ('[alerts.mqtt]\ntopic = "simpang/#"\n', "topic"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_a_bad_section_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        parse_config('site = "kota.toml"\n' + text)


def test_paths_lie_beside_the_file(tmp_path: Path) -> None:
    text = 'site = "kota.toml"\n[alerts.mqtt]\ncert_file = "c.pem"\nkey_file = "c.key"\n'
    alerts = parse_config(text).beside(tmp_path).alerts
    assert alerts is not None
    assert alerts.mqtt is not None
    assert (alerts.book, alerts.mqtt.cert_file) == (tmp_path / "alerts.sqlite3", tmp_path / "c.pem")


def test_both_languages_say_the_same_and_know_every_word() -> None:
    first, second = catalogue("id"), catalogue("en")
    assert set(first) == set(second)
    for section, words in (("condition", CameraCondition), ("vehicle", VehicleClass), ("incident", IncidentKind)):
        usable = {CameraCondition.OK, CameraCondition.NIGHT}
        assert {f"{section}.{word}" for word in words if word not in usable} <= set(first)
