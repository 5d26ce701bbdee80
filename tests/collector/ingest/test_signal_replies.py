"""Collectors that share the load: whoever asked a bridge through one console sees the answer there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread

from collector.config import BatchSettings, BrokerSettings
from collector.ingest.stream import Stream
from collector.signals.actions import ActionBook
from collector.signals.board import SignalBoard
from collector.store.ledger_reading import utc_now
from collector.store.reading import Span
from collector.store.sqlite import SqliteStore
from contract import Kind, SignalRequest, Topic
from tests.support.collecting import Reporter, wait_until
from tests.support.mosquitto import Mosquitto
from tests.support.signals import BRIDGE, reply, request

WORDS = 20


@contextmanager
def collector(broker: Mosquitto, name: str, ledger: Path) -> Iterator[SignalBoard]:
    """One of a group, with the board of its console."""
    settings = BrokerSettings(port=broker.port, client_id=name, share="centre")
    board = SignalBoard()
    with closing(SqliteStore(ledger)) as store:
        stream = Stream(store, settings, BatchSettings(messages=5, seconds=0.05), signals=board)
        thread = Thread(target=stream.run)
        thread.start()
        stream.subscribed.wait()
        try:
            yield board
        finally:
            stream.stop()
            thread.join()


def _answered(board: SignalBoard, asked: Sequence[SignalRequest]) -> bool:
    return all(board.reply_to(one.id) for one in asked)


def test_every_console_hears_a_reply_and_the_ledger_keeps_it_once(tmp_path: Path) -> None:
    ledger, now = tmp_path / "s.sqlite", utc_now()
    asked = [request(now + timedelta(seconds=turn)) for turn in range(WORDS)]
    with (
        Mosquitto(tmp_path / "broker") as broker,
        collector(broker, "a", ledger) as first,
        collector(broker, "b", ledger) as second,
        Reporter(broker.host, broker.port) as bridge,
    ):
        where = Topic("bandung", BRIDGE, Kind.SIGNAL_REPLY)
        bridge.wait_for(bridge.publish([(where, reply(one, "proposed", now)) for one in asked]))
        for board in (first, second):
            wait_until(partial(_answered, board, asked), "every reply")
    hour = timedelta(hours=1)
    kept = ActionBook(ledger).arrived(Span(now - hour, now + hour))
    assert sorted(action.id for action in kept) == sorted(one.id for one in asked)
    assert [len(action.replies) for action in kept] == [1] * WORDS
