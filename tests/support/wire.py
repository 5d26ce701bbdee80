"""A stretch of network between two programs that can be cut, stalled, half closed and reset: a TCP relay.

    with Wire(broker.port) as wire:     # a client connects to wire.port rather than to the broker
        wire.do("stall")                # what is sent now arrives when it is mended
        wire.mend()

Both ends see what a real line would show them: a reset is a RST, a cut refuses new connections as well, a half closed
line still carries the other direction, and a stalled one says nothing at all.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self, get_args

Harm = Literal["cut", "reset", "stall", "half close to the server", "half close to the client"]
HARMS: tuple[Harm, ...] = get_args(Harm)

_PIECE = 1 << 16
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: close by RST, what was not sent is gone."""


class Wire:
    """From a free loopback port to `target`, also on loopback."""

    host = "127.0.0.1"

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._cut = False
        self._ends: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)

    def do(self, harm: Harm) -> None:
        """Harm it; returns once it is done. What cannot flow waits for `mend`, a reset is over at once."""
        self._here(lambda: self._harm(harm))

    def mend(self) -> None:
        """Everything flows, new connections are taken."""
        self._here(self._mend)

    def _harm(self, harm: Harm) -> None:
        match harm:
            case "cut" | "reset":
                self._cut = harm == "cut"
                for writer in [writer for pair in self._ends for writer in pair]:
                    _break(writer)
            case "stall":
                self._flowing.clear()
            case "half close to the server" | "half close to the client":
                for client, server in self._ends:
                    with suppress(OSError, RuntimeError):
                        (server if harm.endswith("server") else client).write_eof()

    def _mend(self) -> None:
        self._cut = False
        self._flowing.set()

    async def _carry(self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self._cut:
            _break(client)
            return
        try:
            from_server, server = await asyncio.open_connection(self.host, self._target)
        except OSError:
            _break(client)
            return
        self._ends.add((client, server))
        await asyncio.gather(self._pump(from_client, server), self._pump(from_server, client))
        self._ends.discard((client, server))
        client.close()
        server.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(_PIECE):
                await self._flowing.wait()
                writer.write(piece)
                await writer.drain()
            writer.write_eof()
        except (OSError, RuntimeError):
            _break(writer)

    def _here(self, act: Callable[[], None]) -> None:
        """Run `act` where the connections live."""

        async def acting() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acting(), self._loop).result()

    async def _listen(self) -> asyncio.Server:
        self._flowing.set()
        return await asyncio.start_server(self._carry, self.host, 0)

    def __enter__(self) -> Self:
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mend()
        self.do("cut")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def _break(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()
