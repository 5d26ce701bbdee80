"""The meter between unit and broker counts what passes, and its headers."""

from __future__ import annotations

import socket
import threading

from bench.fleet_bytes import HEADER, Meter, until


class Echo:
    """Answers twice as much as it hears."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._door = socket.create_server((self.host, 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        line, _ = self._door.accept()
        with line:
            while piece := line.recv(4096):
                line.sendall(piece * 2)


def test_it_counts_both_ways_with_headers_and_over_connections() -> None:
    with Meter(Echo()) as meter:
        with socket.create_connection(("127.0.0.1", meter.port)) as line:
            line.sendall(b"x" * 1000)
            came = 0
            while came < 2000:
                came += len(line.recv(4096))
            until(lambda: meter.read().up >= 1000 + HEADER)
            first = meter.read()
            assert (first.up - 1000) % HEADER == (first.down - 2000) % HEADER == 0
        until(lambda: meter.read().up > first.up)
        assert meter.read().down >= first.down
