"""Signals for the demo: a virtual controller and a real bridge at one junction, so that a newcomer sees phases live.

    python -m twin.demo_signals LINK     # the controller, behind a serial line that it makes itself

The serial line is a pair of pseudo-terminals; the bridge finds its end under the name LINK. Everything else is what an
administrator would write: bridge.toml, keys.toml, the centre's keys. The junction is armed without anybody at a
cabinet, for there is none.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
import tty
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from contract import SignalStatus
from contract.signing import public_hex
from signal_bridge.arming import Armory
from signal_bridge.drivers.port import PortSettings, SerialPort
from signal_bridge.key_file import draw_key
from signal_bridge.settings import parse_settings
from twin.children import Job
from twin.controllers.controller import PhaseController
from twin.controllers.plan import Phase, stages
from twin.controllers.serving import NtcipStation, serve

BRIDGE, JUNCTION = "bridge-dago", "dago"
PLAN = stages(2, Phase(minimum_green_s=10, yellow_s=3, all_red_s=2), split_s=20).model_copy(
    update={"backup_time_s": 10}
)
"""Two stages of 15 s green each; the watchdog is of 10 s. A bridge commands nothing before it has seen a cycle."""
_LEVELS = ("operate", "manage")
_CONFIG = """\
id = "{bridge}"
site = "bandung"
state = "state"
keys = "keys.toml"

[broker]
host = "127.0.0.1"
port = {port}
protocol = "3.1.1"

[[lines]]
id = "serial-1"
protocol = "ntcip"
port = "{link}"
baud = 38400

[[junctions]]
id = "{junction}"
line = "serial-1"
authority = "advisory"
controller = {{ protocol = "ntcip" }}

[junctions.limits]
plan_checksum = {checksum}
status_max_age_s = 5
conflicts = [[1, 2]]
phases = [
    {{ phase = 1, approaches = ["utara", "selatan"], min_green_s = 10, max_green_s = 60, pedestrians = false }},
    {{ phase = 2, approaches = ["timur", "barat"], min_green_s = 10, max_green_s = 60, pedestrians = false }},
]
"""


def write_signal_files(folder: Path, broker_port: int) -> str:
    """Write the bridge's folder below `folder`, arm its junction, and return what collector.toml must say of it.

    Keys that are there already stay, and with them what a kept demo was armed for.
    """
    home = folder / BRIDGE
    home.mkdir(parents=True, exist_ok=True)
    for level in _LEVELS:
        if not (home / f"{level}.pem").exists():
            (home / f"{level}.hex").write_text(public_hex(draw_key(home / f"{level}.pem")), encoding="utf-8")
    register, section = "", ""
    for level in _LEVELS:
        public = (home / f"{level}.hex").read_text(encoding="utf-8")
        whose = f'id = "pusat-{level}"\nwho = "pusat-{level}"\nrole = "{level}"\n'
        register += f'[[keys]]\n{whose}public = "{public}"\n'
        section += f'\n[[signals.keys]]\n{whose}file = "{BRIDGE}/{level}.pem"\n'
    (home / "keys.toml").write_text(register, encoding="utf-8")
    text = _CONFIG.format(
        bridge=BRIDGE, junction=JUNCTION, port=broker_port, link=home / "serial", checksum=PLAN.checksum()
    )
    (home / "bridge.toml").write_text(text, encoding="utf-8")
    settings = parse_settings(text, "bridge.toml", home)
    Armory(settings.state, JUNCTION).arm(settings.junctions[0].limits.digest, "demo")
    return section


def signal_jobs(folder: Path, simpang: Sequence[str], environment: Mapping[str, str]) -> tuple[Job, ...]:
    """The two programs."""
    home = folder / BRIDGE
    return (
        Job("controller", (sys.executable, "-m", "twin.demo_signals", str(home / "serial")), environment),
        Job("bridge", (*simpang, "bridge", "run", "--config", str(home / "bridge.toml")), environment),
    )


def signals_ready(folder: Path) -> bool:
    """Whether the bridge has read the controller's phases."""
    try:
        last = SignalStatus.model_validate_json((folder / BRIDGE / "state" / f"{JUNCTION}.status.json").read_bytes())
    except (OSError, ValueError):
        return False
    return last.mode == "remote" and bool(last.phases)


@contextmanager
def serial_line(link: Path) -> Iterator[str]:
    """A serial line for as long as the context lasts: one end under the name `link`, the other is returned."""
    ends = [os.openpty(), os.openpty()]
    for _, slave in ends:
        tty.setraw(slave)
    link.unlink(missing_ok=True)
    link.symlink_to(os.ttyname(ends[0][1]))
    stop = threading.Event()
    wire = threading.Thread(target=_carry, args=(ends[0][0], ends[1][0], stop), name="wire")
    wire.start()
    try:
        yield os.ttyname(ends[1][1])
    finally:
        stop.set()
        wire.join()
        link.unlink(missing_ok=True)
        for end in ends:
            for one in end:
                os.close(one)


def _carry(one: int, other: int, stop: threading.Event) -> None:
    """Bytes from either end to the other; what nobody takes is lost, as on a wire."""
    os.set_blocking(one, False)
    os.set_blocking(other, False)
    while not stop.is_set():
        ready, _, _ = select.select([one, other], [], [], 0.1)
        for end in ready:
            with contextlib.suppress(BlockingIOError):
                os.write(other if end == one else one, os.read(end, 4096))


def main(link: Path) -> None:
    """Serve the controller until it is told to end."""
    stop = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stop.set())
    with serial_line(link) as port:
        unit = PhaseController(PLAN)
        unit.advance(time.monotonic())
        serve(unit, NtcipStation(unit, 1), SerialPort(PortSettings(port=port, baud=38400)), stop)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
