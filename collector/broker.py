"""A broker in our own process, for the demo and for a machine that has none: amqtt, MQTT 3.1.1.

It keeps nothing over a restart and asks nobody who they are: loopback only, unless told otherwise. Production runs
Mosquitto (`docs/decisions/0028`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import Protocol, Self


class _Broker(Protocol):
    async def start(self) -> None: ...

    async def shutdown(self) -> None: ...


# amqtt ships no types; these are the two names used of it.
_broker: Callable[[dict[str, object]], _Broker] = import_module("amqtt.broker").Broker
_BrokerError: type[Exception] = import_module("amqtt.errors").BrokerError

_START_S = 30.0


class EmbeddedBroker:
    """A context in which the broker listens at `host:port`. OSError when it cannot."""

    def __init__(self, host: str = "127.0.0.1", port: int = 1883) -> None:
        self.host = host
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._failed: Exception | None = None
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    def start(self) -> None:
        """Listen, and return once it does."""
        self._thread.start()
        self._started.wait(_START_S)
        if self._failed is not None:
            raise OSError(f"the embedded broker cannot listen at {self.host}:{self.port}: {self._failed}")

    def stop(self) -> None:
        """Say goodbye to every client."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except (_BrokerError, OSError) as error:
            self._failed = error
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        broker = _broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{self.host}:{self.port}"}},
                "timeout_disconnect_delay": 2,
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await broker.start()
        self._started.set()
        await self._ending.wait()
        await broker.shutdown()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
