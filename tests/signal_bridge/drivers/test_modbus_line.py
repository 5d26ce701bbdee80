"""The Modbus driver against a server that pymodbus runs by itself, and its register map."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from signal_bridge.controller import Aspect, LineError, Mode, RefusedError, Walk
from signal_bridge.drivers import modbus_map
from signal_bridge.drivers.modbus import ModbusController, ModbusSettings
from signal_bridge.drivers.modbus_line import ModbusLine, ModbusLineSettings
from signal_bridge.drivers.modbus_map import CONTROL_LENGTH, MAP_VERSION, STATUS_LENGTH, Control, Status
from tests.support.pty_pair import socat_pair

DOCUMENT = Path(__file__).parents[3] / "docs" / "modbus-register-map.md"
SETTINGS = ModbusSettings(address=3, phases=frozenset({2, 3, 6}))
STATUS = {
    Status.MAP_VERSION: MAP_VERSION,
    Status.CONTROL_STATUS: 2,
    Status.FLASH_STATUS: 2,
    Status.ALARMS_1: 0b1001_0000,  # coordination active, which is no alarm, and the conflict monitor
    Status.PATTERN: 7,
    Status.PLAN_CHECKSUM: 40321,
    Status.PHASES: 0b10_0110,
    Status.REDS: 0,
    Status.YELLOWS: 0b100,
    Status.GREENS: 0b10_0010,
    Status.DONT_WALKS: 0b100,
    Status.PED_CLEARS: 0b10_0000,
    Status.WALKS: 0b10,
}


class PlainServer:
    """A station of registers with nothing behind them. `controls` are its holding registers, as last written."""

    def __init__(self, port: Path) -> None:
        self._port = str(port)
        self.status = [STATUS.get(register, 0) for register in Status]
        self.controls = [0] * (CONTROL_LENGTH - 1) + [20]
        self.refuses: ExcCodes | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> PlainServer:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        nothing = [SimData(0, values=False, count=16, datatype=DataType.BITS)]
        blocks = [
            [SimData(0, values=0, count=length, datatype=DataType.REGISTERS)]
            for length in (CONTROL_LENGTH, STATUS_LENGTH)
        ]
        device = SimDevice(3, (nothing, list(nothing), blocks[0], blocks[1]), action=self._access)
        server = ModbusSerialServer(device, port=self._port, baudrate=9600)
        await server.serve_forever(background=True)
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _access(self, function: int, *request: int | Sequence[int] | None) -> ExcCodes | None:
        _, address, count, registers, values = request
        assert isinstance(address, int) and isinstance(count, int) and isinstance(registers, list)
        if self.refuses:
            return self.refuses
        if isinstance(values, Sequence):
            self.controls[address : address + count] = values
        registers[:-1] = self.status if function == 4 else self.controls
        return None


@pytest.fixture(name="ends", scope="module")
def fixture_ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    with socat_pair(tmp_path_factory.mktemp("line")) as ends:
        yield ends


@pytest.fixture(name="server")
def fixture_server(ends: tuple[Path, Path]) -> Iterator[PlainServer]:
    with PlainServer(ends[1]) as server:
        yield server


@pytest.fixture(name="line")
def fixture_line(ends: tuple[Path, Path]) -> Iterator[ModbusLine]:
    line = ModbusLine(ModbusLineSettings(port=str(ends[0]), addresses=frozenset({3, 4})))
    yield line
    line.close()


@pytest.fixture(name="controller")
def fixture_controller(line: ModbusLine) -> ModbusController:
    return ModbusController(line, SETTINGS, clock=lambda: 1000.0)


def test_status_is_read(server: PlainServer, controller: ModbusController) -> None:
    server.controls[Control.HOLD] = 0b10
    status = controller.read_status()
    assert status.read_at == 1000.0
    assert {number: (phase.aspect, phase.pedestrian) for number, phase in status.phases.items()} == {
        2: (Aspect.GREEN, Walk.WALK),
        3: (Aspect.YELLOW, Walk.DONT_WALK),
        6: (Aspect.GREEN, Walk.CLEAR),
    }
    assert status.mode is Mode.REMOTE
    assert (status.pattern, status.plan_checksum, status.unit_backup_time_s) == (7, 40321, 20)
    assert status.held == frozenset({2})
    assert status.preempts == frozenset()
    assert status.alarms == frozenset({"conflict"})


def test_every_call_writes_its_register(server: PlainServer, controller: ModbusController) -> None:
    calls = {
        Control.HOLD: controller.hold,
        Control.FORCE_OFF: controller.force_off,
        Control.OMIT: controller.omit,
        Control.VEHICLE_CALL: controller.vehicle_call,
        Control.PEDESTRIAN_CALL: controller.pedestrian_call,
    }
    for register, call in calls.items():
        call(frozenset({2, 16}))
        assert server.controls[register] == 0x8002
        call(frozenset())
        assert server.controls[register] == 0
    controller.select_pattern(12)
    controller.preempt(1, on=True)
    controller.preempt(3, on=True)
    controller.preempt(1, on=False)
    assert server.controls[Control.PATTERN] == 12
    assert server.controls[Control.PREEMPT] == 0b100
    controller.release_all()
    assert server.controls[Control.HOLD :] == [0] * 7 + [20]


def test_a_heartbeat_beats_and_holds_on(server: PlainServer, controller: ModbusController) -> None:
    controller.hold(frozenset({6}))
    server.controls[Control.HOLD] = 0
    controller.heartbeat()
    first = server.controls[Control.HEARTBEAT]
    controller.heartbeat()
    assert server.controls[Control.HEARTBEAT] == first + 1
    assert server.controls[Control.HOLD] == 0b10_0000


def test_a_refusal_says_what_the_station_said(server: PlainServer, controller: ModbusController) -> None:
    server.refuses = ExcCodes.ILLEGAL_VALUE
    with pytest.raises(RefusedError, match="the value is not allowed"):
        controller.select_pattern(99)


def test_another_map_is_not_believed(server: PlainServer, controller: ModbusController) -> None:
    server.status[Status.MAP_VERSION] = 0x5302
    with pytest.raises(LineError, match="does not speak register map 5301"):
        controller.read_status()


def test_what_the_controller_cannot_tell_is_unknown(server: PlainServer, controller: ModbusController) -> None:
    for register in (Status.FLASH_STATUS, Status.PATTERN, Status.PLAN_CHECKSUM, Status.SHORT_ALARMS):
        server.status[register] = modbus_map.UNKNOWN
    status = controller.read_status()
    assert (status.mode, status.pattern, status.plan_checksum, status.alarms) == (Mode.UNKNOWN, None, None, None)


def test_an_answer_of_an_earlier_time_is_not_fresh(server: PlainServer, line: ModbusLine) -> None:
    ours = [0.0]
    controller = ModbusController(line, SETTINGS.model_copy(update={"read_tries": 1}), clock=lambda: ours[0])
    for clock in (65500, 64):  # its own clock goes on by ten seconds as ours does, past its turn
        server.status[Status.CLOCK] = clock
        controller.read_status()
        ours[0] += 10
    with pytest.raises(LineError, match="answered late"):
        controller.read_status()
    assert controller.read_status().pattern == 7, "the next reading begins anew"


def test_a_silent_station(line: ModbusLine) -> None:
    silent = ModbusController(line, SETTINGS.model_copy(update={"address": 4}))
    with pytest.raises(LineError, match="station 4 did not answer"):
        silent.hold(frozenset({2}))


def test_another_station_is_not_spoken_to(ends: tuple[Path, Path]) -> None:
    line = ModbusLine(ModbusLineSettings(port=str(ends[0]), addresses=frozenset({4})))
    with pytest.raises(ValueError, match="not in its line's list"):
        ModbusController(line, SETTINGS)


def test_the_published_map_is_this_code() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == modbus_map.document()
    assert set(modbus_map.STATUS_ROWS) == set(Status)
    assert set(modbus_map.CONTROL_ROWS) == set(Control)
    assert [*Status] == list(range(STATUS_LENGTH))
    assert [*Control] == list(range(CONTROL_LENGTH))
