"""A line that adds noise, loses, doubles, delays and cuts: no command but those that were given, and back by itself.

Both drivers, against a virtual controller at the other end. Holds are recorded where they take effect, so one that
noise made up, or one that was confirmed and never came, would show.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from signal_bridge.controller import Controller, LineError, Mode
from signal_bridge.drivers.bits import mask
from signal_bridge.drivers.modbus import ModbusController, ModbusSettings
from signal_bridge.drivers.modbus_line import ModbusLine, ModbusLineSettings
from signal_bridge.drivers.ntcip import NtcipController, NtcipSettings
from signal_bridge.drivers.pmpp_line import PmppLine, PmppLineSettings
from tests.support.pty_pair import Mangle, PtyPair, faithful, pty_pair
from tests.support.virtual import served, started, wait_until
from twin.controllers.controller import PhaseController
from twin.controllers.registers import ModbusStation
from twin.controllers.remote import RemoteControls
from twin.controllers.serving import NtcipStation

PROTOCOLS = ("ntcip", "modbus")
PHASES = frozenset(range(1, 9))
HOLDS = [frozenset({1, 5}), frozenset({2}), frozenset[int](), frozenset({4, 8}), frozenset({1})]


class Recorded(RemoteControls):
    """`holds` is every hold that took effect, in order."""

    def __init__(self, backup_time_s: int) -> None:
        super().__init__(backup_time_s)
        self.holds: list[int] = []

    def set_hold(self, phases: int) -> None:
        """As ever, and kept."""
        self.holds.append(phases)
        super().set_hold(phases)


@dataclass(frozen=True, slots=True)
class Scene:
    """A driver, a line, and a controller at its end."""

    driver: Controller
    line: PtyPair
    unit: PhaseController
    taken: Recorded


@contextmanager
def scene(protocol: str, folder: Path, *, echo: bool = False) -> Iterator[Scene]:
    """All of it, over a line that is faithful at first."""
    unit = started()
    unit.remote = taken = Recorded(unit.plan.backup_time_s)
    with pty_pair(folder) as line:
        driver: Controller
        common = {"port": str(line.bridge), "baud": 115200, "reply_timeout_s": 0.3}
        if protocol == "ntcip":
            driver = NtcipController(PmppLine(PmppLineSettings.model_validate(common)), NtcipSettings(phases=PHASES))
            station = served(unit, NtcipStation(unit, 1), line.controller)
        else:
            modbus = ModbusLine(ModbusLineSettings.model_validate({**common, "echo": echo}))
            driver = ModbusController(modbus, ModbusSettings(phases=PHASES))
            station = served(unit, ModbusStation(unit, 1), line.controller)
        with station:
            yield Scene(driver, line, unit, taken)
            driver.close()


def noise(draw: random.Random) -> Mangle:
    """Random bytes before, behind and in the midst of what is sent."""

    def mangle(data: bytes) -> bytes:
        place = draw.randrange(len(data))
        middle = draw.randbytes(draw.choice((0, 0, 2)))
        return draw.randbytes(draw.randrange(4)) + data[:place] + middle + data[place:] + draw.randbytes(3)

    return mangle


def flips(draw: random.Random) -> Mangle:
    """One wrong bit in every other message."""

    def mangle(data: bytes) -> bytes:
        wrong = bytearray(data)
        if draw.random() < 0.5:
            wrong[draw.randrange(len(wrong))] ^= 1 << draw.randrange(8)
        return bytes(wrong)

    return mangle


def loss(draw: random.Random) -> Mangle:
    """A third of what is sent never arrives."""
    return lambda data: b"" if draw.random() < 0.34 else data


def halves(draw: random.Random) -> Mangle:
    """A third arrives only in part."""
    return lambda data: data[: draw.randrange(len(data))] if draw.random() < 0.34 else data


def doubling(draw: random.Random) -> Mangle:
    """Everything arrives twice."""
    return lambda data: data * 2


def reordering(draw: random.Random) -> Mangle:
    """A third is kept back, and arrives behind what is sent next."""
    kept = bytearray()

    def mangle(data: bytes) -> bytes:
        if not kept and draw.random() < 0.34:
            kept.extend(data)
            return b""
        late = bytes(kept)
        kept.clear()
        return data + late

    return mangle


def nothing(_: bytes) -> bytes:
    """It never arrives."""
    return b""


FAULTS = (noise, flips, loss, halves, doubling, reordering)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_only_what_was_commanded_is_taken_and_the_line_recovers(
    protocol: str, fault: Callable[[random.Random], Mangle], tmp_path: Path
) -> None:
    with scene(protocol, tmp_path) as now:
        now.line.to_controller, now.line.to_bridge = fault(random.Random(1)), fault(random.Random(2))
        for phases in HOLDS:
            before = len(now.taken.holds)
            try:
                now.driver.hold(phases)
            except LineError:
                continue  # nobody knows whether it arrived
            assert mask(phases) in now.taken.holds[before:], "a hold that is confirmed has been taken"
        now.line.to_controller = now.line.to_bridge = faithful
        recover(now)
        assert set(now.taken.holds) <= set(map(mask, HOLDS))
        others = now.taken
        assert not (others.omit or others.force_off or others.vehicle_call or others.pedestrian_call or others.preempt)
        assert others.pattern == 0


def recover(now: Scene) -> None:
    """The line is good again: the driver commands and reads without being told so."""

    def holds() -> bool:
        try:
            now.driver.hold(frozenset({1}))
            status = now.driver.read_status()
        except LineError:
            return False
        return status.held == frozenset({1}) and status.mode is Mode.REMOTE

    wait_until(holds, "the line is used again")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("end", ["bridge", "controller"])
def test_an_adapter_pulled_out_and_put_back(protocol: str, end: str, tmp_path: Path) -> None:
    with scene(protocol, tmp_path) as now:
        link = now.line.bridge if end == "bridge" else now.line.controller
        now.driver.hold(frozenset({2}))
        now.line.unplug(link)
        with pytest.raises(LineError):
            now.driver.hold(frozenset({4}))
        with pytest.raises(LineError):
            now.driver.read_status()
        assert now.taken.holds == [mask({2})]
        now.line.plug(link)
        recover(now)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_adapter_that_hands_back_what_is_sent(protocol: str, tmp_path: Path) -> None:
    with scene(protocol, tmp_path, echo=True) as now:
        line = now.line
        ends = line.bridge

        def heard_by_both(data: bytes) -> bytes:
            line.echo(ends, data)
            return data

        line.to_controller = heard_by_both
        now.driver.hold(frozenset({2, 6}))
        assert now.driver.read_status().held == frozenset({2, 6})
        assert now.taken.holds == [mask({2, 6})]


def test_an_answer_that_trickles_in_is_waited_for(tmp_path: Path) -> None:
    """A radio modem that is slower than its port: the answer begins in time and takes longer than a reply may."""
    with scene("ntcip", tmp_path) as now:

        def trickle(data: bytes) -> bytes:
            def drip() -> None:
                for place in range(0, len(data), 4):
                    now.line.inject(now.line.bridge, data[place : place + 4])
                    time.sleep(0.04)

            drips.append(threading.Thread(target=drip))
            drips[-1].start()
            return b""

        drips: list[threading.Thread] = []
        now.line.to_bridge = trickle
        now.driver.hold(frozenset({2}))
        assert now.taken.holds == [mask({2})]
        for one in drips:
            one.join()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_hold_that_was_lifted_into_silence_is_not_held_again_by_a_heartbeat(protocol: str, tmp_path: Path) -> None:
    with scene(protocol, tmp_path) as now:
        now.driver.hold(frozenset({2}))
        now.line.to_bridge = nothing  # it arrives; the answer does not
        with pytest.raises(LineError):
            now.driver.hold(frozenset())
        now.line.to_bridge = faithful
        now.driver.heartbeat()
        assert now.taken.holds[-1] == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_line_that_babbles_without_end_is_given_up(protocol: str, tmp_path: Path) -> None:
    with scene(protocol, tmp_path) as now:
        storm, quiet = random.Random(3), threading.Event()

        def babble() -> None:
            while not quiet.wait(0.002):
                now.line.inject(now.line.bridge, storm.randbytes(200))

        babbler = threading.Thread(target=babble)
        babbler.start()
        now.line.to_bridge = nothing
        with pytest.raises(LineError):
            now.driver.hold(frozenset({2}))
        quiet.set()
        babbler.join()
        now.line.to_bridge = faithful
        recover(now)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_command_is_sent_once(protocol: str, tmp_path: Path) -> None:
    """No answer may mean that it arrived: whether to command again is not the driver's to decide."""
    with scene(protocol, tmp_path) as now:
        now.line.to_bridge = nothing
        with pytest.raises(LineError):
            now.driver.hold(frozenset({2}))
        assert now.taken.holds == [mask({2})]
