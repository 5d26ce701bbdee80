"""The thread that keeps the line to the broker: calls, serves, and calls again after a jittered, growing pause."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from contract import Kind, Model, encode, pack
from edge.backoff import Backoff
from edge.config import Broker
from edge.outbox import Outbox
from edge.publishing.link import Identity, call, new_client
from edge.publishing.session import Session

log = logging.getLogger(__name__)

_GOODBYE_S = 3.0
"""How long the death notice may take."""
_CALL_S = 6.0
"""A call that is under way when we stop cannot be interrupted: paho gives up after 5 s."""
_SPOKEN = 4
"""Unnumbered messages that may wait for the next turn of the loop."""


class Publisher:
    """Sends the outbox, standing news (retained) and passing news (lost when nobody listens)."""

    def __init__(
        self,
        broker: Broker,
        identity: Identity,
        outbox: Outbox,
        *,
        on_config: Callable[[bytes], None],
        on_order: Callable[[Kind, bytes], None] = lambda *_: None,
        backoff: Backoff | None = None,
        first_s: float = 0.0,
    ) -> None:
        """On the publisher's thread `on_config` gets each `config/set`, `on_order` each order of another kind.

        `first_s`: how long to wait before the first call.
        """
        self._broker = broker
        self.identity = identity
        self._outbox = outbox
        self._on_config, self._on_order = on_config, on_order
        self._backoff = backoff or Backoff(1.0, 60.0)
        self._first_s = first_s
        self._lock = threading.Lock()
        self._standing: dict[Kind, bytes] = {}
        self._untold: set[Kind] = set()
        self._spoken: deque[tuple[Kind, bytes]] = deque(maxlen=_SPOKEN)
        self._online = False
        self._stopping = threading.Event()
        self._flush_until = 0.0
        self._last_trouble = ""
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin to call."""
        self._thread.start()

    @property
    def online(self) -> bool:
        """Whether the broker has accepted us."""
        return self._online

    def stand(self, kind: Kind, message: Model) -> None:
        """Say how things are (retained): now, and again after each connection, until it is said anew."""
        with self._lock:
            self._standing[kind] = encode(message)
            self._untold.add(kind)

    def say(self, kind: Kind, message: Model) -> None:
        """Say something in passing; it is lost when the broker is not there."""
        with self._lock:
            if self._online:
                self._spoken.append((kind, encode(message)))

    def rename(self, identity: Identity) -> None:
        """The unit's model or cameras have changed: the birth is told anew."""
        self.identity = identity
        self.stand(Kind.STATE, identity.state("started"))

    def use(self, broker: Broker) -> None:
        """Call with other certificates from the next connection on."""
        self._broker = broker

    def stop(self, flush_s: float) -> None:
        """Send what waits for `flush_s` at the longest, say goodbye, and hang up. Returns in bounded time."""
        self._flush_until = time.monotonic() + flush_s
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(flush_s + _GOODBYE_S + _CALL_S)

    def _run(self) -> None:
        self._stopping.wait(self._first_s)
        while not self._stopping.is_set():
            try:
                trouble = self._connection()
            except (OSError, ValueError) as error:
                trouble = f"it does not answer ({getattr(error, 'strerror', None) or error})"
            except Exception as error:
                # The line must outlive a fault of ours: what waits is in the outbox.
                log.exception("publisher: a fault in Simpang itself; calling anew")
                trouble = f"a fault in Simpang itself ({error})"
            self._online = False
            if trouble != self._last_trouble and trouble:
                self._last_trouble = trouble
                place = f"{self._broker.host}:{self._broker.port}"
                log.warning("broker %s: %s; calling again (%d messages wait)", place, trouble, self._outbox.depth)
            self._stopping.wait(self._backoff.next_s())

    def _connection(self) -> str:
        """One connection from call to break; returns why it broke."""
        client = new_client(self._broker, self.identity)
        shape = pack if self._broker.pack else bytes
        session = Session(client, self._outbox, self.identity, self._ordered, self._accepted, shape=shape)
        call(client, self._broker)
        accept_until = time.monotonic() + _CALL_S
        while session.turn():
            if session.accepted:
                if self._stopping.is_set() and self._may_end(session):
                    self._goodbye(session)
                    return ""
                self._tell(session)
                session.pump()
            elif session.refusal or self._stopping.is_set() or time.monotonic() > accept_until:
                break
        if session.refusal or session.accepted:
            return session.refusal or "the connection broke off"
        return "it hangs up before it answers: are the certificates right and in date, and the clock?"

    def _ordered(self, kind: Kind, payload: bytes) -> None:
        if kind is Kind.CONFIG_SET:
            self._on_config(payload)
        else:
            self._on_order(kind, payload)

    def _accepted(self) -> None:
        with self._lock:
            self._standing[Kind.STATE] = encode(self.identity.state("started"))
            self._untold = set(self._standing)
            self._spoken.clear()
            self._online = True
        self._backoff.reset()
        self._last_trouble = ""
        log.info("broker %s:%d: connected, %d messages wait", self._broker.host, self._broker.port, self._outbox.depth)

    def _tell(self, session: Session) -> None:
        with self._lock:
            standing = [(kind, self._standing[kind]) for kind in sorted(self._untold, key=_births_first)]
            spoken = list(self._spoken)
            self._untold.clear()
            self._spoken.clear()
        for kind, payload in [*standing, *spoken]:
            session.tell(kind, payload)

    def _may_end(self, session: Session) -> bool:
        return session.idle or time.monotonic() >= self._flush_until

    def _goodbye(self, session: Session) -> None:
        mid = session.tell(Kind.STATE, encode(self.identity.state("stopped")))
        session.end(mid, time.monotonic() + _GOODBYE_S)


def _births_first(kind: Kind) -> bool:
    return kind is not Kind.STATE
