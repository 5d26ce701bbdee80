"""What the machine tells, from a copy of the files a Raspberry Pi shows and from this machine itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.health import Heat, Machine


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty PATH on which a test may put tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    reading = Machine(tmp_path).read()
    assert reading.memory_mb > 10
    assert reading.disk_free_mb == pytest.approx(shutil.disk_usage(tmp_path).free / 1e6, rel=0.05)


def test_a_machine_that_tells_nothing_is_no_trouble(tmp_path: Path, tools: Path) -> None:
    reading = Machine(tmp_path / "nowhere", root=tmp_path).read()
    assert (reading.temperature_c, reading.throttled, reading.under_voltage, reading.clock_offset_s) == (None,) * 4
    assert (reading.disk_free_mb, reading.memory_mb) == (0, 0)


FLAGS = [
    ("all well", "throttled=0x0", False, False),
    ("under-voltage now", "throttled=0x1", False, True),
    ("under-voltage has happened", "throttled=0x10000", False, True),
    ("throttled now", "throttled=0x4", True, False),
    ("soft temperature limit", "throttled=0x80008", True, False),
    ("throttled an hour ago", "throttled=0x40000", False, False),
    ("nonsense", "throttled=maybe", None, None),
    ("no answer", "VCHI initialization failed", None, None),
]


@pytest.mark.parametrize(("told", "throttled", "voltage"), [row[1:] for row in FLAGS], ids=[row[0] for row in FLAGS])
def test_the_firmwares_flags(
    tmp_path: Path, tools: Path, told: str, throttled: bool | None, voltage: bool | None
) -> None:
    tool(tools, "vcgencmd", f"echo '{told}'")
    reading = Machine(tmp_path, root=tmp_path).read()
    assert (reading.throttled, reading.under_voltage) == (throttled, voltage)


def test_the_kernels_own_voltage_alarm_is_read_beside_the_flags(tmp_path: Path, tools: Path) -> None:
    tool(tools, "vcgencmd", "echo throttled=0x0")
    write(tmp_path / "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    write(tmp_path / "sys/class/hwmon/hwmon0/in0_lcrit_alarm", "0\n")
    write(tmp_path / "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    write(tmp_path / "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert Machine(tmp_path, root=tmp_path).read().under_voltage is True


def test_the_hottest_believable_zone_and_the_clock(tmp_path: Path, tools: Path) -> None:
    for number, text in enumerate(["54321\n", "61000\n", "-274000\n", "x\n"]):
        write(tmp_path / f"sys/class/thermal/thermal_zone{number}/temp", text)
    tool(
        tools,
        "chronyc",
        "echo 'C0A80001,192.168.0.1,3,1772431200.1,-0.000342,0.0001,0.0002,1.2,0,0.1,0.01,0.001,64,Normal'",
    )
    reading = Machine(tmp_path, root=tmp_path).read()
    assert reading.temperature_c == 61.0
    assert reading.clock_offset_s == pytest.approx(-0.000342)


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "echo"])
def test_a_tool_that_fails_is_as_if_it_were_not_there(tmp_path: Path, tools: Path, script: str) -> None:
    tool(tools, "vcgencmd", script)
    tool(tools, "chronyc", script)
    reading = Machine(tmp_path, root=tmp_path).read()
    assert (reading.throttled, reading.clock_offset_s) == (None, None)


def test_a_hot_unit_looks_less_often_until_it_has_cooled_down() -> None:
    heat = Heat()
    readings = [(60.0, False), (79.0, False), (75.0, False), (71.0, False), (75.0, False), (60.0, True), (None, None)]
    assert [heat.share(*reading) for reading in readings] == [1.0, 0.6, 0.6, 1.0, 1.0, 0.6, 1.0]
