"""The virtual controller as an SNMPv1 agent: NTCIP 1202 v02's objects, read, walked and set (RFC 1157, 4.1).

Requests arrive as bytes and leave as bytes. What is no request, or comes with a community that may not, is not
answered at all, as the RFC asks; a refused set names what it refuses and changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from signal_bridge.drivers.bits import group
from signal_bridge.drivers.ntcip_objects import NtcipObjects, oid
from signal_bridge.drivers.snmp import Binding, ErrorStatus, Message, Oid, Pdu, SnmpError, Value, decode, encode
from twin.controllers.controller import PhaseController
from twin.controllers.remote import RemoteControls

_NUMBERS = NtcipObjects()
_GROUPS = (1, 2)
_SHORT = 484
"""An NTCIP information field is no longer than this; a longer answer is tooBig."""


@dataclass(frozen=True, slots=True)
class _Object:
    """How one object is read; how it is set, and to what it may be, if it may."""

    read: Callable[[], Value]
    write: Callable[[int], None] | None = None
    allows: Callable[[int], bool] = lambda value: 0 <= value <= 0xFF


class Agent:
    """Answers for one `PhaseController`."""

    def __init__(
        self, unit: PhaseController, *, read_community: str = "public", write_community: str = "administrator"
    ) -> None:
        self._unit = unit
        self._readers = {read_community.encode(), write_community.encode()}
        self._writer = write_community.encode()
        self._objects = {**self._scalars(), **self._status_groups(), **self._control_groups(), **self._preempts()}
        self._order = sorted(self._objects)

    def answer(self, request: bytes) -> bytes | None:
        """The response to a request; None when there is none."""
        try:
            message = decode(request)
        except SnmpError:
            return None
        if message.pdu is Pdu.RESPONSE or message.community not in self._readers:
            return None
        response = encode(self._respond(message))
        if len(response) > _SHORT:
            response = encode(_refuse(message, ErrorStatus.TOO_BIG, 0))
        return response

    def _respond(self, message: Message) -> Message:
        match message.pdu:
            case Pdu.GET:
                return self._get(message)
            case Pdu.GET_NEXT:
                following = [self._following(binding.oid) for binding in message.bindings]
                if None in following:
                    return _refuse(message, ErrorStatus.NO_SUCH_NAME, following.index(None))
                names = tuple(Binding(name) for name in following if name is not None)
                return self._get(replace(message, bindings=names))
            case _:
                return self._set(message)

    def _get(self, message: Message) -> Message:
        read = []
        for index, binding in enumerate(message.bindings):
            if binding.oid not in self._objects:
                return _refuse(message, ErrorStatus.NO_SUCH_NAME, index)
            read.append(Binding(binding.oid, self._objects[binding.oid].read()))
        return replace(message, pdu=Pdu.RESPONSE, bindings=tuple(read), error_status=0, error_index=0)

    def _following(self, name: Oid) -> Oid | None:
        place = bisect_right(self._order, name)
        return self._order[place] if place < len(self._order) else None

    def _set(self, message: Message) -> Message:
        writes: list[tuple[Callable[[int], None], int]] = []
        for index, binding in enumerate(message.bindings):
            found = self._objects.get(binding.oid)
            if found is None or found.write is None or message.community != self._writer:
                return _refuse(message, ErrorStatus.NO_SUCH_NAME, index)
            if not isinstance(binding.value, int) or not found.allows(binding.value):
                return _refuse(message, ErrorStatus.BAD_VALUE, index)
            writes.append((found.write, binding.value))
        for write, value in writes:
            write(value)
        return replace(message, pdu=Pdu.RESPONSE, error_status=0, error_index=0)

    # The objects.

    def _scalars(self) -> dict[Oid, _Object]:
        unit, remote = self._unit, self._unit.remote
        return {
            oid(_NUMBERS.backup_time): _Object(
                lambda: remote.backup_time_s, remote.watch_for, lambda value: 0 <= value <= 0xFFFF
            ),
            oid(_NUMBERS.control_status): _Object(unit.control_status),
            oid(_NUMBERS.flash_status): _Object(unit.flash_status),
            oid(_NUMBERS.alarms_1): _Object(unit.alarms_1),
            oid(_NUMBERS.alarms_2): _Object(unit.alarms_2),
            oid(_NUMBERS.short_alarms): _Object(unit.short_alarms),
            oid(_NUMBERS.pattern_status): _Object(unit.pattern_status),
            oid(_NUMBERS.pattern_control): _Object(lambda: remote.pattern, remote.set_pattern, unit.has_pattern),
            oid(_NUMBERS.set_id): _Object(lambda: unit.checksum),
        }

    def _status_groups(self) -> dict[Oid, _Object]:
        unit = self._unit
        columns: dict[str, Callable[[], int]] = {
            _NUMBERS.reds: unit.reds,
            _NUMBERS.yellows: lambda: unit.shown.yellows,
            _NUMBERS.greens: lambda: unit.shown.greens,
            _NUMBERS.dont_walks: unit.dont_walks,
            _NUMBERS.ped_clears: lambda: unit.shown.clears,
            _NUMBERS.walks: lambda: unit.shown.walks,
        }
        return {oid(column, at): _Object(_byte(read, at)) for column, read in columns.items() for at in _GROUPS}

    def _control_groups(self) -> dict[Oid, _Object]:
        remote = self._unit.remote
        columns: dict[str, tuple[Callable[[], int], Callable[[int], None]]] = {
            _NUMBERS.omit: (lambda: remote.omit, remote.set_omit),
            _NUMBERS.hold: (lambda: remote.hold, remote.set_hold),
            _NUMBERS.force_off: (lambda: remote.force_off, remote.set_force_off),
            _NUMBERS.vehicle_call: (lambda: remote.vehicle_call, remote.set_vehicle_call),
            _NUMBERS.pedestrian_call: (lambda: remote.pedestrian_call, remote.set_pedestrian_call),
        }
        return {
            oid(column, at): _Object(_byte(read, at), _set_byte(read, write, at))
            for column, (read, write) in columns.items()
            for at in _GROUPS
        }

    def _preempts(self) -> dict[Oid, _Object]:
        unit, remote = self._unit, self._unit.remote
        found = {}
        for number in unit.plan.preempts:
            bit = 1 << (number - 1)
            found[oid(_NUMBERS.preempt_state, number)] = _Object(partial(unit.preemptions.state, number))
            found[oid(_NUMBERS.preempt_control, number)] = _Object(
                partial(_is_demanded, remote, bit), partial(_demand, remote, bit), lambda value: value in {0, 1}
            )
        return found


def _is_demanded(remote: RemoteControls, bit: int) -> int:
    return int(bool(remote.preempt & bit))


def _demand(remote: RemoteControls, bit: int, on: int) -> None:
    remote.set_preempt(remote.preempt | bit if on else remote.preempt & ~bit)


def _refuse(message: Message, status: ErrorStatus, index: int) -> Message:
    """The request handed back, as RFC 1157 wants it, with what is wrong with binding `index` (from 0)."""
    at = 0 if status is ErrorStatus.TOO_BIG else index + 1
    return replace(message, pdu=Pdu.RESPONSE, error_status=status, error_index=at)


def _byte(read: Callable[[], int], at: int) -> Callable[[], int]:
    return lambda: group(read(), at)


def _set_byte(read: Callable[[], int], write: Callable[[int], None], at: int) -> Callable[[int], None]:
    """Set one group's byte and leave the other's."""
    shift = 8 * (at - 1)
    return lambda value: write(read() & ~(0xFF << shift) | value << shift)
