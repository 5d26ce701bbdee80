"""A backup of a centre that runs, and its way back into either kind of store."""

from __future__ import annotations

import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.backup import MANIFEST, forget
from collector.cli import app
from collector.config import parse_config
from collector.console.operators import Operators
from collector.store.opening import open_store
from collector.store.preparing import prepare
from collector.store.reading import Span
from collector.store.schema import LEVELS, MEASUREMENTS, RAW, Point
from collector.store.store import Store
from collector.store.writing import Received
from tests.support.grafana_city import SITE
from tests.support.influx import Influx
from tests.support.traffic import DAWN, MINUTE, observation, topic

HOUR = Span(DAWN, DAWN + timedelta(hours=2))
TOML = """
site = "bandung.toml"
[console]
data = "konsol"
[alerts]
[alerts.webhook]
chat_id = "1"
url_file = "url"
[store]
"""
SQLITE = 'kind = "sqlite"\npath = "store.sqlite"\n'


class Centre:
    """A folder with a collector.toml and what it names."""

    def __init__(self, folder: Path, store: str) -> None:
        folder.mkdir()
        self.folder, self.file = folder, folder / "collector.toml"
        (folder / "bandung.toml").write_text(SITE.replace('id = "kota"', 'id = "bandung"'))
        self.file.write_text(TOML + store)
        self.config = parse_config(self.file.read_text()).beside(folder)

    def open(self) -> Store:
        return open_store(self.config.store)

    def fill(self) -> None:
        with closing(self.open()) as store:
            store.write([Received(topic(1), observation(1, seq), DAWN + seq * MINUTE) for seq in range(60) if seq != 7])
            store.roll_up(DAWN + timedelta(hours=3))

    def run(self, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments, "--config", str(self.file)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, done.output

    def backup(self, *more: str) -> Path:
        code, text = self.run("backup", "--out", str(self.folder / "cadangan"), *more)
        assert code == 0, text
        return max((self.folder / "cadangan").iterdir())


def known(store: Store) -> tuple[dict[tuple[str, str], list[Point]], object, object]:
    """Everything that a store holds of the hour."""
    points = {
        (level.name, measurement.name): list(store.series.points(measurement, HOUR, level=level))
        for level in LEVELS
        for measurement in MEASUREMENTS
        if level is RAW or measurement.folded
    }
    return points, store.reader.gaps(), [unit.unit for unit in store.units()]


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    with Influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


def toml(kind: str, influx: Influx, folder: Path, database: str) -> str:
    if kind == "sqlite":
        return SQLITE
    prepare(influx.login._replace(database=database))
    token = folder / "influx.token"
    token.write_text(influx.login.token)
    return (
        f'kind = "influxdb"\nurl = "{influx.login.url}"\ndatabase = "{database}"\n'
        f'token_file = "{token}"\nledger = "ledger.sqlite"\n'
    )


@pytest.mark.parametrize(("source", "target"), [("sqlite", "sqlite"), ("influxdb", "influxdb"), ("influxdb", "sqlite")])
def test_everything_comes_back(influx: Influx, tmp_path: Path, source: str, target: str) -> None:
    old = Centre(tmp_path / "lama", toml(source, influx, tmp_path, f"lama-{source}-{target}"))
    old.fill()
    file = old.backup()
    new = Centre(tmp_path / "baru", toml(target, influx, tmp_path, f"baru-{source}-{target}"))
    for _ in range(2 if target == "sqlite" else 1):  # a second time changes nothing
        code, text = new.run("restore", str(file))
        assert code == 0, text
        assert "is back" in text
        with closing(old.open()) as before, closing(new.open()) as after:
            assert known(after) == known(before)
            assert [gap.missing for gap in after.reader.gaps()] == [1]


def test_operators_and_alerts_come_along_and_replace_nobody(tmp_path: Path) -> None:
    old = Centre(tmp_path / "lama", SQLITE)
    old.fill()
    for centre, name in ((old, "lama"), (Centre(tmp_path / "baru", SQLITE), "baru")):
        with closing(Operators(centre.folder / "konsol" / "operators.sqlite3")):
            pass
        with closing(sqlite3.connect(centre.folder / "alerts.sqlite3")) as book, book:
            book.execute("CREATE TABLE t (x)")
            book.execute("INSERT INTO t VALUES (?)", (name,))
    file = old.backup()
    new = Centre(tmp_path / "bersih", SQLITE)
    assert new.run("restore", str(file))[0] == 0
    assert (new.folder / "konsol" / "operators.sqlite3").exists()
    assert stat.S_IMODE((new.folder / "alerts.sqlite3").stat().st_mode) == 0o600
    with closing(sqlite3.connect(new.folder / "alerts.sqlite3")) as book:
        assert book.execute("SELECT x FROM t").fetchall() == [("lama",)]
    there = tmp_path / "baru" / "collector.toml"
    done = CliRunner().invoke(app, ["restore", str(file), "--config", str(there)])
    assert done.exit_code == 0
    assert "stays" in done.output
    with closing(sqlite3.connect(tmp_path / "baru" / "alerts.sqlite3")) as book:
        assert book.execute("SELECT x FROM t").fetchall() == [("baru",)]


def test_a_backup_is_taken_while_somebody_writes(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "pusat", SQLITE)
    centre.fill()
    with closing(centre.open()) as store:
        store.write([Received(topic(2), observation(2, 0), DAWN)])
        file = centre.backup()
        store.write([Received(topic(3), observation(3, 0), DAWN)])
    new = Centre(tmp_path / "baru", SQLITE)
    assert new.run("restore", str(file))[0] == 0
    with closing(new.open()) as store:
        assert [unit.unit for unit in store.units()] == ["edge-001", "edge-002"]


def test_only_the_last_days_may_be_kept(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "pusat", SQLITE)
    with closing(centre.open()) as store:
        long_ago = DAWN - timedelta(days=5)
        store.write([Received(topic(1), observation(1, 0, begun=long_ago), DAWN)])
        store.write([Received(topic(1), observation(1, 1), DAWN)])
    file = centre.backup("--days", "3")
    new = Centre(tmp_path / "baru", SQLITE)
    assert new.run("restore", str(file))[0] == 0
    with closing(new.open()) as store:
        everything = Span(long_ago - MINUTE, datetime.now(UTC))
        assert [row.time for row in store.quality(everything)] == [DAWN + 2 * MINUTE]


def test_a_backup_is_for_its_owner_alone_and_holds_no_secret(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "pusat", SQLITE)
    centre.fill()
    (centre.folder / "url").write_text("https://api.telegram.org/bot123:rahasia/sendMessage")
    file = centre.backup()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]  # no half ones
    with tarfile.open(file) as archive:
        assert set(archive.getnames()) == {MANIFEST, "store.sqlite", "collector.toml", "bandung.toml"}


def test_older_ones_are_let_go(tmp_path: Path) -> None:
    names = [f"simpang-bandung-2026031{day}T220000Z.tar.gz" for day in range(5)]
    for name in (*names, "simpang-cimahi-20260310T220000Z.tar.gz", "catatan.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in forget(tmp_path, "bandung", 2)] == names[:3]
    assert len(list(tmp_path.iterdir())) == 4


def repacked(file: Path, target: Path, change: dict[str, bytes]) -> Path:
    """A backup with other contents under the same manifest."""
    with tarfile.open(file) as old, tarfile.open(target, "w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            assert content is not None
            data = change.get(member.name, content.read())
            member.size = len(data)
            new.addfile(member, BytesIO(data))
    return target


def test_what_is_no_whole_backup_is_refused_in_words(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "pusat", SQLITE)
    centre.fill()
    good = centre.backup()
    cut, damaged, other = tmp_path / "cut.tar.gz", tmp_path / "damaged.tar.gz", tmp_path / "other.tar.gz"
    cut.write_bytes(good.read_bytes()[:2000])
    (tmp_path / "text.tar.gz").write_text("bukan arsip")
    cases = [
        (cut, "no whole backup"),
        (tmp_path / "text.tar.gz", "no whole backup"),
        (tmp_path / "none.tar.gz", "No such file"),
        (repacked(good, damaged, {"bandung.toml": b"x = 1\n"}), "bandung.toml is not what was put in"),
        (repacked(good, other, {MANIFEST: b'{"form": 2}'}), "form"),
    ]
    new = Centre(tmp_path / "baru", SQLITE)
    for file, said in cases:
        code, text = new.run("restore", str(file))
        assert code == 2, text
        assert said in text
    (new.folder / "bandung.toml").write_text(SITE)  # another city
    code, text = new.run("restore", str(good))
    assert code == 2
    assert "'bandung', and this is 'kota'" in text


def test_without_a_store_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "pusat", SQLITE)
    code, text = centre.run("backup", "--out", str(tmp_path / "out"))
    assert code == 2
    assert "no store to back up" in text
