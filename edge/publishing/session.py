"""One connection to the broker: births and standing news first, then the outbox in its order, a few at a time.

What the broker acknowledges is forgotten; what it refuses (MQTT v5 says so, "not authorized" for instance) is told to
people and kept, and tried again later and later. Nothing here outlives the connection: the outbox is the memory, so
that after a break whatever was not acknowledged simply comes again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contract import Kind
from edge.backoff import Backoff
from edge.outbox import Entry, Outbox
from edge.publishing.link import Identity

log = logging.getLogger(__name__)

ORDERS = (Kind.CONFIG_SET, Kind.UPDATE_SET, Kind.CERTIFICATE_SET, Kind.CLIP_REQUEST, Kind.CLIP_DONE)
"""What a unit listens to."""
WINDOW = 16
"""Messages on their way at the same time; a broker that takes fewer says so."""
_TURN_S = 0.2
"""A turn of the loop when nothing happens: how late a new message may be noticed."""
_GROUP = 8
"""So many acknowledgements are written down at once, to spare the card."""


class Session:
    """Drives `client`, which has called already. Used by one thread."""

    def __init__(
        self,
        client: Client,
        outbox: Outbox,
        identity: Identity,
        on_order: Callable[[Kind, bytes], None],
        on_accepted: Callable[[], None],
        *,
        shape: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """`shape` is what becomes of a payload before it goes out."""
        self.accepted = False
        self.refusal = ""
        """Why the broker hung up, as far as it said."""
        self._client = client
        self._outbox = outbox
        self._identity = identity
        self._on_order = on_order
        self._on_accepted = on_accepted
        self._shape = shape
        self._window = WINDOW
        self._max_payload = 2**28
        self._sent = 0
        self._flying: dict[int, int] = {}
        self._arrived: list[int] = []
        self._refused: set[int] = set()
        self._patience = Backoff(2.0, 300.0)
        self._pause_until = 0.0
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    def turn(self) -> bool:
        """Let the network work for a moment; False when the connection is over."""
        code = self._client.loop(_TURN_S)
        if self._arrived and (len(self._arrived) >= _GROUP or not self._flying):
            self._outbox.acknowledge(self._arrived)
            self._arrived.clear()
        return code == MQTTErrorCode.MQTT_ERR_SUCCESS

    def pump(self) -> None:
        """Send what waits, as far as the window and the broker's temper allow."""
        room = self._window - len(self._flying) - len(self._arrived)
        if room <= 0 or time.monotonic() < self._pause_until:
            return
        if self._outbox.depth <= len(self._flying) + len(self._arrived) + len(self._refused):
            if self._refused and not self._flying:
                # All the rest is out: what was refused gets another chance.
                self._refused.clear()
                self._sent = 0
            return
        for entry in self._outbox.waiting(after=self._sent, limit=room):
            self._sent = entry.seq
            self._send(entry)

    def tell(self, kind: Kind, payload: bytes) -> int:
        """Publish something that is not in the outbox; returns its packet id."""
        return self._client.publish(self._identity.topic(kind), self._shape(payload), kind.qos, kind.retained).mid

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way, and nothing waits but what was refused."""
        return not self._flying and not self._arrived and self._outbox.depth <= len(self._refused)

    def end(self, mid: int, deadline_s: float) -> None:
        """Wait, until `deadline_s` at the longest, for the acknowledgement of packet `mid`; then hang up properly."""
        self._flying[mid] = 0
        while mid in self._flying and time.monotonic() < deadline_s:
            if not self.turn():
                return
        self._client.disconnect()
        self._client.loop(_TURN_S)

    def _send(self, entry: Entry) -> None:
        payload = self._shape(entry.payload)
        if len(payload) > self._max_payload:
            self._refuse(entry.seq, f"{len(payload)} bytes are more than it takes")
            return
        sent = self._client.publish(self._identity.topic(entry.kind), payload, entry.kind.qos)
        self._flying[sent.mid] = entry.seq

    def _refuse(self, seq: int, why: str) -> None:
        self._refused.add(seq)
        pause_s = self._patience.next_s()
        self._pause_until = time.monotonic() + pause_s
        log.error(
            "broker: refuses message %d: %s. It is kept; the next attempt is in %.0f s. "
            "Does the broker's access list allow this unit its topics?",
            *(seq, why, pause_s),
        )

    def _on_connect(
        self, _client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, told: Properties | None
    ) -> None:
        if reason.is_failure:
            self.refusal = f"it refuses: {reason}"
            return
        self._window = min(WINDOW, getattr(told, "ReceiveMaximum", WINDOW))
        # The topic and the header are far below 200 bytes.
        self._max_payload = getattr(told, "MaximumPacketSize", self._max_payload + 200) - 200
        self._client.subscribe([(self._identity.topic(kind), kind.qos) for kind in ORDERS])
        self.accepted = True
        self._on_accepted()

    def _on_disconnect(
        self, _client: Client, _userdata: object, flags: DisconnectFlags, reason: ReasonCode, _told: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.refusal = f"it hangs up: {reason}"

    def _on_publish(
        self, _client: Client, _userdata: object, mid: int, reason: ReasonCode, _told: Properties | None
    ) -> None:
        seq = self._flying.pop(mid, None)
        if reason.is_failure:
            if seq:
                self._refuse(seq, str(reason))
            else:
                log.error("broker: refuses the unit's state or report: %s: check its access list", reason)
        elif seq:
            self._arrived.append(seq)
            self._patience.reset()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        kind = next((one for one in ORDERS if self._identity.topic(one) == message.topic), None)
        if kind is not None:
            self._on_order(kind, bytes(message.payload))
