"""A line with SNMP stations on it: one question at a time, and only its own answer taken for one.

An RS-485 adapter may hand back what we sent; a slow station may answer a question that was given up. So an answer
counts only if it comes from the station asked, is a response and carries the request's number; numbers begin at random
and are never used twice.
"""

from __future__ import annotations

import random
import threading
import time
from typing import Annotated

from pydantic import Field

from signal_bridge.controller import LineError
from signal_bridge.drivers.pmpp import Decoder, Frame
from signal_bridge.drivers.pmpp import encode as frame_of
from signal_bridge.drivers.port import PortSettings, SerialPort
from signal_bridge.drivers.snmp import Binding, Message, Pdu, SnmpError, decode, encode

_LONGEST_ANSWER = 1024
_GAP_S = 0.3
"""A pause within an answer, as USB adapters and radio modems make."""
_SLACK_S = 1.0
"""All such pauses together: a modem may be slower than the port it hangs on."""


class PmppLineSettings(PortSettings):
    """A line of SNMP stations, and which of them may be spoken to.

    A status of eight phases is some 770 characters, both ways: 0.8 s at 9600 bits per second, 6.4 s at 1200.
    """

    addresses: frozenset[Annotated[int, Field(ge=1, le=8191)]] = Field(
        frozenset({1}), min_length=1, description="PMPP addresses that may be spoken to; no other ever is."
    )


class PmppLine:
    """One port, many stations, one exchange at a time whatever the threads."""

    def __init__(self, settings: PmppLineSettings) -> None:
        self.settings = settings
        self._port = SerialPort(settings)
        self._one_at_a_time = threading.Lock()
        self._request_id = random.randrange(1 << 30)

    def exchange(self, address: int, pdu: Pdu, bindings: tuple[Binding, ...], community: str) -> Message:
        """Ask once and return the answer, whatever its error-status.

        Raises `LineError` when no answer came in time, and `ValueError` for an address that is not allowed.
        """
        if address not in self.settings.addresses:
            raise ValueError(f"{self._port.name}: address {address} is not in this line's list of addresses")
        with self._one_at_a_time:
            self._request_id = (self._request_id + 1) % (1 << 31)
            question = Message(pdu, self._request_id, bindings, community.encode())
            wire = frame_of(Frame(address, encode(question)))
            self._port.discard()
            self._port.send(wire)
            return self._answer(address, question, len(wire))

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _answer(self, address: int, question: Message, sent: int) -> Message:
        """Read until the answer, until nothing comes any more, or until it is too long for an answer."""
        decoder = Decoder()
        settings = self.settings
        until = time.monotonic() + settings.seconds(sent) + settings.reply_timeout_s
        latest = until + settings.seconds(_LONGEST_ANSWER) + _SLACK_S
        came = 0
        while data := self._port.receive(until):
            came += len(data)
            for frame in decoder.feed(data):
                answer = _read(frame, address)
                if answer and answer.request_id == question.request_id:
                    return answer
            now = time.monotonic()
            if now > latest:
                break
            until = min(max(until, now + _GAP_S), latest)
        noise = f"; {came} bytes came that were no answer" if came else ""
        raise LineError(f"{self._port.name}: station {address} did not answer a {question.pdu.name}{noise}")


def _read(frame: Frame, address: int) -> Message | None:
    """A response of this station; None for our own echo, for another's, and for what is no SNMP."""
    if frame.address != address:
        return None
    try:
        message = decode(frame.information)
    except SnmpError:
        return None
    return message if message.pdu is Pdu.RESPONSE else None
