"""net-snmp, as an independent peer: its tools, its agent, and a shim that carries their datagrams over PMPP.

The shim frames by code of its own, bit by bit from ISO/IEC 3309, so that it shares no mistake with `drivers.pmpp`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import serial

ASC = ".1.3.6.1.4.1.1206.4.2.1"
GLOBAL_SET_ID = ".1.3.6.1.4.1.1206.4.2.6.1.1.0"


def fcs(data: bytes) -> bytes:
    """The frame check sequence, bit by bit."""
    register = 0xFFFF
    for byte in data:
        for place in range(8):
            feedback = (byte >> place ^ register) & 1
            register >>= 1
            if feedback:
                register ^= 0x8408
    register ^= 0xFFFF
    return bytes((register & 0xFF, register >> 8))


def frame(address: int, information: bytes) -> bytes:
    """A PMPP frame for a one-byte address."""
    body = bytes((address << 2 | 1, 0x13, 0xC1)) + information
    wire = bytearray(b"\x7e")
    for byte in body + fcs(body):
        wire += bytes((0x7D, byte ^ 0x20)) if byte in {0x7D, 0x7E} else bytes((byte,))
    return bytes(wire) + b"\x7e"


class Unframer:
    """Information fields of whole frames for one station, from bytes in any pieces."""

    def __init__(self, address: int) -> None:
        self._head = bytes((address << 2 | 1, 0x13, 0xC1))
        self._body = bytearray()
        self._escaped = False

    def feed(self, data: bytes) -> list[bytes]:
        """What `data` completes."""
        found = []
        for byte in data:
            if byte == 0x7E:
                body = bytes(self._body)
                if len(body) > 5 and fcs(body[:-2]) == body[-2:] and body.startswith(self._head):
                    found.append(body[3:-2])
                self._body.clear()
                self._escaped = False
            elif byte == 0x7D:
                self._escaped = True
            else:
                self._body.append(byte ^ 0x20 if self._escaped else byte)
                self._escaped = False
        return found


@contextlib.contextmanager
def _forwarding(port: Path, udp: socket.socket, address: int, peer: tuple[str, int] | None) -> Iterator[None]:
    """Datagrams of `udp` to frames on `port`, and back: to `peer`, or to whoever asked last."""
    stop = threading.Event()
    last_peer = peer
    with serial.Serial(str(port), timeout=0.02) as line:
        udp.settimeout(0.02)

        def inward() -> None:
            nonlocal last_peer
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    datagram, came_from = udp.recvfrom(65535)
                    last_peer = peer or came_from
                    line.write(frame(address, datagram))

        def outward() -> None:
            unframer = Unframer(address)
            while not stop.is_set():
                for information in unframer.feed(line.read(1) + line.read(line.in_waiting)):
                    if last_peer:
                        udp.sendto(information, last_peer)

        threads = [threading.Thread(target=run) for run in (inward, outward)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextlib.contextmanager
def tools_over_pmpp(port: Path, address: int) -> Iterator[NetSnmp]:
    """net-snmp's tools towards a station on the line that `port` belongs to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        with _forwarding(port, udp, address, None):
            yield NetSnmp(udp.getsockname()[1])


@contextlib.contextmanager
def agent_over_pmpp(port: Path, address: int, agent: NetSnmp) -> Iterator[None]:
    """The agent as a station on the line that `port` belongs to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        with _forwarding(port, udp, address, ("127.0.0.1", agent.udp_port)):
            yield


@dataclass(frozen=True, slots=True)
class NetSnmp:
    """net-snmp's command-line tools towards one UDP port of the loopback interface."""

    udp_port: int

    def get(self, oid: str, community: str = "public", *, tool: str = "snmpget", timeout_s: float = 5) -> str:
        """The value, or what the tool complains of."""
        return self._run(tool, community, oid, timeout_s=timeout_s)

    def set(self, oid: str, value: int, community: str = "administrator") -> str:
        """The value as confirmed, or what the tool complains of."""
        return self._run("snmpset", community, oid, "i", str(value))

    def _run(self, tool: str, community: str, *arguments: str, timeout_s: float = 5) -> str:
        command = [
            tool,
            "-v1",
            "-c",
            community,
            "-Oqvn",
            "-r0",
            f"-t{timeout_s}",
            f"127.0.0.1:{self.udp_port}",
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return (done.stdout if done.returncode == 0 else done.stderr).strip()


@contextlib.contextmanager
def snmpd(folder: Path, writable: dict[str, int], read_only: dict[str, int]) -> Iterator[NetSnmp]:
    """A real agent that has these objects, and nothing else of NTCIP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        udp_port = free.getsockname()[1]
    lines = [f"agentaddress udp:127.0.0.1:{udp_port}", "rocommunity public", "rwcommunity administrator"]
    lines += [f"override -rw {oid} integer {value}" for oid, value in writable.items()]
    lines += [f"override {oid} integer {value}" for oid, value in read_only.items()]
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(folder), "SNMPCONFPATH": str(folder)}
    command = ["/usr/sbin/snmpd", "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf"), "-p", str(folder / "pid")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "NET-SNMP version" in line:  # it says so when it listens
                break
        try:
            yield NetSnmp(udp_port)
        finally:
            run.terminate()
