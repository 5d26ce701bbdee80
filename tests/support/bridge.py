"""A whole place for the bridge: broker, serial line, virtual controller, the bridge's own process, and an operator.

with Place(tmp_path) as place:
    place.bridge.start()
    id_ = place.operator.ask(action="extend", phases=(1,), seconds=10)
    place.operator.wait_for(id_, "active")
"""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract import SignalOrder, SignalReply, SignalRequest, SignalStatus, decode, encode
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Listener
from tests.support.pty_pair import PtyPair, pty_pair
from tests.support.virtual import served, started
from twin.controllers.controller import PhaseController
from twin.controllers.plan import ControllerPlan, Phase, stages
from twin.controllers.registers import ModbusStation
from twin.controllers.serving import NtcipStation

PLAN: ControllerPlan = stages(2, Phase(minimum_green_s=4, yellow_s=3, all_red_s=1), split_s=12).model_copy(
    update={"backup_time_s": 6}
)
"""Two stages of 8 s green each, about the quickest that the limits of a bridge allow."""
TOPICS = "simpang/v1/bandung/bridge-dago/"

_CONFIG = """\
id = "bridge-dago"
site = "bandung"
state = "state"
keys = "keys.toml"

[broker]
host = "127.0.0.1"
port = {broker}

[[lines]]
id = "serial-1"
protocol = "{protocol}"
port = "{port}"
baud = 38400

[[junctions]]
id = "dago"
line = "serial-1"
authority = "{authority}"
controller = {{ protocol = "{protocol}" }}

[junctions.limits]
plan_checksum = {checksum}
cycle_min_s = 20
cycle_max_s = 60
clearance_s = 4
step_s = 2
status_max_age_s = 10
conflicts = [[1, 2]]
phases = [
    {{ phase = 1, approaches = ["utara"], min_green_s = 4, max_green_s = 40, pedestrians = false }},
    {{ phase = 2, approaches = ["timur"], min_green_s = 4, max_green_s = 40, pedestrians = false }},
]
"""


def cli(*arguments: str) -> list[str]:
    """The command line of `simpang bridge`."""
    return [sys.executable, "-c", "from signal_bridge.cli import app; app(prog_name='simpang bridge')", *arguments]


def public_hex(key: Ed25519PrivateKey) -> str:
    """As the register wants it."""
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return key.public_key().public_bytes(*raw).hex()


class BridgeProcess:
    """`simpang bridge run`, in a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "bridge.toml"
        self.state = folder / "state"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it."""
        with (self.folder / "bridge.log").open("ab") as log:
            self._process = subprocess.Popen(cli("run", "--config", str(self.config)), stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._process.wait()

    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of its other commands."""
        return subprocess.run(cli(*arguments), capture_output=True, text=True, check=False)

    def arm(self) -> None:
        """As a technician at the cabinet."""
        done = self.call("arm", "--junction", "dago", "--config", str(self.config), "--who", "teknisi")
        assert done.returncode == 0, done.stderr

    def log(self) -> str:
        """What it said."""
        return (self.folder / "bridge.log").read_text(encoding="utf-8")


class Operator:
    """Somebody with a key, at the broker."""

    def __init__(self, listener: Listener, key: Ed25519PrivateKey, who: str, role: str) -> None:
        self.listener, self.key, self.who, self.role = listener, key, who, role

    def order(self, **fields: Any) -> SignalOrder:
        """An order for dago that ends in a minute, unless `fields` say otherwise."""
        now = datetime.now(UTC)
        body: dict[str, Any] = {
            "id": secrets.token_hex(8),
            "junction": "dago",
            "who": self.who,
            "role": self.role,
            "key": f"{self.who}-1",
            "why": "antrean panjang",
            "not_before": now,
            "expires": now + timedelta(seconds=60),
            "nonce": secrets.token_hex(16),
        }
        return SignalOrder(**body | fields)

    def sign(self, order: SignalOrder) -> SignalRequest:
        """With this operator's key."""
        return SignalRequest(**order.model_dump(), signature=self.key.sign(order.canonical()).hex())

    def ask(self, **fields: Any) -> str:
        """Send a signed order; its id."""
        request = self.sign(self.order(**fields))
        self.send(request)
        return request.id

    def send(self, request: SignalRequest) -> None:
        """Publish it as it is."""
        self.listener.client.publish(f"{TOPICS}signal/request", encode(request), 1)

    def replies(self, id_: str) -> list[SignalReply]:
        """All that came to this request so far."""
        return [one for one in self.replies_to_all() if one.request == id_]

    def replies_to_all(self) -> list[SignalReply]:
        """All that came so far."""
        heard = (decode(one.topic, one.payload)[1] for one in self.listener.heard("signal/reply"))
        return [one for one in heard if isinstance(one, SignalReply)]

    def wait_for(self, id_: str, *outcomes: str) -> SignalReply:
        """The first reply to `id_` with one of these outcomes."""
        self.listener.wait_until(lambda _: self._found(id_, outcomes) is not None, "signal/reply")
        found = self._found(id_, outcomes)
        assert found is not None
        return found

    def _found(self, id_: str, outcomes: tuple[str, ...]) -> SignalReply | None:
        return next((one for one in self.replies(id_) if one.outcome in outcomes), None)

    def statuses(self) -> list[SignalStatus]:
        """All that were heard."""
        heard = (decode(one.topic, one.payload)[1] for one in self.listener.heard("signal/status"))
        return [one for one in heard if isinstance(one, SignalStatus)]


class Place:
    """Everything there is at dago."""

    def __init__(
        self, folder: Path, *, protocol: str = "ntcip", authority: str = "advisory", register: str = "", more: str = ""
    ) -> None:
        """`register`: further entries of keys.toml; `more`: further lines of bridge.toml, of the junction."""
        self.folder = folder
        self._register, self._more = register, more
        self._protocol, self._authority = protocol, authority
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            self.broker = stack.enter_context(Mosquitto(self.folder / "broker"))
            self.line: PtyPair = stack.enter_context(pty_pair(self.folder))
            self.unit: PhaseController = started(PLAN)
            station = NtcipStation(self.unit, 1) if self._protocol == "ntcip" else ModbusStation(self.unit, 1)
            stack.enter_context(served(self.unit, station, self.line.controller))
            keys = {who: Ed25519PrivateKey.generate() for who in ("budi", "adaptif")}
            self._write(keys)
            listener = stack.enter_context(Listener(self.broker.host, self.broker.port, f"{TOPICS}#"))
            self.operator = Operator(listener, keys["budi"], "budi", "operate")
            self.program = Operator(listener, keys["adaptif"], "adaptif", "automatic")
            self.bridge = BridgeProcess(self.folder)
            stack.callback(self._end)
            self._stack = stack.pop_all()
        return self

    def _write(self, keys: dict[str, Ed25519PrivateKey]) -> None:
        roles = {"budi": "operate", "adaptif": "automatic"}
        register = "".join(
            f'[[keys]]\nid = "{who}-1"\nwho = "{who}"\nrole = "{roles[who]}"\npublic = "{public_hex(key)}"\n'
            for who, key in keys.items()
        )
        (self.folder / "keys.toml").write_text(register + self._register, encoding="utf-8")
        config = _CONFIG.format(
            broker=self.broker.port,
            port=self.line.bridge,
            checksum=self.unit.checksum,
            protocol=self._protocol,
            authority=self._authority,
        )
        (self.folder / "bridge.toml").write_text(config + self._more, encoding="utf-8")

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.bridge.stop()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


@contextmanager
def held(folder: Path, seconds: float = 30) -> Iterator[tuple[Place, str]]:
    """A place whose bridge is armed and holds phase 1 for an operator; the id of the request."""
    with Place(folder) as place:
        place.bridge.start()
        place.bridge.arm()
        place.operator.listener.wait_until(lambda _: any(one.armed for one in place.operator.statuses()), "status")
        id_ = place.operator.ask(action="extend", phases=(1,), seconds=seconds)
        place.operator.wait_for(id_, "active")
        yield place, id_
