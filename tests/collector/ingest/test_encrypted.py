"""The collector over mTLS, as in production, and what it says when the broker will not have it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from collector.store.sqlite import SqliteStore
from tests.support.certificates import Authority
from tests.support.collecting import Collecting, Reporter, wait_until
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.traffic import observation, topic


def config(folder: Path, port: int, trusted: Path, own: tuple[Path, Path]) -> Path:
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {port}\nca_file = "{trusted}"\ncert_file = "{own[0]}"\n'
        f'key_file = "{own[1]}"\n[store]\nkind = "sqlite"\npath = "s.sqlite"\n'
    )
    return path


def test_reports_come_over_an_encrypted_line(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    plain = free_port()
    beside = f"listener {plain} 127.0.0.1\n"
    with (
        Mosquitto(tmp_path / "broker", beside, listener=authority.listener()) as broker,
        closing(SqliteStore(tmp_path / "s.sqlite")) as store,
        Collecting(config(tmp_path, broker.port, authority.ca, authority.sign("collector"))),
        Reporter(broker.host, plain) as reporter,
    ):
        reporter.wait_for(reporter.publish((topic(1), observation(1, seq)) for seq in range(1200)))
        wait_until(lambda: [unit.missing for unit in store.units()] == [0], "the unit")
        wait_until(lambda: letters_and_high(store) == (0, 1199), "every report")


def letters_and_high(store: SqliteStore) -> tuple[int, int]:
    (high,) = store.ledger.connection.execute("SELECT high FROM outbox").fetchone()
    return len(store.reader.letters()), int(high)


@pytest.mark.parametrize("wrong", ["ours", "theirs"])
def test_a_stranger_on_either_end_is_told_and_tried_again(tmp_path: Path, wrong: str) -> None:
    authority, stranger = Authority(tmp_path / "ca"), Authority(tmp_path / "stranger")
    own = (stranger if wrong == "ours" else authority).sign("collector")
    trusted = (stranger if wrong == "theirs" else authority).ca
    with Mosquitto(tmp_path / "broker", listener=authority.listener()) as broker:
        collector = Collecting(config(tmp_path, broker.port, trusted, own))
        collector.start(until="CERTIFICATE_VERIFY_FAILED" if wrong == "theirs" else "is gone")
        collector.kill()
