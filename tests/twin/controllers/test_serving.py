"""The virtual controller at the end of a line: several stations, a bridge that is killed, and the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from signal_bridge.controller import ControllerStatus, LineError, Mode
from signal_bridge.drivers.modbus import ModbusController, ModbusSettings
from signal_bridge.drivers.modbus_line import ModbusLine, ModbusLineSettings
from signal_bridge.drivers.ntcip import NtcipController, NtcipSettings
from signal_bridge.drivers.pmpp_line import PmppLine, PmppLineSettings
from tests.support.pty_pair import pty_pair
from tests.support.virtual import served, started, wait_until
from twin.controllers.cli import app
from twin.controllers.plan import stages
from twin.controllers.registers import ModbusStation
from twin.controllers.serving import NtcipStation, Station

ROOT = Path(__file__).parents[3]


class Several:
    """Stations on one line, as RS-485 carries them: each hears everything, and answers only what is meant for it."""

    def __init__(self, *stations: Station) -> None:
        self._stations = stations

    def feed(self, data: bytes) -> list[bytes]:
        return [answer for station in self._stations for answer in station.feed(data)]

    def silence(self) -> None:
        for station in self._stations:
            station.silence()


def test_many_stations_on_one_line_and_many_threads(tmp_path: Path) -> None:
    """One-byte and two-byte addresses; each thread commands its own station, and no other is touched."""
    addresses = (1, 63, 64, 8191)
    units = {address: started(stages(4)) for address in addresses}
    several = Several(*(NtcipStation(unit, address) for address, unit in units.items()))
    with pty_pair(tmp_path) as pair, served(units[1], several, pair.controller):
        line = PmppLine(PmppLineSettings(port=str(pair.bridge), addresses=frozenset(addresses), baud=115200))

        def command(address: int, phase: int) -> None:
            controller = NtcipController(line, NtcipSettings(address=address, phases=frozenset(range(1, 5))))
            for _ in range(5):
                controller.hold(frozenset({phase}))
                assert controller.read_status().held == frozenset({phase})

        threads = [threading.Thread(target=command, args=pair) for pair in zip(addresses, (1, 2, 3, 4), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        line.close()
    assert [unit.remote.hold for unit in units.values()] == [1, 2, 4, 8]


HOLDER = """
import sys, time
from signal_bridge.drivers.{module} import {controller}, {settings}
from signal_bridge.drivers.{line_module} import {line}, {line}Settings
controller = {controller}({line}({line}Settings(port=sys.argv[1])), {settings}(phases=frozenset(range(1, 9))))
controller.hold(frozenset({{1, 5}}))
print("held", flush=True)
while True:
    controller.heartbeat()
    time.sleep(0.2)
"""
NTCIP = HOLDER.format(
    module="ntcip", controller="NtcipController", settings="NtcipSettings", line_module="pmpp_line", line="PmppLine"
)
MODBUS = HOLDER.format(
    module="modbus",
    controller="ModbusController",
    settings="ModbusSettings",
    line_module="modbus_line",
    line="ModbusLine",
)


@pytest.mark.parametrize(
    ("protocol", "program", "end"),
    [
        ("ntcip", NTCIP, "the bridge is killed"),
        ("modbus", MODBUS, "the bridge is killed"),
        ("ntcip", NTCIP, "the line is cut"),
    ],
)
def test_an_abandoned_junction_is_back_on_its_plan(protocol: str, program: str, end: str, tmp_path: Path) -> None:
    unit = started()
    unit.remote.watch_for(2)
    station = NtcipStation(unit, 1) if protocol == "ntcip" else ModbusStation(unit, 1)
    with pty_pair(tmp_path) as line, served(unit, station, line.controller):
        command = [sys.executable, "-c", program, str(line.bridge)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True
        ) as bridge:
            assert bridge.stdout is not None
            assert bridge.stdout.readline() == "held\n"
            held_at = unit.now
            wait_until(lambda: unit.now > held_at + 2.5, "heartbeats keep the hold for longer than the watchdog")
            assert (unit.remote.hold, unit.remote.backup) == (0b1_0001, False)
            if end == "the bridge is killed":
                os.kill(bridge.pid, signal.SIGKILL)
            else:
                line.unplug(line.bridge)
            wait_until(lambda: unit.remote.backup, "the watchdog runs out")
            bridge.kill()
        assert unit.remote.hold == 0
        assert unit.pattern_status() == unit.plan.local_pattern


# The command line.


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`simpang twin controller` as a process, once it serves."""
    command = [sys.executable, "-c", "from twin.controllers.cli import app; app()", "controller", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        assert "plan checksum" in process.stdout.readline()
        yield process


def read(protocol: str, port: Path) -> ControllerStatus | None:
    """Its status by our driver; None while it does not answer."""
    phases = frozenset({1, 2, 3})
    driver: NtcipController | ModbusController
    if protocol == "ntcip":
        line = PmppLine(PmppLineSettings(port=str(port), addresses=frozenset({7})))
        driver = NtcipController(line, NtcipSettings(address=7, phases=phases))
    else:
        modbus = ModbusLine(ModbusLineSettings(port=str(port), addresses=frozenset({7})))
        driver = ModbusController(modbus, ModbusSettings(address=7, phases=phases))
    try:
        return driver.read_status()
    except LineError:
        return None
    finally:
        driver.close()


@pytest.mark.parametrize("protocol", ["ntcip", "modbus"])
def test_the_command_serves_until_it_is_told_to_end(protocol: str, tmp_path: Path) -> None:
    with pty_pair(tmp_path) as line:
        where = ("--port", str(line.controller), "--address", "7", "--protocol", protocol)
        with program(*where, "--approaches", "3") as process:
            found: list[ControllerStatus] = []

            def answers() -> bool:
                status = read(protocol, line.bridge)
                if status:
                    found.append(status)
                return status is not None

            wait_until(answers, "the virtual controller answers")
            assert found[0].mode in {Mode.FLASH, Mode.REMOTE}, "it starts up, and then runs"
            assert found[0].plan_checksum == stages(3).checksum()
            assert set(found[0].phases) == {1, 2, 3}
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "nowhere"], "is the adapter plugged in"),
        (["--port", "nowhere", "--baud", "1234"], "--baud: baud: Input should be"),
        (["--port", "nowhere", "--plan", "missing.toml"], "missing.toml"),
        (["--port", "nowhere", "--protocol", "modbus", "--address", "300"], "is 1 to 247"),
    ],
)
def test_bad_input_is_refused_in_one_message(arguments: list[str], reason: str) -> None:
    refused = CliRunner().invoke(app, ["controller", *arguments])
    assert refused.exit_code == 2
    assert reason in refused.stderr
    assert "Traceback" not in refused.output


def test_a_plan_file_is_read_and_a_wrong_one_explained(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        "groups = [[[1], [2]]]\nlocal_pattern = 254\n[phases.1]\n[phases.2]\nwalk_s = 5\n", encoding="utf-8"
    )
    refused = CliRunner().invoke(app, ["controller", "--port", "nowhere", "--plan", str(plan)])
    assert refused.exit_code == 2
    assert "plan.toml: phases.2: a walk needs a pedestrian clearance" in refused.stderr
