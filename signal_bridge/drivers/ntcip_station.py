"""Reading and setting many objects of one station, with what SNMPv1 leaves unsaid made out as far as it can be.

A read may be repeated, and learns which objects a controller lacks: SNMPv1 refuses a whole request for the first name
that it does not know, and names it. A set is sent once, whole, and believed only when the answer repeats it. SNMPv1
answers noSuchName both for an object that is missing and for one that may not be written; so after such a refusal the
object is read, and the refusal says which of the two it seems to be.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from signal_bridge.controller import LineError, RefusedError
from signal_bridge.drivers.pmpp_line import PmppLine
from signal_bridge.drivers.snmp import Binding, ErrorStatus, Message, Oid, Pdu, Value, dotted

_ABSENT_FOR_S = 300.0
"""How long an object that the station did not know is not asked for again."""

_READ_FOR_S = 5.0
"""After so long a reading ends with what it has: a station that refuses name after name must not hold the line."""


class Station:
    """One address on a line, with its communities."""

    def __init__(
        self, line: PmppLine, address: int, *, read_community: str, write_community: str, bindings: int, tries: int
    ) -> None:
        """`bindings` is how many objects go into one request, `tries` how often a read is tried."""
        self.address = address
        self._line = line
        self._read_community = read_community
        self._write_community = write_community
        self._bindings = bindings
        self._tries = tries
        self._absent: dict[Oid, float] = {}

    def read(self, names: Sequence[Oid]) -> tuple[dict[Oid, Value], LineError | None]:
        """What could be read of `names`, and why the rest could not; an object that is absent is no failure."""
        read: dict[Oid, Value] = {}
        left = [name for name in names if not self._is_absent(name)]
        until = time.monotonic() + _READ_FOR_S
        try:
            while left and time.monotonic() < until:
                asked = left[: self._bindings]
                answer = self._get(asked)
                if answer.error_status == ErrorStatus.NO_ERROR:
                    read |= self._values(asked, answer)
                    left = left[len(asked) :]
                else:
                    left = self._without_refused(left, asked, answer)
        except LineError as failure:
            self._absent.clear()
            return read, failure
        return read, LineError(f"station {self.address} refuses too much to be read in time") if left else None

    def set(self, bindings: tuple[Binding, ...]) -> None:
        """Set them all, or none. Raises `RefusedError` when the station says no, `LineError` when nobody knows."""
        answer = self._line.exchange(self.address, Pdu.SET, bindings, self._write_community)
        if answer.error_status != ErrorStatus.NO_ERROR:
            raise RefusedError(self._refusal(bindings, answer))
        if answer.bindings != bindings:
            raise LineError(f"station {self.address} confirmed something else than it was told to set")

    def _get(self, names: Sequence[Oid]) -> Message:
        bindings = tuple(map(Binding, names))
        for _ in range(self._tries - 1):
            try:
                return self._line.exchange(self.address, Pdu.GET, bindings, self._read_community)
            except LineError:
                continue
        return self._line.exchange(self.address, Pdu.GET, bindings, self._read_community)

    def _values(self, asked: Sequence[Oid], answer: Message) -> dict[Oid, Value]:
        if [binding.oid for binding in answer.bindings] != list(asked):
            raise LineError(f"station {self.address} answered for other objects than it was asked for")
        return {binding.oid: binding.value for binding in answer.bindings}

    def _without_refused(self, left: list[Oid], asked: list[Oid], answer: Message) -> list[Oid]:
        """Ask for less, or leave out the object that the answer points at."""
        at = answer.error_index - 1
        if answer.error_status == ErrorStatus.TOO_BIG and len(asked) > 1:
            self._bindings = len(asked) // 2
            return left
        if not 0 <= at < len(asked):
            if len(asked) > 1:
                self._bindings = 1  # it does not say which one: ask one by one
                return left
            at = 0
        if answer.error_status == ErrorStatus.NO_SUCH_NAME:
            self._absent[asked[at]] = time.monotonic() + _ABSENT_FOR_S
        return left[:at] + left[at + 1 :]

    def _is_absent(self, name: Oid) -> bool:
        return self._absent.get(name, 0.0) > time.monotonic()

    def _refusal(self, bindings: tuple[Binding, ...], answer: Message) -> str:
        at = answer.error_index - 1
        refused = bindings[at if 0 <= at < len(bindings) else 0]
        said = _said(answer.error_status)
        text = f"station {self.address} refused to set {dotted(refused.oid)} to {refused.value!r}: {said}"
        if answer.error_status != ErrorStatus.NO_SUCH_NAME:
            return text
        try:
            readable = self._get([refused.oid]).error_status == ErrorStatus.NO_ERROR
        except LineError:
            return f"{text}; whether it has this object could not be read"
        if readable:
            return f"{text}; it has this object, so it may not be written, or not by this community"
        return f"{text}; nor can it be read: does this vendor number it otherwise?"


def _said(error_status: int) -> str:
    try:
        return ErrorStatus(error_status).name.lower()
    except ValueError:
        return f"error-status {error_status}"
