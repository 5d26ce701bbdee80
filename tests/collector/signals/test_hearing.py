"""The centre hears a bridge over a real broker: now in memory, actions for good, whoever is killed meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.config import parse_config
from collector.running import running
from collector.signals.actions import ActionBook
from collector.store.reading import Span
from contract import Kind, Topic
from tests.support.collecting import Collecting, Reporter, wait_until
from tests.support.mosquitto import Mosquitto
from tests.support.signals import BRIDGE, reply, request, status

REQUEST, REPLY, STATUS = (
    Topic("bandung", BRIDGE, kind) for kind in (Kind.SIGNAL_REQUEST, Kind.SIGNAL_REPLY, Kind.SIGNAL_STATUS)
)


def config(folder: Path, broker: Mosquitto) -> Path:
    path = folder / "collector.toml"
    path.write_text(
        f'site = "bandung.toml"\n[broker]\nport = {broker.port}\nclient_id = "centre"\n'
        '[batches]\nseconds = 0.05\n[store]\nkind = "sqlite"\npath = "s.sqlite"\n'
    )
    return path


def outcomes(book: ActionBook, id_: str) -> list[str]:
    found = book.one(BRIDGE, id_)
    return [one.outcome for one in found.replies] if found else []


def test_what_is_now_is_known_at_once_and_what_was_asked_for_good(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker, Reporter(broker.host, broker.port) as bridge:
        path = config(tmp_path, broker)
        with running(parse_config(path.read_text()).beside(tmp_path)) as parts:
            assert parts.stream.subscribed.wait(30)
            now = datetime.now(UTC)
            asked = request(now)
            bridge.publish([(REQUEST, asked), (REPLY, reply(asked, "proposed", now)), (STATUS, status(now))])
            wait_until(lambda: parts.signals.of("dago") is not None, "the status is known")
            book = ActionBook(parts.store.ledger.path)
            wait_until(lambda: outcomes(book, asked.id) == ["proposed"], "the proposal is kept")
            (unit,) = parts.store.units()
            assert unit.unit == BRIDGE
            assert unit.online, "a bridge that speaks is there"


def test_a_killed_centre_is_told_what_became_of_requests_and_not_what_has_passed(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker, Reporter(broker.host, broker.port) as bridge:
        centre = Collecting(config(tmp_path, broker))
        centre.start()
        book = ActionBook(tmp_path / "s.sqlite")
        now = datetime.now(UTC)
        asked = request(now)
        bridge.publish([(REQUEST, asked), (REPLY, reply(asked, "queued", now))])
        wait_until(lambda: outcomes(book, asked.id) == ["queued"], "the request is kept")
        centre.kill()
        wait_until(lambda: "centre" in broker.log and "closed" in broker.log, "the broker has noticed")
        done = reply(asked, "completed", now + timedelta(seconds=9), granted_s=8.0)
        passing = [(STATUS, status(now + timedelta(seconds=number))) for number in range(50)]
        bridge.wait_for(bridge.publish([*passing, (REPLY, done), (REPLY, done)]))
        centre.start()
        wait_until(lambda: outcomes(book, asked.id) == ["queued", "completed"], "the end is heard, once")
        centre.stop()
        assert len(book.arrived(Span(now - timedelta(hours=1), now + timedelta(hours=1)))) == 1
        late = [line for line in broker.log.splitlines() if "PUBLISH to centre" in line and str(STATUS) in line]
        assert late == [], "no status was kept for it"
