"""The whole chain on one bare machine: cameras, units, broker, store and console, as child processes on loopback.

Everything that the programs need stands as files in one folder, as an administrator would write them, so that a person
can read them, change them and start a part by hand.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from collector.console.operators import Operators
from collector.console.users_cli import BOOK, one_time_operator
from contract import ContractError, Zones, parse_zones
from twin.children import Children, Job
from twin.demo_signals import signal_jobs, signals_ready, write_signal_files
from twin.scenes import SCENES
from twin.zones import to_toml, zones_of

SIMPANG = (sys.executable, "-m", "simpang")
HOME = Path(__file__).resolve().parent.parent
SITE = HOME / "config" / "bandung.toml"
INTERVAL_S = 10
"""Observations come oftener than in the street, so that a visitor sees figures soon."""
UNIT_FPS = 6
OWN_LINE = """\
[[lines]]
id = "selatan"
a = [0.05, 0.6]
b = [0.95, 0.6]
right = "masuk"
left = "keluar"
approach = "selatan"
"""
"""What is counted in a visitor's own video when no zones are given: whatever passes the middle of the picture."""


class Camera(NamedTuple):
    """One camera of the demo: its name in the site file, its address, and what is drawn over its picture."""

    unit: str
    id: str
    address: str
    zones: Zones


@dataclass(frozen=True)
class Demo:
    """What to start, and where it listens."""

    folder: Path
    cameras: tuple[Camera, ...]
    twin_port: int | None
    """None when no rendered camera is needed."""
    broker_port: int
    http_port: int
    fps: float
    light: str
    rain: bool
    model: str | None = None
    simpang: Sequence[str] = SIMPANG
    jam: tuple[str, float] | None = None
    """A scene in which traffic is held, and from how many seconds on."""

    @property
    def url(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.http_port}/"


def plan(
    folder: Path,
    *,
    video: str | None = None,
    zones: Path | None = None,
    fps: float = 6,
    light: str = "day",
    rain: bool = False,
    model: str | None = None,
    simpang: Sequence[str] = SIMPANG,
) -> Demo:
    """Ports and cameras of a demo: the four scenes, or the visitor's own `video`. `ContractError` for bad input."""
    twin_port, broker_port, http_port = _free_ports(3)
    if video is None:
        base = f"http://127.0.0.1:{twin_port}"
        cameras = tuple(
            Camera(f"edge-{name}", f"{name}-1", f"{base}/{name}.mjpg", zones_of(scene))
            for name, scene in SCENES.items()
        )
    else:
        if "://" not in video and not video.isdecimal():
            path = Path(video).resolve()
            if not path.exists():
                raise ContractError(f"{video}: no such video; give a file, a folder of pictures, rtsp:// or http://")
            video = str(path)
        text = zones.read_text(encoding="utf-8") if zones else OWN_LINE
        cameras = (Camera("edge-dago", "dago-1", video, parse_zones(text, zones.name if zones else "zones")),)
    return Demo(
        folder=folder.resolve(),
        cameras=cameras,
        twin_port=None if video else twin_port,
        broker_port=broker_port,
        http_port=http_port,
        fps=fps,
        light=light,
        rain=rain,
        model=model,
        simpang=simpang,
    )


def write_files(demo: Demo) -> None:
    """Write collector.toml, the site file, and a folder for each unit."""
    demo.folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SITE, demo.folder / "bandung.toml")
    (demo.folder / "collector.toml").write_text(
        'site = "bandung.toml"\n\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {demo.broker_port}\nprotocol = "3.1.1"\n\n'
        '[store]\nkind = "sqlite"\npath = "simpang.sqlite"\n\n'
        f'[http]\nhost = "127.0.0.1"\nport = {demo.http_port}\n\n'
        # Rendered streets may be seen by anybody here; a visitor's own camera only by who has signed in.
        f'[console]\ndata = "console"\nopen_views = {"true" if demo.twin_port else "false"}\n'
        f"\n[clips]\n{_pictures(demo)}{_signals(demo)}",
        encoding="utf-8",
    )
    for camera in demo.cameras:
        home = demo.folder / camera.unit
        home.mkdir(exist_ok=True)
        (home / "zones.toml").write_text(to_toml(camera.zones), encoding="utf-8")
        model = f"model = {json.dumps(demo.model)}\n" if demo.model else ""
        (home / "unit.toml").write_text(
            f'site = "bandung"\nunit = "{camera.unit}"\ntimezone = "Asia/Jakarta"\n'
            f'interval_s = {INTERVAL_S}\ntarget_fps = {UNIT_FPS}\ndata = "data"\n\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {demo.broker_port}\nprotocol = "3.1.1"\n\n'
            f'[recording]\nring = "card"\n\n[detector]\nthreads = 1\n{model}\n'
            f'[[cameras]]\nid = "{camera.id}"\naddress = {json.dumps(camera.address)}\nzones = "zones.toml"\n',
            encoding="utf-8",
        )


def _pictures(demo: Demo) -> str:
    """Where the console gets a rendered camera's picture just now."""
    if demo.twin_port is None:
        return ""
    rows = "".join(f'{one.id} = "{one.address.removesuffix(".mjpg")}.jpg"\n' for one in demo.cameras)
    return f"\n[console.pictures]\n{rows}"


def _signals(demo: Demo) -> str:
    """What collector.toml says of signals. A visitor's own street has no controller here."""
    return "" if demo.twin_port is None else write_signal_files(demo.folder, demo.broker_port)


def enter_operator(demo: Demo) -> str:
    """Enter the operator `demo` with a password drawn now, and return it."""
    folder = demo.folder / "console"
    folder.mkdir(parents=True, exist_ok=True)
    book = Operators(folder / BOOK)
    try:
        return one_time_operator(book, datetime.now(UTC))
    finally:
        book.close()


Ready = Callable[[], bool]


class Stage(NamedTuple):
    """A step of the start: what it is called in Indonesian and English, its programs, and when it is done."""

    title: str
    jobs: tuple[Job, ...]
    ready: Ready


def stages(demo: Demo) -> tuple[Stage, ...]:
    """What is started, in order."""
    found = []
    if demo.twin_port is not None:
        arguments = ["twin", "serve", "--port", str(demo.twin_port), "--fps", f"{demo.fps:g}", "--light", demo.light]
        arguments += ["--rain"] if demo.rain else []
        arguments += ["--jam", demo.jam[0], "--jam-from", f"{demo.jam[1]:g}"] if demo.jam else []
        job = _job(demo, "twin", arguments)
        found.append(
            Stage("Kamera kembaran / twin cameras", (job,), lambda: _answers(demo.cameras[-1].address, ".jpg"))
        )
    collect = ["collector", "run", "--config", str(demo.folder / "collector.toml"), "--embedded-broker"]
    found.append(
        Stage(
            "Pusat: broker, penyimpanan, konsol / centre: broker, store, console",
            (_job(demo, "collector", collect),),
            lambda: _online(demo) is not None,
        )
    )
    units = tuple(unit_job(demo, one.unit) for one in demo.cameras)
    wanted = len(units)
    found.append(Stage("Unit tepi jalan / roadside units", units, lambda: (_online(demo) or 0) >= wanted))
    if demo.twin_port is not None:
        jobs = signal_jobs(demo.folder, demo.simpang, _environment())
        title = "Pengendali dan jembatan sinyal / controller and signal bridge"
        found.append(Stage(title, jobs, lambda: signals_ready(demo.folder)))
    return tuple(found)


def start(
    demo: Demo,
    children: Children,
    wait: Callable[[float], None],
    told: Callable[[str], None],
    *,
    patience_s: float = 180,
) -> None:
    """Start stage after stage; `told` hears each title as it begins, `wait` sleeps.

    Raises `ChildError` when a program ends, and TimeoutError when one is not ready in time.
    """
    for stage in stages(demo):
        told(stage.title)
        for job in stage.jobs:
            children.start(job)
        waited = 0.0
        while not stage.ready():
            children.check()
            if waited > patience_s:
                names = ", ".join(str(children.log(job.name)) for job in stage.jobs)
                raise TimeoutError(f"{stage.title}: not ready after {patience_s:g} s; see {names}")
            wait(0.25)
            waited += 0.25


def unit_job(demo: Demo, unit: str) -> Job:
    """A roadside unit as a program."""
    return _job(demo, unit, ["edge", "run", "--config", str(demo.folder / unit / "unit.toml")])


def _job(demo: Demo, name: str, arguments: Sequence[str]) -> Job:
    return Job(name, (*demo.simpang, *arguments), _environment())


def _environment() -> dict[str, str]:
    # OpenCV and OpenBLAS would each take all cores for every one of the programs.
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def _answers(stream: str, ending: str) -> bool:
    """Whether the snapshot beside a stream answers."""
    return _get(stream.removesuffix(".mjpg") + ending) is not None


def _online(demo: Demo) -> int | None:
    """Units online by the collector's word; None while it does not answer."""
    body = _get(f"http://127.0.0.1:{demo.http_port}/api/v1/junctions")
    if body is None:
        return None
    try:
        features = json.loads(body)["features"]
        return len([one for one in features if one["properties"]["state"] == "online"])
    except (ValueError, KeyError, TypeError):
        return None


def _get(url: str) -> bytes | None:
    try:
        with urlopen(url, timeout=2) as answer:
            body: bytes = answer.read()
    except (URLError, OSError):
        return None
    return body


def _free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody holds now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
