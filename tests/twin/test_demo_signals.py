"""The demo's signals: a real bridge on the controller that the demo serves, heard and asked by the centre."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.calling import under_another_name
from collector.config import parse_config
from collector.running import running
from collector.signals.actions import ActionBook
from collector.signals.office import Asker, Office
from collector.signals.route import Leg, Route
from collector.signals.sending import MqttSender, SignalError
from collector.store.reading import Span
from contract.signals import PriorityKind, SignalRole
from tests.support.mosquitto import free_port
from tests.support.virtual import wait_until
from twin.children import Children
from twin.demo_signals import BRIDGE, signal_jobs, signals_ready, write_signal_files

HOUR = timedelta(hours=1)
SIMPANG = (sys.executable, "-m", "simpang")


def test_phases_are_live_and_a_route_is_taken(tmp_path: Path) -> None:
    port = free_port()
    section = write_signal_files(tmp_path, port)
    assert write_signal_files(tmp_path, port) == section, "a kept demo starts again as it was"
    text = f'site = "bandung.toml"\n[broker]\nport = {port}\nprotocol = "3.1.1"\n[batches]\nseconds = 0.05\n'
    config = parse_config(text + section).beside(tmp_path)
    assert config.signals is not None
    with running(config, embedded_broker=True) as parts, Children(tmp_path / "log") as children:
        for job in signal_jobs(tmp_path, SIMPANG, os.environ):
            children.start(job)
        wait_until(lambda: signals_ready(tmp_path), "the bridge reads the controller")
        wait_until(lambda: parts.signals.of("dago") is not None, "the centre hears it")
        heard = parts.signals.of("dago")
        assert heard is not None
        assert heard.status.armed
        sender = MqttSender("bandung", under_another_name(config.broker, config.signals))
        sender.start()
        book = ActionBook(parts.store.ledger.path)
        office = Office(parts.signals, book, config.signals.keys, sender, lambda: datetime.now(UTC))
        route = Route(
            kind=PriorityKind.AMBULANCE,
            why="ke RSHS",
            legs=(Leg(junction="dago", approach="timur", arrives_in_s=10),),
        )
        wait_until(lambda: sent(office, route), "the request leaves")
        wait_until(lambda: bool(outcomes(book) & {"queued", "active"}), "the bridge takes it")
        children.check()
        sender.stop()
    assert not (tmp_path / BRIDGE / "serial").exists(), "the line is taken down"


def outcomes(book: ActionBook) -> set[str]:
    now = datetime.now(UTC)
    return {one.outcome for one in book.arrived(Span(now - HOUR, now + HOUR))}


def sent(office: Office, route: Route) -> bool:
    try:
        return bool(office.open_route(Asker("sari", SignalRole.OPERATE), route))
    except SignalError:
        return False
