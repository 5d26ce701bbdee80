"""A real Mosquitto of a test's own: free loopback port, persistence in its folder, kill -9 and return on the same port.

    with Mosquitto(tmp_path / "broker") as broker:
        client.connect(broker.host, broker.port)
        broker.kill()       # as the power cut would
        broker.start()      # the same port, the same database

Mosquitto acknowledges before its database is on the disk. Here it saves at every change, which the log tells
(`wait_for_log("Saving in-memory database")`); still a kill in the same turn of its loop loses what that turn brought,
so kill it when the line is quiet, or `stop()` it, which saves.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_START_S = 20.0
# As root it would become the user mosquitto, who may not write to a test's folder; run by others, `user` says nothing.
_SETTINGS = """\
user root
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
log_type all
"""
_LOOPBACK = "listener {port} 127.0.0.1\n"


class Mosquitto:
    """One broker. `settings` are further lines of mosquitto.conf, which win over those above them.

    `listener` replaces the plain loopback listener (`{port}` stands for the port), for instance to add certificates.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, settings: str = "", *, listener: str = _LOOPBACK, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self._config = folder / "mosquitto.conf"
        text = listener.format(port=self.port) + _SETTINGS.format(folder=folder) + settings
        self._config.write_text(text, encoding="utf-8")
        self._process: subprocess.Popen[str] | None = None
        self._log: list[str] = []
        self._said = threading.Condition()
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Run it, and return once it listens."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._log.clear()
        self._process = subprocess.Popen([program, "-c", str(self._config)], stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self.wait_for_log(" running")

    def wait_for_log(self, part: str, timeout_s: float = _START_S) -> str:
        """The first line of this start's log that holds `part`; waits for it."""
        with self._said:
            found = self._said.wait_for(lambda: self._find(part) or self._ended(), timeout_s)
            line = self._find(part)
        assert found, f"mosquitto did not say {part!r}:\n{self.log}"
        assert line, f"mosquitto ended before it said {part!r}:\n{self.log}"
        return line

    def kill(self) -> None:
        """SIGKILL: it can save nothing more."""
        if self._process is not None:
            self._process.kill()
            self._reap(self._process)

    def stop(self) -> None:
        """SIGTERM: it saves its database and says goodbye to nobody."""
        if self._process is not None:
            self._process.terminate()
            self._reap(self._process)

    @property
    def log(self) -> str:
        """What it has written since its last start."""
        with self._said:
            return "".join(self._log)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            with self._said:
                self._log.append(line)
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def _find(self, part: str) -> str:
        return next((line for line in self._log if part in line), "")

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _reap(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        if self._reader is not None:
            self._reader.join()
        if process.stderr is not None:
            process.stderr.close()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
