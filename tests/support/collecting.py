"""A collector in a process of its own, as systemd would run it, so that a test can kill it; and units that report."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from contract import Model, Topic, encode

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60.0
_TRIES = 3


class Collecting:
    """`tests.support.collect` under `config`; `start` returns once it is subscribed."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._process: subprocess.Popen[str] | None = None
        self._log: list[str] = []
        self._ended = False
        self._said = threading.Condition()
        self._reader: threading.Thread | None = None

    def start(self, until: str = "subscribed") -> None:
        """Run it, and return once it has said `until`."""
        self._log.clear()
        self._ended = False
        command = [sys.executable, "-m", "tests.support.collect", str(self._config)]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self.wait_for_log(until)

    def kill(self) -> None:
        """SIGKILL."""
        self._end("kill")

    def stop(self) -> None:
        """SIGTERM: the batch under way is written and acknowledged."""
        self._end("terminate")

    def wait_for_log(self, part: str) -> None:
        """Until it has said `part`."""
        with self._said:
            self._said.wait_for(lambda: self._ended or any(part in line for line in self._log), _PATIENCE_S)
            found = any(part in line for line in self._log)
        assert found, f"the collector did not say {part!r}:\n" + "".join(self._log)

    def _end(self, how: str) -> None:
        if self._process is None:
            return
        getattr(self._process, how)()
        self._process.wait()
        if self._reader is not None:
            self._reader.join()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process = None

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            with self._said:
                self._log.append(line)
                self._said.notify_all()
        with self._said:
            self._ended = True
            self._said.notify_all()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Reporter:
    """Publishes with QoS 1 until each message is acknowledged, over reconnects: an outbox without a disk."""

    def __init__(self, host: str, port: int, client_id: str = "reporter", *, protocol: str = "5") -> None:
        version = MQTTv5 if protocol == "5" else MQTTv311
        self._client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=version)
        self._client.max_inflight_messages_set(100)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._news = threading.Condition()
        self._acknowledged: set[int] = set()
        self._place = (host, port)

    def publish(self, messages: Iterable[tuple[Topic, Model]]) -> list[int]:
        """Send, and return the numbers by which `wait_for` knows them."""
        return [self.publish_raw(str(topic), encode(message)) for topic, message in messages]

    def publish_raw(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> int:
        """Send whatever it is."""
        return self._client.publish(topic, payload, qos=qos, retain=retain).mid

    def will(self, topic: str, payload: bytes) -> None:
        """Leave a last will; before connecting."""
        self._client.will_set(topic, payload, 1, retain=True)

    def vanish(self) -> None:
        """Break the connection without a word, and stay away."""
        connection = self._client.socket()
        self._client.loop_stop()
        _break(connection)

    def wait_for(self, mids: Iterable[int]) -> None:
        """Until the broker has acknowledged all of them."""
        wanted = set(mids)
        for _ in range(_TRIES):
            with self._news:
                if self._news.wait_for(lambda: wanted <= self._acknowledged, _PATIENCE_S / _TRIES):
                    return
                missing = len(wanted - self._acknowledged)
            # What is published while paho reconnects may lie in its queue for ever, which an outbox must not
            # (docs/decisions/0012): with a new connection it sends all that it holds.
            _break(self._client.socket())
        pytest.fail(f"the broker did not acknowledge {missing} of {len(wanted)}")

    def _on_publish(self, _client: Client, _data: object, mid: int, _reason: ReasonCode, _more: object) -> None:
        with self._news:
            self._acknowledged.add(mid)
            self._news.notify_all()

    def __enter__(self) -> Self:
        self._client.connect(*self._place)
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _break(connection: object) -> None:
    """Cut a connection off; the other side is not told."""
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def wait_until(holds: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S) -> None:
    """Ask the store again and again: it offers nothing to wait on."""
    pause = threading.Event()
    for _ in range(int(patience_s / 0.1)):
        if holds():
            return
        pause.wait(0.1)
    raise AssertionError(f"waited {patience_s} s in vain for: {what}")
