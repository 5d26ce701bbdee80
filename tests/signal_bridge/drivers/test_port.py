"""The serial port: clear words for what is wrong with it, and back by itself when the adapter is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from signal_bridge.controller import LineError
from signal_bridge.drivers.port import PortSettings, SerialPort, open_port
from tests.support.pty_pair import pty_pair
from tests.support.virtual import wait_until


def settings(port: Path) -> PortSettings:
    return PortSettings(port=str(port))


def test_an_adapter_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="is the adapter plugged in"):
        open_port(settings(tmp_path / "usb-FTDI-port0"))


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_is_no_serial_port(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    path.mkdir() if what == "folder" else path.write_text("")
    with pytest.raises(LineError, match="this is no serial port"):
        open_port(settings(path))


def test_a_port_that_cannot_turn_rs485_round(tmp_path: Path) -> None:
    with pty_pair(tmp_path) as line:
        with pytest.raises(LineError, match="set rs485 = false"):
            open_port(PortSettings(port=str(line.bridge), rs485=True))
        open_port(settings(line.bridge)).close()


def test_one_program_at_a_time(tmp_path: Path) -> None:
    with pty_pair(tmp_path) as line:
        port = open_port(settings(line.bridge))
        with pytest.raises(LineError, match="another program has it open"):
            open_port(settings(line.bridge))
        port.close()
        open_port(settings(line.bridge)).close()


def test_an_adapter_that_is_unplugged_and_comes_back_under_its_name(tmp_path: Path) -> None:
    with pty_pair(tmp_path) as line:
        port = SerialPort(settings(line.bridge))
        port.send(b"x")
        line.unplug(line.bridge)
        with pytest.raises(LineError, match="unplugged"):
            port.receive(time.monotonic() + 5)
        with pytest.raises(LineError, match="is the adapter plugged in"):
            port.send(b"x")
        line.plug(line.bridge)
        assert port.receive(time.monotonic()) == b"", "opened anew"
        line.inject(line.bridge, b"hello")
        heard = bytearray()

        def hears() -> bool:
            heard.extend(port.receive(time.monotonic() + 0.1))
            return bytes(heard) == b"hello"

        wait_until(hears, "the new port is read")
        port.close()


def test_a_line_that_was_given_back_stays_so(tmp_path: Path) -> None:
    with pty_pair(tmp_path) as line:
        port = SerialPort(settings(line.bridge))
        port.send(b"x")
        port.close()
        with pytest.raises(LineError, match="has been closed"):
            port.send(b"x")


@pytest.mark.parametrize(("parity", "stop_bits", "bits"), [("none", 1, 10), ("even", 1, 11), ("none", 2, 11)])
def test_how_long_characters_take(parity: str, stop_bits: int, bits: int) -> None:
    line = PortSettings.model_validate({"port": "x", "baud": 1200, "parity": parity, "stop_bits": stop_bits})
    assert line.seconds(120) == pytest.approx(bits / 10)
