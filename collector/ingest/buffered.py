"""A socket under paho that is read and written in large pieces, and gives its PUBLISH packets to whoever asks first.

paho asks the kernel for a packet's first byte, then for its length byte by byte, then for the rest, and sends each
acknowledgement by itself. Here one call brings what has come; messages are taken out before paho sees them
(`collector.ingest.packets`), the other packets are left to it, whole; acknowledgements leave together at `flush`.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, MQTTv5

from collector.ingest.packets import Publish, is_publish, packet_at, puback, read_publish

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

_PIECE = 1 << 18
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """Around a socket that is connected; what does not block there does not block here."""

    def __init__(self, connection: SocketLike, *, properties: bool) -> None:
        self._connection, self._properties = connection, properties
        self._come, self._at = b"", 0
        self._leaving = bytearray()
        self.ended = False
        """Whether the other side has closed, and nothing more will come."""

    def next_packet(self) -> Publish | int | None:
        """A message; or the first byte of another packet, which now lies ready for `recv`; None: nothing whole yet.

        OSError when the connection is broken, or what comes is not MQTT.
        """
        found = packet_at(self._come, self._at)
        while found is None and self._fill():
            found = packet_at(self._come, self._at)
        if found is None:
            return None
        head, (body, end) = self._come[self._at], found
        if not is_publish(head):
            return head
        self._at = end
        return read_publish(self._come, head, body, end, properties=self._properties)

    @property
    def ready(self) -> bool:
        """Whether something can be read of which the kernel, and so `select`, knows nothing."""
        decrypted = isinstance(self._connection, ssl.SSLSocket) and self._connection.pending() > 0
        return decrypted or packet_at(self._come, self._at) is not None

    @property
    def wants_to_send(self) -> bool:
        """Whether something waits for the socket to take it."""
        return bool(self._leaving)

    def acknowledge(self, mids: Iterable[int]) -> None:
        """Leave a PUBACK for each message; they go with the next `flush`."""
        for mid in mids:
            self._leaving += puback(mid)

    def flush(self) -> None:
        """Send what the socket takes at once; the rest waits. OSError when the connection is gone."""
        with suppress(*_NOT_NOW):
            while self._leaving:
                del self._leaving[: self._connection.send(self._leaving)]

    def recv(self, size: int) -> bytes:
        """For paho: of what has come already."""
        if self._at >= len(self._come):
            raise BlockingIOError
        part = self._come[self._at : self._at + size]
        self._at += len(part)
        return part

    def send(self, packet: bytes | bytearray) -> int:
        """For paho: kept until `flush`."""
        self._leaving += packet
        return len(packet)

    def fileno(self) -> int:
        """For `select`."""
        return self._connection.fileno()

    def setblocking(self, flag: bool) -> None:
        """As the socket's."""
        self._connection.setblocking(flag)

    def close(self) -> None:
        """Say the last word, if it can be said at once, and close."""
        with suppress(OSError):
            self.flush()
        self._connection.close()

    def _fill(self) -> bool:
        try:
            piece = self._connection.recv(_PIECE)
        except _NOT_NOW:
            return False
        self.ended = not piece
        self._come, self._at = self._come[self._at :] + piece, 0
        return bool(piece)


class BufferedClient(Client):
    """paho's client on such a socket: it has a wrapper of its own for WebSockets, and no public way to give it ours.

    Nothing leaves before `flush`: it is for a loop of one's own, not for `loop_start`.
    """

    def _create_socket(self) -> BufferedSocket:
        return BufferedSocket(super()._create_socket(), properties=self._protocol == MQTTv5)

    def buffered(self) -> BufferedSocket | None:
        """The socket, None when there is no connection."""
        connection = self.socket()
        return connection if isinstance(connection, BufferedSocket) else None
