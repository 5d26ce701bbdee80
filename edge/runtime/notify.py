"""Telling systemd that we are ready, alive, or going down (sd_notify(3)): one datagram to `NOTIFY_SOCKET`."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


class Systemd:
    """Whoever started us; says nothing when that was not systemd."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        usec = os.environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 1e6 if usec.isdecimal() and int(usec) > 0 else None
        """Within how many seconds it wants a sign of life; None when it does not watch."""

    def ready(self, status: str) -> None:
        """All is started."""
        self._say(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """The main loop turns."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """We are going down as asked."""
        self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        if not self._address:
            return
        # An abstract address is written with @ and begins with a zero byte.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect(address)
            line.send(text.encode())
