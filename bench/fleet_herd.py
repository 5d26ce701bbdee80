"""Some hundred units in one process, for `bench.fleet_joining`: each calls as a unit does, and reports what it counted.

    python -m bench.fleet_herd FOLDER PORT FIRST NUMBER JITTER

Every unit has its own certificate in FOLDER/<name>, the unit's own way of calling (`edge.publishing.link`) and of
waiting (`edge.backoff`). JITTER `no`: all at once, then a fixed second. Lines on stdin: `go T` begins at the monotonic
time T, `more` lets every unit report once more, the end of the input ends all. On stdout each attempt, as `a T`, each
connection, as `c T`, and each acknowledged report, as `p T`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract import Kind, encode
from edge.backoff import Backoff, first_call_s
from edge.config import Broker
from edge.publishing import Identity
from edge.publishing.link import call, new_client
from tests.support.ca import SITE
from tests.support.traffic import boot, observation, unit

BACKLOG = 10
"""Minutes that were counted while the line was down."""
_STOPPED = threading.Event()
_SAYING = threading.Lock()


def say(what: str) -> None:
    """One line, whole."""
    with _SAYING:
        sys.stdout.write(f"{what} {time.monotonic():.3f}\n")
        sys.stdout.flush()


class One:
    """One unit."""

    def __init__(self, folder: Path, port: int, number: int, *, jitter: bool) -> None:
        self._number = number
        card = folder / unit(number)
        files = {"ca": card / "ca.pem", "certificate": card / "unit.pem", "key": card / "unit.key"}
        tls = {name: str(path) for name, path in files.items()}
        self._broker = Broker.model_validate({"host": "127.0.0.1", "port": port, "tls": tls})
        self._identity = Identity(SITE, unit(number), boot(number), datetime.now(UTC), "0.1.0")
        self._backoff = Backoff(1.0, 60.0) if jitter else None
        self._waiting = set(range(1, BACKLOG + 1))
        self._next = BACKLOG + 1
        self._flying: dict[int, int] = {}
        self._online = False
        self._lock = threading.Lock()

    def begin(self, at_s: float) -> None:
        """Its thread."""
        threading.Thread(target=self._run, args=(at_s,), daemon=True).start()

    def more(self) -> None:
        """Another minute was counted."""
        with self._lock:
            self._waiting.add(self._next)
            self._next += 1

    def _run(self, at_s: float) -> None:
        first_s = 0.0 if self._backoff is None else first_call_s(0.0)
        time.sleep(max(0.0, at_s + first_s - time.monotonic()))
        while not _STOPPED.is_set():
            say("a")
            client = new_client(self._broker, self._identity)
            client.on_connect, client.on_publish = self._on_connect, self._on_publish
            try:
                call(client, self._broker)
                self._serve(client)
            except OSError:
                pass
            self._online, self._flying = False, {}
            _STOPPED.wait(1.0 if self._backoff is None else self._backoff.next_s())

    def _serve(self, client: Client) -> None:
        while not _STOPPED.is_set() and client.loop(1.0) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            if self._online:
                with self._lock:
                    fresh = sorted(self._waiting - set(self._flying.values()))
                for seq in fresh[:16]:
                    payload = encode(observation(self._number, seq))
                    self._flying[client.publish(self._identity.topic(Kind.OBSERVATION), payload, 1).mid] = seq

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if reason.is_failure:
            return
        say("c")
        if self._backoff is not None:
            self._backoff.reset()
        client.publish(self._identity.topic(Kind.STATE), encode(self._identity.state("started")), 1, retain=True)
        self._online = True

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _told: Properties | None
    ) -> None:
        seq = self._flying.pop(mid, None)
        if seq is not None and not reason.is_failure:
            say("p")
            with self._lock:
                self._waiting.discard(seq)


def main(words: list[str]) -> None:
    """Obey stdin."""
    threading.stack_size(256 * 1024)
    folder, port, first, number, jitter = Path(words[0]), int(words[1]), int(words[2]), int(words[3]), words[4] == "yes"
    herd = [One(folder, port, first + place, jitter=jitter) for place in range(number)]
    for line in sys.stdin:
        order, _, at_s = line.partition(" ")
        for one in herd:
            if order == "go":
                one.begin(float(at_s))
            else:
                one.more()
    _STOPPED.set()
    # Threads may still be inside a handshake.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
