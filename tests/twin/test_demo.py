"""The demo's start, watch and end on stub programs; what it writes, read by the real ones."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from collector.config import parse_config
from contract import ContractError
from edge.config import load_unit
from twin.children import ChildError, Children, Job
from twin.demo import plan, start, write_files

STUB = """
import http.server, json, signal, sys, threading, tomllib, pathlib
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
program, verb, *rest = sys.argv[1:]
if program == "edge":
    folder = pathlib.Path(rest[rest.index("--config") + 1]).parent
    (folder / "online").touch()
    threading.Event().wait()
if program == "collector":
    config = pathlib.Path(rest[rest.index("--config") + 1])
    port = tomllib.loads(config.read_text())["http"]["port"]
    assert "--embedded-broker" in rest
else:
    port = int(rest[rest.index("--port") + 1])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        units = len(list(config.parent.glob("*/online"))) if program == "collector" else 0
        one = {"properties": {"state": "online"}}
        body = json.dumps({"features": [one] * units}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
BROKEN = 'import sys\nprint("no model here", flush=True)\nsys.exit(2)\n'


def _stub(folder: Path, text: str) -> tuple[str, str]:
    path = folder / "stub.py"
    path.write_text(text)
    return sys.executable, str(path)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_stages_start_in_order_and_leaving_ends_every_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.demo.signals_ready", lambda _: True)  # the stub speaks to no controller
    demo = plan(tmp_path / "demo", simpang=_stub(tmp_path, STUB))
    write_files(demo)
    told: list[str] = []
    with Children(tmp_path / "log") as children:
        start(demo, children, _pause, told.append)
        children.check()
        ids = children.ids()
        assert len(ids) == 8
    assert [title.split()[0] for title in told] == ["Kamera", "Pusat:", "Unit", "Pengendali"]
    for number in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_a_dead_program_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    demo = plan(tmp_path / "demo", simpang=_stub(tmp_path, BROKEN))
    write_files(demo)
    with Children(tmp_path / "log") as children, pytest.raises(ChildError, match=r"twin ended \(exit 2\)") as error:
        start(demo, children, _pause, lambda _: None)
    assert "no model here" in str(error.value)


def test_a_program_that_ignores_the_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.children.GRACE_S", 0.2)
    deaf = "import signal, threading\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
    command = _stub(tmp_path, deaf + "threading.Event().wait()\n")
    children = Children(tmp_path / "log")
    children.start(Job("deaf", command, os.environ))
    while "deaf" not in children.log("deaf").read_text():
        children.check()
        _pause(0.02)
    (number,) = children.ids()
    children.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_the_programs_can_read_what_the_demo_writes(tmp_path: Path) -> None:
    demo = plan(tmp_path)
    write_files(demo)
    collector = parse_config((tmp_path / "collector.toml").read_text()).beside(tmp_path)
    assert collector.site.is_file()
    assert collector.http.port == demo.http_port
    assert collector.console is not None
    assert collector.console.open_views
    for camera in demo.cameras:
        unit = load_unit(tmp_path / camera.unit / "unit.toml")
        assert unit.broker.port == collector.broker.port == demo.broker_port
        assert unit.unit == camera.unit
        assert unit.cameras[0].zones == camera.zones


@pytest.mark.parametrize("address", ["rtsp://camera.example/stream", "http://camera.example/video.mjpg"])
def test_a_visitors_own_camera_takes_the_place_of_the_scenes(tmp_path: Path, address: str) -> None:
    demo = plan(tmp_path, video=address)
    assert demo.twin_port is None
    assert [camera.address for camera in demo.cameras] == [address]
    assert demo.cameras[0].zones.lines[0].id == "selatan"
    write_files(demo)
    console = parse_config((tmp_path / "collector.toml").read_text()).console
    assert console is not None
    assert not console.open_views


def test_a_video_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no such video"):
        plan(tmp_path, video=str(tmp_path / "nothing.mp4"))
