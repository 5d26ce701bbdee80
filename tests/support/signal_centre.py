"""A centre and a junction that are really joined: console, broker, bridge, serial line, virtual controller.

    python -m tests.support.signal_centre          # to look at it: prints the address and passwords, and goes on

`Centre` is the same for tests. The observations before the start are invented, as in `example_city`.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from collector.console.accounts import Role
from collector.console.operators import Operators
from collector.console.users_cli import BOOK, one_time_operator
from contract import (
    ApproachMeasure,
    CameraObservation,
    Kind,
    LineCount,
    Observation,
    Quality,
    Topic,
    VehicleClass,
)
from contract.signing import public_hex
from signal_bridge.key_file import draw_key
from tests.support.bridge import Place
from tests.support.collecting import Reporter
from tests.support.mosquitto import free_port
from tests.support.virtual import wait_until

ROOT = Path(__file__).parents[2]
PEOPLE = {"demo": Role.MANAGE, "sari": Role.OPERATE, "tamu": Role.VIEW}
LEVELS = ("operate", "manage")
MINUTE = timedelta(minutes=1)

_CONFIG = """\
site = "{site}"

[broker]
port = {broker}

[batches]
seconds = 0.05

[store]
kind = "sqlite"
path = "store.sqlite3"

[http]
port = {port}

[console]
data = "console"
poll_s = 0.5

[signals]
"""


class Centre:
    """Everything, running. `place` is the junction's side, `address` the console's, `passwords` by name."""

    def __init__(self, folder: Path, *, authority: str = "advisory") -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = ""
        self.passwords: dict[str, str] = {}
        keys = {level: draw_key(folder / f"{level}.pem") for level in LEVELS}
        register = "".join(
            f'[[keys]]\nid = "pusat-{level}"\nwho = "pusat-{level}"\nrole = "{level}"\npublic = "{public_hex(key)}"\n'
            for level, key in keys.items()
        )
        self.place = Place(folder / "place", authority=authority, register=register)
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.place)
            self._write()
            stack.callback(self.stop)
            self.start()
            self._stack = stack.pop_all()
        return self

    def start(self) -> None:
        """Run the collector with its console, and return once it answers."""
        with (self.folder / "centre.log").open("ab") as log:
            command = [
                sys.executable,
                "-m",
                "simpang",
                "collector",
                "run",
                "--config",
                str(self.folder / "centre.toml"),
            ]
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        wait_until(self._answers, "the console answers")

    def stop(self) -> None:
        """SIGTERM."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def observed(self, minutes: int, *, queue_m: float = 84.0) -> None:
        """Tell of the last minutes at dago: a long queue in the north, a short one in the east."""
        now = datetime.now(UTC)
        topic = Topic("bandung", "edge-dago", Kind.OBSERVATION)
        with Reporter(self.place.broker.host, self.place.broker.port) as unit:
            told = [
                (topic, dago(now - place * MINUTE, minutes - place, queue_m + 9 * (place % 3)))
                for place in range(minutes - 1, -1, -1)
            ]
            unit.wait_for(unit.publish(told))

    def _write(self) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        text = _CONFIG.format(site=ROOT / "config" / "bandung.toml", broker=self.place.broker.port, port=port)
        for level in LEVELS:
            text += f'[[signals.keys]]\nid = "pusat-{level}"\nwho = "pusat-{level}"\nrole = "{level}"\n'
            text += f'file = "{level}.pem"\n'
        (self.folder / "centre.toml").write_text(text, encoding="utf-8")
        book = Operators(self.folder / "console" / BOOK)
        now = datetime.now(UTC)
        self.passwords = {name: one_time_operator(book, now, name=name, role=role) for name, role in PEOPLE.items()}
        book.close()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "centre.log").read_text(encoding="utf-8")
        with contextlib.suppress(URLError, OSError):
            return bool(urlopen(f"{self.address}/masuk", timeout=2).status == 200)
        return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def dago(end: datetime, seq: int, queue_m: float) -> Observation:
    """A minute at dago, invented."""
    arms = (("utara", queue_m, 26.0, 11.0), ("timur", queue_m / 6, 8.0, 27.0))
    return Observation(
        boot_id="d0" * 16,
        time=end,
        seq=seq,
        start=end - MINUTE,
        interval_s=60,
        cameras=(
            CameraObservation(
                camera="dago-1",
                lines=(LineCount(line="selatan", direction="masuk", counts={VehicleClass.MOTORCYCLE: 21}),),
                approaches=tuple(
                    ApproachMeasure(
                        approach=name, pcu=pcu, occupancy=0.5, queue_m=queue, queue_veh=int(queue / 6), speed_kmh=speed
                    )
                    for name, queue, pcu, speed in arms
                ),
                quality=Quality(grade="good", frames=600, fps=10.0),
            ),
        ),
    )


def main() -> None:
    """Run it until Ctrl-C, with a proposal now and then."""
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    signal.signal(signal.SIGINT, lambda *_: end.set())
    with tempfile.TemporaryDirectory() as folder, Centre(Path(folder)) as centre:
        centre.place.bridge.start()
        centre.place.bridge.arm()
        centre.observed(20)
        sys.stdout.write(f"{centre.address}\n{' '.join(':'.join(pair) for pair in centre.passwords.items())}\n")
        sys.stdout.flush()
        while not end.wait(45):
            centre.place.program.ask(action="extend", phases=(1,), seconds=12, why="antrean utara 84 m")
            centre.observed(1)


if __name__ == "__main__":
    main()
