"""mbpoll (libmodbus), as an independent Modbus master."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def read(port: Path, *, table: int, first: int, count: int, station: int = 1, timeout_s: float = 2.0) -> list[int]:
    """Registers as mbpoll shows them: table 3 input, 4 holding. Raises `AssertionError` with its complaint."""
    shown = _run(port, station, timeout_s, "-t", f"{table}:hex", "-r", str(first), "-c", str(count), "-1")
    return [int(value, 16) for value in re.findall(r"^\[\d+\]:\s+0x([0-9A-F]+)", shown, re.MULTILINE)]


def write(port: Path, first: int, *values: int, station: int = 1) -> None:
    """Holding registers: function 06 for one value, 16 for more. Raises `AssertionError` with its complaint."""
    _run(port, station, 2.0, "-t", "4", "-r", str(first), values=values)


def _run(port: Path, station: int, timeout_s: float, *options: str, values: tuple[int, ...] = ()) -> str:
    command = ["mbpoll", "-m", "rtu", "-b", "9600", "-P", "none", "-0", "-a", str(station), "-o", str(timeout_s)]
    done = subprocess.run(
        [*command, *options, str(port), *map(str, values)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0 and "failed" not in done.stderr, done.stderr.strip()
    return done.stdout
