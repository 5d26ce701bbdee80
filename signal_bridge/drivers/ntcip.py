"""NTCIP 1202 v02 over PMPP: the bridge's calls as gets and sets of the objects in `ntcip_objects`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from contract.base import Model
from contract.signals import PhaseNumber
from signal_bridge.controller import ControllerStatus, LineError, RefusedError
from signal_bridge.drivers import bits
from signal_bridge.drivers.ntcip_objects import (
    ALARMS_1,
    ALARMS_2,
    PATTERN_STANDBY,
    PREEMPT_NOT_ACTIVE,
    SHORT_ALARMS,
    NtcipObjects,
    alarm_names,
    mode,
    oid,
)
from signal_bridge.drivers.ntcip_station import Station
from signal_bridge.drivers.pmpp_line import PmppLine
from signal_bridge.drivers.reading import Colours
from signal_bridge.drivers.snmp import Binding, Oid


class NtcipSettings(Model):
    """One NTCIP controller on a line."""

    protocol: Literal["ntcip"] = "ntcip"
    address: int = Field(1, ge=1, le=8191, description="Its PMPP address.")
    phases: frozenset[PhaseNumber] = Field(min_length=1, description="The phases that this junction uses.")
    preempts: frozenset[Annotated[int, Field(ge=1, le=40)]] = Field(
        frozenset(), description="The pre-emptions that it has been given."
    )
    read_community: str = Field("public", min_length=1, max_length=64, description="SNMP community for reading.")
    write_community: str = Field("administrator", min_length=1, max_length=64, description="The same for setting.")
    objects: NtcipObjects = Field(NtcipObjects(), description="Object numbers, where the vendor's differ.")
    bindings: int = Field(12, ge=1, le=32, description="Objects in one request; a controller may take fewer.")
    read_tries: int = Field(2, ge=1, le=5, description="How often a read is tried before the line counts as silent.")


class NtcipController:
    """A `signal_bridge.controller.Controller` at an address of a `PmppLine`."""

    def __init__(self, line: PmppLine, settings: NtcipSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives `read_at`. Raises `ValueError` for an address that the line does not allow."""
        if settings.address not in line.settings.addresses:
            raise ValueError(f"address {settings.address} is not in its line's list of addresses")
        self._line = line
        self._station = Station(
            line,
            settings.address,
            read_community=settings.read_community,
            write_community=settings.write_community,
            bindings=settings.bindings,
            tries=settings.read_tries,
        )
        self._numbers = settings.objects
        self._preempts = sorted(settings.preempts)
        self._clock = clock
        self._groups = (1, 2) if max(settings.phases) > 8 else (1,)
        self._phases = bits.mask(settings.phases)
        self._held = frozenset[int]()

    def read_status(self) -> ControllerStatus:
        """All objects, in as few requests as they fit; see `ControllerStatus`."""
        begun = self._clock()
        read, failure = self._station.read(self._names())
        if not read:
            raise failure or LineError(f"station {self._station.address} has none of the objects it was asked for")
        return self._status(begun, {name: value for name, value in read.items() if isinstance(value, int)}, failure)

    def hold(self, phases: frozenset[int]) -> None:
        """SET phaseControlGroupHold."""
        self._held &= phases  # should the answer be lost, a heartbeat must not hold again what was lifted
        self._station.set(self._group(self._numbers.hold, phases))
        self._held = phases

    def force_off(self, phases: frozenset[int]) -> None:
        """SET phaseControlGroupForceOff."""
        self._station.set(self._group(self._numbers.force_off, phases))

    def omit(self, phases: frozenset[int]) -> None:
        """SET phaseControlGroupPhaseOmit."""
        self._station.set(self._group(self._numbers.omit, phases))

    def vehicle_call(self, phases: frozenset[int]) -> None:
        """SET phaseControlGroupVehCall."""
        self._station.set(self._group(self._numbers.vehicle_call, phases))

    def pedestrian_call(self, phases: frozenset[int]) -> None:
        """SET phaseControlGroupPedCall."""
        self._station.set(self._group(self._numbers.pedestrian_call, phases))

    def select_pattern(self, pattern: int) -> None:
        """SET systemPatternControl."""
        self._station.set((Binding(oid(self._numbers.pattern_control), pattern),))

    def preempt(self, number: int, on: bool) -> None:
        """SET preemptControlState."""
        self._station.set((Binding(oid(self._numbers.preempt_control, number), int(on)),))

    def release_all(self) -> None:
        """Everything lifted in one set; where that is refused or unanswered, one by one."""
        self._held = frozenset()
        numbers = self._numbers
        columns = (numbers.hold, numbers.force_off, numbers.omit, numbers.vehicle_call, numbers.pedestrian_call)
        releases = [self._group(column, frozenset()) for column in columns]
        releases += [(Binding(oid(numbers.preempt_control, number), 0),) for number in self._preempts]
        releases.append((Binding(oid(numbers.pattern_control), PATTERN_STANDBY),))
        try:
            self._station.set(tuple(binding for release in releases for binding in release))
        except (LineError, RefusedError):
            self._release_each(releases)

    def heartbeat(self) -> None:
        """SET phaseControlGroupHold to what `hold` last set."""
        self.hold(self._held)

    def close(self) -> None:
        """Give the line back. Other stations on it lose it too: close a line when all are done."""
        self._line.close()

    def _release_each(self, releases: list[tuple[Binding, ...]]) -> None:
        failures: list[LineError | RefusedError] = []
        for release in releases:
            try:
                self._station.set(release)
            except (LineError, RefusedError) as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def _group(self, column: str, phases: frozenset[int]) -> tuple[Binding, ...]:
        """A set of phases as the bytes of its groups. `RefusedError` for a phase of a group that is not there."""
        sixteen = bits.mask(phases)
        if len(self._groups) == 1 and sixteen > 0xFF:
            raise RefusedError(f"station {self._station.address} is configured without phases above 8")
        return tuple(
            Binding(name, bits.group(sixteen, at)) for at, name in zip(self._groups, self._rows(column), strict=True)
        )

    def _rows(self, column: str) -> list[Oid]:
        return [oid(column, group) for group in self._groups]

    def _colour_columns(self) -> tuple[str, ...]:
        numbers = self._numbers
        return numbers.reds, numbers.yellows, numbers.greens, numbers.dont_walks, numbers.ped_clears, numbers.walks

    def _names(self) -> list[Oid]:
        numbers = self._numbers
        tables = [row for column in (*self._colour_columns(), numbers.hold) for row in self._rows(column)]
        unit = (numbers.control_status, numbers.flash_status, numbers.backup_time, numbers.pattern_status)
        rest = (numbers.set_id, numbers.alarms_1, numbers.alarms_2, numbers.short_alarms)
        return [*tables, *map(oid, unit), *map(oid, rest), *(self._preempt_state(n) for n in self._preempts)]

    def _preempt_state(self, number: int) -> Oid:
        return oid(self._numbers.preempt_state, number)

    def _status(self, begun: float, read: Mapping[Oid, int], failure: LineError | None) -> ControllerStatus:
        numbers = self._numbers
        colours = Colours(*(self._joined(read, column) for column in self._colour_columns()))
        self._phases |= colours.shown()
        alarms = None if failure else self._alarms(read)
        preempts = self._running(read)
        held = self._joined(read, numbers.hold)
        control, flash = read.get(oid(numbers.control_status)), read.get(oid(numbers.flash_status))
        return ControllerStatus(
            read_at=begun,
            mode=mode(control, flash, preempts, alarms),
            phases={number: colours.phase(number) for number in sorted(bits.phases(self._phases))},
            held=None if held is None else bits.phases(held),
            pattern=_number(read, numbers.pattern_status, 0xFF),
            plan_checksum=_number(read, numbers.set_id, 0xFFFF),
            unit_backup_time_s=_number(read, numbers.backup_time, 0xFFFF),
            preempts=preempts,
            alarms=alarms,
        )

    def _joined(self, read: Mapping[Oid, int], column: str) -> int | None:
        """Sixteen bits of a column; None if a group of it is missing or is no byte."""
        rows = [read.get(row, -1) for row in self._rows(column)]
        return bits.join(rows) if all(0 <= row <= 0xFF for row in rows) else None

    def _running(self, read: Mapping[Oid, int]) -> frozenset[int] | None:
        states = {number: read.get(self._preempt_state(number)) for number in self._preempts}
        if None in states.values():
            return None
        return frozenset(number for number, state in states.items() if state != PREEMPT_NOT_ACTIVE)

    def _alarms(self, read: Mapping[Oid, int]) -> frozenset[str] | None:
        """The alarms that stand in those of the three objects which the controller has.

        None if it has none of them, or if what one of them holds makes no sense.
        """
        numbers = self._numbers
        sources = ((numbers.alarms_1, ALARMS_1), (numbers.alarms_2, ALARMS_2), (numbers.short_alarms, SHORT_ALARMS))
        standing = frozenset[str]()
        there = [(name, names) for name, names in sources if oid(name) in read]
        for name, names in there:
            byte = _number(read, name, 0xFF)
            if byte is None:
                return None
            standing |= alarm_names(byte, names)
        return standing if there else None


def _number(read: Mapping[Oid, int], name: str, highest: int) -> int | None:
    """A number that was read and makes sense."""
    value = read.get(oid(name), -1)
    return value if 0 <= value <= highest else None
